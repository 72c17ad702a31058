/**
 * Our own vectors for chains, records, SKDM and roster digest (format in README.md). Their values come from the second
 * implementation, `testing/records.ts`, so that the product's code is checked against something that it did not compute itself.
 */

import assert from 'node:assert/strict';
import { concat, hex, unhex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { createReceiveChain, createSendChain, takeKey } from '../group/chain.ts';
import { createReceiver, learnGeneration } from '../group/receiver.ts';
import { openGroup, openPair, sealGroup, sealPair } from '../group/record.ts';
import { rosterDigest } from '../group/roster.ts';
import { createSender } from '../group/sender.ts';
import type { Author } from '../group/signed.ts';
import { signingKeyPair } from '../primitives.ts';
import {
  contentByHand,
  expandByHand,
  frameByHand,
  keysByHand,
  type MessageByHand,
  padByHand,
  rosterByHand,
  signByHand,
  signerByHand,
} from '../testing/records.ts';
import { decodeGroupInner, encodeGroupInner, type GroupInner } from '../wire/group.ts';
import { decodePairInner, encodePairInner } from '../wire/peer.ts';
import type { Check } from './check.ts';

/** Bytes are hexadecimal. Everything is said in one room by one author, in chains that begin with `ck0`. */
export interface RecordFile {
  readonly format: 'room/1 records';
  readonly roomPub: string;
  readonly inst: string;
  readonly staticKey: string;
  readonly ck0: string;
  readonly hp: string;
  /** Of the pairwise chain, derived. */
  readonly pairKid: string;
  /** Of the generation, drawn. */
  readonly groupKid: string;
  /** Ed25519 seed and public key of the generation. */
  readonly signer: string;
  readonly spk: string;
  readonly keys: readonly { readonly seq: number; readonly ck: string; readonly mk: string; readonly n0: string }[];
  readonly pair: readonly { readonly seq: number; readonly guard: string; readonly inner: string; readonly frame: string }[];
  readonly group: readonly GroupVector[];
  /** What opens under the right keys and is refused nevertheless; `frame` is number 0 of its chain. */
  readonly refused: readonly { readonly why: string; readonly code: string; readonly frame: string }[];
  readonly skdm: {
    readonly gen: number;
    readonly seq: number;
    readonly digest: string;
    readonly lastSeq: number;
    readonly lastId: string;
    readonly inner: string;
  };
  readonly roster: { readonly entries: readonly { readonly inst: string; readonly staticKey: string }[]; readonly digest: string };
}

/** A group record; bytes of `message` are hexadecimal. */
export interface GroupVector {
  readonly gen: number;
  readonly seq: number;
  readonly guard: string;
  readonly prevId: string;
  readonly message: MessageByHand;
  readonly content: string;
  readonly id: string;
  readonly frame: string;
}

// ---------------------------------------------------------------- checking

export function recordChecks(file: RecordFile): Check[] {
  return [
    { name: 'chain', run: () => checkKeys(file) },
    ...file.pair.map((vector) => ({ name: `PAIR ${vector.seq}`, run: () => checkPair(file, vector) })),
    ...file.group.map((vector) => ({ name: `GROUP ${vector.seq}`, run: () => checkGroup(file, vector) })),
    ...file.refused.map((vector) => ({ name: vector.why, run: () => checkRefused(file, vector) })),
    { name: 'SKDM', run: () => checkSkdm(file) },
    { name: 'roster', run: () => checkRoster(file.roster) },
  ];
}

function checkKeys({ ck0, hp, pairKid, keys }: RecordFile): void {
  const chain = createSendChain(unhex(ck0));
  assert.equal(hex(chain.hp), hp, 'hp');
  assert.equal(hex(chain.kid), pairKid, 'pairKid');
  for (const { seq, ck, mk, n0 } of keys) {
    while (chain.next < seq) takeKey(chain);
    assert.equal(hex(chain.ck), ck, `ck of ${seq}`);
    assert.equal(hex(takeKey(chain).key), mk + n0, `mk and n0 of ${seq}`);
  }
}

function checkPair(file: RecordFile, { seq, guard, inner, frame }: RecordFile['pair'][number]): void {
  const chain = createSendChain(unhex(file.ck0));
  while (chain.next < seq) takeKey(chain);
  assert.equal(hex(sealPair(chain, unhex(file.roomPub), unhex(file.inst), unhex(inner), () => unhex(guard)).frame), frame, 'sealed');
  const opened = openPair(createReceiveChain(unhex(file.ck0)), unhex(file.roomPub), unhex(file.inst), unhex(frame), 0);
  assert.equal(opened.fresh && hex(opened.inner), inner, 'opened');
  assert.equal(opened.seq, seq, 'seq');
}

function checkGroup(file: RecordFile, vector: GroupVector): void {
  const { gen, seq } = vector;
  const message = innerOf(vector.message);
  assert.equal(hex(encodeGroupInner(message, unhex(vector.prevId))), vector.content, 'content');
  const chain = createSendChain(unhex(file.ck0), unhex(file.groupKid));
  while (chain.next < seq) takeKey(chain);
  const sender = {
    ...createSender((length) => new Uint8Array(length)),
    chain,
    gen,
    signer: signingKeyPair(unhex(file.signer)),
    lastId: unhex(vector.prevId),
  };
  const sealed = sealGroup(sender, authorOf(file), message, () => unhex(vector.guard));
  assert.equal(hex(sealed.frame), vector.frame, 'sealed');
  assert.equal(hex(sealed.id), vector.id, 'id');
  const opened = openGroup(receiverOf(file, gen), authorOf(file), unhex(vector.frame), 0);
  assert.ok(opened?.fresh, 'opened');
  assert.equal(hex(opened.id), vector.id, 'id');
  assert.deepEqual(decodeGroupInner(opened.content), { ...message, prevId: unhex(vector.prevId) });
}

function innerOf(message: MessageByHand): GroupInner {
  switch (message.type) {
    case 'text': {
      const { edits, reply, mentions, bytes, ...rest } = message;
      const given = (value: string | null) => (value === null ? null : unhex(value));
      return { ...rest, edits: given(edits), reply: given(reply), mentions: mentions.map(unhex), bytes: unhex(bytes) };
    }
    case 'react':
    case 'erase':
      return { ...message, target: unhex(message.target) };
    case 'sync':
      return { type: 'sync', latest: message.latest.map(({ who, id, ...rest }) => ({ ...rest, who: unhex(who), id: unhex(id) })) };
  }
}

function checkRefused(file: RecordFile, { code, frame }: RecordFile['refused'][number]): void {
  const bytes = unhex(frame);
  const pairwise = bytes[0] === 0x20;
  assert.throws(
    () => {
      if (pairwise) {
        const opened = openPair(createReceiveChain(unhex(file.ck0)), unhex(file.roomPub), unhex(file.inst), bytes, 0);
        if (opened.fresh) decodePairInner(opened.inner);
        return;
      }
      const opened = openGroup(receiverOf(file, 1), authorOf(file), bytes, 0);
      if (opened?.fresh) decodeGroupInner(opened.content);
    },
    (failure) => failure instanceof ProtocolError && failure.code === code,
  );
}

function checkSkdm(file: RecordFile): void {
  const { gen, seq, digest, lastSeq, lastId, inner } = file.skdm;
  const { ck, hp, spk, kid } = generationOf(file, gen);
  const previous = { lastSeq, lastId: unhex(lastId) };
  const skdm = { type: 'skdm', gen, seq, ck, hp, spk, kid, digest: unhex(digest), previous } as const;
  assert.equal(hex(encodePairInner(skdm)), inner, 'encoded');
  assert.deepEqual(decodePairInner(unhex(inner)), skdm);
}

function checkRoster({ entries, digest }: RecordFile['roster']): void {
  assert.equal(hex(rosterDigest(entries.map(({ inst, staticKey }) => ({ inst: unhex(inst), staticKey: unhex(staticKey) })))), digest);
}

function authorOf({ roomPub, inst, staticKey }: RecordFile): Author {
  return { roomPub: unhex(roomPub), inst: unhex(inst), staticKey: unhex(staticKey) };
}

function generationOf({ ck0, hp, spk, groupKid }: RecordFile, gen: number) {
  return { gen, seq: 0, ck: unhex(ck0), hp: unhex(hp), spk: unhex(spk), kid: unhex(groupKid), digest: new Uint8Array(32), previous: null };
}

function receiverOf(file: RecordFile, gen: number) {
  const receiver = createReceiver();
  learnGeneration(receiver, generationOf(file, gen), 0);
  return receiver;
}

// ---------------------------------------------------------------- making

/** All values from `seed`, which gives `length` bytes in hexadecimal for a label. */
export function makeRecords(seed: (label: string, length?: number) => string): RecordFile {
  const bytes = (label: string, length?: number) => unhex(seed(`records ${label}`, length));
  const ck0 = bytes('ck0');
  const signer = bytes('signer');
  const author: Author = { roomPub: bytes('roomPub'), inst: bytes('inst', 16), staticKey: bytes('staticKey') };
  const pairKid = expandByHand(ck0, 'kid', 4);
  const groupKid = bytes('groupKid', 4);
  const pairChain = { type: 0x20, roomPub: author.roomPub, inst: author.inst, gen: 0, ck0, kid: pairKid } as const;
  const groupChain = { ...pairChain, type: 0x30, gen: 1, kid: groupKid } as const;

  const pair = [0, 1, 7].map((seq) => {
    const guard = bytes(`pair guard ${seq}`, 4);
    const inner = bytes(`pair inner ${seq}`, 1 + 100 * seq);
    const size = seq === 7 ? 1024 : 256;
    return {
      seq,
      guard: hex(guard),
      inner: hex(inner),
      frame: hex(frameByHand({ ...pairChain, seq, guard, plaintext: padByHand(inner, size) })),
    };
  });

  const hexOf = (label: string, length?: number) => seed(`records ${label}`, length);
  const plainText = {
    type: 'text',
    lamport: 1,
    ageS: 0,
    part: 0,
    parts: 1,
    edits: null,
    reply: null,
    action: false,
    mentions: [],
  } as const;
  const messages: MessageByHand[] = [
    { ...plainText, bytes: hexOf('group text 0', 20) },
    { ...plainText, lamport: 2, ageS: 1, parts: 2, reply: hexOf('reply', 16), bytes: hexOf('group text 1', 220) },
    { ...plainText, lamport: 2, ageS: 1, part: 1, parts: 2, bytes: hexOf('group text 2', 420) },
    { ...plainText, lamport: 3, action: true, mentions: [hexOf('who 1', 8), hexOf('who 2', 8)], bytes: hexOf('group text 3', 9) },
    { ...plainText, lamport: 4, edits: hexOf('edited', 16), mentions: [hexOf('who 1', 8)], bytes: hexOf('group text 4', 9) },
    { type: 'react', lamport: 5, ageS: 2, target: hexOf('target', 16), on: true, emoji: '👩🏽‍🚀' },
    { type: 'react', lamport: 6, ageS: 0, target: hexOf('target', 16), on: false, emoji: '❤️' },
    { type: 'erase', lamport: 7, ageS: 65535, target: hexOf('target', 16) },
    { type: 'sync', latest: [1, 2].map((i) => ({ who: hexOf(`who ${i}`, 8), gen: i, seq: 40 + i, id: hexOf(`latest ${i}`, 8) })) },
  ];
  let prevId: Uint8Array = new Uint8Array(16);
  const group = messages.map((message, seq) => {
    const guard = bytes(`group guard ${seq}`, 4);
    const content = contentByHand(message, prevId);
    const { inner, id } = signByHand({ ...groupChain, seq, guard }, author.staticKey, signer, content);
    const size = [256, 512, 1024].find((bucket) => bucket >= inner.length + 31) as number;
    const frame = frameByHand({ ...groupChain, seq, guard, plaintext: padByHand(inner, size) });
    const vector = { gen: 1, seq, guard: hex(guard), prevId: hex(prevId), message, content: hex(content), id: hex(id), frame: hex(frame) };
    prevId = id;
    return vector;
  });

  const guard = bytes('refused guard', 4);
  const made = { ...groupChain, seq: 0, guard };
  const sealed = (plaintext: Uint8Array) => hex(frameByHand({ ...made, plaintext }));
  const signed = (content: Uint8Array, claimed = made.seq) =>
    signByHand({ ...made, seq: claimed }, author.staticKey, signer, content).inner;
  const text = contentByHand({ ...plainText, bytes: hexOf('refused text', 9) }, new Uint8Array(16));
  const filled = padByHand(signed(text), 256);
  filled[filled.length - 1] = 1;
  const leaving = padByHand(Uint8Array.of(0x0a), 256);
  leaving[100] = 1;
  const refused = [
    { why: 'GROUP: padding that is not zero', code: 'malformed', frame: sealed(filled) },
    { why: 'GROUP: no signature', code: 'misuse', frame: sealed(padByHand(text, 256)) },
    { why: 'GROUP: signed for another number', code: 'misuse', frame: sealed(padByHand(signed(text, 1), 256)) },
    {
      why: 'GROUP: a pairwise type, LEAVE',
      code: 'misuse',
      frame: sealed(padByHand(signed(concat(Uint8Array.of(0x0a), bytes('refused leave', 40))), 256)),
    },
    {
      why: 'PAIR: padding that is not zero',
      code: 'malformed',
      frame: hex(frameByHand({ ...pairChain, seq: 0, guard, plaintext: leaving })),
    },
    {
      why: 'PAIR: a group type, TEXT',
      code: 'misuse',
      frame: hex(frameByHand({ ...pairChain, seq: 0, guard, plaintext: padByHand(text, 256) })),
    },
  ];

  const { hp } = keysByHand(ck0, 0);
  const skdmFields = { gen: 2, seq: 0, digest: seed('records digest'), lastSeq: 2, lastId: hex(prevId) };
  const skdmBytes = concat(
    Uint8Array.of(0x02, 0, 0, 0, 2, 0, 0, 0, 0),
    ck0,
    hp,
    signerByHand(signer),
    groupKid,
    unhex(skdmFields.digest),
    Uint8Array.of(1, 0, 0, 0, 2),
    prevId,
  );
  const entries = [1, 2, 3].map((i) => ({ inst: seed(`records member ${i}`, 16), staticKey: seed(`records static ${i}`) }));
  return {
    format: 'room/1 records',
    roomPub: hex(author.roomPub),
    inst: hex(author.inst),
    staticKey: hex(author.staticKey),
    ck0: hex(ck0),
    hp: hex(hp),
    pairKid: hex(pairKid),
    groupKid: hex(groupKid),
    signer: hex(signer),
    spk: hex(signerByHand(signer)),
    keys: [0, 1, 2, 100].map((seq) => {
      const { ck, mk, n0 } = keysByHand(ck0, seq);
      return { seq, ck: hex(ck), mk: hex(mk), n0: hex(n0) };
    }),
    pair,
    group,
    refused,
    skdm: { ...skdmFields, inner: hex(skdmBytes) },
    roster: { entries, digest: hex(rosterByHand(entries)) },
  };
}
