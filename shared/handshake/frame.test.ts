import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { fillPayload, handshakeTypes, unfillPayload } from './frame.ts';

const { first, second, third } = handshakeTypes;

test.each([
  [first, 2048, 789],
  [second, 2048, 837],
  [third, 2048, 1973],
  [first, 2016, 757],
  [second, 2016, 805],
  [third, 2016, 1941],
])('type %i in %i bytes has room for %i bytes of data', (type, frameBytes, room) => {
  for (const length of [0, 1, room]) {
    const data = new Uint8Array(length).fill(7);
    const payload = fillPayload(data, type, frameBytes);
    expect(payload).toHaveLength(room + 2);
    expect(unfillPayload(payload)).toEqual(data);
  }
  expect(() => fillPayload(new Uint8Array(room + 1), type, frameBytes)).toThrow(RangeError);
});

test('filler that is not zero is refused, and so is a length beyond the end', () => {
  const payload = fillPayload(new Uint8Array(3), third, 2048);
  payload[payload.length - 1] = 1;
  expect(() => unfillPayload(payload)).toThrow('malformed');
  expect(() => unfillPayload(Uint8Array.of(0, 2, 1))).toThrow(ProtocolError);
  expect(() => unfillPayload(new Uint8Array(1))).toThrow('truncated');
});
