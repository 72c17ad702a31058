/**
 * Where a file goes that somebody sends us. Small ones come into memory and are saved when they are whole. Large ones go to the disk as
 * they come: to a place that the person chooses where the browser can ask (File System Access), else through the service worker
 * into the downloads. Where a page that is loaded anew would find the offer again they wait in the browser's private file system until
 * they are whole, so that it goes on where it was. A browser with none of these takes what fits its memory, and says so
 * of the rest.
 */
import type { Wanted } from './session/files.svelte.ts';
import type { SinkChoice } from './worker/file-sinks.ts';

const smallBytes = 32 * 1024 * 1024;
const memoryBytes = 256 * 1024 * 1024;
const aliveMs = 10_000;

interface Chooser {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

export type FindWorker = () => Promise<ServiceWorker | undefined>;

/** Asks the person where the browser asks. `declined`: the person thought better of it. */
export async function placeFor(
  { id, name, size, mediaType }: Wanted,
  resumable: boolean,
  findWorker: FindWorker,
): Promise<SinkChoice | 'declined' | 'too-large'> {
  if (size <= smallBytes) return { kind: 'memory', mediaType };
  if (resumable && (await hasRoomFor(size))) return { kind: 'kept', name: id };
  const { showSaveFilePicker } = window as Chooser;
  if (showSaveFilePicker !== undefined) {
    try {
      return { kind: 'disk', handle: await showSaveFilePicker.call(window, { suggestedName: name }) };
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return 'declined';
    }
  }
  const port = await openDownload(name, size, findWorker);
  if (port !== undefined) return { kind: 'download', port };
  return size <= memoryBytes ? { kind: 'memory', mediaType } : 'too-large';
}

/** The private file system exists (not in private windows of all browsers) and takes it. */
async function hasRoomFor(size: number): Promise<boolean> {
  try {
    await navigator.storage.getDirectory();
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    return quota - usage > size;
  } catch {
    return false;
  }
}

/** Begins a download that the service worker feeds from the port; undefined where there is no service worker. */
async function openDownload(name: string, size: number, findWorker: FindWorker): Promise<MessagePort | undefined> {
  const worker = await findWorker();
  if (worker === undefined) return undefined;
  const id = crypto.randomUUID();
  const { port1, port2 } = new MessageChannel();
  const watch = new MessageChannel();
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  port1.onmessage = () => resolve();
  worker.postMessage({ type: 'DOWNLOAD', id, name, size }, [port2, watch.port2]);
  await ready;
  port1.onmessage = null;
  keepAlive(worker, watch.port1);
  visitWithoutLeaving(`/download/${id}`);
  return port1;
}

/** An address that answers with an attachment starts a download and leaves the page where it is. */
function visitWithoutLeaving(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.click();
}

/** Browsers end a service worker that hears nothing, and the download with it. `over` tells when there is none any more. */
function keepAlive(worker: ServiceWorker, over: MessagePort): void {
  const timer = setInterval(() => worker.postMessage('ALIVE'), aliveMs);
  over.onmessage = () => {
    clearInterval(timer);
    over.close();
  };
}

/** Saves what is in memory. Its type is one that no browser opens by itself. */
export function saveBlob(file: Blob, name: string): void {
  const address = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
