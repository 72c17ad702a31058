import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { pipeSubprotocol, relayErrors, viaPath } from '../shared/wire/relay.ts';
import { systemClock } from './clock.ts';
import { configOf } from './config.ts';
import { acceptOf, FarEnd } from './far-end.ts';
import { Gateway, type Lead } from './gateway.ts';
import { newCounters } from './metrics.ts';
import { onionName } from './onion-name.ts';
import { type Relay, startRelay } from './relay.ts';
import { newRoomKey, TestClient } from './testing/client.ts';
import { FakeClock } from './testing/clock.ts';
import { until } from './testing/until.ts';
import { nothingByState } from './tor/onward.ts';

vi.setConfig({ testTimeout: 60_000 });

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const long = 60_000;
const onion = onionName(randomBytes(32));
const settings = { webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1 };

async function start(more: object = {}, lead: Lead | null = null, clock = systemClock): Promise<Relay> {
  const relay = await startRelay(
    configOf({ ...settings, ...more }),
    () => {},
    clock,
    lead && (() => Promise.resolve({ lead, byState: nothingByState, close: () => Promise.resolve() })),
  );
  ends.push(() => relay.close());
  return relay;
}

/** A way to whatever listens on `port`, in the place of Tor. */
const leadTo =
  (port: number, limitMs = long): Lead =>
  async (host) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    ends.push(() => void socket.destroy());
    return (await FarEnd.open(socket, host, 0, limitMs)).hand();
  };

async function home(): Promise<{ relay: Relay; relayKey: Uint8Array }> {
  const relay = await start();
  relay.haveOnion(`http://${onion}`);
  const said = (await (await fetch(`http://127.0.0.1:${relay.port}/relay.json`)).json()) as { relayKey: string };
  return { relay, relayKey: Buffer.from(said.relayKey, 'base64url') };
}

function visitor(gateway: Relay, relayKey: Uint8Array): TestClient {
  const client = new TestClient(gateway.port, randomBytes(16), `http://${onion}`, {
    url: `ws://127.0.0.1:${gateway.port}${viaPath}${onion}`,
    relayKey,
  });
  ends.push(() => client.die());
  return client;
}

/** Dials the gateway as a page does; resolves to the code of the close. */
function closeCode(gateway: Relay, path = `${viaPath}${onion}`): Promise<number> {
  const ws = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, pipeSubprotocol);
  ends.push(() => ws.terminate());
  ws.on('error', () => {});
  return new Promise((resolve) => ws.once('close', resolve));
}

