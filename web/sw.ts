/**
 * The service worker: keeps the files of one version of the page, so that it opens offline and never mixes two versions. It
 * sees no key and no room: it answers only for the page's own files, by path, and stores nothing that it was not built with.
 * The one thing it answers besides are downloads that a page feeds (downloads.ts). A new version waits until the person accepts it; the
 * page then says SKIP_WAITING.
 */
import { files, version } from 'virtual:precache';
import { downloadFor, heardDownload } from './downloads.ts';

declare const self: ServiceWorkerGlobalScope;

const prefix = 'hushroom-';
const cacheName = prefix + version;
const own = new Set(files);

/**
 * The cached file that answers `request`, if it is one of ours. A link whose `#` became `%23` opens the page, and so does what another
 * program shares with the installed one: both hold an invite in their address, and stay out of the network.
 */
function fileFor({ method, mode, url }: Request): string | undefined {
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== self.location.origin) return undefined;
  if (mode === 'navigate' && (pathname.startsWith('/%23') || pathname === '/share')) return '/';
  return own.has(pathname) ? pathname : undefined;
}

async function answer(file: string): Promise<Response> {
  const cached = await caches.match(file, { cacheName });
  return cached ?? fetch(file); // the browser may have evicted it
}

self.addEventListener('install', (event) => {
  // What is named by its contents may come from the browser's cache, where the page's own fetching has put most of it.
  const requests = files.map((file) => new Request(file, { cache: file.startsWith('/assets/') ? 'default' : 'no-cache' }));
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(requests)));
});

self.addEventListener('activate', (event) => {
  const forget = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name.startsWith(prefix) && name !== cacheName) await caches.delete(name);
  };
  event.waitUntil(forget());
});

self.addEventListener('fetch', (event) => {
  const download = downloadFor(new URL(event.request.url).pathname);
  if (download !== undefined) {
    event.respondWith(download);
    return;
  }
  const file = fileFor(event.request);
  if (file !== undefined) event.respondWith(answer(file));
});

/** The page that asked for the notification comes to the front. */
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const forward = async (): Promise<void> => {
    const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    await page?.focus();
  };
  event.waitUntil(forward());
});

self.addEventListener('message', (event) => {
  if (event.data === 'SKIP_WAITING') void self.skipWaiting();
  else heardDownload(event);
});
