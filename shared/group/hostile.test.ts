/** Frames that a modified client makes with the right keys (shared/testing/records.ts): sealed and signed well, and yet not allowed. */

import { describe, expect, test } from 'vitest';
import { concat, hex } from '../bytes.ts';
import { codeOf } from '../testing/code-of.ts';
import { plain } from '../testing/plain.ts';
import { seededRandom } from '../testing/random.ts';
import { frameByHand, padByHand, signByHand, signerByHand } from '../testing/records.ts';
import { decodeGroupInner, encodeGroupInner } from '../wire/group.ts';
import { decodePairInner } from '../wire/peer.ts';
import { createReceiveChain, createSendChain } from './chain.ts';
import { createReceiver, learnGeneration } from './receiver.ts';
import { openGroup, openPair, sealGroup, sealPair } from './record.ts';
import { announce, createSender } from './sender.ts';
import type { Author } from './signed.ts';

const { bytes: random } = seededRandom(23);
const alice: Author = { roomPub: random(32), inst: random(16), staticKey: random(32) };
const text = encodeGroupInner({ type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes: random(9) }, new Uint8Array(16));

/** Alice's generation, in her own hands and in those of a receiver. */
function generation() {
  const seed = random(32);
  const common = {
    type: 0x30,
    roomPub: alice.roomPub,
    inst: alice.inst,
    gen: 1,
    ck0: random(32),
    kid: random(4),
    seq: 0,
    guard: random(4),
  } as const;
  const receiver = createReceiver();
  const chain = createSendChain(common.ck0.slice(), common.kid);
  learnGeneration(
    receiver,
    { gen: 1, seq: 0, ck: chain.ck, hp: chain.hp, kid: common.kid, spk: signerByHand(seed), digest: random(32), previous: null },
    0,
  );
  const signed = (content: Uint8Array) => signByHand(common, alice.staticKey, seed, content);
  return {
    common,
    seed,
    receiver,
    signed,
    open: (plaintext: Uint8Array) => openGroup(receiver, alice, frameByHand({ ...common, plaintext }), 0),
  };
}

function session() {
  const ck0 = random(32);
  const receive = createReceiveChain(ck0.slice());
  const common = { type: 0x20, roomPub: alice.roomPub, inst: alice.inst, gen: 0, ck0, kid: receive.kid, seq: 0, guard: random(4) } as const;
  return {
    receive,
    open: (plaintext: Uint8Array) => openPair(receive, alice.roomPub, alice.inst, frameByHand({ ...common, plaintext }), 0),
  };
}

describe('the second implementation', () => {
  test('seals PAIR frames byte for byte as this one does', () => {
    const ck0 = random(32);
    const chain = createSendChain(ck0.slice());
    for (let seq = 0; seq < 20; seq++) {
      const inner = random(10 * seq);
      const guard = random(4);
      const { frame } = sealPair(chain, alice.roomPub, alice.inst, inner, () => guard);
      const made = { type: 0x20, roomPub: alice.roomPub, inst: alice.inst, gen: 0, ck0, kid: chain.kid, seq, guard } as const;
      expect(hex(frameByHand({ ...made, plaintext: padByHand(inner, frame.length) }))).toBe(hex(frame));
    }
  });

  test('seals and signs GROUP frames byte for byte as this one does', () => {
    const sender = createSender(random);
    const ck0 = sender.chain.ck.slice();
    let prevId = new Uint8Array(16);
    for (let seq = 0; seq < 10; seq++) {
      const guard = random(4);
      const message = { type: 'text', ...plain, lamport: seq, ageS: 3, part: 0, parts: 1, bytes: random(30) } as const;
      const sealed = sealGroup(sender, alice, message, () => guard);
      const made = { type: 0x30, roomPub: alice.roomPub, inst: alice.inst, gen: 1, ck0, kid: sender.chain.kid, seq, guard } as const;
      const { inner, id } = signByHand(made, alice.staticKey, sender.signer.secret, encodeGroupInner(message, prevId));
      expect(hex(frameByHand({ ...made, plaintext: padByHand(inner, sealed.frame.length) }))).toBe(hex(sealed.frame));
      expect(hex(id)).toBe(hex(sealed.id));
      prevId = id.slice();
    }
    expect(hex(signerByHand(sender.signer.secret))).toBe(hex(announce(sender, random(32)).spk));
  });
});

describe('a member with the right keys', () => {
  test('cannot send a control message through the group: it opens, and is refused as misuse', () => {
    const types = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x3f];
    const codes = types.map((ctype) => {
      const { open, signed } = generation();
      const opened = open(padByHand(signed(concat(Uint8Array.of(ctype), random(40))).inner, 256));
      return opened?.fresh && codeOf(() => decodeGroupInner(opened.content));
    });
    expect(codes).toEqual(types.map(() => 'misuse'));
  });

  test('cannot send a group message through the pairwise channel', () => {
    const opened = session().open(padByHand(text, 256));
    expect(opened.fresh && codeOf(() => decodePairInner(opened.inner))).toBe('misuse');
  });

  test('cannot hide bytes in the padding', () => {
    for (const at of [-1, 30, 100]) {
      const group = generation();
      const plaintext = padByHand(group.signed(text).inner, 256);
      plaintext[at < 0 ? plaintext.length - 1 : 120 + at] = 1;
      expect(codeOf(() => group.open(plaintext))).toBe('malformed');
      const pair = session();
      const record = padByHand(Uint8Array.of(0x0a), 256);
      record[at < 0 ? record.length - 1 : at] = 1;
      expect(codeOf(() => pair.open(record))).toBe('malformed');
      expect(pair.receive.next).toBe(0);
    }
  });

  test('cannot claim more bytes than there are', () => {
    const plaintext = padByHand(random(10), 256);
    plaintext.set([0xff, 0xff]);
    expect(codeOf(() => session().open(plaintext))).toBe('malformed');
    expect(codeOf(() => generation().open(plaintext))).toBe('malformed');
  });

  test('cannot leave out the signature, or sign another number, generation or content', () => {
    const { common, seed, open, signed, receiver } = generation();
    expect(codeOf(() => open(padByHand(text, 256)))).toBe('misuse');
    expect(codeOf(() => open(padByHand(text.subarray(0, 20), 256)))).toBe('misuse');
    for (const other of [{ seq: 1 }, { gen: 2 }]) {
      const lie = signByHand({ ...common, ...other }, alice.staticKey, seed, text);
      expect(codeOf(() => open(padByHand(lie.inner, 256)))).toBe('misuse');
    }
    const swapped = signed(text).inner;
    swapped[5] = (swapped[5] as number) ^ 1;
    expect(codeOf(() => open(padByHand(swapped, 256)))).toBe('misuse');
    expect(receiver.generations[0]?.chain.next).toBe(0);
    expect(open(padByHand(signed(text).inner, 256))?.fresh).toBe(true);
  });
});