/** Raw bytes to the gateway; resolves to all that came back, once it has closed. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  ends.push(() => void socket.destroy());
  const got: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => {
    got.push(bytes);
    // A page answers the close; any bytes do here.
    if (got.length === 1) socket.write('!');
  });
  socket.on('error', () => {});
  socket.write(request);
  await once(socket, 'close');
  return Buffer.concat(got).toString('latin1');
}

const upgrade = (path: string, more: Readonly<Record<string, string>> = {}, method = 'GET'): string => {
  const headers = {
    Host: 'gateway',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': pipeSubprotocol,
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, '\r\n'].join('\r\n');
};

describe('a gateway', () => {
  it('takes a page to the relay behind an onion, where it talks with those who came otherwise', async () => {
    const { relay, relayKey } = await home();
    const gateway = await start({ gateway: true }, leadTo(relay.port));
    const room = newRoomKey();
    const page = visitor(gateway, relayKey);
    await page.join(room);
    await page.next('joined');
    const other = await TestClient.join(relay.port, room);
    ends.push(() => other.die());
    for (const length of [1, 256, 16384]) {
      const [there, back] = [randomBytes(length), randomBytes(length)];
      page.send(null, there);
      expect(Buffer.from((await other.next('received')).frame).equals(there)).toBe(true);
      other.send(null, back);
      expect(Buffer.from((await page.next('received')).frame).equals(back)).toBe(true);
    }
    expect(gateway.counters).toMatchObject({ gatewayOpened: 1, joins: 0 });
    expect(gateway.counters.gatewayBytes).toBeGreaterThan(2 * 16384);
    expect(gateway.gauges().gatewayStreams).toBe(1);
    await page.close();
    await other.next('left');
    await until(() => gateway.gauges().gatewayStreams === 0);
  });

  it('lets the codes of the home relay through, and its silence when it goes', async () => {
    const { relay, relayKey } = await home();
    const gateway = await start({ gateway: true }, leadTo(relay.port));
    const page = visitor(gateway, relayKey);
    await page.next('challenge');
    await relay.close();
    expect(await page.closed).toBe(1012);
  });

  it('says of itself whether it is one', async () => {
    const said = async ({ port }: Relay): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/relay.json`)).json();
    expect(await said(await start({ gateway: true }, () => Promise.reject(new Error())))).toMatchObject({ gateway: true });
    expect(await said(await start({ gateway: true }))).toMatchObject({ gateway: false });
    expect(await said(await start({}, () => Promise.reject(new Error())))).toMatchObject({ gateway: false });
  });

  it('is none unless its operator says so', async () => {
    const lead = vi.fn<Lead>();
    const relay = await start({}, lead);
    expect(await closeCode(relay)).toBe(4014);
    expect(relay.counters.refusals[relayErrors.noGateway]).toBe(1);
    expect(lead).not.toHaveBeenCalled();
  });

  it('says so where there is no way to the onion', async () => {
    const gateway = await start({ gateway: true }, () => Promise.reject(new Error('no way')));
    expect(await closeCode(gateway)).toBe(4015);
    expect(gateway.counters.refusals[relayErrors.unreachable]).toBe(1);
  });

  it('goes nowhere but to onions with a right checksum, whatever is written into the path', async () => {
    const lead = vi.fn<Lead>(() => Promise.reject(new Error()));
    const { port } = await start({ gateway: true }, lead);
    const wrong = `${onion[0] === 'a' ? 'b' : 'a'}${onion.slice(1)}`;
    const paths = [
      '127.0.0.1',
      '127.0.0.1:22',
      'localhost',
      '[::1]',
      '169.254.169.254/latest/meta-data',
      'example.org',
      'http://example.org/',
      '/example.org',
      '',
      '.',
      '../metrics',
      wrong,
      `${onion}:22`,
      `${onion}:80`,
      `${onion}/`,
      `${onion}/../x`,
      `${onion}?port=22`,
      `${onion}#x`,
      `${onion}@127.0.0.1`,
      `127.0.0.1@${onion}`,
      `a.${onion}`,
      `${onion}.`,
      `${onion}.example.org`,
      onion.toUpperCase(),
      onion.replace('.onion', ''),
      `${onion}%00`,
      encodeURIComponent(`${onion}:22`),
    ];
    for (const path of paths) expect(await raw(port, upgrade(`${viaPath}${path}`))).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(await raw(port, upgrade(`http://example.org${viaPath}${onion}`))).toMatch(/^HTTP\/1\.1 404 /);
    expect(await raw(port, `CONNECT ${onion}:80 HTTP/1.1\r\nHost: ${onion}\r\n\r\n`)).not.toMatch(/ 200 /);
    expect(await raw(port, `GET http://${onion}/ HTTP/1.1\r\nHost: ${onion}\r\nConnection: close\r\n\r\n`)).toMatch(/ 404 /);
    expect(await raw(port, `GET ${viaPath}${onion} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/ 404 /);
    expect(lead).not.toHaveBeenCalled();
  });

  it('takes no request that is not the WebSocket of a page', async () => {
    const lead = vi.fn<Lead>(() => Promise.reject(new Error()));
    const { port } = await start({ gateway: true }, lead);
    const path = `${viaPath}${onion}`;
    const requests = [
      upgrade(path, { 'Sec-WebSocket-Protocol': 'hushroom.room.1' }),
      upgrade(path, { 'Sec-WebSocket-Protocol': '' }),
      upgrade(path, { 'Sec-WebSocket-Version': '8' }),
      upgrade(path, { 'Sec-WebSocket-Key': 'short' }),
      upgrade(path, { Upgrade: 'h2c' }),
      upgrade(path, {}, 'POST'),
      upgrade(path, { Origin: 'https://page-of-another.example' }),
    ];
    for (const request of requests) expect(await raw(port, request)).toMatch(/^HTTP\/1\.1 40[0345] /);
    expect(lead).not.toHaveBeenCalled();
  });

  it('gives the home relay nothing of the visitor: every request is the same', async () => {
    const asked: string[] = [];
    const server = createServer((socket) => socket.once('data', (bytes) => socket.end(String(asked.push(bytes.toString('latin1'))))));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => void server.close());
    const { port } = await start({ gateway: true, proxies: 'loopback' }, leadTo((server.address() as AddressInfo).port));
    const headers = { Cookie: 'a=secret', Origin: `http://127.0.0.1:${port}`, 'User-Agent': 'secret', 'X-Forwarded-For': '192.0.2.77' };
    await raw(port, upgrade(`${viaPath}${onion}`, headers));
    await raw(port, upgrade(`${viaPath}${onion}`));
    const shape = asked.map((request) => request.replace(/Key: .*/, 'Key'));
    expect(shape).toHaveLength(2);
    expect(shape[0]).toBe(shape[1]);
    expect(shape[0]).not.toMatch(/secret|192\.0\.2|127\.0\.0/);
    expect(shape[0]).toContain(`Host: ${onion}\r\n`);
  });

  it('bounds the streams of one visitor, and all of them', async () => {
    const { relay } = await home();
    const gateway = await start({ gateway: true, gatewayStreams: 3, gatewayStreamsPerVisitor: 2, proxies: 'loopback' }, leadTo(relay.port));
    const from = (address: string): WebSocket => {
      const ws = new WebSocket(`ws://127.0.0.1:${gateway.port}${viaPath}${onion}`, pipeSubprotocol, {
        headers: { 'X-Forwarded-For': address },
      });
      ends.push(() => ws.terminate());
      return ws;
    };
    const code = (ws: WebSocket): Promise<number> => new Promise((resolve) => ws.once('close', resolve));
    const first = from('192.0.2.1');
    await once(first, 'open');
    await once(from('192.0.2.1'), 'open');
    await until(() => gateway.counters.gatewayOpened === 2);
    expect(await code(from('192.0.2.1'))).toBe(4010);
    await once(from('192.0.2.2'), 'open');
    await until(() => gateway.counters.gatewayOpened === 3);
    expect(await code(from('192.0.2.3'))).toBe(4010);
    first.terminate();
    await until(() => gateway.gauges().gatewayStreams === 2);
    await once(from('192.0.2.3'), 'open');
    await until(() => gateway.counters.gatewayOpened === 4);
  });

  it('takes no ticket for a visitor who has gone already', async () => {
    const lead = vi.fn<Lead>();
    const gateway = new Gateway(lead, configOf({ gateway: true }), systemClock, newCounters());
    const socket = new PassThrough().destroy();
    await once(socket, 'close');
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': pipeSubprotocol,
    };
    const request = { method: 'GET', url: `${viaPath}${onion}`, headers } as unknown as IncomingMessage;
    expect(gateway.take(request, socket, Buffer.alloc(0), '192.0.2.1')).toBe(true);
    expect(gateway.streams).toBe(0);
    expect(lead).not.toHaveBeenCalled();
  });

  it('makes a page wait that sends more than its share', async () => {
    const server = createServer((socket) => {
      socket.once('data', (bytes) => {
        const key = /Key: (.*)\r\n/.exec(bytes.toString('latin1'))![1]!;
        socket.write(
          `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: ${pipeSubprotocol}\r\n\r\n`,
        );
        socket.resume();
      });
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => void server.close());
    const rate = 16_500;
    const gateway = await start(
      { gateway: true, gatewayBytesPerSecond: rate },
      leadTo((server.address() as AddressInfo).port),
      new FakeClock(),
    );
    const ws = new WebSocket(`ws://127.0.0.1:${gateway.port}${viaPath}${onion}`, pipeSubprotocol);
    ends.push(() => ws.terminate());
    await once(ws, 'open');
    for (let i = 0; i < 2000; i++) ws.send(randomBytes(16_384));
    await until(() => gateway.counters.gatewayBytes >= 4 * rate);
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
    // The burst, and at most the one read that went over it.
    expect(gateway.counters.gatewayBytes).toBeLessThanOrEqual(4 * rate + 2 * 65_536);
    expect(ws.bufferedAmount).toBeGreaterThan(0);
  });
});

