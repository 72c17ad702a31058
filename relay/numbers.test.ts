/**
 * The numbers of a relay, moved by what they count and read as an operator reads them, at /metrics. Those of clusters, gateways and Tor are
 * moved in the tests of these; numbers-moved.test.ts holds that none is left out.
 */
import { randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFromDesk, encodeListing, encodeToDesk, isFromDesk, listingProof, publishProof } from '../shared/wire/desk.ts';
import { decodeFromRelay, encodeSend, type RelayErrorCode, relayErrors, relayPath, relaySubprotocol } from '../shared/wire/relay.ts';
import { configOf } from './config.ts';
import { type Relay, startRelay } from './relay.ts';
import { newRoomKey, type RoomKey, signedJoin, TestClient } from './testing/client.ts';
import { TestHall, testOrigin } from './testing/hall.ts';

vi.setConfig({ testTimeout: 60_000 });

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(settings: Readonly<Record<string, unknown>> = {}): Promise<Relay> {
  const relay = await startRelay(configOf({ webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1, ...settings }), () => {});
  ends.push(() => relay.close());
  return relay;
}

async function numbers({ port }: Relay): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^hushroom_(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

/** Looks until `holds`; the test's own time limit ends it. */
async function until(relay: Relay, holds: (now: Record<string, number>) => boolean): Promise<Record<string, number>> {
  for (;;) {
    const now = await numbers(relay);
    if (holds(now)) return now;
  }
}

/** What a page on an errand says and hears, frame by frame. */
async function errand(
  port: number,
  first: (nonce: Uint8Array, inst: Uint8Array) => Uint8Array,
): Promise<{ ws: WebSocket; inst: Uint8Array }> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${relayPath}`, relaySubprotocol);
  ends.push(() => ws.terminate());
  const [challenge] = (await once(ws, 'message')) as [Buffer];
  const inst = randomBytes(16);
  const { nonce } = decodeFromRelay(challenge) as { nonce: Uint8Array };
  ws.send(first(nonce, inst));
  return { ws, inst };
}

function signedListing(room: RoomKey): Uint8Array {
  const content = encodeListing({ access: 'knock', title: 'Reading circle', topic: '', invite: '' });
  return Buffer.concat([content, sign(null, listingProof(room.pub, content), room.secret)]);
}

/** Whoever lists it attends its door too, for as long as the socket is open. */
async function list(port: number, room: RoomKey): Promise<void> {
  const listing = signedListing(room);
  const { ws } = await errand(port, (nonce, inst) => {
    const claim = { inst, pow: 0, roomPub: room.pub, act: 'list', listing } as const;
    return encodeToDesk({
      type: 'publish',
      ...claim,
      sig: sign(null, publishProof(`http://127.0.0.1:${port}`, nonce, claim), room.secret),
    });
  });
  await once(ws, 'message');
}

