/** When the next SYNC is due (protocol.md "Passing on"; sync.ts): after so many records, some time after the first, or when an author has left. */
import { limits } from '../limits.ts';
import type { Author, SyncState, Turn } from './state.ts';

/** Of a departed author, what it said so shortly before leaving may not have reached everyone. */
const lastWordsMs = 60_000;

export function newSync(): SyncState {
  return { count: 0, dueAt: Number.POSITIVE_INFINITY, holders: new Map() };
}

/** Something was said or changed. */
export function noteActivity(turn: Turn): void {
  const { sync } = turn.room;
  sync.count++;
  if (sync.dueAt === Number.POSITIVE_INFINITY) sync.dueAt = turn.env.now + limits.syncMs * (1 + chance(turn) / 4);
  if (sync.count === limits.syncRecords) hurry(turn, 0, 2000);
}

/** An author has left, last heard at `heardAt`: what not everyone got must come from those who did. */
export function noteDeparture(turn: Turn, { latest }: Author, heardAt: number): void {
  if (latest !== null && heardAt < latest.keptAt + lastWordsMs) hurry(turn, 1000, 5000);
}

function hurry(turn: Turn, leastMs: number, mostMs: number): void {
  const { sync } = turn.room;
  sync.dueAt = Math.min(sync.dueAt, turn.env.now + leastMs + chance(turn) * (mostMs - leastMs));
}

function chance({ env }: Turn): number {
  return (env.random(1)[0] as number) / 256;
}

/** The room agrees on what was said so far. */
export function settle(sync: SyncState): void {
  sync.count = 0;
  sync.dueAt = Number.POSITIVE_INFINITY;
}
