/**
 * When the parts that deal with what people say want to be woken (step.ts): one place for all of them, so that the wiring of the room
 * stays short.
 */
import { tidyAuthors } from './authors.ts';
import { tidyChanges } from './changes.ts';
import { markGaps } from './numbers.ts';
import { pastDue, tidyPast, wakePast } from './past.ts';
import { presenceDue, wakePresence } from './presence.ts';
import { askForMissing } from './resend.ts';
import type { Living, Turn } from './state.ts';
import { syncDue, wakeSync } from './sync.ts';
import { vanishDue, wakeVanish } from './vanish.ts';

export function wordsDue(room: Living): number {
  return Math.min(vanishDue(room), syncDue(room), presenceDue(room), pastDue(room));
}

export function wakeWords(turn: Turn): void {
  wakeVanish(turn);
  wakeSync(turn);
  wakePresence(turn);
  wakePast(turn);
}

/** Now and then: what only its age decides. */
export function tidyWords(turn: Turn): void {
  markGaps(turn);
  askForMissing(turn);
  tidyChanges(turn);
  tidyPast(turn);
  tidyAuthors(turn);
}
