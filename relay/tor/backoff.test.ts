import { describe, expect, it } from 'vitest';
import { Backoff, endlessPace } from './backoff.ts';

describe('trying again', () => {
  it('doubles from 1 s to 30 s, then pauses after the fifth failure until there is a success', () => {
    const backoff = new Backoff(undefined, () => 0.5);
    expect([1, 2, 3, 4].map(() => backoff.failed())).toEqual([1000, 2000, 4000, 8000]);
    expect(backoff.isOpen).toBe(false);
    expect(backoff.failed()).toBe(300_000);
    expect(backoff.isOpen).toBe(true);
    backoff.succeeded();
    expect(backoff.isOpen).toBe(false);
    expect(backoff.failed()).toBe(1000);
  });

  it('never waits longer than the most', () => {
    const backoff = new Backoff(endlessPace, () => 0.5);
    expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.failed()).at(-1)).toBe(30_000);
  });

  it('is a quarter more or less', () => {
    expect(new Backoff(undefined, () => 0).failed()).toBe(750);
    expect(new Backoff(undefined, () => 1).failed()).toBe(1250);
  });
});
