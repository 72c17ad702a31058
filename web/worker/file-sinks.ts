/**
 * Where the chunks of a file go once they are proven: to a place on the disk that the person chose, through the service worker into a
 * download, or, for small files, into memory. All take chunks in any order; the second hands them on in the file's order.
 */

type Bytes = Uint8Array<ArrayBuffer>;

export interface FileSink {
  write(offset: number, bytes: Bytes): Promise<void>;
  /** All is written. The whole as a Blob where it was kept in memory. */
  finish(): Promise<Blob | undefined>;
  /** Nothing comes any more. `keep`: what is written may serve a page that is loaded anew, where the sink can keep it. */
  abort(keep: boolean): Promise<void>;
  /** What was written before this page was loaded, if this sink keeps anything. */
  read?(offset: number, length: number): Bytes;
}

export type SinkChoice =
  | { readonly kind: 'memory'; readonly mediaType: string }
  /** File System Access: the file is there, whole, only after `finish`. */
  | { readonly kind: 'disk'; readonly handle: FileSystemFileHandle }
  /** The browser's private file system, under a name: for rooms in which a page that is loaded anew finds the offer again. */
  | { readonly kind: 'kept'; readonly name: string }
  /** The service worker's end of a download (web/downloads.ts). */
  | { readonly kind: 'download'; readonly port: MessagePort };

export function openSink(choice: SinkChoice): Promise<FileSink> {
  switch (choice.kind) {
    case 'memory':
      return Promise.resolve(memorySink(choice.mediaType));
    case 'disk':
      return diskSink(choice.handle);
    case 'kept':
      return keptSink(choice.name);
    case 'download':
      return Promise.resolve(downloadSink(choice.port));
  }
}

function memorySink(mediaType: string): FileSink {
  const parts = new Map<number, Bytes>();
  return {
    async write(offset, bytes) {
      parts.set(offset, bytes);
    },
    async finish() {
      const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
      parts.clear();
      return new Blob(inOrder, { type: mediaType });
    },
    async abort() {
      parts.clear();
    },
  };
}

async function diskSink(handle: FileSystemFileHandle): Promise<FileSink> {
  const writable = await handle.createWritable();
  return {
    write: (position, data) => writable.write({ type: 'write', position, data }),
    async finish() {
      await writable.close();
      return undefined;
    },
    abort: () => writable.abort(),
  };
}

const folderName = 'files';
/** What is older was left by a page that never came back. */
const keptMs = 24 * 60 * 60_000;

async function keptSink(name: string): Promise<FileSink> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
  await forgetOld(folder, name);
  const file = await folder.getFileHandle(name, { create: true });
  const access = await file.createSyncAccessHandle();
  return {
    async write(at, bytes) {
      if (access.write(bytes, { at }) !== bytes.length) throw new Error('the disk is full');
    },
    read(at, length) {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, access.read(bytes, { at }));
    },
    async finish() {
      access.close();
      return file.getFile();
    },
    async abort(keep) {
      access.close();
      if (!keep) await folder.removeEntry(name);
    },
  };
}

async function forgetOld(folder: FileSystemDirectoryHandle, but: string): Promise<void> {
  for await (const [name, entry] of folder.entries()) {
    if (name === but || entry.kind !== 'file') continue;
    const { lastModified } = await entry.getFile();
    if (lastModified < Date.now() - keptMs) await folder.removeEntry(name).catch(() => {}); // in use by another page
  }
}

/** The service worker answers each chunk when it has room for the next, so what waits here is bounded by what is being opened. */
function downloadSink(port: MessagePort): FileSink {
  const early = new Map<number, { bytes: Bytes; length: number; written: () => void; failed: (error: Error) => void }>();
  let at = 0;
  let sending = false;
  let ended = false;
  const fail = (): void => {
    ended = true;
    for (const { failed } of early.values()) failed(new Error('the download was given up'));
    early.clear();
  };
  const pump = (): void => {
    const next = early.get(at);
    if (sending || next === undefined) return;
    sending = true;
    port.postMessage(next.bytes, [next.bytes.buffer]);
  };
  port.onmessage = ({ data }: MessageEvent<'more' | 'cancelled'>) => {
    if (data === 'cancelled') {
      fail();
      return;
    }
    const sent = early.get(at);
    if (!sending || sent === undefined) return;
    sending = false;
    early.delete(at);
    at += sent.length;
    sent.written();
    pump();
  };
  return {
    write: (offset, bytes) =>
      new Promise((written, failed) => {
        if (ended) {
          failed(new Error('the download was given up'));
          return;
        }
        early.set(offset, { bytes, length: bytes.length, written, failed });
        pump();
      }),
    async finish() {
      port.postMessage('end');
      return undefined;
    },
    async abort() {
      port.postMessage('abort');
      fail();
    },
  };
}
