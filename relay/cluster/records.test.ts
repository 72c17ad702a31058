import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../shared/errors.ts';
import { decodeRecords } from './records.ts';

const room = randomBytes(16);
const [ann, bob] = [randomBytes(16), randomBytes(16)];
const u32 = (value: number): Buffer => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
const entry = (frame: string): Buffer => {
  const body = Buffer.concat([Buffer.from([0]), bob, Buffer.from([8]), ann, Buffer.from(frame)]);
  return Buffer.concat([u32(body.length), body]);
};
const entries = Buffer.concat([entry('one'), entry('')]);
const whole = Buffer.concat([
  Buffer.concat([Buffer.from([1]), room, u32(7), u32(2), u32(entries.length), entries]),
  Buffer.concat([Buffer.from([2]), room, u32(9), u32(1), u32(4)]),
  Buffer.concat([Buffer.from([3]), room, ann]),
  Buffer.concat([
    Buffer.from([6]),
    room,
    u32(1),
    u32(9),
    Buffer.from([1]),
    u32(5),
    u32(0),
    Buffer.from([1]),
    ann,
    Buffer.from([1]),
    u32(0),
  ]),
  Buffer.concat([Buffer.from([7]), room, u32(9), Buffer.from([0, 1]), bob, u32(0)]),
]);

describe('records of the engine', () => {
  it('are read in order, several to a message', () => {
    const records = decodeRecords(whole);
    expect(records.map(({ type }) => type)).toEqual(['entries', 'accepted', 'came', 'seated', 'synced']);
    const [first] = records;
    expect(first?.type === 'entries' && first.entries.map(({ recv }) => recv?.subarray(17).toString())).toEqual(['one', undefined]);
  });

  it('are refused as a whole with one byte missing, or one too many', () => {
    for (const boundary of [whole.length - 1, 30]) expect(() => decodeRecords(whole.subarray(0, boundary))).toThrow(ProtocolError);
    expect(() => decodeRecords(Buffer.concat([whole, Buffer.from([1])]))).toThrow(ProtocolError);
  });

  it('are read or refused, whatever the bytes', () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
    const read = (bytes: Buffer): void => {
      try {
        decodeRecords(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => read(Buffer.from(bytes))));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const { at, to } of changes) bytes[at] = to;
        read(bytes);
      }),
    );
  });
});
