/** CALL: what is written is read, and what no encoder writes is refused. */
import { describe, expect, test } from 'vitest';
import { codeOf } from '../testing/code-of.ts';
import type { CallInner } from './call.ts';
import { decodeSide, encodeSide } from './passed.ts';

const hash = new Uint8Array(32).fill(3);
const shown = { muted: true, camera: false, screen: true };
const written: CallInner[] = [
  { kind: 'state', seq: 5, visit: 3, ...shown },
  { kind: 'state', seq: 6, visit: null, muted: false, camera: false, screen: false },
  { kind: 'signal', attempt: 2, index: 7, signal: '{"type":"offer","sdp":"v=0"}' },
  { kind: 'signal', attempt: 2, index: 0, signal: null },
  { kind: 'bind', attempt: 2, hash },
];

test.each(written)('what is written is read: $kind', (inner) => {
  const side = encodeSide({ type: 'call', ...inner });
  expect(side.ctype).toBe(0x14);
  expect(decodeSide(side)).toEqual({ type: 'call', ...inner });
});

const decode = (...body: number[]) => codeOf(() => decodeSide({ type: 'side', ctype: 0x14, body: Uint8Array.from(body) }));
const state = (seq: number, visit: number, bits: number) => decode(0, 0, 0, 0, seq, 0, 0, 0, visit, bits);

describe('what no encoder writes is refused', () => {
  test.each([
    ['a kind of tomorrow', () => decode(3), 'unknown-type'],
    ['nothing', () => decode(), 'truncated'],
    ['a bit of tomorrow', () => state(5, 3, 17), 'malformed'],
    ['a camera of someone who is not in', () => state(5, 3, 4), 'malformed'],
    ['a visit of someone who is not in', () => state(5, 3, 0), 'malformed'],
    ['someone in without a visit', () => state(5, 0, 1), 'malformed'],
    ['a visit that has not begun', () => state(5, 6, 1), 'malformed'],
    ['more after a state', () => decode(0, 0, 0, 0, 5, 0, 0, 0, 3, 1, 0), 'trailing'],
    ['a hash that is cut', () => decode(2, 0, 0, 0, 1, 9, 9), 'truncated'],
    ['a signal that is no text', () => decode(1, 0, 0, 0, 1, 0, 0, 1, 0xff), 'malformed'],
    ['a signal with more after its end', () => decode(1, 0, 0, 0, 1, 0, 0, 0, 65), 'trailing'],
  ] as const)('%s', (_, attempt, code) => {
    expect(attempt()).toBe(code);
  });
});
