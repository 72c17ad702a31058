import { afterEach, expect, test, vi } from 'vitest';
import { forgetStored } from './forget.ts';
import { keep } from './kept.ts';
import { openSettings } from './settings.ts';

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

test('what was on its way to the storage does not come behind it', async () => {
  const open = vi.fn();
  const setItem = vi.fn();
  vi.stubGlobal('indexedDB', { databases: async () => [], open });
  await forgetStored();
  await expect(keep('room', new Uint8Array(1), 1)).rejects.toThrow('everything is forgotten');
  openSettings(() => ({ getItem: () => null, removeItem: () => {}, setItem })).write('kept', 'yes');
  expect(open).not.toHaveBeenCalled();
  expect(setItem).not.toHaveBeenCalled();
});
