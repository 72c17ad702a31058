/**
 * The common order of messages (protocol.md "Delivery"): by Lamport counter, then sender instance, then generation and
 * sequence. Every member sorts by values that travel inside the signed message, so all see one order however paths
 * reorder. One's own unsealed messages have no counter yet and stand at the end, in the order of typing.
 *
 * Invariant: `entries` is always sorted and never longer than `limits.historyMessages`; what falls off is told. A place is found in
 * logarithmic time; `byId` holds the same entries.
 */
import { limits } from '../limits.ts';
import type { Author, KeptRecord } from './state.ts';
import type { Message, MessageId, RoomEvent } from './types.ts';

/** What a message is sorted by. `lamport` is Infinity while unsealed. */
export interface OrderKey {
  readonly lamport: number;
  /** Sender instance in hexadecimal. */
  readonly inst: string;
  readonly gen: number;
  readonly seq: number;
}

export interface LogEntry {
  message: Omit<Message, 'ageMs' | 'vanishesInMs'>;
  key: OrderKey;
  /** When the author pressed send, on this page's clock. */
  saidAt: number;
  readonly author: Author;
  /** What the author signed: one record for each part. Empty while unsealed. */
  records: readonly KeptRecord[];
  /** The edit that counts. */
  edit: { readonly key: OrderKey; readonly records: readonly KeptRecord[] } | null;
  /** The last word of each person on each emoji. */
  reactions: Map<string, ReactionMark> | null;
}

export interface ReactionMark {
  readonly author: Author;
  readonly emoji: string;
  readonly on: boolean;
  readonly key: OrderKey;
  readonly record: KeptRecord | null;
}

export interface MessageLog {
  readonly entries: LogEntry[];
  readonly byId: Map<MessageId, LogEntry>;
  /** Highest counter seen or used. */
  lamport: number;
  /** How many marks all entries hold. */
  reactions: number;
}

const lamportEnd = 0xffffffff;
/** A counter further above one's own than this is not believed: one member must not push all counters to their end. */
const lamportLeap = 512;

export function createLog(): MessageLog {
  return { entries: [], byId: new Map(), lamport: 0, reactions: 0 };
}

/** The counter of one's next message. At the end of the range it stays, and instance and sequence still give an order. */
export function nextLamport(log: MessageLog): number {
  log.lamport = Math.min(log.lamport + 1, lamportEnd);
  return log.lamport;
}

/** The counter by which a received message is sorted; moves one's own forward. */
export function acceptLamport(log: MessageLog, received: number): number {
  if (received > log.lamport + lamportLeap) return nextLamport(log);
  log.lamport = Math.max(log.lamport, received);
  return received;
}

/** Puts `entry` in its place; returns it, and what fell off at the other end. */
export function insertEntry(log: MessageLog, entry: LogEntry): { place: number; forgotten: LogEntry[] } {
  const place = placeOf(log, entry.key);
  log.entries.splice(place, 0, entry);
  log.byId.set(entry.message.id, entry);
  const excess = log.entries.length - limits.historyMessages;
  const forgotten = excess > 0 ? log.entries.slice(0, excess) : [];
  for (const old of forgotten) removeEntry(log, old);
  return { place: place - forgotten.length, forgotten };
}

export function removeEntry(log: MessageLog, entry: LogEntry): void {
  const at = findEntry(log, entry);
  if (at >= 0) log.entries.splice(at, 1);
  if (log.byId.get(entry.message.id) === entry) log.byId.delete(entry.message.id);
  log.reactions -= entry.reactions?.size ?? 0;
}

/** Takes `entry` out and puts it where its new key and id belong. */
export function moveEntry(log: MessageLog, entry: LogEntry, key: OrderKey, id: MessageId): void {
  const at = findEntry(log, entry);
  if (at >= 0) {
    log.entries.splice(at, 1);
    log.byId.delete(entry.message.id);
  }
  entry.key = key;
  entry.message = { ...entry.message, id };
  if (at < 0) return;
  log.entries.splice(placeOf(log, key), 0, entry);
  log.byId.set(id, entry);
}

/** The index of `entry`; below 0 where it is not in the log. */
export function findEntry(log: MessageLog, entry: LogEntry): number {
  for (let at = placeOf(log, entry.key) - 1; at >= 0; at--) {
    const other = log.entries[at] as LogEntry;
    if (other === entry) return at;
    if (compareKeys(other.key, entry.key) !== 0) break;
  }
  return -1;
}

/** Messages as events: age is counted at the moment of telling. */
export function shown(entry: LogEntry, now: number, vanishMs: number): Message {
  const message = { ...entry.message, ageMs: Math.max(0, now - entry.saidAt) };
  return vanishMs === Number.POSITIVE_INFINITY ? message : { ...message, vanishesInMs: Math.max(0, entry.saidAt + vanishMs - now) };
}

export function messageEvent(entry: LogEntry, place: number, now: number, vanishMs: number): RoomEvent {
  return { type: 'message', message: shown(entry, now, vanishMs), place };
}

/** First index whose entry sorts after `key`. The end is tried first, where almost every message belongs. */
function placeOf({ entries }: MessageLog, key: OrderKey): number {
  let low = 0;
  let high = entries.length;
  if (high > 0 && compareKeys((entries[high - 1] as LogEntry).key, key) <= 0) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys((entries[middle] as LogEntry).key, key) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function compareKeys(a: OrderKey, b: OrderKey): number {
  if (a.lamport !== b.lamport) return a.lamport - b.lamport;
  if (a.inst !== b.inst) return a.inst < b.inst ? -1 : 1;
  return a.gen - b.gen || a.seq - b.seq;
}
