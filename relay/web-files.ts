/**
 * The built page, held in memory: some 300 kB that never change while the relay runs. A request costs no file system, holds no file open
 * for a slow reader, and cannot fail half-way because a new build has replaced the folder, as a file server's can.
 *
 * Names under /assets/ carry a hash of their content and are kept by browsers for ever; all else is asked for each time and
 * answered by 304. The build has left FILE.br and FILE.gz beside each text file.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { RelayError } from './errors.ts';
import type { Headers } from './security-headers.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** In the order of preference: the name in Accept-Encoding, and the ending of the file. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

interface Variant {
  readonly body: Buffer;
  readonly headers: Headers;
}

export interface WebFile {
  readonly etag: string;
  /** By content encoding; '' is the plain one. */
  readonly variants: ReadonlyMap<string, Variant>;
}

/** URL path -> file. The page itself is at `/`. */
export type WebFiles = ReadonlyMap<string, WebFile>;

export const noWebFiles: WebFiles = new Map();

/** Reads a built page. Throws `RelayError` `no-web-files` where there is none. */
export function readWebFiles(folder: string): WebFiles {
  const contents = contentsOf(folder);
  if (!contents.has('index.html'))
    throw new RelayError('no-web-files', `there is no built page in ${folder}; run "npm run build", or set webRoot to where it is`);
  const files = new Map<string, WebFile>();
  for (const [path, body] of contents) {
    if (encodings.some(([, ending]) => path.endsWith(ending))) continue;
    files.set(path === 'index.html' ? '/' : `/${path}`, webFile(path, body, contents));
  }
  return files;
}

/** The best variant for a browser that accepts `accepted` (the header's text). */
export function variantFor(file: WebFile, accepted: string): Variant {
  for (const [encoding] of encodings) {
    const variant = file.variants.get(encoding);
    if (variant !== undefined && accepts(accepted, encoding)) return variant;
  }
  return file.variants.get('') as Variant;
}

function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [name, weight] = part.trim().split(/\s*;\s*/);
    return name === encoding && !/^q=0(?:\.0*)?$/.test(weight ?? '');
  });
}

function webFile(path: string, body: Buffer, contents: ReadonlyMap<string, Buffer>): WebFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers: Headers = {
    'Content-Type': types[extname(path)] ?? 'application/octet-stream',
    'Cache-Control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: etag,
    Vary: 'Accept-Encoding',
  };
  const variants = new Map<string, Variant>([['', { body, headers: { ...headers, 'Content-Length': String(body.length) } }]]);
  for (const [encoding, ending] of encodings) {
    const packed = contents.get(`${path}${ending}`);
    if (packed !== undefined)
      variants.set(encoding, {
        body: packed,
        headers: { ...headers, 'Content-Length': String(packed.length), 'Content-Encoding': encoding },
      });
  }
  return { etag, variants };
}

/** Every file that is not hidden, by its path with slashes. */
function contentsOf(folder: string): Map<string, Buffer> {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
    return new Map(paths.filter((path) => !/(?:^|\/)\./.test(path)).map((path) => [path, readFileSync(join(folder, path))]));
  } catch (cause) {
    throw new RelayError(
      'no-web-files',
      `the folder ${folder} cannot be read; run "npm run build", or set webRoot to where the built page is`,
      { cause },
    );
  }
}
