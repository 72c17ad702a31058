/**
 * How far tor is with connecting to the Tor network, from its status events (control-spec 4.1.10 and 4.1.11). tor says itself whether a
 * problem is worth telling a person (RECOMMENDATION); the addresses in these events are never read.
 */
import { TorError } from './errors.ts';
import type { Sentence } from './reply.ts';

export interface Progress {
  readonly percent: number;
  /** What it does now, in tor's words: "Loading relay descriptors". */
  readonly waitsFor: string;
}

/** From `BOOTSTRAP PROGRESS=...`, as an event and as an answer to GETINFO status/bootstrap-phase. */
export function progressIn({ words, fields }: Sentence): Progress | undefined {
  const percent = Number(fields.get('PROGRESS'));
  if (!words.includes('BOOTSTRAP') || !Number.isInteger(percent) || percent < 0 || percent > 100) return undefined;
  return { percent, waitsFor: fields.get('SUMMARY') ?? '' };
}

/** From what the same events, and STATUS_GENERAL, have to complain about. */
export function troubleIn({ words, fields }: Sentence): TorError | undefined {
  if (words.includes('CLOCK_SKEW')) return clockTrouble(Number(fields.get('SKEW')));
  if (!words.includes('BOOTSTRAP') || fields.get('RECOMMENDATION') !== 'warn') return undefined;
  return new TorError('bootstrap-stalls', [fields.get('TAG'), fields.get('REASON')].filter(Boolean).join(': '));
}

const worthTellingS = 15 * 60;

function clockTrouble(skewS: number): TorError | undefined {
  if (!(Math.abs(skewS) >= worthTellingS)) return undefined;
  return new TorError('clock-off', `by about ${Math.round(Math.abs(skewS) / 60)} minutes`);
}
