/**
 * A rate with a burst: tokens come at `perSecond` up to `burst`, and each act takes some. It may go into debt, because by the time
 * an act is weighed its bytes have arrived; the debt says how long to stop reading.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** Takes `amount` and returns what is left: negative is debt. */
  take(amount: number, nowMs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#at) * this.#perMs) - amount;
    this.#at = nowMs;
    return this.#tokens;
  }

  /**
   * For an act that can still be refused: 0 where it was paid for, or the milliseconds after which it can be. What is refused costs nothing, or
   * trying again too early would put it off for ever.
   */
  spend(amount: number, nowMs: number): number {
    if (this.take(amount, nowMs) >= 0) return 0;
    const waitMs = this.debtMs(nowMs);
    this.#tokens += amount;
    return waitMs;
  }

  /** Milliseconds until there is no debt. */
  debtMs(nowMs: number): number {
    const tokens = this.take(0, nowMs);
    return tokens >= 0 ? 0 : -tokens / this.#perMs;
  }

  /** Nothing was taken for so long that this bucket is as good as new. */
  isFull(nowMs: number): boolean {
    return this.take(0, nowMs) >= this.#burst;
  }
}
