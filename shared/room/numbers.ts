/**
 * Which of an author's numbers have come (protocol.md "Delivery"): numbers that do not come are shown as missing rather than passed
 * over. A gap is normal for a moment, since paths reorder and lost frames are sent again; only one that stays is asked for,
 * told, and taken back when the record arrives after all.
 */
import { limits } from '../limits.ts';
import { tellChanged } from './delivery.ts';
import type { LogEntry } from './order.ts';
import type { Author, Numbers, Turn } from './state.ts';

/** A gap younger than this may still close by itself. */
const gapMs = 6000;
/** Of one author; the oldest are forgotten first. */
const maxGaps = limits.windowAhead;
const keptGenerations = 4;

/** A generation's numbers begin at `seq` for us; before it there is nothing that we should have. */
export function expectFrom({ numbers }: Author, gen: number, seq: number): void {
  if (!numbers.next.has(gen)) numbers.next.set(gen, seq);
  for (const old of numbers.next.keys()) {
    if (numbers.next.size <= keptGenerations) break;
    numbers.next.delete(old);
  }
}

/** There is word that `gen` went up to `lastSeq`. */
export function expectUpTo(turn: Turn, { numbers }: Author, gen: number, lastSeq: number): void {
  const next = numbers.next.get(gen);
  if (next === undefined) return;
  missFrom(turn, numbers, gen, next, lastSeq + 1);
  numbers.next.set(gen, Math.max(next, lastSeq + 1));
}

/** A record of this number has come. */
export function noteSequence(turn: Turn, { numbers }: Author, gen: number, seq: number): void {
  const next = numbers.next.get(gen);
  if (next === undefined) return;
  missFrom(turn, numbers, gen, next, seq);
  numbers.next.set(gen, Math.max(next, seq + 1));
  numbers.gaps.delete(`${gen} ${seq}`);
}

function missFrom(turn: Turn, { gaps }: Numbers, gen: number, from: number, to: number): void {
  for (let seq = Math.max(from, to - maxGaps); seq < to; seq++) gaps.set(`${gen} ${seq}`, { gen, seq, since: turn.env.now });
  for (const oldest of gaps.keys()) {
    if (gaps.size <= maxGaps) break;
    gaps.delete(oldest);
  }
}

/** Tells, on the first message after each gap that has stayed, how many are missing; takes back what has come. */
export function markGaps(turn: Turn): void {
  for (const author of turn.room.authors.values()) {
    if (author.numbers.gaps.size > 0 || author.numbers.marked) markGapsOf(turn, author);
  }
}

function markGapsOf(turn: Turn, author: Author): void {
  const { numbers } = author;
  const stayed = [...numbers.gaps.values()].filter(({ since }) => turn.env.now >= since + gapMs);
  numbers.marked = false;
  let counted = 0;
  for (const entry of turn.room.log.entries) {
    if (entry.author !== author) continue;
    const before = stayed.filter(({ gen, seq }) => gen < entry.key.gen || (gen === entry.key.gen && seq < entry.key.seq)).length;
    markEntry(turn, entry, before - counted);
    counted = Math.max(counted, before);
    numbers.marked ||= entry.message.missingBefore !== undefined;
  }
}

function markEntry(turn: Turn, entry: LogEntry, missing: number): void {
  if ((entry.message.missingBefore ?? 0) === Math.max(0, missing)) return;
  const { missingBefore: _, ...message } = entry.message;
  entry.message = missing > 0 ? { ...message, missingBefore: missing } : message;
  tellChanged(turn, message.id, entry);
}
