import { beforeEach, describe, expect, test, vi } from 'vitest';
import { equal, hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { ledger } from '../testing/nonce-ledger.ts';
import { plain } from '../testing/plain.ts';
import { seededRandom } from '../testing/random.ts';
import { decodeGroupInner, type GroupInner } from '../wire/group.ts';
import { frameKid, frameType, headerBytes } from '../wire/peer.ts';
import { createReceiveChain, createSendChain, type ReceiveChain } from './chain.ts';
import { createReceiver, type GroupReceiver, learnGeneration } from './receiver.ts';
import { contentBytes, openGroup, openPair, pairInnerBytes, sealGroup, sealPair, textPartBytes } from './record.ts';
import { announce, createSender, type GroupSender, nextGeneration } from './sender.ts';
import type { Author } from './signed.ts';

vi.mock('../primitives.ts', async (original) => (await import('../testing/nonce-ledger.ts')).keepLedger(await original()));

const { bytes: random, ...dice } = seededRandom(7);
const roomPub = random(32);
const digest = random(32);
const alice: Author = { roomPub, inst: random(16), staticKey: random(32) };
const bob: Author = { roomPub, inst: random(16), staticKey: random(32) };

function channel() {
  const ck = random(32);
  return { send: createSendChain(ck.slice()), receive: createReceiveChain(ck.slice()) };
}

function group() {
  const sender = createSender(random);
  return { sender, receiver: learned(sender) };
}

/** A receiver that was handed the sender's generation as it stands. */
function learned(sender: GroupSender): GroupReceiver {
  const receiver = createReceiver();
  learnGeneration(receiver, announce(sender, digest), 0);
  return receiver;
}

const text = (length: number): GroupInner => ({ type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes: random(length) });

/** As a member's page takes a frame: by type, then by kid, then opened. */
function takePair(receive: ReceiveChain, frame: Uint8Array) {
  if (frameType(frame) !== 'pair' || !equal(frameKid(frame), receive.kid)) throw new ProtocolError('unexpected', 'no such chain');
  return openPair(receive, roomPub, alice.inst, frame, 0);
}

function takeGroup(receiver: GroupReceiver, frame: Uint8Array) {
  if (frameType(frame) !== 'group') throw new ProtocolError('unexpected', 'no such chain');
  const opened = openGroup(receiver, alice, frame, 0);
  if (opened === null) throw new ProtocolError('unexpected', 'no such generation');
  return opened;
}

const photograph = (receiver: unknown) =>
  JSON.stringify(receiver, (_, value) => (value instanceof Map ? [...value] : value instanceof Uint8Array ? hex(value) : value));

beforeEach(() => ledger.clear());

describe('padding', () => {
  test('gives every inner the smallest bucket, and the inner back', () => {
    const lengths = new Set([0, 1, 2, 100, pairInnerBytes]);
    for (const bucket of limits.buckets) for (const edge of [-1, 0, 1]) lengths.add(bucket - (limits.frameBytes - pairInnerBytes) + edge);
    for (const length of lengths) {
      if (length > pairInnerBytes) continue;
      const { send, receive } = channel();
      const inner = random(length);
      const { frame } = sealPair(send, roomPub, alice.inst, inner, random);
      expect(frame.length).toBe(limits.buckets.find((bucket) => bucket >= length + limits.frameBytes - pairInnerBytes));
      const opened = takePair(receive, frame);
      expect(opened.fresh && equal(opened.inner, inner)).toBe(true);
    }
  });

  test('of every length up to 2100 bytes comes off again', () => {
    const { send, receive } = channel();
    const inner = random(2100);
    let wrong = 0;
    for (let length = 0; length <= inner.length; length++) {
      const { frame } = sealPair(send, roomPub, alice.inst, inner.subarray(0, length), random);
      const opened = takePair(receive, frame);
      if (!limits.buckets.includes(frame.length) || !opened.fresh || !equal(opened.inner, inner.subarray(0, length))) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test('refuses what fits no frame, and no number is spent on it', () => {
    const { send } = channel();
    expect(() => sealPair(send, roomPub, alice.inst, new Uint8Array(pairInnerBytes + 1), random)).toThrow(RangeError);
    const { sender } = group();
    const plainHeaderBytes = 26;
    expect(sealGroup(sender, alice, text(textPartBytes), random).frame.length).toBe(limits.frameBytes);
    expect(() => sealGroup(sender, alice, text(contentBytes - plainHeaderBytes + 1), random)).toThrow(RangeError);
    expect([send.next, sender.chain.next]).toEqual([0, 1]);
  });
});

describe('a frame with one bit turned', () => {
  test('is refused wherever the bit is, in the pairwise channel', () => {
    const { send, receive } = channel();
    const { frame } = sealPair(send, roomPub, alice.inst, random(60), random);
    const before = photograph(receive);
    let refused = 0;
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const forged = frame.slice();
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      if (codeOf(() => takePair(receive, forged)) !== null) refused++;
    }
    expect(refused).toBe(8 * frame.length);
    expect(photograph(receive)).toBe(before);
    expect(takePair(receive, frame).fresh).toBe(true);
  });

  test('is refused wherever the bit is, in the group', () => {
    const { sender, receiver } = group();
    const { frame } = sealGroup(sender, alice, text(60), random);
    const before = photograph(receiver);
    let refused = 0;
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const forged = frame.slice();
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      if (codeOf(() => takeGroup(receiver, forged)) !== null) refused++;
    }
    expect(refused).toBe(8 * frame.length);
    expect(photograph(receiver)).toBe(before);
    expect(takeGroup(receiver, frame).fresh).toBe(true);
  });

  test('is refused whole in another room, from another member, in another generation', () => {
    const { send, receive } = channel();
    const { frame } = sealPair(send, roomPub, alice.inst, random(9), random);
    expect(codeOf(() => openPair(receive, random(32), alice.inst, frame, 0))).toBe('unauthentic');
    expect(codeOf(() => openPair(receive, roomPub, bob.inst, frame, 0))).toBe('unauthentic');
    const { sender } = group();
    const message = sealGroup(sender, alice, text(9), random);
    const lying = createReceiver();
    const fresh = createSender(random);
    Object.assign(fresh, sender);
    learnGeneration(lying, { ...announce(sender, digest), gen: 2, seq: 1 }, 0);
    expect(codeOf(() => openGroup(lying, alice, message.frame, 0))).not.toBeNull();
  });
});

describe('replays', () => {
  test('are recognised, so that they can be acknowledged again, and open nothing', () => {
    const { send, receive } = channel();
    const { frame, seq } = sealPair(send, roomPub, alice.inst, random(5), random);
    takePair(receive, frame);
    expect(takePair(receive, frame)).toEqual({ fresh: false, seq });
    const { sender, receiver } = group();
    const message = sealGroup(sender, alice, text(5), random);
    takeGroup(receiver, message.frame);
    expect(takeGroup(receiver, message.frame)).toEqual({ fresh: false, gen: 1, seq: 0 });
  });

  test('10,000 frames over two paths with a fifth lost, reordered and doubled: each opens once, none is invented', () => {
    const { send, receive } = channel();
    const opened = new Map<number, number>();
    const arrived = new Set<number>();
    let refused = 0;
    let duplicates = 0;
    let underway: { frame: Uint8Array; seq: number }[] = [];
    for (let count = 0; count < 10_000; count++) {
      const sealed = sealPair(send, roomPub, alice.inst, Uint8Array.of(count >> 8, count & 255), random);
      for (let path = 0; path < 2; path++) if (!dice.chance(0.2)) underway.push(sealed);
      while (underway.length > 40 || (count === 9_999 && underway.length > 0)) {
        const [{ frame, seq }] = underway.splice(dice.below(underway.length), 1) as [{ frame: Uint8Array; seq: number }];
        arrived.add(seq);
        try {
          const result = takePair(receive, frame);
          if (result.fresh) {
            expect((result.inner[0] as number) * 256 + (result.inner[1] as number)).toBe(seq);
            opened.set(seq, (opened.get(seq) ?? 0) + 1);
          } else duplicates++;
        } catch {
          refused++;
        }
      }
      underway = underway.slice(-200);
    }
    expect(new Set(opened.keys())).toEqual(arrived);
    expect(Math.max(...opened.values())).toBe(1);
    expect(duplicates).toBeGreaterThan(5000);
    expect(refused).toBeLessThan(100); // copies older than what the chain remembers
    expect(receive.skipped.size).toBeLessThanOrEqual(limits.skippedKeysPerChain);
    expect(ledger).toMatchObject({ sealed: 10_000, repeated: 0 });
  }, 60_000);
});

describe('nonces', () => {
  test('never repeat under one key, even with a guard that is always the same', () => {
    const guard = new Uint8Array(4);
    const { send } = channel();
    const { sender } = group();
    for (let i = 0; i < 300; i++) {
      sealPair(send, roomPub, alice.inst, random(3), () => guard);
      sealGroup(sender, alice, text(3), () => guard);
      if (i % 100 === 99) nextGeneration(sender, random);
    }
    expect(ledger).toMatchObject({ sealed: 600, repeated: 0 });
  });

  test('differ where a state was copied, by the guard alone', () => {
    const ck = random(32);
    const copies = [createSendChain(ck.slice()), createSendChain(ck.slice())];
    for (let i = 0; i < 100; i++) for (const copy of copies) sealPair(copy, roomPub, alice.inst, random(3), random);
    expect(ledger).toMatchObject({ sealed: 200, repeated: 0 });
  });

  test('the ledger sees a repetition', () => {
    const ck = random(32);
    for (let i = 0; i < 2; i++) sealPair(createSendChain(ck.slice()), roomPub, alice.inst, random(3), () => new Uint8Array(4));
    expect(ledger.repeated).toBe(1);
  });

  test('sequence numbers on the wire tell nothing: consecutive ones share no pattern', () => {
    const { send } = channel();
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) seen.add(hex(sealPair(send, roomPub, alice.inst, random(3), random).frame.subarray(5, 9)));
    expect(seen.size).toBe(200);
  });
});

describe('who says it', () => {
  test('a member that holds another one\u2019s chain key cannot post in its name, nor burn its numbers', () => {
    const { sender: bobs, receiver: carol } = group();
    const known = announce(bobs, digest); // as Alice was handed it
    const forger: GroupSender = { ...createSender(random), gen: known.gen };
    forger.chain = { kid: known.kid, hp: known.hp.slice(), ck: known.ck.slice(), next: known.seq };
    const before = photograph(carol);
    for (let i = 0; i < 20; i++) {
      const forged = sealGroup(forger, bob, text(20), random);
      expect(codeOf(() => openGroup(carol, bob, forged.frame, 0))).toBe('misuse');
    }
    expect(photograph(carol)).toBe(before);
    expect(openGroup(carol, bob, sealGroup(bobs, bob, text(20), random).frame, 0)?.fresh).toBe(true);
  });

  test('a signed message does not pass for one of another static key, instance or room', () => {
    for (const claimed of [
      { ...alice, staticKey: bob.staticKey },
      { ...alice, inst: bob.inst },
      { ...alice, roomPub: random(32) },
    ]) {
      const { sender, receiver } = group();
      const { frame } = sealGroup(sender, alice, text(20), random);
      expect(['misuse', 'unauthentic']).toContain(codeOf(() => openGroup(receiver, claimed, frame, 0)));
    }
  });

  test('messages are chained: each names the one before, across generations, and a gap shows', () => {
    const { sender, receiver } = group();
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) {
      if (i === 3) {
        nextGeneration(sender, random);
        learnGeneration(receiver, announce(sender, digest), 0);
      }
      const message = sealGroup(sender, alice, text(8), random);
      const opened = takeGroup(receiver, message.frame);
      if (!opened.fresh) throw new Error('opened before?');
      expect(hex(opened.id)).toBe(hex(message.id));
      expect(hex(decodeGroupInner(opened.content).prevId)).toBe(ids.at(-1) ?? '0'.repeat(32));
      ids.push(hex(opened.id));
    }
    expect(new Set(ids).size).toBe(6);
  });
});

test('bytes that are no frame at all are refused, never crash', () => {
  const { receive } = channel();
  const { sender, receiver } = group();
  for (let i = 0; i < 2000; i++) {
    const junk = random(256);
    junk[0] = i % 2 === 0 ? 0x20 : 0x30;
    junk.set(i % 2 === 0 ? receive.kid : sender.chain.kid, 1);
    expect(codeOf(() => (i % 2 === 0 ? takePair(receive, junk) : takeGroup(receiver, junk)))).not.toBeNull();
  }
  expect(headerBytes).toBe(13);
});
