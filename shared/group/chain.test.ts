import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from '../bytes.ts';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { seededRandom } from '../testing/random.ts';
import {
  closeChain,
  commitKey,
  createReceiveChain,
  createSendChain,
  discardKey,
  expireKeys,
  joinChain,
  peekKey,
  type ReceiveChain,
  takeKey,
  wipeReceiveChain,
  wipeSendChain,
} from './chain.ts';

function pairOfChains(seed = 1) {
  const ck = seededRandom(seed).bytes(32);
  return { send: createSendChain(ck.slice()), receive: createReceiveChain(ck.slice()) };
}

/** Opens number `seq`; what a record that proves itself does to the chain. */
function accept(chain: ReceiveChain, seq: number, now = 0): string | null {
  const peeked = peekKey(chain, seq, now);
  if (peeked === null) return null;
  const key = hex(peeked.key);
  commitKey(chain, peeked, now);
  return key;
}

const keysHeld = (chain: ReceiveChain) => [...chain.skipped.values()].filter(({ key }) => key !== null).length;
const photograph = (chain: ReceiveChain) =>
  JSON.stringify([hex(chain.ck), chain.next, chain.floor, [...chain.skipped].map(([seq, { key }]) => [seq, key && hex(key)])]);

test('both ends derive the same keys, the same kid and the same header key', () => {
  const { send, receive } = pairOfChains();
  expect(hex(send.kid)).toBe(hex(receive.kid));
  expect(hex(send.hp)).toBe(hex(receive.hp));
  for (let i = 0; i < 50; i++) {
    const { seq, key } = takeKey(send);
    expect(accept(receive, seq)).toBe(hex(key));
  }
});

test('no two numbers have one key', () => {
  const { send } = pairOfChains();
  const keys = new Set(Array.from({ length: 1000 }, () => hex(takeKey(send).key)));
  expect(keys.size).toBe(1000);
});

test('a record that does not prove itself leaves the chain as it was', () => {
  const { receive } = pairOfChains();
  accept(receive, 3);
  const before = photograph(receive);
  for (const seq of [0, 1, 2, 4, 5, 400]) {
    const peeked = peekKey(receive, seq, 0);
    if (peeked === null) throw new Error('opened before?');
    discardKey(peeked);
    expect(photograph(receive)).toBe(before);
  }
});

test('numbers up to 512 above the last are within the window, and no more', () => {
  const { receive } = pairOfChains();
  expect(codeOf(() => peekKey(receive, limits.windowAhead, 0))).toBe('out-of-window');
  accept(receive, limits.windowAhead - 1); // the last is -1 before the first
  expect(receive.skipped.size).toBe(limits.windowAhead - 1);
  expect(codeOf(() => peekKey(receive, limits.windowAhead - 1 + limits.windowAhead + 1, 0))).toBe('out-of-window');
  expect(accept(receive, limits.windowAhead - 1 + limits.windowAhead)).not.toBeNull();
});

test('the keys passed over are bounded, the oldest given up, and never taken for opened', () => {
  const { receive } = pairOfChains();
  for (let seq = 1; seq < 3000; seq += 2) accept(receive, seq);
  expect(receive.skipped.size).toBe(limits.skippedKeysPerChain);
  expect(codeOf(() => accept(receive, 0))).toBe('out-of-window');
  expect(accept(receive, 2998)).not.toBeNull();
  expect(accept(receive, 2998)).toBeNull();
});

test('a key passed over serves for 120 s, then its number is lost and not taken for opened', () => {
  const { receive } = pairOfChains();
  accept(receive, 2, 1000);
  expect(accept(receive, 0, 1000 + limits.skippedKeyMs - 1)).not.toBeNull();
  expect(codeOf(() => accept(receive, 1, 1000 + limits.skippedKeyMs))).toBe('out-of-window');
  expireKeys(receive, 1000 + limits.skippedKeyMs);
  expect(keysHeld(receive)).toBe(0);
  expect(codeOf(() => accept(receive, 1, 1000 + limits.skippedKeyMs))).toBe('out-of-window');
  expect(accept(receive, 0, 1000 + limits.skippedKeyMs)).toBeNull();
});

