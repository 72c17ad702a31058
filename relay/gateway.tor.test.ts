/**
 * What the two relays on the way of a page know of it: the gateway's address without a room, the home relay's room without an address. Both
 * are programs of their own here, so that all that they hold and write can be searched.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Program } from '../e2e/process.ts';
import { viaPath } from '../shared/wire/relay.ts';
import { newRoomKey, TestClient } from './testing/client.ts';
import { searchMemory } from './testing/memory.ts';

const network = inject('torNetwork');
/** Of a network for documentation (RFC 5737): nothing else can have brought it here. */
const visitor = '203.0.113.77';

const relay = (...flags: string[]): Program => {
  const common = ['--port=0', '--host=127.0.0.1', '--web-root=none', '--drain-seconds=1', `--tor-extra=${network.memberFile}`];
  return new Program(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), ...common, ...flags]);
};

/** The first line of the log that tells of this. */
const told = async (program: Program, event: string): Promise<Record<string, unknown>> =>
  JSON.parse(await program.says(new RegExp(`"event":"${event}"`), 120_000)) as Record<string, unknown>;

let home: Program;
let gateway: Program;
const pages: TestClient[] = [];

beforeAll(() => {
  home = relay('--onion-ephemeral');
  gateway = relay('--gateway', '--proxies=loopback');
});

afterAll(async () => {
  for (const page of pages) page.ws.terminate();
  await Promise.all([home.end('SIGTERM'), gateway.end('SIGTERM')]);
});

it('a gateway knows no room, and the home relay no visitor', async () => {
  const { address: onion } = (await told(home, 'onion-reachable')) as { address: string };
  const { port: homePort } = (await told(home, 'listening')) as { port: number };
  const { port } = (await told(gateway, 'listening')) as { port: number };
  await told(gateway, 'tor-ready');
  const said = (await (await fetch(`http://127.0.0.1:${homePort}/relay.json`)).json()) as { onion: string; relayKey: string };
  expect(said.onion).toBe(onion);

  const room = newRoomKey();
  const frame = randomBytes(256);
  const via = async (): Promise<TestClient> => {
    const client = new TestClient(port, undefined, onion, {
      url: `ws://127.0.0.1:${port}${viaPath}${new URL(onion).host}`,
      relayKey: Buffer.from(said.relayKey, 'base64url'),
      headers: { 'X-Forwarded-For': visitor },
    });
    pages.push(client);
    await client.join(room);
    await client.next('joined');
    return client;
  };
  const [one, two] = [await via(), await via()];
  for (let i = 0; i < 20; i++) {
    one.send(null, frame);
    await two.next('received');
  }

  const id = Buffer.from(room.pub);
  const ways = (bytes: Buffer): Buffer[] => [
    bytes,
    ...(['hex', 'base64', 'base64url'] as const).map((way) => Buffer.from(bytes.toString(way).replace(/=+$/, ''))),
  ];
  const inst = [one.inst, two.inst].map((bytes) => Buffer.from(bytes));
  const secrets = [...ways(id), ...inst.flatMap(ways), frame];
  // That the search finds what is there: the home relay must hold the room and its seats, the gateway the name of the onion.
  expect(searchMemory(home.pid, [id, ...inst])).toEqual([true, true, true]);
  expect(searchMemory(gateway.pid, [Buffer.from(new URL(onion).hostname)])).toEqual([true]);
  expect(searchMemory(gateway.pid, secrets)).toEqual(secrets.map(() => false));
  expect(searchMemory(home.pid, [Buffer.from(visitor)])).toEqual([false]);

  for (const { output: log } of [home, gateway]) {
    expect(log).not.toContain(visitor);
    for (const secret of secrets) expect(log.includes(secret.toString('latin1'))).toBe(false);
  }
  expect(gateway.output).not.toContain(new URL(onion).hostname.slice(0, 56));

  // A gateway without an onion of its own makes one to judge its daemons by.
  const probes = async (): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^hushroom_tor_probe_seconds_count (\d+)$/m.exec(metrics)?.[1]);
  };
  while ((await probes()) === 0) await new Promise((resolve) => setTimeout(resolve, 200));
});

it('has as many tors as its settings say when it is told to read them again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hushroom-scaled-'));
  const file = join(folder, 'settings.json');
  const wish = (torDaemons: unknown): void => writeFileSync(file, JSON.stringify({ gateway: true, torDaemons }));
  wish(1);
  const scaled = relay(`--config=${file}`);
  try {
    const { port } = (await told(scaled, 'listening')) as { port: number };
    const daemons = async (): Promise<number> => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const counts = [...metrics.matchAll(/^hushroom_tor_daemons\{state="(\w+)"\} (\d+)$/gm)];
      return counts.reduce((sum, [, state, count]) => sum + (state === 'stopped' ? 0 : Number(count)), 0);
    };
    const comes = async (count: number): Promise<void> => {
      while ((await daemons()) !== count) await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await comes(1);
    for (const count of [3, 0, 2]) {
      wish(count);
      process.kill(scaled.pid, 'SIGUSR2');
      await comes(count);
    }
    wish('many');
    process.kill(scaled.pid, 'SIGUSR2');
    expect(await told(scaled, 'not-scaled')).toMatchObject({ why: 'bad-settings' });
    expect(await daemons()).toBe(2);
  } finally {
    await scaled.end('SIGTERM');
    rmSync(folder, { recursive: true });
  }
});
