import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { precacheList, precompressed } from './build.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hushroom-build-'));
  mkdirSync(join(folder, 'assets'));
  mkdirSync(join(folder, '.vite'));
  for (const [name, text] of Object.entries({
    'index.html': '<!doctype html>',
    'sw.js': 'worker',
    '.vite/manifest.json': '{}',
    'assets/main-1.js': 'code',
    'assets/main-1.js.br': 'squeezed',
    'icon.png': 'picture',
  }))
    writeFileSync(join(folder, name), text);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the service worker would import. */
function precached(): { files: string[]; version: string } {
  const load = precacheList(folder).load as (id: string) => string;
  const [, files, version] = /files = (\[.*\]); export const version = '(.*)'/.exec(load('\0virtual:precache'))!;
  return { files: JSON.parse(files!), version: version! };
}

test('the worker caches the shell as / and every file of the page, but neither itself nor what the browser never asks for', () => {
  expect(precached().files).toEqual(['/assets/main-1.js', '/icon.png', '/']);
});

test('its version is the same for the same files and changes with any of them', () => {
  const before = precached().version;
  expect(precached().version).toBe(before);
  writeFileSync(join(folder, 'icon.png'), 'another');
  expect(precached().version).not.toBe(before);
});

test('text is compressed both ways beside the file, pictures are not', () => {
  const { writeBundle } = precompressed() as unknown as { writeBundle(options: { dir: string }, bundle: object): void };
  writeBundle({ dir: folder }, { 'index.html': {} });
  const path = join(folder, 'index.html');
  expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe('<!doctype html>');
  expect(brotliDecompressSync(readFileSync(`${path}.br`)).toString()).toBe('<!doctype html>');
  expect(existsSync(join(folder, 'icon.png.br'))).toBe(false);
});
