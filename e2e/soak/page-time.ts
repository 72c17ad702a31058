/**
 * Time as a page sees it that a phone may put to sleep: its clock stands still meanwhile, and whatever falls due, timers and what its sockets
 * would have told it, comes the moment it wakes. The driver finds out for itself that it slept, as it does in a browser.
 */
export class PageTime {
  #slept = 0;
  #asleepSince: number | null = null;
  #held: (() => void)[] = [];

  get asleep(): boolean {
    return this.#asleepSince !== null;
  }

  now(): number {
    return (this.#asleepSince ?? performance.now()) - this.#slept;
  }

  sleep(): void {
    this.#asleepSince ??= performance.now();
  }

  wake(): void {
    if (this.#asleepSince === null) return;
    this.#slept += performance.now() - this.#asleepSince;
    this.#asleepSince = null;
    for (const held of this.#held.splice(0)) held();
  }

  /** Runs it now, or on waking. */
  run(callback: () => void): void {
    if (this.asleep) this.#held.push(callback);
    else callback();
  }

  after(ms: number, callback: () => void): () => void {
    let cancelled = false;
    const timer = setTimeout(() => this.run(() => cancelled || callback()), ms);
    return () => {
      cancelled = true;
      clearTimeout(timer);
    };
  }
}
