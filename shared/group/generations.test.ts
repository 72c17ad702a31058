import { describe, expect, test } from 'vitest';
import { hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { plain } from '../testing/plain.ts';
import { seededRandom } from '../testing/random.ts';
import type { GroupInner } from '../wire/group.ts';
import { decodePairInner, encodePairInner } from '../wire/peer.ts';
import { createReceiveChain, createSendChain, joinChain } from './chain.ts';
import { createReceiver, type GroupReceiver, learnGeneration, tidyReceiver, wipeReceiver } from './receiver.ts';
import { openGroup, openPair, sealGroup, sealPair } from './record.ts';
import { announce, createSender, type GroupSender, nextGeneration, wipeSender } from './sender.ts';
import type { Author } from './signed.ts';

const { bytes: random } = seededRandom(11);
const digest = random(32);
const alice: Author = { roomPub: random(32), inst: random(16), staticKey: random(32) };
const message = (): GroupInner => ({ type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes: random(12) });
const say = (sender: GroupSender) => sealGroup(sender, alice, message(), random);

/** Through the codec, as it travels. */
function hand(sender: GroupSender, receiver: GroupReceiver, now = 0): void {
  const inner = decodePairInner(encodePairInner({ type: 'skdm', ...announce(sender, digest) }));
  if (inner.type === 'skdm') learnGeneration(receiver, inner, now);
}

function hears(receiver: GroupReceiver, frame: Uint8Array, now = 0): boolean {
  try {
    return openGroup(receiver, alice, frame, now)?.fresh === true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** Everything a thief of the page's memory would have. */
const stolen = (receiver: GroupReceiver): GroupReceiver => structuredClone(receiver);

describe('who may read what', () => {
  test('a newcomer reads nothing that was said before, and everything after', () => {
    const sender = createSender(random);
    const earlier = Array.from({ length: 20 }, () => say(sender));
    const newcomer = createReceiver();
    hand(sender, newcomer);
    const later = Array.from({ length: 20 }, () => say(sender));
    expect(earlier.filter(({ frame }) => hears(newcomer, frame)).length).toBe(0);
    expect(later.filter(({ frame }) => hears(newcomer, frame)).length).toBe(20);
  });

  test('a removed member with its whole state reads nothing that is said after the removal', () => {
    const sender = createSender(random);
    const stays = createReceiver();
    const removed = createReceiver();
    hand(sender, stays);
    hand(sender, removed);
    expect(hears(removed, say(sender).frame)).toBe(true);
    nextGeneration(sender, random);
    hand(sender, stays);
    const later = Array.from({ length: 50 }, () => say(sender));
    expect(later.filter(({ frame }) => hears(removed, frame)).length).toBe(0);
    // Not even where it tries its chain on frames of any name.
    const [old] = removed.generations;
    for (const { frame } of later) {
      const renamed = frame.slice();
      renamed.set((old as (typeof removed.generations)[number]).chain.kid, 1);
      expect(hears(removed, renamed)).toBe(false);
    }
    expect(later.filter(({ frame }) => hears(stays, frame)).length).toBe(50);
  });

  test('state stolen from a receiver opens no frame that was opened before', () => {
    const sender = createSender(random);
    const receiver = createReceiver();
    hand(sender, receiver);
    const before = Array.from({ length: 30 }, () => say(sender).frame);
    for (const frame of before) hears(receiver, frame);
    const thief = stolen(receiver);
    expect(before.filter((frame) => hears(thief, frame)).length).toBe(0);
    thief.generations[0]!.chain.next = 0; // and not if it forgets what it opened
    thief.generations[0]!.chain.floor = 0;
    expect(before.filter((frame) => hears(thief, frame)).length).toBe(0);
    expect(hears(thief, say(sender).frame)).toBe(false); // its numbers no longer fit its key
    expect(hears(stolen(receiver), say(sender).frame)).toBe(true); // what the next generation is for
  });

  test('state stolen from a sender opens no frame that was sent before', () => {
    const sender = createSender(random);
    const before = Array.from({ length: 30 }, () => say(sender).frame);
    const { chain, signer } = sender;
    const thief = createReceiver();
    const keys = { kid: chain.kid, hp: chain.hp, ck: chain.ck.slice(), spk: signer.public };
    learnGeneration(thief, { ...keys, gen: 1, seq: 0, digest, previous: null }, 0);
    expect(before.filter((frame) => hears(thief, frame)).length).toBe(0);
  });

  test('the pairwise chain gives a thief nothing of the past either', () => {
    const ck = random(32);
    const send = createSendChain(ck.slice());
    const receive = createReceiveChain(ck.slice());
    const before = Array.from({ length: 30 }, () => sealPair(send, alice.roomPub, alice.inst, random(9), random).frame);
    for (const frame of before) openPair(receive, alice.roomPub, alice.inst, frame, 0);
    const thief = joinChain({ kid: receive.kid, hp: receive.hp, ck: receive.ck.slice(), seq: 0 });
    for (const frame of before) expect(() => openPair(thief, alice.roomPub, alice.inst, frame, 0)).toThrow(ProtocolError);
  });
});

describe('a new generation', () => {
  test('has a key, a signer and a kid of its own, and the old ones are overwritten', () => {
    const sender = createSender(random);
    const { chain, signer } = sender;
    say(sender);
    const before = { kid: hex(chain.kid), spk: hex(signer.public) };
    nextGeneration(sender, random);
    expect(sender.gen).toBe(2);
    expect(hex(sender.chain.kid)).not.toBe(before.kid);
    expect(hex(sender.signer.public)).not.toBe(before.spk);
    for (const secret of [chain.ck, chain.hp, signer.secret]) expect(secret.every((byte) => byte === 0)).toBe(true);
  });

  test('tells how the one before ended, so that a lost tail is noticed', () => {
    const sender = createSender(random);
    expect(announce(sender, digest).previous).toBeNull();
    say(sender);
    const last = say(sender);
    nextGeneration(sender, random);
    expect(announce(sender, digest).previous).toEqual({ lastSeq: 1, lastId: last.id });
    nextGeneration(sender, random); // said nothing meanwhile
    expect(announce(sender, digest).previous).toBeNull();
  });

  test('is refused unless it is newer than the last', () => {
    const sender = createSender(random);
    const receiver = createReceiver();
    const first = announce(sender, digest);
    nextGeneration(sender, random);
    hand(sender, receiver);
    const before = receiver.generations.length;
    expect(() => learnGeneration(receiver, first, 0)).toThrow(ProtocolError);
    expect(() => hand(sender, receiver)).toThrow(ProtocolError);
    expect(receiver.generations.length).toBe(before);
    expect(hears(receiver, say(sender).frame)).toBe(true);
  });

  test('ends the range rather than wrapping', () => {
    const sender = createSender(random);
    sender.gen = limits.maxGeneration;
    expect(() => nextGeneration(sender, random)).toThrow(ProtocolError);
    expect(hears(learnedOf(sender), say(sender).frame)).toBe(true); // nothing was wiped
  });

  test('leaves the one before open for a minute, and recognisable for ten', () => {
    const sender = createSender(random);
    const receiver = createReceiver();
    hand(sender, receiver);
    const [seen, inTime, tooLate] = [say(sender), say(sender), say(sender)] as const;
    hears(receiver, seen.frame);
    nextGeneration(sender, random);
    hand(sender, receiver, 1000);
    expect(hears(receiver, inTime.frame, 1000 + limits.oldGenerationMs - 1)).toBe(true);
    expect(hears(receiver, tooLate.frame, 1000 + limits.oldGenerationMs)).toBe(false);
    const justBefore = 1000 + limits.oldSignerMs - 1;
    expect(openGroup(receiver, alice, seen.frame, justBefore)).toEqual({ fresh: false, gen: 1, seq: 0 });
    tidyReceiver(receiver, justBefore + 1);
    expect(openGroup(receiver, alice, seen.frame, justBefore + 1)).toBeNull();
    expect(hears(receiver, say(sender).frame, justBefore + 1)).toBe(true);
  });
});

function learnedOf(sender: GroupSender): GroupReceiver {
  const receiver = createReceiver();
  hand(sender, receiver);
  return receiver;
}

describe('memory', () => {
  test('is bounded whatever a member hands out and sends', () => {
    const sender = createSender(random);
    const receiver = createReceiver();
    for (let gen = 0; gen < 40; gen++) {
      hand(sender, receiver, gen);
      for (let skipped = 0; skipped < 300; skipped++) sender.chain.next++;
      const last = receiver.generations.at(-1)!;
      // The peer's chain really moves on; here only its numbers do, so the key is taken along.
      sender.chain.ck.set(advance(last.chain.ck, 300));
      expect(hears(receiver, say(sender).frame, gen)).toBe(true);
      nextGeneration(sender, random);
    }
    tidyReceiver(receiver, 40);
    const keys = receiver.generations.flatMap(({ chain }) => [...chain.skipped.values()].filter(({ key }) => key !== null));
    expect(keys.length).toBeLessThanOrEqual(limits.skippedKeysPerPeer - 2 * limits.skippedKeysPerChain);
    expect(receiver.generations.length).toBeLessThanOrEqual(16);
  }, 60_000);

  test('holds no key any more once it is wiped', () => {
    const sender = createSender(random);
    const receiver = learnedOf(sender);
    say(sender);
    hears(receiver, say(sender).frame);
    const { chain } = receiver.generations[0]!;
    const skipped = chain.skipped.get(0)?.key as Uint8Array;
    wipeReceiver(receiver);
    wipeSender(sender);
    for (const secret of [chain.ck, chain.hp, skipped, sender.chain.ck, sender.chain.hp, sender.signer.secret]) {
      expect(secret.every((byte) => byte === 0)).toBe(true);
    }
    expect(receiver.generations.length).toBe(0);
    expect(() => say(sender)).toThrow(ProtocolError);
  });
});

/** The chain key `steps` numbers later, by an honest chain. */
function advance(ck: Uint8Array, steps: number): Uint8Array {
  const chain = createReceiveChain(ck.slice());
  const copy = createSendChain(chain.ck);
  for (let step = 0; step < steps; step++) sealPair(copy, alice.roomPub, alice.inst, new Uint8Array(0), random);
  return copy.ck;
}
