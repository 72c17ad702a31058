/** What a driver needs of a browser's clock. */
import { afterEach, expect, test, vi } from 'vitest';
import { browserPorts } from './browser.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('a timer is set for the whole millisecond after, since a browser would cut the rest off and fire early', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  browserPorts.after(39.2, () => {})();
  expect(set.mock.calls[0]?.[1]).toBe(40);
});
