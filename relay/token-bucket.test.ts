import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

describe('TokenBucket', () => {
  it('gives its burst at once, then its rate, and remembers debt', () => {
    const bucket = new TokenBucket(10, 20, 0);
    for (let i = 0; i < 20; i++) expect(bucket.take(1, 0)).toBeGreaterThanOrEqual(0);
    expect(bucket.take(5, 0)).toBe(-5);
    expect(bucket.debtMs(0)).toBe(500);
    expect(bucket.debtMs(500)).toBe(0);
    expect(bucket.take(0, 60_000)).toBe(20);
    expect(bucket.isFull(60_000)).toBe(true);
  });

  it('refuses what is not there for nothing, and says when it will be', () => {
    const bucket = new TokenBucket(10, 20, 0);
    expect(bucket.spend(20, 0)).toBe(0);
    for (let i = 0; i < 5; i++) expect(bucket.spend(1, 0)).toBe(100);
    expect(bucket.spend(1, 100)).toBe(0);
  });
});
