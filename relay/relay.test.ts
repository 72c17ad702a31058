/** The relay over real sockets on loopback: what fake wires cannot show. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { limits } from '../shared/limits.ts';
import { encodeSend, relayErrors, relayPath, relaySubprotocol } from '../shared/wire/relay.ts';
import { configOf } from './config.ts';
import { jsonLog } from './log.ts';
import { type Relay, startRelay } from './relay.ts';
import { newRoomKey, signedJoin, TestClient } from './testing/client.ts';
import { startRecordingRelay } from './testing/recording-relay.ts';
import { until } from './testing/until.ts';

// Processes and sockets on a busy machine: the limit is there to end a hang, not to time anything.
vi.setConfig({ testTimeout: 60_000 });

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const lines: string[] = [];
async function start(settings: Readonly<Record<string, unknown>> = {}): Promise<Relay> {
  lines.length = 0;
  const relay = await startRelay(
    configOf({ webRoot: 'none', host: '127.0.0.1', port: 0, connectsPerSecondPerAddress: 1000, drainSeconds: 1, ...settings }),
    jsonLog('info', (line) => lines.push(line)),
  );
  ends.push(() => relay.close());
  return relay;
}

/** Raw TCP, for clients that do not speak HTTP as they should. Resolves to all it was sent, once the relay has closed it. */
function raw(port: number, ...writes: (string | Buffer)[]): { readonly socket: Socket; readonly answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  ends.push(() => void socket.destroy());
  const got: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => got.push(chunk));
  socket.on('error', () => {});
  for (const bytes of writes) socket.write(bytes);
  return { socket, answer: once(socket, 'close').then(() => Buffer.concat(got).toString('latin1')) };
}

