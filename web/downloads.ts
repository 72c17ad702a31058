/**
 * Downloads that a page feeds (in the service worker; web/saving.ts is the page's side): the page sends a port and a name, visits
 * /download/ID, and the answer is what then comes through the port, chunk by chunk, at the pace at which the browser writes it to the
 * disk. Nothing is kept here but the port.
 */
interface Download {
  readonly port: MessagePort;
  readonly name: string;
  readonly size: number;
  /** Told when the download is over. */
  readonly watcher: MessagePort;
}

const prefix = '/download/';
const downloads = new Map<string, Download>();

/** Takes what a page says about downloads; other messages are not for it. */
export function heardDownload({ data, ports }: ExtendableMessageEvent): void {
  const { type, id, name, size } = (data ?? {}) as Record<string, unknown>;
  const [port, watcher] = ports;
  if (type !== 'DOWNLOAD' || typeof id !== 'string' || typeof name !== 'string' || typeof size !== 'number') return;
  if (port === undefined || watcher === undefined) return;
  downloads.set(id, { port, name, size, watcher });
  port.postMessage('ready');
}

/** The answer to a visit, if it is one of a download. Each is answered once. */
export function downloadFor(pathname: string): Response | undefined {
  const id = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '';
  const download = downloads.get(id);
  if (download === undefined) return undefined;
  downloads.delete(id);
  return new Response(bodyOf(download), {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(download.name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)}`,
      'Content-Length': String(download.size),
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

function bodyOf({ port, watcher }: Download): ReadableStream<Uint8Array> {
  const over = (): void => {
    watcher.postMessage('over');
    port.close();
  };
  return new ReadableStream({
    start(controller) {
      port.onmessage = ({ data }: MessageEvent<Uint8Array | 'end' | 'abort'>) => {
        if (data instanceof Uint8Array) {
          controller.enqueue(data);
          return;
        }
        if (data === 'end') controller.close();
        else controller.error(new Error('given up'));
        over();
      };
    },
    pull() {
      port.postMessage('more');
    },
    cancel() {
      port.postMessage('cancelled');
      over();
    },
  });
}