test('who joins at a number opens nothing before it', () => {
  const { send } = pairOfChains();
  for (let i = 0; i < 7; i++) takeKey(send);
  const joined = joinChain({ kid: send.kid, hp: send.hp, ck: send.ck.slice(), seq: send.next });
  for (let seq = 0; seq < 7; seq++) expect(codeOf(() => peekKey(joined, seq, 0))).toBe('out-of-window');
  expect(accept(joined, 7)).toBe(hex(takeKey(send).key));
});

test('the range ends rather than wraps, on both sides', () => {
  const { send, receive } = pairOfChains();
  send.next = limits.maxSeq;
  receive.next = limits.maxSeq;
  expect(accept(receive, limits.maxSeq)).toBe(hex(takeKey(send).key));
  expect(codeOf(() => takeKey(send))).toBe('exhausted');
  expect(codeOf(() => peekKey(receive, limits.maxSeq + 1, 0))).toBe('out-of-window');
});

describe('the end of a chain', () => {
  test('closed, it opens nothing, and recognises what it opened', () => {
    const { receive } = pairOfChains();
    accept(receive, 0);
    accept(receive, 2);
    closeChain(receive);
    expect(keysHeld(receive)).toBe(0);
    expect(accept(receive, 0)).toBeNull();
    expect(codeOf(() => peekKey(receive, 1, 0))).toBe('out-of-window');
    expect(codeOf(() => peekKey(receive, 3, 0))).toBe('out-of-window');
  });

  test('wiped, it holds zeros and neither seals nor opens under them', () => {
    const { send, receive } = pairOfChains();
    accept(receive, 1);
    const skipped = receive.skipped.get(0)?.key as Uint8Array;
    wipeSendChain(send);
    wipeReceiveChain(receive);
    for (const secret of [send.ck, send.hp, receive.ck, receive.hp, skipped]) expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(codeOf(() => takeKey(send))).toBe('exhausted');
    expect(codeOf(() => peekKey(receive, 2, 0))).toBe('out-of-window');
  });

  test('a key that was used is overwritten', () => {
    const { receive } = pairOfChains();
    const peeked = peekKey(receive, 1, 0);
    if (peeked === null) throw new Error('opened before?');
    commitKey(receive, peeked, 0);
    expect(peeked.key.every((byte) => byte === 0)).toBe(true);
  });
});

test('behaves as its model: each number once, within the window, while its key is kept', () => {
  type Step = { deliver: number } | { forge: number } | { wait: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 40, arbitrary: fc.record({ deliver: fc.integer({ min: -20, max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ deliver: fc.integer({ min: 100, max: limits.windowAhead + 2 }) }) },
    { weight: 6, arbitrary: fc.record({ forge: fc.integer({ min: -40, max: 60 }) }) },
    { weight: 4, arbitrary: fc.record({ wait: fc.nat(limits.skippedKeyMs) }) },
  );
  const counts = { opened: 0, duplicate: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 50, size: 'max' }), (steps) => {
      const { receive } = pairOfChains();
      let now = 0;
      let last = -1; // the model: the last number, what was opened, and since when each key waits
      const opened = new Set<number>();
      let waiting: { seq: number; until: number }[] = [];
      let forgotten = -1;
      for (const step of steps) {
        if ('wait' in step) {
          now += step.wait;
          continue;
        }
        const seq = Math.max(0, last + ('deliver' in step ? step.deliver : step.forge));
        const late = waiting.find((key) => key.seq === seq);
        const expected =
          seq <= forgotten || seq > last + limits.windowAhead || (late !== undefined && late.until <= now)
            ? 'refused'
            : opened.has(seq)
              ? 'duplicate'
              : 'opened';
        counts[expected]++;
        if (expected === 'refused') {
          expect(codeOf(() => peekKey(receive, seq, now))).toBe('out-of-window');
          continue;
        }
        const peeked = peekKey(receive, seq, now);
        expect(peeked === null).toBe(expected === 'duplicate');
        if (peeked === null) continue;
        if ('forge' in step) {
          discardKey(peeked);
          continue;
        }
        commitKey(receive, peeked, now);
        opened.add(seq);
        waiting = waiting.filter((key) => key.seq !== seq);
        for (; last < seq; last++) if (last + 1 < seq) waiting.push({ seq: last + 1, until: now + limits.skippedKeyMs });
        while (waiting.length > limits.skippedKeysPerChain) forgotten = waiting.shift()?.seq as number;
        expect(receive.skipped.size).toBe(waiting.length);
      }
    }),
    { numRuns: 50 },
  );
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(0); // every arm was walked
}, 30_000);
