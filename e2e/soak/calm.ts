/**
 * Whether this process gets to run when it wants to. The soak shares its machine with browsers, and a page that the machine does not let
 * run is slow to answer, which is nobody's fault: nothing new is begun meanwhile, and patience with others runs only while we run
 * ourselves.
 */
import { sleep } from '../bench/wait.ts';

const lookMs = 250;
const calmMs = 500;
/** What a wait of `lookMs` counts for at most. */
const countedMs = 2 * lookMs;

export class Calm {
  /** By how much we were late altogether. */
  lateMs = 0;
  #late = 0;

  constructor() {
    void this.#watch();
  }

  async #watch(): Promise<never> {
    for (;;) {
      const begun = performance.now();
      await sleep(lookMs);
      this.#late = performance.now() - begun - lookMs;
      this.lateMs += this.#late;
    }
  }

  /** Resolves when little is late. */
  async comes(): Promise<void> {
    while (this.#late > calmMs) await sleep(lookMs);
  }

  /** Whether it was `done` within `ms` of our running. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    for (let spent = 0; spent < ms; ) {
      if (done()) return true;
      const begun = performance.now();
      await sleep(lookMs);
      spent += Math.min(countedMs, performance.now() - begun);
    }
    return done();
  }
}
