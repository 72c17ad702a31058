/**
 * What the two relays on the way of a page know of it: the gateway's address without a room, the home relay's room without an address. Both are programs of
 * their own here, so that all that they hold and write can be searched.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { viaPath } from '../shared/wire/relay.ts';
import { newRoomKey, TestClient } from './testing/client.ts';
import { searchMemory } from './testing/memory.ts';

const network = inject('torNetwork');
/** Of a network for documentation (RFC 5737): nothing else can have brought it here. */
const visitor = '203.0.113.77';

class Program {
  readonly #child: ChildProcess;
  log = '';

  constructor(...flags: string[]) {
    const common = ['--port=0', '--host=127.0.0.1', '--web-root=none', '--drain-seconds=1', `--tor-extra=${network.memberFile}`];
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), ...common, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) stream.setEncoding('utf8').on('data', (text) => (this.log += text));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The first line of the log that tells of this. */
  async says(event: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = this.log.split('\n').find((text) => text.includes(`"event":"${event}"`));
      if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
      if (this.#child.exitCode !== null) throw new Error(`ended without ${event}: ${this.log}`);
      await once(this.#child.stdout!, 'data');
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'close');
    this.#child.kill();
    await gone;
  }
}

let home: Program;
let gateway: Program;
const pages: TestClient[] = [];

beforeAll(() => {
  home = new Program('--onion-ephemeral');
  gateway = new Program('--gateway', '--trust-proxy');
});

afterAll(async () => {
  for (const page of pages) page.ws.terminate();
  await Promise.all([home.stop(), gateway.stop()]);
});

it('a gateway knows no room, and the home relay no visitor', async () => {
  const { address: onion } = (await home.says('onion-reachable')) as { address: string };
  const { port: homePort } = (await home.says('listening')) as { port: number };
  const { port } = (await gateway.says('listening')) as { port: number };
  await gateway.says('tor-ready');
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

  for (const { log } of [home, gateway]) {
    expect(log).not.toContain(visitor);
    for (const secret of secrets) expect(log.includes(secret.toString('latin1'))).toBe(false);
  }
  expect(gateway.log).not.toContain(new URL(onion).hostname.slice(0, 56));

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
  const relay = new Program(`--config=${file}`);
  try {
    const { port } = (await relay.says('listening')) as { port: number };
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
      relay.signal('SIGUSR2');
      await comes(count);
    }
    wish('many');
    relay.signal('SIGUSR2');
    expect(await relay.says('not-scaled')).toMatchObject({ why: 'bad-settings' });
    expect(await daemons()).toBe(2);
  } finally {
    await relay.stop();
    rmSync(folder, { recursive: true });
  }
});
