import { beforeEach, expect, test, vi } from 'vitest';

let warmUp: typeof import('./warm-up.ts').warmUp;

beforeEach(async () => {
  vi.resetModules();
  ({ warmUp } = await import('./warm-up.ts'));
  globalThis.requestIdleCallback = (callback) => setTimeout(callback, 0) as unknown as number;
});

test('a whole handshake takes place, once a page', async () => {
  let drawn = 0;
  const random = (length: number) => {
    drawn += length;
    return crypto.getRandomValues(new Uint8Array(length));
  };
  await warmUp(random);
  expect(drawn).toBeGreaterThan(400);
  const once = drawn;
  await warmUp(random);
  expect(drawn).toBe(once);
});

test('whoever joins at once is not held up by it', async () => {
  const joining = new AbortController();
  let drawn = 0;
  const random = (length: number) => {
    drawn += length;
    return crypto.getRandomValues(new Uint8Array(length));
  };
  const done = warmUp(random, joining.signal);
  joining.abort();
  const before = drawn;
  await done;
  expect(drawn).toBe(before);
});
