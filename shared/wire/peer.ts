/**
 * Frames between members, and what is inside the pairwise ones (protocol.md "Records and ratchets"; group.ts has the others). The first
 * byte tells them apart:
 *
 *   HS1..HS3 11..13 | hsId[8] | Noise message, 2048 bytes in all       PAIR 20, GROUP 30 | kid[4] | mseq[4] | guard[4] | ct
 *   FILE 40 (file.ts)
 *   inner of PAIR:  ctype u8 | body                                    inner of GROUP:  ctype u8 | prevId[16] | body | sig[64]
 *
 * Types below 40 exist only in the pairwise channel, those from 40 on only in the group: a control message that came through
 * the group cipher would be believed from whoever holds a chain key (CVE-2022-39251). The sender is never a field, always
 * whose chain opened the frame. All values are copied out of the frame, so a frame may be reused or wiped after decoding.
 */
import { utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { counter, flag, listOf, text } from './fields.ts';
import { fileFrameType } from './file.ts';
import { firstGroupType } from './group.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export type FrameType = 'hs1' | 'hs2' | 'hs3' | 'pair' | 'group' | 'file';

const frameTypes: ReadonlyMap<number, FrameType> = new Map([
  [0x11, 'hs1'],
  [0x12, 'hs2'],
  [0x13, 'hs3'],
  [0x20, 'pair'],
  [0x30, 'group'],
  [fileFrameType, 'file'],
]);

export const pairType = 0x20;
export const groupType = 0x30;
/** type, kid, masked sequence, reuse guard. */
export const headerBytes = 13;

/** What a frame claims to be, by its first byte and its length. Throws `ProtocolError`. */
export function frameType(frame: Uint8Array): FrameType {
  const type = frameTypes.get(frame[0] ?? 0);
  if (type === undefined) throw new ProtocolError('unknown-type', `peer frame ${frame[0]}`);
  if (!isSized(type, frame.length)) throw new ProtocolError('malformed', `${type} frame of ${frame.length} bytes`);
  return type;
}

function isSized(type: FrameType, length: number): boolean {
  if (type === 'pair' || type === 'group') return limits.buckets.includes(length);
  return length === (type === 'file' ? limits.frameBytes : limits.handshakeFrameBytes);
}

/** kid: names the chain whose next key opens a PAIR or GROUP frame. A view. */
export function frameKid(frame: Uint8Array): Uint8Array {
  return frame.subarray(1, 5);
}

// ---------------------------------------------------------------- what a PAIR frame holds

/** `gen` of a pairwise span is the chain's kid read as u32: sequence numbers begin anew with each session. */
export interface AckSpan {
  readonly kind: 'pair' | 'group';
  readonly gen: number;
  readonly from: number;
  readonly count: number;
}

/** A generation of a sender's ratchet as its receivers learn it: the chain key stands at `seq`, so nothing before it can be read. */
export interface Skdm {
  readonly gen: number;
  readonly seq: number;
  /** Secret; wiped by the chain that takes it over. */
  readonly ck: Uint8Array;
  /** Secret header key; likewise. */
  readonly hp: Uint8Array;
  /** Ed25519 public key of this generation. */
  readonly spk: Uint8Array;
  readonly kid: Uint8Array;
  readonly digest: Uint8Array;
  /** The last message of generation gen - 1, if it had any: so that a lost tail is noticed. */
  readonly previous: { readonly lastSeq: number; readonly lastId: Uint8Array } | null;
}

export interface RosterEntry {
  readonly inst: Uint8Array;
  readonly staticKey: Uint8Array;
}

export type PairInner =
  | { readonly type: 'confirm'; readonly info: Uint8Array } // 01 | info
  | ({ readonly type: 'skdm' } & Skdm) // 02 | gen u32 | seq u32 | ck[32] | hp[32] | spk[32] | kid[4] | digest[32] | count u8 (0, 1) | count x (lastSeq u32 | lastId[16])
  | { readonly type: 'ack'; readonly spans: readonly AckSpan[] } // 03 | n x (kind u8 (0 pair, 1 group) | gen u32 | from u32 | count u16)
  | { readonly type: 'diff'; readonly reply: boolean; readonly entries: readonly RosterEntry[] } // 05 | reply u8 | n x (inst[16] | staticKey[32])
  | { readonly type: 'rtc'; readonly attempt: number; readonly index: number; readonly signal: string | null } // 06 | attempt u32 | index u16 | present u8 | utf8
  | { readonly type: 'bind'; readonly attempt: number; readonly hash: Uint8Array } // 07 | attempt u32 | hash[32]
  | { readonly type: 'rekey'; readonly frame: Uint8Array } // 08 | handshake frame
  | { readonly type: 'ping' | 'pong'; readonly digest: Uint8Array } // 09 | pong u8 | digest[32]
  | { readonly type: 'leave' } // 0a
  | { readonly type: 'file'; readonly control: Uint8Array } // 12 | control (file.ts)
  | SideInner // 0b, 0c, 13, 15: passed.ts; 14: call.ts
  | GovernInner; // 0d, 0e, 0f, 10, 11: room/govern

/** What members tell each other beside messages; the bodies are decoded where they are used. */
export interface SideInner {
  readonly type: 'side';
  readonly ctype: number;
  readonly body: Uint8Array;
}

/** Records of those who decide about the room; their bodies are decoded where they are used. */
export interface GovernInner {
  readonly type: 'govern';
  readonly ctype: number;
  readonly body: Uint8Array;
}

const pairTypes = {
  confirm: 0x01,
  skdm: 0x02,
  ack: 0x03,
  diff: 0x05,
  rtc: 0x06,
  bind: 0x07,
  rekey: 0x08,
  ping: 0x09,
  pong: 0x09,
  leave: 0x0a,
  file: 0x12,
} as const;
/** RESEND_REQ, RESEND, HISTORY, CALL, PRESENCE. */
const sideTypes: readonly number[] = [0x0b, 0x0c, 0x13, 0x14, 0x15];
/** MOVE, SAS_GROUP, VIA, ALERT, ADMIN. */
const firstGovernType = 0x0d;
const lastGovernType = 0x11;

/** The one word that is not worth sending again: PRESENCE of kind 0. */
export function isTyping({ ctype, body }: SideInner): boolean {
  return ctype === 0x15 && body[0] === 0;
}

export function encodePairInner(inner: PairInner): Uint8Array {
  if (inner.type === 'govern' || inner.type === 'side') return new Writer().u8(inner.ctype).bytes(inner.body).finish();
  const writer = new Writer().u8(pairTypes[inner.type]);
  switch (inner.type) {
    case 'confirm':
      return writer.bytes(inner.info).finish();
    case 'skdm':
      writer.u32(inner.gen).u32(inner.seq).bytes(inner.ck).bytes(inner.hp).bytes(inner.spk).bytes(inner.kid).bytes(inner.digest);
      if (inner.previous === null) return writer.u8(0).finish();
      return writer.u8(1).u32(inner.previous.lastSeq).bytes(inner.previous.lastId).finish();
    case 'ack':
      for (const { kind, gen, from, count } of inner.spans)
        writer
          .u8(kind === 'pair' ? 0 : 1)
          .u32(gen)
          .u32(from)
          .u16(count);
      return writer.finish();
    case 'diff':
      writer.u8(inner.reply ? 1 : 0);
      for (const { inst, staticKey } of inner.entries) writer.bytes(inst).bytes(staticKey);
      return writer.finish();
    case 'rtc':
      writer.u32(inner.attempt).u16(inner.index);
      return inner.signal === null ? writer.u8(0).finish() : writer.u8(1).bytes(utf8(inner.signal)).finish();
    case 'bind':
      return writer.u32(inner.attempt).bytes(inner.hash).finish();
    case 'rekey':
      return writer.bytes(inner.frame).finish();
    case 'ping':
    case 'pong':
      return writer
        .u8(inner.type === 'pong' ? 1 : 0)
        .bytes(inner.digest)
        .finish();
    case 'leave':
      return writer.finish();
    case 'file':
      return writer.bytes(inner.control).finish();
  }
}

/** Throws `ProtocolError`: `unknown-type` for what a newer version may have, `misuse` for a group type. */
export function decodePairInner(inner: Uint8Array): PairInner {
  const reader = new Reader(inner);
  const decoded = pairBody(reader.u8(), reader);
  reader.end();
  return decoded;
}

function pairBody(ctype: number, reader: Reader): PairInner {
  switch (ctype) {
    case pairTypes.confirm:
      return { type: 'confirm', info: reader.rest().slice() };
    case pairTypes.skdm:
      return { type: 'skdm', ...skdmBody(reader) };
    case pairTypes.ack:
      return { type: 'ack', spans: listOf(reader, limits.ackSpans, ackSpan) };
    case pairTypes.diff:
      return { type: 'diff', reply: flag(reader), entries: listOf(reader, limits.members, rosterEntry) };
    case pairTypes.rtc:
      return { type: 'rtc', attempt: reader.u32(), index: reader.u16(), signal: flag(reader) ? text(reader.rest()) : null };
    case pairTypes.bind:
      return { type: 'bind', attempt: reader.u32(), hash: reader.bytes(32).slice() };
    case pairTypes.rekey:
      return { type: 'rekey', frame: reader.rest().slice() };
    case pairTypes.ping:
      return { type: flag(reader) ? 'pong' : 'ping', digest: reader.bytes(32).slice() };
    case pairTypes.leave:
      return { type: 'leave' };
    case pairTypes.file:
      return { type: 'file', control: reader.rest().slice() };
  }
  if (sideTypes.includes(ctype)) return { type: 'side', ctype, body: reader.rest().slice() };
  if (ctype >= firstGovernType && ctype <= lastGovernType) return { type: 'govern', ctype, body: reader.rest().slice() };
  if (ctype >= firstGroupType) throw new ProtocolError('misuse', `group type ${ctype} in the pairwise channel`);
  throw new ProtocolError('unknown-type', `pairwise type ${ctype}`);
}

function skdmBody(reader: Reader): Skdm {
  const gen = counter(reader, limits.maxGeneration);
  const seq = counter(reader, limits.maxSeq);
  const field = (length: number) => reader.bytes(length).slice();
  const keys = { ck: field(32), hp: field(32), spk: field(32), kid: field(4), digest: field(32) };
  return { gen, seq, ...keys, previous: flag(reader) ? { lastSeq: counter(reader, limits.maxSeq), lastId: field(16) } : null };
}

function ackSpan(reader: Reader): AckSpan {
  return { kind: flag(reader) ? 'group' : 'pair', gen: reader.u32(), from: counter(reader, limits.maxSeq), count: reader.u16() };
}

function rosterEntry(reader: Reader): RosterEntry {
  return { inst: reader.bytes(16).slice(), staticKey: reader.bytes(32).slice() };
}
