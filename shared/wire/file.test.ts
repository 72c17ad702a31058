import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../bytes.ts';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { anyOffer } from '../testing/offers.ts';
import {
  decodeControl,
  decodeFileFrame,
  decodeOffer,
  decodeReceipt,
  encodeControl,
  encodeFileFrame,
  encodeOffer,
  encodeReceipt,
  type FileControl,
  type FileOffer,
  pieceBytes,
  previewBytes,
  wantSpans,
} from './file.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const u32 = fc.nat(0xffffffff);
const file = fc.uint8Array({ minLength: 16, maxLength: 16 });
const control: fc.Arbitrary<FileControl> = fc.oneof(
  fc.record({
    op: fc.constant('want' as const),
    file,
    tag: u32,
    again: fc.boolean(),
    spans: fc.array(fc.record({ from: u32, count: fc.nat(0xffff) }), { maxLength: wantSpans }),
  }),
  fc.record({ op: fc.constantFrom('stop' as const, 'done' as const), file }),
  fc.record({
    op: fc.constant('gone' as const),
    file,
    reason: fc.constantFrom('withdrawn' as const, 'unreadable' as const, 'too-much' as const),
  }),
);

const offer: FileOffer = {
  key: new Uint8Array(32),
  root: new Uint8Array(32),
  size: 1,
  name: 'a.txt',
  mediaType: 'text/plain',
  about: { kind: 'file' },
};

/** An offer as a liar writes it. */
function written(
  fields: Partial<Record<'size' | 'name' | 'mediaType', number | string | Uint8Array>>,
  rest: Uint8Array = Uint8Array.of(0),
): Reader {
  const { size = 1, name = 'a', mediaType = 'text/plain' } = fields;
  const lv = (value: unknown) => (typeof value === 'string' ? utf8(value) : (value as Uint8Array));
  const writer = new Writer()
    .bytes(new Uint8Array(64))
    .u64(size as number)
    .lv(lv(name))
    .lv(lv(mediaType))
    .bytes(rest);
  return new Reader(writer.finish());
}

describe('an offer', () => {
  test('reads as it was written', () => {
    fc.assert(
      fc.property(anyOffer, (offer) => {
        expect(decodeOffer(new Reader(encodeOffer(offer)))).toEqual(offer);
      }),
    );
  });

  test('of a size that no file may have is refused', () => {
    expect(codeOf(() => decodeOffer(written({ size: 0 })))).toBe('oversize');
    expect(codeOf(() => decodeOffer(written({ size: limits.fileBytes + 1 })))).toBe('oversize');
    expect(() => encodeOffer({ ...offer, size: limits.fileBytes + 1 })).toThrow(RangeError);
  });

  test('with a name of 300 characters, none, or no text is refused', () => {
    expect(codeOf(() => decodeOffer(written({ name: 'x'.repeat(300) })))).toBe('oversize');
    expect(codeOf(() => decodeOffer(written({ name: '' })))).toBe('malformed');
    expect(codeOf(() => decodeOffer(written({ name: Uint8Array.of(0xff) })))).toBe('malformed');
  });

  test('names no media type that could be more than a type', () => {
    expect(decodeOffer(written({ mediaType: 'IMAGE/PNG' })).mediaType).toBe('image/png');
    for (const mediaType of ['text/html; charset=x', 'javascript', '', 'a/b\n'])
      expect(decodeOffer(written({ mediaType })).mediaType).toBe('application/octet-stream');
  });

  test('of an unknown kind, with a preview too long, or with more after its end is refused', () => {
    expect(codeOf(() => decodeOffer(written({}, Uint8Array.of(3))))).toBe('malformed');
    expect(codeOf(() => decodeOffer(written({}, Uint8Array.of(0, 0))))).toBe('trailing');
    const picture = new Writer()
      .u8(1)
      .u16(9)
      .u16(9)
      .bytes(new Uint8Array(previewBytes + 1));
    expect(codeOf(() => decodeOffer(written({}, picture.finish())))).toBe('oversize');
    const voice = new Writer()
      .u8(2)
      .u32(9)
      .bytes(new Uint8Array(limits.voiceLevels + 1));
    expect(codeOf(() => decodeOffer(written({}, voice.finish())))).toBe('oversize');
  });
});

describe('control', () => {
  test('reads as it was written', () => {
    fc.assert(
      fc.property(control, (one) => {
        expect(decodeControl(encodeControl(one))).toEqual(one);
      }),
    );
  });

  test('of any other form is refused with a code', () => {
    const of = (...bytes: number[]) => codeOf(() => decodeControl(Uint8Array.of(...bytes)));
    const id = new Array<number>(16).fill(7);
    expect(of()).toBe('truncated');
    expect(of(9, ...id)).toBe('unknown-type');
    expect(of(3, ...id, 3)).toBe('malformed');
    expect(of(4, ...id, 0)).toBe('trailing');
    expect(of(1, ...id, 0, 0, 0, 1, 2)).toBe('malformed');
    expect(of(1, ...id, 0, 0, 0, 1, 0, ...new Array<number>(6 * (wantSpans + 1)).fill(0))).toBe('oversize');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        codeOf(() => decodeControl(bytes)); // any other error fails the test
      }),
    );
  });
});

describe('a frame', () => {
  test('carries a piece at its position, filled with zeros', () => {
    const frame = encodeFileFrame(0xdeadbeef, 70, Uint8Array.of(1, 2));
    expect(frame.length).toBe(limits.frameBytes);
    const { tag, position, piece } = decodeFileFrame(frame);
    expect({ tag, position, length: piece.length }).toEqual({ tag: 0xdeadbeef, position: 70, length: pieceBytes });
    expect([...piece.subarray(0, 3)]).toEqual([1, 2, 0]);
  });

  test('of another length is refused', () => {
    expect(codeOf(() => decodeFileFrame(new Uint8Array(100)))).toBe('malformed');
  });
});

describe('a receipt', () => {
  test('says how many have come', () => {
    fc.assert(
      fc.property(u32, (count) => {
        expect(decodeReceipt(encodeReceipt(count))).toBe(count);
      }),
    );
  });

  test('is told from a frame and from anything else', () => {
    for (const other of [encodeFileFrame(0x41, 0, new Uint8Array(0)), Uint8Array.of(0x41, 0, 0, 0), Uint8Array.of(0x40, 0, 0, 0, 1)])
      expect(decodeReceipt(other)).toBeNull();
  });
});