const upgrade = (path: string = relayPath, protocol = relaySubprotocol): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`;

describe('a relay', () => {
  it('carries a conversation, and a resume in exact order', async () => {
    const relay = await start();
    const room = newRoomKey();
    const ann = await TestClient.join(relay.port, room);
    const bob = await TestClient.join(relay.port, room);
    await ann.next('came');
    ann.send(null, Buffer.from('1'));
    expect(await bob.texts(1)).toEqual(['1']);
    await bob.die();
    await ann.next('away');
    for (const text of ['2', '3', '4']) ann.send(bob.inst, Buffer.from(text));
    const back = new TestClient(relay.port, bob.inst);
    await back.join(room, { lastRecv: bob.received });
    expect((await back.next('joined')).resumed).toBe(true);
    expect(await back.texts(3)).toEqual(['2', '3', '4']);
    back.send(ann.inst, Buffer.alloc(limits.frameBytes, 'x'));
    expect((await ann.texts(1))[0]).toHaveLength(limits.frameBytes);
    await back.close(1000);
    await ann.next('left');
  });

  it('refuses a JOIN that was captured at another relay, and one that was used before', async () => {
    const [first, second] = [await startRecordingRelay({ webRoot: 'none' }), await start()];
    ends.push(() => first.close());
    const room = newRoomKey();
    const ann = await TestClient.join(first.port, room);
    const captured = first.fromPages[0] as Buffer;
    expect(captured.length).toBe(130);
    for (const port of [second.port, first.port]) {
      const thief = new TestClient(port);
      await thief.next('challenge');
      thief.ws.send(captured);
      expect((await thief.next('error')).code).toBe(relayErrors.unauthentic);
      expect(await thief.closed).toBe(4002);
    }
    // Even with the victim's nonce in its hands, the other relay would have to be dialled by its own name.
    const dialled = new TestClient(second.port);
    const { nonce } = await dialled.next('challenge');
    dialled.ws.send(signedJoin(room, first.origin, nonce, 0));
    expect(await dialled.closed).toBe(4002);
    const byOtherName = new TestClient(second.port, randomBytes(16), first.origin);
    await byOtherName.join(room);
    expect(await byOtherName.closed).toBe(4003);
    expect(lines.some((line) => line.includes('wrong-origin'))).toBe(true);
    expect(ann.ws.readyState).toBe(WebSocket.OPEN);
  });

  it('keeps the others talking while one member floods', async () => {
    const relay = await start({ framesPerSecond: 50 });
    const room = newRoomKey();
    const [ann, bob, mallory] = [
      await TestClient.join(relay.port, room),
      await TestClient.join(relay.port, room),
      await TestClient.join(relay.port, room),
    ];
    const junk = Buffer.from(encodeSend(ann.inst, new Uint8Array(16)));
    for (let i = 0; i < 20_000; i++) mallory.ws.send(junk);
    for (let i = 0; i < 20; i++) {
      ann.send(bob.inst, Buffer.from(`${i}`));
      expect(await bob.texts(1)).toEqual([`${i}`]);
    }
    expect(await mallory.closed).toBe(4008);
    expect(relay.counters.refusals[relayErrors.flood]).toBe(1);
  });

  it('gives a reader that reads nothing a bounded queue, then takes its seat, and the others get everything', async () => {
    const relay = await start({ slowReaderBytes: 256 * 1024, framesPerSecond: 100_000, bytesPerSecond: 1024 ** 3 });
    const room = newRoomKey();
    const [ann, bob, slow] = [
      await TestClient.join(relay.port, room),
      await TestClient.join(relay.port, room),
      await TestClient.join(relay.port, room),
    ];
    slow.ws.pause();
    const before = process.memoryUsage().rss;
    let sent = 0;
    const gone = ann.next('left').then(() => true);
    let isGone = false;
    void gone.then(() => {
      isGone = true;
    });
    while (!isGone && sent < 4000) {
      for (let i = 0; i < 20; i++, sent++) ann.send(null, Buffer.alloc(16_000, sent % 251));
      await bob.texts(20);
    }
    expect(await gone).toBe(true);
    expect(bob.received).toBe(sent);
    expect(relay.counters.refusals[relayErrors.slowReader]).toBe(1);
    expect(relay.gauges().seats).toBe(2);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
  });

  it('gives up half-open sockets and keeps their seats', async () => {
    const relay = await start({ heartbeatSeconds: 1 });
    const room = newRoomKey();
    const ann = await TestClient.join(relay.port, room);
    const half = await TestClient.join(relay.port, room);
    half.ws.pause(); // alive as TCP, and nobody there
    expect((await ann.next('away')).inst).toEqual(Buffer.from(half.inst));
    expect(relay.counters.halfOpen).toBe(1);
    expect(relay.gauges()).toMatchObject({ seats: 2, away: 1 });
  });

  it('ends a room at its second by its own clock', async () => {
    const inAMinute = Math.floor(Date.now() / 1000) + 60;
    let ahead = 0;
    const relay = await startRelay(configOf({ webRoot: 'none', host: '127.0.0.1', port: 0 }), () => {}, {
      now: () => performance.now(),
      wall: () => Date.now() + ahead,
    });
    ends.push(() => relay.close());
    const ann = await TestClient.join(relay.port, newRoomKey(), { expiresAt: inAMinute });
    ahead = 60_000;
    expect((await ann.next('error')).code).toBe(relayErrors.expired);
    expect(await ann.closed).toBe(4004);
    expect(relay.gauges().rooms).toBe(0);
  });

  it('turns away an address that has all its sockets, and says when to come again', async () => {
    const relay = await start({ connectionsPerAddress: 2 });
    const room = newRoomKey();
    const ann = await TestClient.join(relay.port, room);
    await TestClient.join(relay.port, room);
    const third = new TestClient(relay.port);
    expect(await third.next('error')).toMatchObject({ code: relayErrors.busy, retryS: 30 });
    expect(await third.closed).toBe(4010);
    await ann.close();
    await until(() => relay.gauges().sockets === 1);
    await TestClient.join(relay.port, room);
  });

  it.each([
    ['a proxy that is named', 'loopback', ['203.0.113.1', '203.0.113.2'], 2],
    ['nobody, where no proxy is named', '', ['203.0.113.1', '203.0.113.2'], 1],
    ['nobody but those who are named', '10.0.0.0/8, private', ['203.0.113.1', '203.0.113.2'], 1],
    ['not even a proxy that passes on what is no address', 'loopback', ['somebody', 'somebody else'], 1],
  ])('believes %s about addresses', async (_, proxies, passedOn, addresses) => {
    const relay = await start({ proxies });
    for (const last of passedOn) {
      const ws = new WebSocket(`ws://127.0.0.1:${relay.port}${relayPath}`, relaySubprotocol, {
        headers: { 'x-forwarded-for': `198.51.100.9, ${last}` },
      });
      ends.push(() => ws.terminate());
      await once(ws, 'open');
    }
    expect(relay.gauges().addresses).toBe(addresses);
  });

  it('tells another version so', async () => {
    const relay = await start();
    const ws = new WebSocket(`ws://127.0.0.1:${relay.port}${relayPath}`, 'hushroom.room.2');
    const [code] = await once(ws, 'close');
    expect(code).toBe(4013);
  });

  it('says goodbye when it is stopped, and keeps nobody waiting', async () => {
    const relay = await start();
    const room = newRoomKey();
    const ann = await TestClient.join(relay.port, room);
    const deaf = await TestClient.join(relay.port, room);
    deaf.ws.pause();
    await Promise.all([relay.close(), relay.close()]);
    expect((await ann.next('error')).code).toBe(relayErrors.shutdown);
    expect(await ann.closed).toBe(1012);
    await deaf.die();
  });
});

