/** Files that heif-enc and avifenc wrote and exiftool told of a place: what is left of that when they have been cleaned. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, hex, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { codeOf } from '../testing/code-of.ts';
import { cleanPicture, pictureFormat } from './picture.ts';

const told = (name: string) => new Uint8Array(readFileSync(new URL(`../testing/heif/${name}`, import.meta.url)));
const has = (bytes: Uint8Array, text: string) => hex(bytes).includes(hex(utf8(text)));
const clean = (bytes: Uint8Array) => cleanPicture(bytes)!.bytes;
const letters = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
const find = (bytes: Uint8Array, text: string) => hex(bytes).indexOf(hex(utf8(text))) / 2;
const box = (type: string, body: Uint8Array) => {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length + 8);
  return concat(length, utf8(type), body);
};

describe.each([
  ['told.heic', 'image/heic', 'hvcC'],
  ['told.avif', 'image/avif', 'av1C'],
])('%s', (name, mediaType, decoder) => {
  const bytes = told(name);

  test('is known by its bytes, and never decoded here', () => {
    expect(cleanPicture(bytes)?.mediaType).toBe(mediaType);
    expect(pictureFormat(bytes)).toBeNull();
  });

  test('loses the place and the words in it, where they stood, and keeps its length and every coded byte', () => {
    // exiftool writes 52° 30' 58.68" N as three fractions: 52/1, 30/1, 1467/25
    const place = '00000034000000010000001e00000001000005bb00000019';
    expect(hex(bytes)).toContain(place);
    expect(has(bytes, 'secret words')).toBe(true);
    const cleaned = clean(bytes);
    expect(cleaned.length).toBe(bytes.length);
    expect(hex(cleaned)).not.toContain(place);
    for (const secret of ['secret words', 'rdf:', 'ExifTool']) expect(has(cleaned, secret), secret).toBe(false);
    expect(hex(clean(cleaned))).toBe(hex(cleaned));

    const from = find(bytes, 'pitm');
    expect(letters(cleaned, from)).toBe('pitm');
    for (const kept of [decoder, 'ispe', 'iloc', 'ipma', 'pixi']) expect(find(cleaned, kept), kept).toBe(find(bytes, kept));
  });

  test('has an EXIF block and an XMP packet that say nothing, for who looks for them', () => {
    expect(hex(clean(bytes))).toContain('000000004d4d002a000000080000000000');
    expect(has(clean(bytes), '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>  ')).toBe(true);
  });

  test('loses a box of its maker, and what hides where no part of the picture is', () => {
    const hidden = concat(
      bytes,
      box('uuid', utf8('secret words')),
      box('mdat', utf8('more secret words')),
      box('free', utf8('secret words')),
    );
    const cleaned = clean(hidden);
    expect(has(cleaned, 'secret words')).toBe(false);
    expect(cleaned.length).toBe(hidden.length);
    expect(letters(cleaned, bytes.length + 4)).toBe('free');
  });

  test('with a film in it is refused, and is sent as it is and said to be', () => {
    expect(codeOf(() => cleanPicture(concat(bytes, box('moov', utf8('secret words')))))).toBe('unknown-type');
  });

  test('cut anywhere, or with any byte changed, is refused with a code or cleaned of what is still found, and nothing else happens', () => {
    const attempt = (broken: Uint8Array) => {
      try {
        cleanPicture(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    };
    for (let length = 0; length < bytes.length; length += 7) attempt(bytes.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(700), fc.nat(255), (at, value) => {
        attempt(bytes.with(at, value));
      }),
      { numRuns: 500 },
    );
  });

  test('whose notes lie within the picture is refused', () => {
    // The last item, which is the XMP packet, gets the place of the first one.
    const view = new DataView(bytes.slice().buffer);
    const iloc = find(bytes, 'iloc') + 4;
    const toOffset = view.getUint8(iloc) === 0 ? 6 : 8;
    const items = view.getUint16(iloc + 6);
    const offset = (item: number) => iloc + 8 + item * (toOffset + 8) + toOffset;
    view.setUint32(offset(items - 1), view.getUint32(offset(0)));
    expect(codeOf(() => cleanPicture(new Uint8Array(view.buffer)))).toBe('malformed');
  });
});

test('other boxes are no picture', () => {
  expect(cleanPicture(concat(box('ftyp', utf8('isom\0\0\0\0mp42')), box('mdat', new Uint8Array(20))))).toBeNull();
  expect(cleanPicture(utf8('ftyp'))).toBeNull();
});
