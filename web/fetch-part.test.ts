import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchPart } from './fetch-part.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks again until the part is there', async () => {
  let asked = 0;
  const part = fetchPart(async () => {
    if (++asked < 3) throw new TypeError('no network');
    return 'the part';
  });
  await vi.advanceTimersByTimeAsync(999);
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(2001);
  expect(asked).toBe(3);
  expect(await part).toBe('the part');
});

it('never waits longer than 8 seconds before it asks again', async () => {
  let asked = 0;
  void fetchPart(() => {
    asked++;
    return Promise.reject(new TypeError('no network'));
  });
  await vi.advanceTimersByTimeAsync(60_000);
  const before = asked;
  await vi.advanceTimersByTimeAsync(8000);
  expect(asked).toBe(before + 1);
});
