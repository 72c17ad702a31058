import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, hex, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { codeOf } from '../testing/code-of.ts';
import { gps, pictures } from '../testing/pictures.ts';
import { orientationOf, orientationOnly } from './picture/orientation.ts';
import { checkPicture, pictureFormat } from './picture.ts';

const has = (bytes: Uint8Array, text: string) => hex(bytes).includes(hex(utf8(text)));
const clean = (bytes: Uint8Array) => pictureFormat(bytes)!.clean(bytes);

describe.each(Object.entries(pictures))('%s', (_, { bytes, mediaType, kept }) => {
  test('is known by its bytes, with the size that it states', () => {
    const format = pictureFormat(bytes);
    expect(format?.mediaType).toBe(mediaType);
    expect(format?.size(bytes)).toEqual({ width: 3, height: 2 });
  });

  test('loses where, when and with what it was taken, and nothing that is seen', () => {
    for (const secret of [gps, 'secret words']) expect(has(bytes, secret), secret).toBe(true);
    const cleaned = clean(bytes);
    for (const secret of [gps, 'secret words', 'hidden behind the end']) expect(has(cleaned, secret), secret).toBe(false);
    for (const part of kept) expect(hex(cleaned)).toContain(hex(part));
    expect(pictureFormat(cleaned)?.size(cleaned)).toEqual({ width: 3, height: 2 });
    expect(hex(clean(cleaned))).toBe(hex(cleaned));
  });

  test('cut anywhere, or with any byte changed, is refused with a code or cleaned, and nothing else happens', () => {
    const attempt = (broken: Uint8Array) => {
      try {
        const format = pictureFormat(broken);
        format?.size(broken);
        format?.clean(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    };
    for (let length = 0; length < bytes.length; length++) attempt(bytes.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        attempt(bytes.with(at, value));
      }),
      { numRuns: 500 },
    );
  });
});

describe('orientation', () => {
  test('is kept, alone', () => {
    for (const name of ['a JPEG', 'a PNG', 'a WebP'] as const) {
      const cleaned = clean(pictures[name].bytes);
      expect(hex(cleaned)).toContain(hex(orientationOnly(6)));
    }
  });

  test('reads as it was written, in both orders of bytes, and is 1 where nothing sensible is', () => {
    for (let orientation = 1; orientation <= 8; orientation++) expect(orientationOf(orientationOnly(orientation))).toBe(orientation);
    const little = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0);
    expect(orientationOf(little)).toBe(8);
    expect(orientationOf(orientationOnly(9))).toBe(1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(orientationOf(bytes)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe('a picture to be decoded', () => {
  const pngOf = (width: number, height: number) => {
    const bytes = pictures['a PNG'].bytes.slice();
    new DataView(bytes.buffer).setUint32(16, width);
    new DataView(bytes.buffer).setUint32(20, height);
    return bytes;
  };

  test('is none of the four formats, or has no size: refused', () => {
    expect(codeOf(() => checkPicture(utf8('<svg xmlns="http://www.w3.org/2000/svg"/>')))).toBe('unknown-type');
    expect(codeOf(() => checkPicture(pngOf(0, 5)))).toBe('malformed');
  });

  test('claims more pixels than anybody takes: refused before it is decoded', () => {
    expect(codeOf(() => checkPicture(pngOf(100_000, 1)))).toBe('oversize');
    expect(codeOf(() => checkPicture(pngOf(16_000, 16_000)))).toBe('oversize');
    expect(codeOf(() => checkPicture(pngOf(0xffffffff, 0xffffffff)))).toBe('oversize');
    expect(codeOf(() => checkPicture(pngOf(600, 4), { side: 512, area: 512 * 512 }))).toBe('oversize');
    expect(codeOf(() => checkPicture(pngOf(8000, 6000)))).toBeNull();
  });
});

test('letters that are no picture are none', () => {
  expect(pictureFormat(utf8('GIF89'))).toBeNull();
  expect(pictureFormat(concat(utf8('RIFF'), new Uint8Array(20)))).toBeNull();
});
