import type { Clock } from '../clock.ts';

/** Both clocks, moved by hand. Starts at a whole minute. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #start = 29_000_000 * 60_000;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#start + this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}
