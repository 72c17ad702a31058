/**
 * What a GROUP frame holds (protocol.md "Records and ratchets", "Messages"): ctype u8 | prevId[16] | body, before its signature.
 *
 *   TEXT   40 | lamport u32 | ageS u16 | part | parts | flags | [reply[16]] | [count, count x who[8]] | UTF-8
 *   CHANGE 41 | lamport u32 | ageS u16 | kind u8 | target[16] | react: on u8, UTF-8 emoji; edit: as TEXT from part on; erase: nothing
 *   FILE   42 | lamport u32 | ageS u16 | offer (file.ts)
 *   SYNC   43 | n x (who[8] | gen u32 | seq u32 | id[8])
 *
 * `prevId` is the id of the author's record before this one, 0^16 before the first. The author is never a field, always whose
 * chain opened the frame. All values are copied out, so a frame may be wiped after decoding. What a record refers to (a target, a
 * reply) may be anything: it is looked up, never trusted.
 */
import { utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { flag, listOf, text } from './fields.ts';
import { decodeOffer, encodeOffer, type FileOffer } from './file.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** A text, or one of several parts of a long one; parts of one text have consecutive sequence numbers. */
export interface TextPart {
  readonly type: 'text';
  readonly lamport: number;
  /** Seconds between pressing send and sealing. */
  readonly ageS: number;
  readonly part: number;
  readonly parts: number;
  /** The message whose text this one replaces; null for a message of its own. */
  readonly edits: Uint8Array | null;
  /** In the first part only: what the message answers, whether it tells what its author does, and whom it mentions. */
  readonly reply: Uint8Array | null;
  readonly action: boolean;
  readonly mentions: readonly Uint8Array[];
  /** UTF-8, cut anywhere. */
  readonly bytes: Uint8Array;
}

/** A reaction put to a message or taken back. */
export interface React {
  readonly type: 'react';
  readonly lamport: number;
  readonly ageS: number;
  readonly target: Uint8Array;
  readonly on: boolean;
  readonly emoji: string;
}

/** The author takes a message back: its text goes everywhere. */
export interface Erase {
  readonly type: 'erase';
  readonly lamport: number;
  readonly ageS: number;
  readonly target: Uint8Array;
}

/** Per author the newest record that the sender of SYNC has of it. */
export interface Sync {
  readonly type: 'sync';
  readonly latest: readonly Latest[];
}

export interface Latest {
  /** First 8 bytes of the author's instance. */
  readonly who: Uint8Array;
  readonly gen: number;
  readonly seq: number;
  /** First 8 bytes of the record's id. */
  readonly id: Uint8Array;
}

/** A file that its author will send to whoever asks for it. */
export interface FileMessage {
  readonly type: 'file';
  readonly lamport: number;
  readonly ageS: number;
  readonly offer: FileOffer;
}

export type GroupInner = TextPart | React | Erase | FileMessage | Sync;

export const firstGroupType = 0x40;
const types = { text: 0x40, change: 0x41, file: 0x42, sync: 0x43 } as const;
const kinds = { react: 0, edit: 1, erase: 2 } as const;
const flags = { reply: 1, action: 2, mentions: 4 } as const;

const whoBytes = 8;
const idBytes = 16;
/** The most that surrounds a record that is passed on: ctype, kind, author with the longest name, its place, key, age and signature (passed.ts). */
export const passedHeaderBytes = 1 + 1 + 16 + 32 + 2 + limits.nameBytes + 2 + 4 + 4 + 32 + 4 + 64 + 1;
/** The most that stands before the text of one part: an edit that mentions as many as it may. */
export const textHeaderBytes = 1 + idBytes + 4 + 2 + 1 + idBytes + 3 + idBytes + 1 + whoBytes * limits.mentions;

export function encodeGroupInner(inner: GroupInner, prevId: Uint8Array): Uint8Array {
  const writer = new Writer();
  if (inner.type === 'sync') {
    writer.u8(types.sync).bytes(prevId);
    for (const { who, gen, seq, id } of inner.latest) writer.bytes(who).u32(gen).u32(seq).bytes(id);
    return writer.finish();
  }
  if (inner.type === 'file')
    return writer.u8(types.file).bytes(prevId).u32(inner.lamport).u16(inner.ageS).bytes(encodeOffer(inner.offer)).finish();
  const target = inner.type === 'text' ? inner.edits : inner.target;
  writer
    .u8(target === null ? types.text : types.change)
    .bytes(prevId)
    .u32(inner.lamport)
    .u16(inner.ageS);
  if (target !== null) writer.u8(kinds[inner.type === 'text' ? 'edit' : inner.type]).bytes(target);
  if (inner.type === 'text') textFields(writer, inner);
  else if (inner.type === 'react') writer.u8(inner.on ? 1 : 0).bytes(utf8(inner.emoji));
  return writer.finish();
}

function textFields(writer: Writer, { part, parts, reply, action, mentions, bytes }: TextPart): void {
  const set = (reply !== null ? flags.reply : 0) | (action ? flags.action : 0) | (mentions.length > 0 ? flags.mentions : 0);
  writer.u8(part).u8(parts).u8(set);
  if (reply !== null) writer.bytes(reply);
  if (mentions.length > 0) writer.u8(mentions.length);
  for (const who of mentions) writer.bytes(who);
  writer.bytes(bytes);
}

/** Throws `ProtocolError`: `unknown-type` for what a newer version may have, `misuse` for a pairwise type. */
export function decodeGroupInner(inner: Uint8Array): GroupInner & { readonly prevId: Uint8Array } {
  const reader = new Reader(inner);
  const ctype = reader.u8();
  if (ctype < firstGroupType) throw new ProtocolError('misuse', `pairwise type ${ctype} through the group`);
  const prevId = reader.bytes(idBytes).slice();
  const decoded = groupBody(ctype, reader);
  reader.end();
  return { ...decoded, prevId };
}

function groupBody(ctype: number, reader: Reader): GroupInner {
  switch (ctype) {
    case types.text:
      return { type: 'text', ...placeOf(reader), edits: null, ...textBody(reader, flags.reply | flags.action | flags.mentions) };
    case types.change:
      return changeBody(reader);
    case types.file:
      return { type: 'file', ...placeOf(reader), offer: decodeOffer(reader) };
    case types.sync:
      return { type: 'sync', latest: listOf(reader, limits.syncAuthors, latest) };
  }
  throw new ProtocolError('unknown-type', `group type ${ctype}`);
}

function changeBody(reader: Reader): GroupInner {
  const place = placeOf(reader);
  const kind = reader.u8();
  const target = reader.bytes(idBytes).slice();
  switch (kind) {
    case kinds.react:
      return { type: 'react', ...place, target, on: flag(reader), emoji: emoji(reader.rest()) };
    case kinds.edit:
      return { type: 'text', ...place, edits: target, ...textBody(reader, flags.mentions) };
    case kinds.erase:
      return { type: 'erase', ...place, target };
  }
  throw new ProtocolError('unknown-type', `a change of kind ${kind}`);
}

function textBody(reader: Reader, allowed: number) {
  const part = reader.u8();
  const parts = reader.u8();
  if (part >= parts || parts > limits.textParts) throw new ProtocolError('malformed', `part ${part} of ${parts}`);
  const set = reader.u8();
  if ((set & ~(part === 0 ? allowed : 0)) !== 0) throw new ProtocolError('malformed', `text flags ${set} in part ${part}`);
  const reply = (set & flags.reply) === 0 ? null : reader.bytes(idBytes).slice();
  const mentions = (set & flags.mentions) === 0 ? [] : mentioned(reader);
  return { part, parts, reply, action: (set & flags.action) !== 0, mentions, bytes: reader.rest().slice() };
}

function mentioned(reader: Reader): Uint8Array[] {
  const count = reader.u8();
  if (count === 0 || count > limits.mentions) throw new ProtocolError('oversize', `${count} mentions`);
  return Array.from({ length: count }, () => reader.bytes(whoBytes).slice());
}

function placeOf(reader: Reader): { readonly lamport: number; readonly ageS: number } {
  return { lamport: reader.u32(), ageS: reader.u16() };
}

function latest(reader: Reader): Latest {
  return { who: reader.bytes(whoBytes).slice(), gen: reader.u32(), seq: reader.u32(), id: reader.bytes(whoBytes).slice() };
}

// ---------------------------------------------------------------- reactions

/** Shape only, by properties that do not change with the version of Unicode a browser has: else pages would disagree. */
const emojiShape = /^[\p{Extended_Pictographic}\p{Emoji_Component}]+$/u;
const emojiCore = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/** True for what may be a reaction: pictures and what joins and colours them, no text. */
export function isEmoji(said: string): boolean {
  return utf8(said).length <= limits.emojiBytes && emojiShape.test(said) && emojiCore.test(said);
}

function emoji(bytes: Uint8Array): string {
  const said = text(bytes);
  if (!isEmoji(said)) throw new ProtocolError('malformed', 'a reaction that is no emoji');
  return said;
}
