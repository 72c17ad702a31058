/**
 * When to try again: after 1 s, and twice as long each time up to 30 s, a quarter more or less so that many relays that lost the same
 * thing do not come back in step. After five failures in a row the breaker opens: one try every five minutes until one succeeds.
 */
export interface Pace {
  readonly firstMs: number;
  readonly mostMs: number;
  /** Failures in a row after which there is a long pause before each try. */
  readonly tries: number;
  readonly pauseMs: number;
  /** What has gone well for so long was a success, however it ends. */
  readonly steadyMs: number;
}

export const torPace: Pace = { firstMs: 1000, mostMs: 30_000, tries: 5, pauseMs: 300_000, steadyMs: 60_000 };
/** For what costs little and harms nobody: connecting again. */
export const endlessPace: Pace = { ...torPace, tries: Number.POSITIVE_INFINITY };

const jitter = 0.25;

export class Backoff {
  readonly #pace: Pace;
  readonly #random: () => number;
  #failures = 0;

  constructor(pace: Pace = torPace, random: () => number = Math.random) {
    this.#pace = pace;
    this.#random = random;
  }

  get isOpen(): boolean {
    return this.#failures >= this.#pace.tries;
  }

  /** Counts one more failure, and says how many milliseconds to wait. */
  failed(): number {
    const { firstMs, mostMs, pauseMs } = this.#pace;
    const ms = Math.min(firstMs * 2 ** this.#failures, mostMs);
    this.#failures++;
    return Math.round((this.isOpen ? pauseMs : ms) * (1 + jitter * (2 * this.#random() - 1)));
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
