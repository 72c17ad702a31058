import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { callPipe } from '../shared/noise/pipe.ts';
import { pipePath, pipeSubprotocol, relayErrors } from '../shared/wire/relay.ts';
import { configOf } from './config.ts';
import { newCounters } from './metrics.ts';
import { onionName } from './onion-name.ts';
import { Pipes, relayKeyOf } from './pipe.ts';
import { type Relay, startRelay } from './relay.ts';
import { newRoomKey, TestClient } from './testing/client.ts';
import { FakeClock } from './testing/clock.ts';

vi.setConfig({ testTimeout: 60_000 });

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const onion = `http://${onionName(randomBytes(32))}`;

async function start(settings: Readonly<Record<string, unknown>> = {}): Promise<Relay> {
  const relay = await startRelay(configOf({ webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1, ...settings }), () => {});
  ends.push(() => relay.close());
  relay.haveOnion(onion);
  return relay;
}

async function about({ port }: Relay): Promise<{ onion: string | null; relayKey: string | null; gateway: boolean }> {
  return (await (await fetch(`http://127.0.0.1:${port}/relay.json`)).json()) as never;
}

const keyOf = async (relay: Relay): Promise<Uint8Array> => Buffer.from((await about(relay)).relayKey!, 'base64url');

/** As a gateway would bring it, but for the Host header, which here is the relay's own. */
async function throughPipe(relay: Relay): Promise<TestClient> {
  const client = new TestClient(relay.port, randomBytes(16), `http://127.0.0.1:${relay.port}`, {
    url: `ws://127.0.0.1:${relay.port}${pipePath}`,
    relayKey: await keyOf(relay),
  });
  ends.push(() => client.die());
  return client;
}

async function bare(relay: Relay): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${relay.port}${pipePath}`, pipeSubprotocol);
  ends.push(() => ws.terminate());
  await new Promise((resolve) => ws.once('open', resolve));
  return ws;
}

const closeOf = (ws: WebSocket): Promise<number> => new Promise((resolve) => ws.once('close', resolve));

describe('the home end of a pipe', () => {
  it('keeps nobody waiting when the relay stops: a pipe that no page has taken yet is closed', async () => {
    const relay = await start();
    const waiting = await bare(relay);
    const closed = closeOf(waiting);
    await relay.close();
    expect(await closed).toBe(1012);
  });

  it('seats a page like any socket does, and carries frames of every size both ways', async () => {
    const relay = await start();
    const room = newRoomKey();
    const piped = await throughPipe(relay);
    await piped.join(room);
    await piped.next('joined');
    const other = await TestClient.join(relay.port, room);
    ends.push(() => other.die());
    await piped.next('came');
    for (const length of [1, 100, 256, 4096, 8192, 16384]) {
      const [there, back] = [randomBytes(length), randomBytes(length)];
      piped.send(null, there);
      expect(Buffer.from((await other.next('received')).frame).equals(there)).toBe(true);
      other.send(null, back);
      expect(Buffer.from((await piped.next('received')).frame).equals(back)).toBe(true);
    }
    expect(relay.counters.pipes).toBe(1);
    expect(relay.gauges()).toMatchObject({ socketsOverGateways: 1, waitingPipes: 0 });
    await piped.die();
    await vi.waitFor(() => expect(relay.gauges().socketsOverGateways).toBe(0));
  });

  it('ends with the codes of a socket, and tells them inside', async () => {
    const relay = await start();
    const piped = await throughPipe(relay);
    await piped.next('challenge');
    piped.write(Uint8Array.of(0xff));
    expect((await piped.next('error')).code).toBe(relayErrors.badFrame);
    expect(await piped.closed).toBe(4001);
  });

  it('ends with bad-frame where a message does not open', async () => {
    const relay = await start();
    const piped = await throughPipe(relay);
    await piped.next('challenge');
    piped.ws.send(randomBytes(291));
    expect((await piped.next('error')).code).toBe(relayErrors.badFrame);
    expect(await piped.closed).toBe(4001);
  });

  it('answers nothing to a hello that was made for another relay, or to none', async () => {
    const relay = await start();
    for (const hello of [callPipe(relayKeyOf(randomBytes(32)).public, randomBytes).hello, randomBytes(48), Buffer.alloc(0)]) {
      const ws = await bare(relay);
      await vi.waitFor(() => expect(relay.gauges().waitingPipes).toBe(1));
      const answered = vi.fn();
      ws.on('message', answered);
      ws.send(hello);
      expect(await closeOf(ws)).toBe(1008);
      expect(answered).not.toHaveBeenCalled();
    }
    expect(relay.counters.drops.badHello).toBe(3);
  });

  it('names its onion and its key only once it has an onion, and forgets neither key nor name', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hushroom-key-'));
    ends.push(() => rmSync(dataDir, { recursive: true }));
    const first = await start({ dataDir });
    const said = await about(first);
    expect(said).toMatchObject({ onion, relayKey: expect.stringMatching(/^[\w-]{43}$/), gateway: false });
    first.haveOnion(null);
    expect(await about(first)).toMatchObject({ onion: null, relayKey: null, gateway: false });
    await first.close();
    expect(await about(await start({ dataDir }))).toMatchObject({ onion, relayKey: said.relayKey });
    expect((await about(await start())).relayKey).not.toBe(said.relayKey);
  });

  it('takes a join that was signed for the onion, from whom the onion brought, also while it cannot be reached anew', async () => {
    const relay = await start();
    const room = newRoomKey();
    const join = async (origin: string): Promise<TestClient> => {
      const client = new TestClient(relay.port, randomBytes(16), origin);
      ends.push(() => client.die());
      await client.join(room);
      return client;
    };
    await (await join(onion)).next('joined');
    relay.haveOnion(null);
    await (await join(onion)).next('joined');
    const foreign = await join(`http://${onionName(randomBytes(32))}`);
    expect((await foreign.next('error')).code).toBe(relayErrors.wrongOrigin);
  });
});

describe('pipes that wait', () => {
  function waitingRoom() {
    const clock = new FakeClock();
    const counters = newCounters();
    const pipes = new Pipes(relayKeyOf(randomBytes(32)), randomBytes, clock, counters);
    const gone: number[] = [];
    const take = (id: number) => {
      const listeners: Record<string, () => void> = {};
      const ws = { on: (event: string, listener: () => void) => (listeners[event] = listener), once: () => ws, close: () => {} };
      pipes.take(
        ws as never,
        null as never,
        () => null as never,
        () => gone.push(id),
      );
      return listeners;
    };
    return { clock, counters, pipes, gone, take };
  }

  it('are closed when they show no sign of life for a minute, and not while they do', () => {
    const { clock, counters, pipes, gone, take } = waitingRoom();
    const alive = take(1);
    take(2);
    for (let second = 0; second < 120; second++) {
      clock.pass(1000);
      if (second % 30 === 0) alive['ping']!();
      pipes.sweep();
    }
    expect(gone).toEqual([2]);
    expect(pipes.waiting).toBe(1);
    expect(counters.drops.waitingPipes).toBe(1);
  });

  it('are bounded: the one that has waited longest makes room', () => {
    const { pipes, gone, take } = waitingRoom();
    for (let id = 0; id < 300; id++) take(id);
    expect(pipes.waiting).toBe(256);
    expect(gone).toEqual(Array.from({ length: 44 }, (_, i) => i));
  });
});
