/**
 * Erases everything this origin keeps in the browser: settings, databases, caches, the service worker. Each step stands alone,
 * since a browser that lacks one thing must still lose the others.
 */

let forgotten = false;

/** True once everything is being forgotten: what is on its way to the storage then must not come behind it. */
export const isForgotten = (): boolean => forgotten;

/** Resolves when everything that can be erased has been; never rejects. */
export async function forgetStored(): Promise<void> {
  forgotten = true;
  await Promise.all([
    attempt(() => localStorage.clear()),
    attempt(() => sessionStorage.clear()),
    attempt(forgetDatabases),
    attempt(async () => Promise.all((await caches.keys()).map((name) => caches.delete(name)))),
    attempt(forgetFiles),
    attempt(async () => {
      const registrations = await navigator.serviceWorker.getRegistrations();
      await Promise.all(registrations.map((registration) => registration.unregister()));
    }),
  ]);
}

async function attempt(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch {
    // not there, or forbidden: then it holds nothing either
  }
}

/** Rooms kept over a reload, and whatever else an older version or a shared origin left. */
async function forgetDatabases(): Promise<void> {
  await Promise.all((await indexedDB.databases()).map(({ name }) => (name === undefined ? undefined : forgetDatabase(name))));
}

/** One that another page has open goes when that page lets go of it; nobody waits for that here. */
function forgetDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    Object.assign(indexedDB.deleteDatabase(name), { onsuccess: resolve, onerror: resolve, onblocked: resolve });
  });
}

/** Files that were under way when a page went. */
async function forgetFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
}
