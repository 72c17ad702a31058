/**
 * Files: megabytes a second from pressing "Save" to the last byte on the receiver's disk, beside the bytes of a bare data channel and a
 * bare WebSocket that nobody writes anywhere, rounds interleaved; and what memory grows by while a large file goes through.
 *
 * The sender reads a real file; the receiver's place on the disk is one in the browser's private file system, since no dialog can be
 * answered here. Everything else is as people have it.
 */

import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket as Wire } from 'ws';
import { Chromium, type Page } from './chromium.ts';
import { type Contender, enter, startUnbounded, stopContenders } from './contenders.ts';
import { median } from './statistics.ts';

const megabyte = 1_000_000;

export interface Moved {
  /** MB/s of each round. */
  readonly rates: number[];
  /** CPU seconds of the whole browser, both ends, for each. */
  readonly cpuS: number[];
}

export interface FileResults {
  readonly direct: Moved;
  readonly rawChannel: Moved;
  /** By a relay that bounds nothing, since the bare WebSocket is not bounded either. */
  readonly relayed: Moved;
  readonly rawSocket: Moved;
  /** MB/s by a relay as it comes. */
  readonly relayedByDefault: number[];
}

export interface MemoryResult {
  readonly bytes: number;
  readonly rate: number;
  /** Megabytes of all browser processes together: before, and the most while it went through. */
  readonly beforeMb: number;
  readonly mostMb: number;
}

/** Instead of a dialog: a place in the private file system. Runs in the page, so it may use nothing from outside itself. */
function installPlace(): void {
  Object.assign(globalThis, {
    showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) =>
      (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }),
  });
}