describe('the numbers of a relay', () => {
  it('move as pages come, talk, get lost and come back', async () => {
    const relay = await start();
    const calm = await numbers(relay);
    expect(calm).toMatchObject({ connects_total: 0, joins_total: 0, rooms: 0, seats: 0, sockets: 0, addresses: 0, requests_total: 1 });
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(relay.port, room), await TestClient.join(relay.port, room)];
    await ann.next('came');
    const joined = await numbers(relay);
    expect(joined).toMatchObject({
      connects_total: 2,
      joins_total: 2,
      rooms: 1,
      seats: 2,
      away: 0,
      sockets: 2,
      addresses: 1,
      requests_total: 2,
    });
    ann.send(null, Buffer.alloc(500));
    await bob.texts(1);
    const talked = await numbers(relay);
    const by = (name: string): number => talked[name]! - joined[name]!;
    expect([by('messages_in_total'), by('messages_out_total'), by('writes_total')]).toEqual([1, 1, 1]);
    expect(by('bytes_in_total')).toBe(encodeSend(null, Buffer.alloc(500)).length);
    expect(by('bytes_out_total')).toBeGreaterThan(500);
    await bob.die();
    await ann.next('away');
    expect(await numbers(relay)).toMatchObject({ seats: 2, away: 1, sockets: 1 });
    ann.send(null, Buffer.alloc(3000));
    const kept = await until(relay, ({ kept_bytes }) => kept_bytes! > talked['kept_bytes']! + 3000);
    expect(kept['resumes_total']).toBe(0);
    await TestClient.join(relay.port, room, { inst: bob.inst, lastRecv: bob.received });
    expect(await numbers(relay)).toMatchObject({ resumes_total: 1, joins_total: 3, away: 0 });
  });

  it('move where a socket breaks the protocol of WebSockets', async () => {
    const relay = await start();
    const socket = connect(relay.port, '127.0.0.1');
    ends.push(() => void socket.destroy());
    const head = ['Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`;
    socket.write([`GET ${relayPath} HTTP/1.1`, ...head, key, `Sec-WebSocket-Protocol: ${relaySubprotocol}`, '', ''].join('\r\n'));
    await once(socket, 'data');
    socket.write(Buffer.alloc(64, 0xff));
    await once(socket.resume(), 'close');
    expect((await numbers(relay))['broken_sockets_total']).toBe(1);
  });

  it('move with spoken codes, the list and knocks', async () => {
    const relay = await start();
    const opener = await errand(relay.port, (_, inst) => encodeToDesk({ type: 'open', inst, pow: 0 }));
    const [answer] = (await once(opener.ws, 'message')) as [Buffer];
    expect(isFromDesk(answer)).toBe(true);
    const { nameplate } = decodeFromDesk(answer) as { nameplate: number };
    expect(await numbers(relay)).toMatchObject({ codes_total: 1, codes_open: 1, claims_total: 0 });
    await errand(relay.port, (_, inst) => encodeToDesk({ type: 'claim', nameplate, inst, pow: 0 }));
    await until(relay, ({ claims_total }) => claims_total === 1);
    opener.ws.close(1000);
    await until(relay, ({ codes_open }) => codes_open === 0);

    const room = newRoomKey();
    await TestClient.join(relay.port, room);
    await list(relay.port, room);
    expect(await numbers(relay)).toMatchObject({ listings: 1, listings_published_total: 1, knocks_total: 0, visitors: 0 });
    await errand(relay.port, (_, inst) => encodeToDesk({ type: 'knock', roomPub: room.pub, inst, pow: 0 }));
    await until(relay, ({ knocks_total, visitors }) => knocks_total === 1 && visitors === 1);
  });

  it('of work move with the load that asks for it', async () => {
    const relay = await start({ joinsPerSecond: 1, workBitsMax: 14 });
    expect((await numbers(relay))['work_bits']).toBe(0);
    const room = newRoomKey();
    await Promise.all(Array.from({ length: 12 }, () => TestClient.join(relay.port, room)));
    await until(relay, ({ work_bits }) => work_bits! >= 12);
  });

  it('of the process move with its memory and its work', async () => {
    const relay = await start();
    const before = await numbers(relay);
    const filled = Buffer.alloc(64 * 1024 * 1024, 1);
    const after = await until(relay, ({ cpu_seconds }) => cpu_seconds! > before['cpu_seconds']!);
    expect(after['resident_bytes']! - before['resident_bytes']!).toBeGreaterThan(filled.length / 2);
  });
});

