/**
 * A long log in a real browser: opening a room that holds so many messages, and scrolling through them. The page is the demo of the
 * components, built as the real one is. Beside it, in the same run, the simplest thing that could work: all lines as elements, with
 * `content-visibility: auto`, made of the very lines that the page drew.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';
import { checkout } from '../places.ts';
import { Chromium, type Page } from './chromium.ts';
import { percentiles, quantile, spread, table } from './statistics.ts';

const folder = checkout('dist/bench-log');
const sizes = [200, 2000, 10_000];
const rounds = 5;
const scrolledFrames = 400;
/** About what a quick flick moves in a frame. */
const frameStepPx = 90;
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

interface Scroll {
  readonly frames: readonly number[];
  /** Pixels that the line being read moved by other than what was scrolled. */
  readonly strayPx: number;
}

/** Until the browser has drawn what was changed. */
const drawn = 'new Promise((done) => requestAnimationFrame(() => setTimeout(done)))';

const open = (count: number) => `(async () => {
  const began = performance.now();
  demo.enter(${count});
  await ${drawn};
  return performance.now() - began;
})()`;

/** Scrolls up and watches each frame, and whether the lines stay where the reader's hand puts them. */
const scroll = (selector: string) => `(async () => {
  const log = document.querySelector('${selector}');
  const frames = [];
  let strayPx = 0;
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < ${scrolledFrames}; frame++) {
    const { top, left, width } = log.getBoundingClientRect();
    const line = [300, 320, 340, 360].map((y) => document.elementFromPoint(left + width / 2, top + y)?.closest('article')).find(Boolean);
    if (!line) continue;
    const before = line.getBoundingClientRect().top;
    const room = log.scrollTop;
    log.scrollTop -= ${frameStepPx};
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
    if (line.isConnected && room > ${frameStepPx}) strayPx = Math.max(strayPx, Math.abs(line.getBoundingClientRect().top - before - ${frameStepPx}));
  }
  return { frames, strayPx };
})()`;

const allLines = (count: number) => `(async () => {
  const line = document.querySelector('[role=log] article');
  const began = performance.now();
  const log = document.createElement('div');
  log.id = 'all';
  log.style.cssText = 'position: fixed; inset: 0; overflow-y: auto; background: white';
  for (let n = 0; n < ${count}; n++) {
    const copy = line.cloneNode(true);
    copy.style.cssText = 'content-visibility: auto; contain-intrinsic-size: auto 3rem';
    copy.querySelector('.words').textContent = (n + 1) + ': what somebody said, in a line or so';
    log.append(copy);
  }
  document.body.append(log);
  log.scrollTop = log.scrollHeight;
  await ${drawn};
  return performance.now() - began;
})()`;

async function builtDemo(): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    root: checkout('web'),
    plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
    build: { outDir: folder, emptyOutDir: true, rolldownOptions: { input: checkout('web/ui/demo.html') } },
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://demo').pathname;
    const file = join(folder, path);
    if (existsSync(file))
      response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ui/demo.html`;
}

async function inPage<T>(url: string, use: (page: Page) => Promise<T>): Promise<T> {
  const browser = new Chromium();
  const visitor = await browser.visitor();
  const page = await visitor.open(url, '');
  await page.evaluate('new Promise((done) => { const look = () => (window.demo ? done() : setTimeout(look, 10)); look(); })');
  const result = await use(page);
  await browser.close();
  return result;
}

const smooth = (frames: readonly number[]) => `${((frames.filter((ms) => ms < 17.5).length / frames.length) * 100).toFixed(0)} %`;

const url = await builtDemo();
const rows = [['log of', 'opened', 'frame p50 / p95', 'worst frame', 'frames in time', 'lines moved by themselves']];
const row = (name: string, opened: readonly number[], { frames, strayPx }: Scroll) =>
  rows.push([
    name,
    spread(opened, ' ms'),
    percentiles(frames, ' ms'),
    `${quantile(frames, 1).toFixed(0)} ms`,
    smooth(frames),
    `${strayPx.toFixed(0)} px`,
  ]);

for (const count of sizes) {
  const { opened, scrolled } = await inPage(url, async (page) => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await page.evaluate<number>(open(count)));
    await page.evaluate(drawn);
    return { opened: times, scrolled: await page.evaluate<Scroll>(scroll('[role=log]')) };
  });
  row(`${count.toLocaleString('en')} messages`, opened, scrolled);
}
const everything = await inPage(url, async (page) => {
  await page.evaluate(open(200));
  await page.evaluate(drawn);
  const opened = await page.evaluate<number>(allLines(10_000));
  return { opened: [opened], scrolled: await page.evaluate<Scroll>(scroll('#all')) };
});
row('10,000 lines as elements, content-visibility', everything.opened, everything.scrolled);
console.log(table(rows));
rmSync(folder, { recursive: true });
process.exit();
