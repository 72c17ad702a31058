/**
 * What the protocol core is handed instead of reaching for it. The core has no clock and no randomness of its own,
 * so a seeded simulator can run it and a bug can be replayed from its seed.
 */

/** Fills a new array with `length` random bytes. In production this is `crypto.getRandomValues`, and nothing else. */
export type Random = (length: number) => Uint8Array;

/** Handed to every `step`: the time of the input, and randomness. */
export interface Env {
  /** Milliseconds on a clock that never goes back. Its zero has no meaning. */
  readonly now: number;
  readonly random: Random;
}
