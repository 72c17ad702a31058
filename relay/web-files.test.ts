import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configOf } from './config.ts';
import { type Relay, startRelay } from './relay.ts';

const script = 'console.log(1);'.repeat(50);
const folder = mkdtempSync(join(tmpdir(), 'hushroom-web-'));
mkdirSync(join(folder, 'assets'));
mkdirSync(join(folder, '.vite'));
writeFileSync(join(folder, 'index.html'), '<!doctype html>the page');
writeFileSync(join(folder, 'assets/main-abc.js'), script);
writeFileSync(join(folder, 'assets/main-abc.js.br'), brotliCompressSync(script));
writeFileSync(join(folder, '.vite/manifest.json'), '{}');
writeFileSync(join(folder, 'sw.js'), '//');

let relay: Relay;
beforeAll(async () => {
  relay = await startRelay(configOf({ webRoot: folder, host: '127.0.0.1', port: 0 }), () => {});
  rmSync(folder, { recursive: true }); // a build that replaces the folder must not matter
});
afterAll(() => relay.close());

const get = async (path: string, headers: Record<string, string> = {}) =>
  await fetch(`http://127.0.0.1:${relay.port}${path}`, { headers, redirect: 'manual' });

describe('the page', () => {
  it('is at the root, whatever the query, and also where a link lost its #', async () => {
    for (const path of ['/', '/?from=chat', '/%23AbC-secret', '/%23AbC-secret/']) {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([200, '<!doctype html>the page']);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
  });

  it('is nowhere else, and what is missing says what to do', async () => {
    for (const path of ['/index.html', '/.vite/manifest.json', '/assets/', '/..%2fetc/passwd', '/room', '/assets/main-abc.js.br']) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toContain('ask for it again');
    }
  });

  it('keeps hashed files for ever, asks for the others each time, and answers 304', async () => {
    expect((await get('/assets/main-abc.js')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const first = await get('/sw.js');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/sw.js', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('is compressed for those who accept it, and plain for those who do not', async () => {
    const packed = await get('/assets/main-abc.js', { 'accept-encoding': 'gzip, br' });
    expect([packed.headers.get('content-encoding'), await packed.text()]).toEqual(['br', script]);
    for (const accepted of ['identity', 'br;q=0', 'gzip', 'brx']) {
      const plain = await get('/assets/main-abc.js', { 'accept-encoding': accepted });
      expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, script]);
    }
  });

  it('has no partial answers that could go wrong', async () => {
    expect((await get('/sw.js', { range: 'bytes=9-2' })).status).toBe(200);
  });
});
