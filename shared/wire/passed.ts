/**
 * Records that members pass on, and what they tell each other besides messages, all in the pairwise channel (protocol.md "Passing
 * on", "Presence"):
 *
 *   RESEND_REQ 0b | inst[16] | n x (gen u32 | from u32 | count u16)          RESEND 0c | inst[16] | passed
 *   HISTORY 13 | kind: 0 ask, 3 end | 1 keys: n x (gen u32 | spk[32]) | 2 records: inst[16] | sPub[32] | lv(name) | n x lv(passed)
 *   CALL 14: call.ts
 *   PRESENCE 15 | kind: 0 typing, 1 away: on u8 | 2 read: id[16] | 3 sharing: bits u8
 *
 *   passed = gen u32 | seq u32 | spk[32] | ageS u32 | sig[64] | whole u8 | content, or H(content)[32] of one that was erased
 *
 * Whoever passes a record on cannot change it; who its author is, and which key is the author's, the reader must know already,
 * or take on trust and say so.
 */
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type CallInner, readCall, writeCall } from './call.ts';
import { counter, flag, listOf } from './fields.ts';
import type { SideInner } from './peer.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface Passed {
  readonly gen: number;
  readonly seq: number;
  /** Ed25519 key of that generation, as the one who passes it on has it. */
  readonly spk: Uint8Array;
  /** Seconds since the author pressed send, as the one who passes it on counts them. */
  readonly ageS: number;
  readonly sig: Uint8Array;
  /** Exactly one of them is there. */
  readonly content: Uint8Array | null;
  readonly digest: Uint8Array | null;
}

export interface SeqSpan {
  readonly gen: number;
  readonly from: number;
  readonly count: number;
}

export interface GenerationKey {
  readonly gen: number;
  readonly spk: Uint8Array;
}

export type HistoryInner =
  | { readonly kind: 'ask' | 'end' }
  | { readonly kind: 'keys'; readonly keys: readonly GenerationKey[] }
  | {
      readonly kind: 'records';
      readonly inst: Uint8Array;
      readonly staticKey: Uint8Array;
      readonly name: Uint8Array;
      readonly records: readonly Passed[];
    };

export type PresenceInner =
  | { readonly kind: 'typing' | 'away'; readonly on: boolean }
  | { readonly kind: 'read'; readonly id: Uint8Array }
  /** What one shows of oneself, and so sees of others. */
  | { readonly kind: 'sharing'; readonly typing: boolean; readonly read: boolean; readonly delivered: boolean; readonly away: boolean };

export type SideRecord =
  | { readonly type: 'resend-request'; readonly inst: Uint8Array; readonly spans: readonly SeqSpan[] }
  | { readonly type: 'resend'; readonly inst: Uint8Array; readonly record: Passed }
  | ({ readonly type: 'history' } & HistoryInner)
  | ({ readonly type: 'call' } & CallInner)
  | ({ readonly type: 'presence' } & PresenceInner);

const types = { 'resend-request': 0x0b, resend: 0x0c, history: 0x13, call: 0x14, presence: 0x15 } as const;

export function encodeSide(record: SideRecord): SideInner {
  const writer = new Writer();
  switch (record.type) {
    case 'resend-request':
      writeSpans(writer.bytes(record.inst), record.spans);
      break;
    case 'resend':
      writePassed(writer.bytes(record.inst), record.record);
      break;
    case 'history':
      writeHistory(writer, record);
      break;
    case 'call':
      writeCall(writer, record);
      break;
    case 'presence':
      writePresence(writer, record);
      break;
  }
  return { type: 'side', ctype: types[record.type], body: writer.finish() };
}

/** Throws `ProtocolError`. */
export function decodeSide({ ctype, body }: SideInner): SideRecord {
  const reader = new Reader(body);
  const record = sideBody(ctype, reader);
  reader.end();
  return record;
}

function sideBody(ctype: number, reader: Reader): SideRecord {
  switch (ctype) {
    case types['resend-request']:
      return { type: 'resend-request', inst: reader.bytes(16).slice(), spans: readSpans(reader) };
    case types.resend:
      return { type: 'resend', inst: reader.bytes(16).slice(), record: readPassed(reader) };
    case types.history:
      return { type: 'history', ...readHistory(reader) };
    case types.call:
      return { type: 'call', ...readCall(reader) };
    case types.presence:
      return { type: 'presence', ...readPresence(reader) };
  }
  throw new ProtocolError('unknown-type', `pairwise type ${ctype}`);
}

