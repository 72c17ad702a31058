/**
 * Rooms that the person wants to come back to after a reload (docs/threat-model.md). Each is sealed by AES-GCM under a key of its own that
 * the browser made and does not give out to scripts; both lie in IndexedDB and go together. That keeps a script that reads the storage from
 * taking keys elsewhere; it does not keep out who can read the browser's files on the disk, since the browser has the key there too.
 *
 * What is never kept: chains, sessions, instance. A page that comes back is a new page with the same static key.
 */

import { isForgotten } from './forget.ts';

export interface KeptEntry {
  readonly id: string;
  /** What was kept. */
  readonly plain: Uint8Array;
}

interface Row {
  readonly id: string;
  readonly key: CryptoKey;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const database = 'hushroom';
const table = 'rooms';

/** Keeps, or keeps anew. Rejects where the browser forbids it. */
export async function keep(id: string, plain: Uint8Array, until: number): Promise<void> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  const key = (await readRow(id))?.key ?? (await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(plain));
  await transact('readwrite', (rows) => rows.put({ id, key, iv, sealed, until } satisfies Row));
}

/** All that has not ended; what has is erased. Empty where there is nothing or nothing may be read. */
export async function readKept(now: number): Promise<KeptEntry[]> {
  const rows: Row[] = await transact('readonly', (all) => all.getAll()).catch(() => []);
  const entries: KeptEntry[] = [];
  for (const { id, key, iv, sealed, until } of rows) {
    const plain = until <= now ? null : await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed).catch(() => null);
    if (plain === null) await drop(id);
    else entries.push({ id, plain: new Uint8Array(plain) });
  }
  return entries;
}

export async function drop(id: string): Promise<void> {
  await transact('readwrite', (rows) => rows.delete(id)).catch(() => undefined); // nothing there, then
}

/**
 * Holds a kept room for this page until it is closed: two pages with one static key would each be the other's reload. Rejects
 * where another page holds it.
 */
export function hold(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(`hushroom ${id}`, { signal: AbortSignal.timeout(2000) }, () => {
      resolve();
      return new Promise<void>((release) => released.set(id, release));
    });
    held.catch(reject);
  });
}

const released = new Map<string, () => void>();

export function letGo(id: string): void {
  released.get(id)?.();
  released.delete(id);
}

// ---------------------------------------------------------------- IndexedDB

function readRow(id: string): Promise<Row | undefined> {
  return transact('readonly', (rows) => rows.get(id));
}

/** Opens and closes each time: an open connection would keep "forget everything" from erasing. */
async function transact<Result>(mode: IDBTransactionMode, act: (rows: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  if (isForgotten()) throw new DOMException('everything is forgotten', 'AbortError');
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(table, { keyPath: 'id' });
  const connection = await done(opening);
  try {
    return await done(act(connection.transaction(table, mode).objectStore(table)));
  } finally {
    connection.close();
  }
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