/** Clicks, waits, and measures. Likewise. */
function installHand(): void {
  const find = (name: string | RegExp) =>
    [...document.querySelectorAll<HTMLButtonElement>('button')].find((button) => {
      const own = button.getAttribute('aria-label') ?? button.textContent.trim();
      return !button.disabled && (typeof name === 'string' ? own === name : name.test(own));
    });
  const until = async <T>(look: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const presses = async (name: string): Promise<void> => (await until(() => find(name))).click();
  const saves = async (name: string): Promise<number> => {
    const button = await until(() => find(`Save ${name}`));
    const article = button.closest('[role=article], article')!;
    const from = performance.now();
    button.click();
    await until(() => (/Saved|could not|not what/.test(article.textContent) ? true : undefined));
    if (!article.textContent.includes('Saved')) throw new Error(article.textContent);
    return performance.now() - from;
  };
  Object.assign(globalThis, { hand: { presses, saves } });
}

const script = (install: () => void): string => `(${install})();`;

class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), 'hushroom-files-'));

  /** A file of random bytes: nothing on the way can make less of it. */
  file(name: string, bytes: number): string {
    const path = join(this.#path, name);
    const file = openSync(path, 'w');
    const block = randomFillSync(Buffer.alloc(megabyte));
    for (let at = 0; at < bytes; at += block.length) {
      block.writeUInt32BE(at % 2 ** 32);
      writeSync(file, block, 0, Math.min(block.length, bytes - at));
    }
    closeSync(file);
    return path;
  }

  clear(): void {
    rmSync(this.#path, { recursive: true });
  }
}

interface Pair {
  readonly browser: Chromium;
  readonly ann: Page;
  readonly bob: Page;
}

async function openPair(contender: Contender, relayOnly: boolean): Promise<Pair> {
  const browser = new Chromium();
  const [first, second] = [await browser.visitor(), browser.resident()];
  const { page: ann, link } = await contender.room(first, { relayOnly });
  const bob = await enter(second, link, { name: 'Bob' });
  for (const page of [ann, bob]) {
    await page.evaluate(script(installHand));
    await page.evaluate(script(installPlace));
    await page.evaluate(`probe.people(1, ['${relayOnly ? 'relayed' : 'direct'}'])`);
  }
  return { browser, ann, bob };
}

async function transfer({ ann, bob }: Pair, path: string, name: string): Promise<number> {
  const { result } = (await ann.send('Runtime.evaluate', { expression: "document.querySelector('input[type=file][multiple]')" })) as {
    result: { objectId: string };
  };
  await ann.send('DOM.setFileInputFiles', { files: [path], objectId: result.objectId });
  await ann.evaluate("hand.presses('Send file')");
  return await bob.evaluate<number>(`hand.saves('${name}')`);
}

async function product(
  contender: Contender,
  relayOnly: boolean,
  path: string,
  name: string,
  bytes: number,
): Promise<{ rate: number; cpuS: number }> {
  const pair = await openPair(contender, relayOnly);
  const before = pair.browser.cpuSeconds();
  const ms = await transfer(pair, path, name);
  const cpuS = pair.browser.cpuSeconds() - before;
  await pair.browser.close();
  return { rate: bytes / megabyte / (ms / 1000), cpuS };
}

// ---------------------------------------------------------------- the same bytes with nothing around them

/** Runs in both pages of a bare pair. */
function installBare(): void {
  const frame = new Uint8Array(16_384);
  const most = 1024 * 1024;
  const socketMost = 1024 * 1024;
  let peer: RTCPeerConnection;
  let channel: RTCDataChannel;
  let socket: WebSocket;
  let received = 0;
  let begun = 0;
  let wanted = 0;
  let done: (ms: number) => void = () => {};
  const heard = ({ data }: MessageEvent<ArrayBuffer>): void => {
    if (received === 0) begun = performance.now();
    received += data.byteLength;
    if (received >= wanted) done(performance.now() - begun);
  };
  Object.assign(globalThis, {
    bare: {
      async describe(remote: RTCSessionDescriptionInit | null) {
        peer ??= new RTCPeerConnection({ iceServers: [] });
        channel ??= peer.createDataChannel('bytes', { negotiated: true, id: 0 });
        channel.binaryType = 'arraybuffer';
        channel.bufferedAmountLowThreshold = most / 2;
        channel.onmessage = heard;
        if (remote !== null) await peer.setRemoteDescription(remote);
        if (remote?.type === 'answer') return null;
        await peer.setLocalDescription();
        if (peer.iceGatheringState !== 'complete')
          await new Promise((resolve) => {
            peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve(undefined);
          });
        return peer.localDescription!.toJSON();
      },
      open: () =>
        new Promise((resolve) => (channel.readyState === 'open' ? resolve(true) : channel.addEventListener('open', () => resolve(true)))),
      connect: (address: string) =>
        new Promise((resolve) => {
          socket = new WebSocket(address);
          socket.binaryType = 'arraybuffer';
          socket.onmessage = heard;
          socket.onopen = () => resolve(true);
        }),
      takes: (bytes: number) =>
        new Promise<number>((resolve) => {
          [received, wanted, done] = [0, bytes, resolve];
        }),
      async sends(bytes: number, by: 'channel' | 'socket') {
        for (let sent = 0; sent < bytes; sent += frame.length) {
          if (by === 'channel') {
            if (channel.bufferedAmount >= most)
              await new Promise((resolve) => {
                channel.onbufferedamountlow = resolve;
              });
            channel.send(frame);
          } else {
            while (socket.bufferedAmount >= socketMost) await new Promise((resolve) => setTimeout(resolve, 0));
            socket.send(frame);
          }
        }
      },
    },
  });
}

async function bare(bytes: number, by: 'channel' | 'socket'): Promise<{ rate: number; cpuS: number }> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>bare</title>'),
  );
  const sockets: Wire[] = [];
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => {
      for (const other of sockets) if (other !== socket) other.send(data, { binary: true });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const browser = new Chromium();
  const pages = await Promise.all(
    [0, 1].map(async () => await (await browser.visitor()).open(`http://localhost:${port}/`, script(installBare))),
  );
  const [one, two] = pages as [Page, Page];
  for (const page of pages)
    await page.evaluate("new Promise((r) => document.readyState === 'complete' ? r() : addEventListener('load', () => r()))");
  if (by === 'channel') {
    const offer = await one.evaluate<object>('bare.describe(null)');
    const answer = await two.evaluate<object>(`bare.describe(${JSON.stringify(offer)})`);
    await one.evaluate(`bare.describe(${JSON.stringify(answer)})`);
    for (const page of pages) await page.evaluate('bare.open()');
  } else for (const page of pages) await page.evaluate(`bare.connect('ws://localhost:${port}/')`);
  const before = browser.cpuSeconds();
  const taken = two.evaluate<number>(`bare.takes(${bytes})`);
  await one.evaluate(`bare.sends(${bytes}, '${by}')`);
  const ms = await taken;
  const cpuS = browser.cpuSeconds() - before;
  await browser.close();
  for (const socket of sockets) socket.terminate();
  server.close();
  return { rate: bytes / megabyte / (ms / 1000), cpuS };
}

