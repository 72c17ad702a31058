import { afterEach, expect, test, vi } from 'vitest';
import { forgetStored } from './forget.ts';

afterEach(() => void vi.unstubAllGlobals());

test('is done when the databases are gone, not when that was asked for, and a page that holds one is not waited for', async () => {
  const requests: IDBOpenDBRequest[] = [];
  vi.stubGlobal('indexedDB', {
    databases: async () => [{ name: 'hushroom' }, { name: 'held' }],
    deleteDatabase() {
      const request = {} as IDBOpenDBRequest;
      requests.push(request);
      return request;
    },
  });
  let done = false;
  const forgetting = forgetStored().then(() => {
    done = true;
  });
  await vi.waitFor(() => expect(requests).toHaveLength(2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  requests[0]!.onsuccess?.({} as Event);
  requests[1]!.onblocked?.({} as IDBVersionChangeEvent);
  await forgetting;
});