const passedFixedBytes = 4 + 4 + 32 + 4 + 64 + 1;
function writePassed(writer: Writer, { gen, seq, spk, ageS, sig, content, digest }: Passed): Writer {
  writer.u32(gen).u32(seq).bytes(spk).u32(ageS).bytes(sig);
  return content !== null ? writer.u8(1).bytes(content) : writer.u8(0).bytes(digest as Uint8Array);
}

function readPassed(reader: Reader): Passed {
  const place = { gen: counter(reader, limits.maxGeneration), seq: counter(reader, limits.maxSeq) };
  const spk = reader.bytes(32).slice();
  const ageS = reader.u32();
  const sig = reader.bytes(64).slice();
  if (flag(reader)) return { ...place, spk, ageS, sig, content: reader.rest().slice(), digest: null };
  return { ...place, spk, ageS, sig, content: null, digest: reader.bytes(32).slice() };
}

function writeSpans(writer: Writer, spans: readonly SeqSpan[]): Writer {
  for (const { gen, from, count } of spans) writer.u32(gen).u32(from).u16(count);
  return writer;
}

function readSpans(reader: Reader): SeqSpan[] {
  return listOf(reader, limits.resendSpans, () => ({ gen: reader.u32(), from: counter(reader, limits.maxSeq), count: reader.u16() }));
}

// ---------------------------------------------------------------- history

const historyKinds = ['ask', 'keys', 'records', 'end'] as const;

/** What a record takes within a HISTORY. */
export function passedBytes({ content }: Passed): number {
  return 2 + passedFixedBytes + (content?.length ?? 32);
}

function writeHistory(writer: Writer, inner: HistoryInner): Writer {
  writer.u8(historyKinds.indexOf(inner.kind));
  if (inner.kind === 'keys') for (const { gen, spk } of inner.keys) writer.u32(gen).bytes(spk);
  if (inner.kind === 'records') {
    writer.bytes(inner.inst).bytes(inner.staticKey).lv(inner.name);
    for (const record of inner.records) writer.lv(writePassed(new Writer(), record).finish());
  }
  return writer;
}

function readHistory(reader: Reader): HistoryInner {
  const kind = historyKinds[reader.u8()];
  switch (kind) {
    case 'ask':
    case 'end':
      return { kind };
    case 'keys':
      return { kind, keys: listOf(reader, limits.sharedKeys, () => ({ gen: reader.u32(), spk: reader.bytes(32).slice() })) };
    case 'records': {
      const author = { inst: reader.bytes(16).slice(), staticKey: reader.bytes(32).slice(), name: reader.lv(limits.nameBytes).slice() };
      return { kind, ...author, records: listOf(reader, limits.frameBytes, onePassed) };
    }
    default:
      throw new ProtocolError('unknown-type', 'a kind of HISTORY');
  }
}

function onePassed(reader: Reader): Passed {
  const inner = new Reader(reader.lv());
  const passed = readPassed(inner);
  inner.end();
  return passed;
}

// ---------------------------------------------------------------- presence

const presenceKinds = ['typing', 'away', 'read', 'sharing'] as const;
const sharingBits = { typing: 1, read: 2, delivered: 4, away: 8 } as const;

function writePresence(writer: Writer, inner: PresenceInner): Writer {
  writer.u8(presenceKinds.indexOf(inner.kind));
  if (inner.kind === 'read') return writer.bytes(inner.id);
  if (inner.kind !== 'sharing') return writer.u8(inner.on ? 1 : 0);
  let bits = 0;
  for (const name of ['typing', 'read', 'delivered', 'away'] as const) if (inner[name]) bits |= sharingBits[name];
  return writer.u8(bits);
}

function readPresence(reader: Reader): PresenceInner {
  const kind = presenceKinds[reader.u8()];
  switch (kind) {
    case 'typing':
    case 'away':
      return { kind, on: flag(reader) };
    case 'read':
      return { kind, id: reader.bytes(16).slice() };
    case 'sharing': {
      const bits = reader.u8();
      const has = (name: keyof typeof sharingBits) => (bits & sharingBits[name]) !== 0;
      if (bits > 15) throw new ProtocolError('malformed', `sharing ${bits}`);
      return { kind, typing: has('typing'), read: has('read'), delivered: has('delivered'), away: has('away') };
    }
    default:
      throw new ProtocolError('unknown-type', 'a kind of PRESENCE');
  }
}