export async function measureFiles(contender: Contender, megabytes: number, rounds: number): Promise<FileResults> {
  const folder = new Folder();
  const bytes = megabytes * megabyte;
  const path = folder.file('bench.dat', bytes);
  const moved = (): Moved => ({ rates: [], cpuS: [] });
  const results: FileResults = { direct: moved(), rawChannel: moved(), relayed: moved(), rawSocket: moved(), relayedByDefault: [] };
  const note = (moved: Moved, { rate, cpuS }: { rate: number; cpuS: number }): void => {
    moved.rates.push(rate);
    moved.cpuS.push(cpuS);
  };
  const unbounded = await startUnbounded();
  for (let round = 0; round < rounds; round++) {
    note(results.direct, await product(contender, false, path, 'bench.dat', bytes));
    note(results.rawChannel, await bare(bytes, 'channel'));
    note(results.relayed, await product(unbounded, true, path, 'bench.dat', bytes));
    note(results.rawSocket, await bare(bytes, 'socket'));
  }
  results.relayedByDefault.push((await product(contender, true, path, 'bench.dat', bytes)).rate);
  await stopContenders([unbounded]);
  folder.clear();
  return results;
}

// ---------------------------------------------------------------- memory

/** Proportional set size of all processes of the browser, in megabytes. */
function memoryMb(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    try {
      const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
      sum += Number(pss?.[1] ?? 0) / 1000;
    } catch {
      // The process ended while the list was read.
    }
  }
  return sum;
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), Number(readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').pop()!.split(' ')[1]));
    } catch {
      // Likewise.
    }
  }
  const descends = (pid: number): boolean => pid === root || (parents.has(pid) && descends(parents.get(pid)!));
  return [...parents.keys()].filter(descends);
}

export async function measureMemory(contender: Contender, megabytes: number): Promise<MemoryResult> {
  const folder = new Folder();
  const bytes = megabytes * megabyte;
  const small = folder.file('small.dat', 40 * megabyte);
  const large = folder.file('large.dat', bytes);
  const pair = await openPair(contender, false);
  await transfer(pair, small, 'small.dat'); // whatever is loaded with a first file, is
  const look = (): number => memoryMb(descendants(pair.browser.pid));
  const beforeMb = look();
  let mostMb = beforeMb;
  const watch = setInterval(() => {
    mostMb = Math.max(mostMb, look());
  }, 500);
  const ms = await transfer(pair, large, 'large.dat');
  clearInterval(watch);
  await pair.browser.close();
  folder.clear();
  return { bytes, rate: bytes / megabyte / (ms / 1000), beforeMb, mostMb };
}

/** Part of the raw rate that is reached, median by median. */
export const share = (ours: readonly number[], raw: readonly number[]): string => `${((100 * median(ours)) / median(raw)).toFixed(0)} %`;
