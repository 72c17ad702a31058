import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const againMs = 60_000;

/** A log for what strangers or a broken disk could make it say over and over: of the same trouble it tells once a minute at most. */
export function complaints(log: Log, clock: Clock): Log {
  const toldAt = new Map<string, number>();
  return (event, fields) => {
    const now = clock.now();
    if (now - (toldAt.get(event) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    toldAt.set(event, now);
    log(event, fields);
  };
}
