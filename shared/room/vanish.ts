/**
 * Messages that vanish (protocol.md "Vanishing"): in such a room each goes everywhere so many seconds after its author pressed send. No
 * clock is compared: a record says how old it was when sealed, every page counts on by itself, and where a frame waited long on its
 * way the author, who notices by the late acknowledgement, says how old the message is by now.
 *
 * Vanishing overwrites what we hold of it, takes it off the screen, and stops sending it to whoever has not got it.
 */
import { wipeEntry } from './changes.ts';
import { forgetUnacked } from './delivery.ts';
import { removeEntry } from './order.ts';
import { type Living, type Turn, tell } from './state.ts';

export function vanishDue({ vanishAt }: Living): number {
  return vanishAt;
}

export function wakeVanish(turn: Turn): void {
  const { room, env } = turn;
  if (env.now < room.vanishAt) return;
  room.vanishAt = Number.POSITIVE_INFINITY;
  for (const entry of [...room.log.entries]) {
    const at = entry.saidAt + room.vanishMs;
    if (env.now < at) {
      room.vanishAt = Math.min(room.vanishAt, at);
      continue;
    }
    forgetUnacked(turn, entry);
    wipeEntry(entry);
    removeEntry(room.log, entry);
    room.outbox.splice(0, room.outbox.length, ...room.outbox.filter((unsaid) => unsaid.entry !== entry));
    tell(turn, { type: 'message-forgotten', id: entry.message.id });
  }
}
