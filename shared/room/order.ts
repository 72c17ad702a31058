/**
 * The common order of messages (protocol.md "Delivery"): by Lamport counter, then sender instance, then generation and
 * sequence. Every member sorts by values that travel inside the signed message, so all see one order however paths
 * reorder. One's own unsealed messages have no counter yet and stand at the end, in the order of typing.
 *
 * Invariant: `entries` is always sorted and never longer than `limits.historyMessages`; what falls off is told.
 */
import { limits } from '../limits.ts';
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
  message: Omit<Message, 'ageMs'>;
  key: OrderKey;
  /** When the author pressed send, on this page's clock. */
  readonly saidAt: number;
}

export interface MessageLog {
  readonly entries: LogEntry[];
  /** Highest counter seen or used. */
  lamport: number;
}

const lamportEnd = 0xffffffff;
/** A counter further above one's own than this is not believed: one member must not push all counters to their end. */
const lamportLeap = 512;

export function createLog(): MessageLog {
  return { entries: [], lamport: 0 };
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

export function insertEntry(log: MessageLog, entry: LogEntry): { place: number; forgotten: MessageId[] } {
  const place = placeOf(log, entry.key);
  log.entries.splice(place, 0, entry);
  const excess = log.entries.length - limits.historyMessages;
  const forgotten = excess > 0 ? log.entries.splice(0, excess).map((old) => old.message.id) : [];
  return { place: place - forgotten.length, forgotten };
}

/** Takes `entry` out and puts it where its new key belongs. */
export function moveEntry(log: MessageLog, entry: LogEntry, key: OrderKey): number {
  const at = log.entries.indexOf(entry);
  if (at >= 0) log.entries.splice(at, 1);
  entry.key = key;
  const place = placeOf(log, key);
  if (at >= 0) log.entries.splice(place, 0, entry);
  return place;
}

/** Messages as events: age is counted at the moment of telling. */
export function shown(entry: LogEntry, now: number): Message {
  return { ...entry.message, ageMs: Math.max(0, now - entry.saidAt) };
}

export function messageEvent(entry: LogEntry, place: number, now: number): RoomEvent {
  return { type: 'message', message: shown(entry, now), place };
}

/** First index whose entry sorts after `key`. Searched from the end, where almost every message belongs. */
function placeOf(log: MessageLog, key: OrderKey): number {
  let place = log.entries.length;
  while (place > 0 && compareKeys((log.entries[place - 1] as LogEntry).key, key) > 0) place--;
  return place;
}

export function compareKeys(a: OrderKey, b: OrderKey): number {
  if (a.lamport !== b.lamport) return a.lamport - b.lamport;
  if (a.inst !== b.inst) return a.inst < b.inst ? -1 : 1;
  return a.gen - b.gen || a.seq - b.seq;
}
