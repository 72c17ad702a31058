import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../testing/code-of.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

describe('Reader and Writer', () => {
  it('write big-endian integers and length-prefixed values', () => {
    const bytes = new Writer()
      .u8(1)
      .u16(0x0203)
      .u32(0x04050607)
      .u64(2 ** 53 - 1)
      .lv(Uint8Array.of(9, 9))
      .bytes(Uint8Array.of(7))
      .finish();
    expect(Buffer.from(bytes).toString('hex')).toBe('0102030405060700' + '1fffffffffffff' + '00020909' + '07');
  });

  it('read back what was written', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(65535), fc.nat(2 ** 32 - 1), fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }), (a, b, c, d, e) => {
        const reader = new Reader(new Writer().u8(a).u16(b).u32(c).u64(d).lv(e).finish());
        expect([reader.u8(), reader.u16(), reader.u32(), reader.u64(), ...reader.lv()]).toEqual([a, b, c, d, ...e]);
        reader.end();
      }),
    );
  });

  it('reads inside a larger buffer at its own offset only', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 4));
    expect(reader.u16()).toBe(0x0203);
    expect([...reader.rest()]).toEqual([4]);
  });

  it('gives views, not copies', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(new Reader(bytes).bytes(2).buffer).toBe(bytes.buffer);
  });

  it('refuses to read past the end, in every field', () => {
    const short: Array<(reader: Reader) => unknown> = [
      (r) => r.u8(),
      (r) => r.u16(),
      (r) => r.u32(),
      (r) => r.u64(),
      (r) => r.bytes(8),
      (r) => r.lv(),
    ];
    for (const [i, read] of short.entries()) {
      expect(codeOf(() => read(new Reader(new Uint8Array(i === 0 ? 0 : 1))))).toBe('truncated');
    }
    expect(codeOf(() => new Reader(Uint8Array.of(0, 5, 1)).lv())).toBe('truncated');
  });

  it('refuses what follows the last field, what is too long and what a number cannot hold', () => {
    expect(codeOf(() => new Reader(Uint8Array.of(1)).end())).toBe('trailing');
    expect(codeOf(() => new Reader(Uint8Array.of(0, 3, 1, 2, 3)).lv(2))).toBe('oversize');
    expect(codeOf(() => new Reader(new Uint8Array(8).fill(255)).u64())).toBe('malformed');
  });

  it('tells a caller that a value does not fit its field', () => {
    for (const value of [-1, 256, 1.5, Number.NaN]) expect(() => new Writer().u8(value)).toThrow(RangeError);
    expect(() => new Writer().u64(2 ** 53)).toThrow(RangeError);
    expect(() => new Writer().lv(new Uint8Array(65536))).toThrow(RangeError);
  });
});
