import { describe, expect, it } from 'vitest';
import { receiptEvery } from '../wire/file.ts';
import { LinkPace } from './link-pace.ts';

/** A path that hands over one frame after the other, `perMs` of them, each after `oneWayMs`; receipts take as long to come back. */
class Way {
  readonly pace = new LinkPace();
  now = 0;
  sent = 0;
  arrived = 0;
  mostUnderWay = 0;
  oneWayMs: number;
  readonly #perMs: number;
  #freeAt = 0;
  #coming: { readonly at: number; readonly act: () => void }[] = [];

  constructor(perMs: number, oneWayMs: number) {
    this.#perMs = perMs;
    this.oneWayMs = oneWayMs;
    this.pace.receipt(0, 0);
  }

  /** Whoever sends always has more. */
  run(ms: number): number {
    const before = this.arrived;
    for (const end = this.now + ms; this.now < end; this.now += 0.25) {
      const due = this.#coming.filter(({ at }) => at <= this.now);
      this.#coming = this.#coming.filter(({ at }) => at > this.now);
      for (const { act } of due) act();
      while (this.pace.hasRoom && this.sent - this.arrived < 5000) this.#send();
      this.mostUnderWay = Math.max(this.mostUnderWay, this.sent - this.arrived);
    }
    return (this.arrived - before) / ms;
  }

  #send(): void {
    this.sent++;
    this.pace.sent(this.now);
    this.#freeAt = Math.max(this.#freeAt, this.now) + 1 / this.#perMs;
    this.#coming.push({ at: this.#freeAt + this.oneWayMs, act: () => this.#arrives() });
  }

  #arrives(): void {
    const count = ++this.arrived;
    if (count % receiptEvery === 0) this.#coming.push({ at: this.now + this.oneWayMs, act: () => this.pace.receipt(count, this.now) });
  }
}

describe('what is under way over a link', () => {
  it('is all that the browser takes, until there is a receipt', () => {
    const pace = new LinkPace();
    for (let i = 0; i < 5000; i++) pace.sent(i);
    expect(pace.hasRoom).toBe(true);
    pace.receipt(4, 5000);
    expect(pace.hasRoom).toBe(false);
  });

  it('is 16 frames from the beginning where the receiver says at once that it gives receipts', () => {
    const pace = new LinkPace();
    pace.receipt(0, 0);
    for (let i = 0; i < 16; i++) {
      expect(pace.hasRoom).toBe(true);
      pace.sent(i);
    }
    expect(pace.hasRoom).toBe(false);
  });

  it('is 16 frames within a machine, and that is enough', () => {
    const way = new Way(2, 0.5);
    expect(way.run(5000)).toBeGreaterThan(1.9);
    expect(way.mostUnderWay).toBeLessThanOrEqual(16);
  });

  it.each([
    [1, 10],
    [1, 100],
    [0.1, 20],
    [4, 40],
  ])('fills a path of %d frames a millisecond and %d ms, and little more', (perMs, oneWayMs) => {
    const way = new Way(perMs, oneWayMs);
    way.run(3000);
    way.mostUnderWay = 0;
    expect(way.run(30_000)).toBeGreaterThan(0.9 * perMs);
    expect(way.mostUnderWay).toBeLessThanOrEqual(Math.max(16, 3 * perMs * 2 * oneWayMs));
  });

  it('grows with a way that becomes longer', () => {
    const way = new Way(1, 5);
    way.run(5000);
    way.oneWayMs = 100;
    way.run(20_000);
    expect(way.run(20_000)).toBeGreaterThan(0.85);
  });

  it('is as before after a pause', () => {
    const way = new Way(1, 50);
    way.run(5000);
    way.now += 60_000;
    way.run(1000);
    expect(way.run(5000)).toBeGreaterThan(0.85);
  });

  it('does not heed receipts that cannot be true', () => {
    const pace = new LinkPace();
    for (let i = 0; i < 40; i++) pace.sent(i);
    pace.receipt(8, 50);
    for (const count of [41, 2 ** 32 - 1, 4, 0]) pace.receipt(count, 60);
    expect(pace.hasRoom).toBe(false);
    pace.receipt(40, 70);
    expect(pace.hasRoom).toBe(true);
  });
});
