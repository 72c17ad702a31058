/**
 * When the parts that deal with what people say want to be woken (step.ts): one place for all of them, so that the wiring of the room
 * stays short.
 */
import { tidyAuthors } from './authors.ts';
import { tidyChanges } from './changes.ts';
import { markGaps } from './numbers.ts';
import type { Living, Turn } from './state.ts';
import { vanishDue, wakeVanish } from './vanish.ts';

export function wordsDue(room: Living): number {
  return Math.min(vanishDue(room), room.side.part?.due(room) ?? Number.POSITIVE_INFINITY);
}

export function wakeWords(turn: Turn): void {
  wakeVanish(turn);
  turn.room.side.part?.wake(turn);
}

/** Now and then: what only its age decides. */
export function tidyWords(turn: Turn): void {
  markGaps(turn);
  turn.room.side.part?.tidy(turn);
  tidyChanges(turn);
  tidyAuthors(turn);
}