describe('refusals', () => {
  /** By code: what is refused so, in a hall without sockets. */
  const inTheHall: Partial<Record<keyof typeof relayErrors, () => TestHall>> = {
    badFrame: () => said({}, () => Buffer.from([0x77])),
    unauthentic: () => said({}, (hall, nonce) => signedJoin(hall.room, 'https://other.example', nonce, 0)),
    wrongOrigin: () => said({}, (hall, nonce) => signedJoin(hall.room, testOrigin, nonce, 0), []),
    expired: () => said({}, (hall, nonce) => signedJoin(hall.room, testOrigin, nonce, 0, { expiresAt: 1 })),
    badExpiry: () => said({}, (hall, nonce) => signedJoin(hall.room, testOrigin, nonce, 0, { expiresAt: 4_000_000_000 })),
    work: () => said({ workBits: 22, workBitsMax: 22 }, (hall, nonce) => signedJoin(hall.room, testOrigin, nonce, 0, { pow: 0 })),
    full: () => {
      const hall = new TestHall({ roomMembers: 2 });
      for (let i = 0; i < 3; i++) hall.member();
      return hall;
    },
    taken: () => {
      const hall = new TestHall();
      hall.member(hall.member().inst);
      return hall;
    },
    busy: () => {
      const hall = new TestHall({ rooms: 1 });
      hall.member();
      return said(hall, (_, nonce) => signedJoin(newRoomKey(), testOrigin, nonce, 0));
    },
    flood: () => {
      const hall = new TestHall({ framesPerSecond: 10, burst: 2 });
      const [{ connection }] = [hall.member(), hall.member()];
      for (let i = 0; i < 100; i++) connection.message(Buffer.from(encodeSend(null, Buffer.from('x'))), true);
      return hall;
    },
    slowReader: () => {
      const hall = new TestHall({ slowReaderBytes: 64 * 1024 });
      const [ann, slow] = [hall.member(), hall.member()];
      slow.wire.stuck = true;
      for (let i = 0; i < 10; i++) {
        ann.connection.message(Buffer.from(encodeSend(null, new Uint8Array(8000))), true);
        hall.turn();
      }
      return hall;
    },
    gone: () => said({}, () => encodeToDesk({ type: 'claim', nameplate: 1, inst: randomBytes(16), pow: 0 })),
    listingOff: () => said({ listing: false }, () => encodeToDesk({ type: 'list', inst: randomBytes(16), pow: 0 })),
    nobody: () => {
      const hall = new TestHall();
      hall.member();
      hall.hall.desk.listings.list(hall.room.pub, signedListing(hall.room));
      return said(hall, () => encodeToDesk({ type: 'knock', roomPub: hall.room.pub, inst: randomBytes(16), pow: 0 }));
    },
  };
  /** The others need sockets. */
  const overSockets: Partial<Record<keyof typeof relayErrors, (relay: Relay) => Promise<unknown>>> = {
    unsupported: ({ port }) => once(new WebSocket(`ws://127.0.0.1:${port}${relayPath}`, 'hushroom.room.2'), 'close'),
    shutdown: async (relay) => {
      const ann = await TestClient.join(relay.port, newRoomKey());
      await Promise.all([relay.close(), ann.closed]);
    },
  };

  /** Someone dials and answers the challenge so. */
  function said(
    at: TestHall | Record<string, unknown>,
    what: (hall: TestHall, nonce: Uint8Array) => Uint8Array,
    origins: readonly string[] = [testOrigin],
  ): TestHall {
    const hall = at instanceof TestHall ? at : new TestHall(at);
    const { wire, connection } = hall.dial(origins);
    connection.message(Buffer.from(what(hall, (wire.taken()[0] as { nonce: Uint8Array }).nonce)), true);
    hall.turn();
    return hall;
  }

  const countedIn = (refusals: Record<RelayErrorCode, number>): string[] =>
    Object.entries(relayErrors).flatMap(([name, code]) => Array<string>(refusals[code]).fill(name));

  it.each(Object.entries(inTheHall))('for %s are counted as that, once', (name, happen) => {
    expect(countedIn(happen().hall.counters.refusals)).toEqual([name]);
  });

  it.each(Object.entries(overSockets))('for %s are counted as that, once', async (name, happen) => {
    const relay = await start();
    await happen(relay);
    expect(countedIn(relay.counters.refusals)).toEqual([name]);
  });

  it('are all of them here, but those of gateways (gateway.test.ts)', () => {
    const here = [...Object.keys(inTheHall), ...Object.keys(overSockets)];
    expect(Object.keys(relayErrors).filter((name) => !here.includes(name))).toEqual(['noGateway', 'unreachable']);
  });
});