describe('bad sockets', () => {
  it('end with the code that fits: too large, unmasked, text, a page that never joins', async () => {
    const relay = await start({ joinSeconds: 1 });
    const large = new TestClient(relay.port);
    await large.open();
    large.ws.send(new Uint8Array(limits.relayMessageBytes + 1));
    expect(await large.closed).toBe(1009);
    const text = new TestClient(relay.port);
    await text.open();
    text.ws.send('hello');
    expect(await text.closed).toBe(4001);
    const idle = new TestClient(relay.port);
    expect(await idle.closed).toBe(1008);
    const unmasked = raw(relay.port, upgrade(), Buffer.from([0x82, 0x01, 0x07]));
    expect(await unmasked.answer).toContain('\x88\x02\x03\xea'); // close, 1002
    await until(() => relay.gauges().sockets === 0);
  });

  it('cannot split a message without end', async () => {
    const relay = await start();
    const client = new TestClient(relay.port);
    await client.open();
    for (let i = 0; i < 20; i++) client.ws.send(new Uint8Array(1), { fin: false, binary: true });
    expect(await client.closed).toBe(1008);
  });

  it('do not take a place when the upgrade is not one', async () => {
    const relay = await start();
    const bad = [
      upgrade('/elsewhere'),
      upgrade(relayPath, 'chat'),
      upgrade().replace('Version: 13', 'Version: 7'),
      upgrade().replace(/Key: .*/, 'Key: short'),
    ];
    for (const head of bad) expect(await raw(relay.port, head).answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(relay.counters.drops.badUpgrade).toBe(4);
    expect(relay.gauges().sockets).toBe(0);
  });

  it('may not be slow about their request, plain or upgrade', async () => {
    const relay = await start();
    const dripping = [raw(relay.port, 'GET / HTTP/1.1\r\nHost: x\r\nX-A: '), raw(relay.port, upgrade().slice(0, -2))];
    for (const { answer } of dripping) expect(await answer).toMatch(/^HTTP\/1\.1 40[08] /);
    expect(relay.counters.drops.badRequest).toBe(2);
    await TestClient.join(relay.port, newRoomKey());
  }, 30_000);
});

describe('HTTP', () => {
  const get = (
    port: number,
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: string }> =>
    new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, headers, method, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
        );
      });
      asked.on('error', reject);
      asked.end();
    });

  it('says that it is well, and when it is ready', async () => {
    const relay = await start();
    expect([await get(relay.port, '/healthz'), await get(relay.port, '/readyz')].map(({ status, body }) => [status, body])).toEqual([
      [200, 'ok\n'],
      [200, 'ready\n'],
    ]);
  });

  it('shows metrics to this computer, and to nobody behind a proxy unless told to', async () => {
    const relay = await start();
    expect((await get(relay.port, '/metrics')).body).toContain('hushroom_requests_total 1');
    expect((await get(relay.port, '/metrics', { 'x-forwarded-for': '203.0.113.1' })).status).toBe(404);
    expect((await get((await start({ metrics: 'all' })).port, '/metrics', { via: '1.1 proxy' })).status).toBe(200);
    expect((await get((await start({ metrics: 'off' })).port, '/metrics')).status).toBe(404);
  });

  it('answers only GET and HEAD', async () => {
    const relay = await start();
    expect((await get(relay.port, '/healthz', {}, 'POST')).status).toBe(405);
    expect(await get(relay.port, '/healthz', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('tells browsers to be strict, to keep TLS where it has a TLS name, and which sockets are its own', async () => {
    const relay = await start({ origins: 'https://chat.example,http://plain.example' });
    const tls = await get(relay.port, '/', { host: 'chat.example' });
    expect(tls.headers['strict-transport-security']).toContain('max-age=');
    const policy = String(tls.headers['content-security-policy']);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self' wss://chat.example;");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(tls.headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect((await get(relay.port, '/', { host: 'plain.example' })).headers['strict-transport-security']).toBeUndefined();
    expect((await get(relay.port, '/', { host: "evil.example; script-src 'unsafe-inline'" })).headers['content-security-policy']).toContain(
      "connect-src 'self';",
    );
  });
});

describe('what a relay writes down', () => {
  it('has no address, no room, no member, no name and no path in it, whatever happens', async () => {
    const secret = randomBytes(24).toString('base64url');
    const relay = await start({ proxies: 'loopback', connectionsPerAddress: 3, origins: 'http://chat.example' });
    const room = newRoomKey();
    for (const address of ['203.0.113.77', '2001:db8::77']) {
      for (let i = 0; i < 4; i++) {
        const ws = new WebSocket(`ws://127.0.0.1:${relay.port}${relayPath}`, relaySubprotocol, {
          headers: { host: 'chat.example', 'x-forwarded-for': address },
        });
        ws.on('error', () => {});
        const [challenge] = (await once(ws, 'message')) as [Buffer];
        if (challenge[0] === 2) ws.send(signedJoin(room, 'http://chat.example', challenge.subarray(2, 34), 0));
        ends.push(() => ws.terminate());
      }
    }
    await until(() => relay.gauges().seats === 6);
    for (const path of [`/%23${secret}`, `/?${secret}`, `/${secret}`, `${relayPath}?${secret}`]) {
      await raw(relay.port, `GET ${path} HTTP/1.1\r\nHost: ${secret}\r\nConnection: close\r\n\r\n`).answer;
      await raw(relay.port, upgrade(path)).answer;
    }
    await raw(relay.port, `${secret}\r\n\r\n`).answer;
    const metrics = await new Promise<string>((resolve) => {
      request({ port: relay.port, host: '127.0.0.1', path: '/metrics', agent: false }, (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      }).end();
    });
    await relay.close();
    const written = lines.join('') + metrics;
    expect(lines.length).toBeGreaterThan(0);
    expect(metrics).toContain('hushroom_seats 6');
    for (const hidden of [
      secret,
      '203.0.113',
      '2001:db8',
      '127.0.0.1',
      'chat.example',
      Buffer.from(room.pub).toString('hex'),
      Buffer.from(room.pub).toString('base64').slice(0, 40),
    ])
      expect(written).not.toContain(hidden);
  });
});