describe('what is behind the onion', () => {
  async function farEnd(answer: (socket: Socket, key: string) => void): Promise<{ port: number }> {
    const server = createServer((socket) => {
      ends.push(() => void socket.destroy());
      socket.on('error', () => {});
      socket.once('data', (bytes) => answer(socket, /Key: (.*)\r\n/.exec(bytes.toString('latin1'))![1]!));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => void server.close());
    return server.address() as AddressInfo;
  }

  const head = (key: string, more = '', protocol: string = pipeSubprotocol): string =>
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: ${protocol}\r\n${more}\r\n`;

  it('gets no byte to a page unless it is a relay of ours', async () => {
    const mark = 'MARK-OF-ANOTHER-SERVICE';
    const answers: ((socket: Socket, key: string) => void)[] = [
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n${mark}`),
      (socket) => socket.write(`SSH-2.0-${mark}\r\n`),
      (socket) => socket.end(mark),
      (socket) => socket.destroy(),
      (socket, key) => socket.write(head(key, '', mark)),
      (socket, key) => socket.write(head(key, '', 'hushroom.room.1')),
      (socket, key) => socket.write(head(`${key}x`) + mark),
      (socket, key) => socket.write(head(key) + mark),
      (socket, key) => socket.write(head(key, `Sec-WebSocket-Extensions: ${mark}\r\n`)),
      (socket, key) => socket.write(head(key, `Upgrade: ${mark}\r\n`)),
      (socket, key) => socket.write(head(key).replace('101', '200')),
      (socket) => socket.write(`HTTP/1.1 101 x\r\nX: ${mark.repeat(1000)}`),
    ];
    for (const answer of answers) {
      const { port } = await start({ gateway: true }, leadTo((await farEnd(answer)).port, 200));
      const said = await raw(port, upgrade(`${viaPath}${onion}`));
      expect(said).not.toContain(mark);
      expect(said.slice(said.indexOf('\r\n\r\n') + 4)).toBe('\x88\x02\x0f\xaf');
    }
  });

  it('is not waited for where its stream has closed already', async () => {
    const { port } = await farEnd(() => {});
    const socket = connect(port, '127.0.0.1');
    socket.destroy();
    await expect(FarEnd.open(socket, onion, 0, long)).rejects.toThrow('far end');
  });

  it('is given up where it does not answer in time', async () => {
    const { port } = await farEnd(() => {});
    await expect(FarEnd.open(connect(port, '127.0.0.1'), onion, 0, 20)).rejects.toThrow('far end');
  });

  it('is asked whether it lives, and is gone where it says something else, or nothing', async () => {
    const relay = (await home()).relay;
    const alive = await FarEnd.open(connect(relay.port, '127.0.0.1'), onion, 0, long);
    for (let i = 0; i < 3; i++) await alive.probe(long);
    alive.destroy();
    await expect(alive.probe(long)).rejects.toThrow('gone');

    const opened = async (then: (socket: Socket) => void): Promise<FarEnd> => {
      const { port } = await farEnd((socket, key) => {
        socket.write(head(key));
        socket.once('data', () => then(socket));
      });
      return FarEnd.open(connect(port, '127.0.0.1'), onion, 0, long);
    };
    await expect((await opened(() => {})).probe(20)).rejects.toThrow('gone');
    await expect((await opened((socket) => socket.write('\x8a\x04abcd', 'latin1'))).probe(long)).rejects.toThrow('gone');
    const gone = vi.fn();
    const talking = await opened(() => {});
    talking.onClose(gone);
    void talking.probe(long).catch(() => {});
    talking.destroy();
    await until(() => gone.mock.calls.length === 1);
  });

  it('does not lose what came while a probe was on its way', async () => {
    let far: Socket | undefined;
    const { port } = await farEnd((socket, key) => {
      far = socket;
      socket.write(head(key));
    });
    const socket = connect(port, '127.0.0.1');
    const line = await FarEnd.open(socket, onion, 0, long);
    const probing = line.probe(long);
    const [ping] = (await once(far!, 'data')) as [Buffer];
    const pong = Buffer.concat([Buffer.of(0x8a, 4), ping.subarray(6)]);
    const half = once(socket, 'data');
    far!.write(pong.subarray(0, 3));
    await half;
    line.hand();
    await probing;
    const got: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => got.push(bytes)).resume();
    far!.write(Buffer.concat([pong.subarray(3), Buffer.from('first words')]));
    await until(() => Buffer.concat(got).length === pong.length + 11);
    expect(Buffer.concat(got)).toEqual(Buffer.concat([pong, Buffer.from('first words')]));
    socket.destroy();
  });
});
