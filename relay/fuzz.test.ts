/**
 * Hostile input by the hundred thousand, from a printed seed: no exception, no growth, the right close codes, and an honest room goes on.
 * Most frames go to connections without sockets, where a fault has a stack; a share of them and all upgrades go over real TCP.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../shared/limits.ts';
import { encodeToDesk } from '../shared/wire/desk.ts';
import { encodeSend, relayPath, relaySubprotocol } from '../shared/wire/relay.ts';
import { configOf } from './config.ts';
import { type Relay, startRelay } from './relay.ts';
import { newRoomKey, signedJoin, TestClient } from './testing/client.ts';
import { TestHall, testOrigin } from './testing/hall.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const seed = randomBytes(4).readUInt32BE(0);
console.log(`fuzz seed ${seed}`);

/** mulberry32: small, seeded, good enough to choose bytes. */
function dice(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Bytes that are nothing, nearly something, or something at the wrong time. */
function hostileFrame(roll: (below: number) => number, honest: readonly Buffer[]): Buffer {
  const bytes = Buffer.from(Uint8Array.from({ length: roll(200) }, () => roll(256)));
  switch (roll(5)) {
    case 0:
      return bytes;
    case 1: // a known type before anything
      return Buffer.concat([Buffer.of([2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 0x20, 0x21, 0x22, 0x23, 0x24][roll(15)] as number), bytes]);
    case 2: // an honest frame, cut
      return Buffer.from(pick(roll, honest).subarray(0, roll(140)));
    case 3: {
      // an honest frame, changed in one place
      const frame = Buffer.from(pick(roll, honest));
      frame[roll(frame.length)]! ^= 1 << roll(8);
      return frame;
    }
    default:
      return Buffer.concat([pick(roll, honest), bytes]);
  }
}

/** What callers ask, honestly. */
const errands = (roomPub: Uint8Array): Uint8Array[] => {
  const caller = { inst: randomBytes(16), pow: 0 };
  const publish = { type: 'publish', ...caller, roomPub, sig: randomBytes(64) } as const;
  return [
    encodeToDesk({ type: 'open', ...caller }),
    encodeToDesk({ type: 'claim', ...caller, nameplate: 1 + (caller.inst[0]! % 99) }),
    encodeToDesk({ type: 'list', ...caller }),
    encodeToDesk({ type: 'knock', ...caller, roomPub }),
    encodeToDesk({ ...publish, act: 'attend', listing: new Uint8Array(0) }),
    encodeToDesk({ ...publish, act: 'list', listing: randomBytes(200) }),
  ];
};

const pick = <T>(roll: (below: number) => number, from: readonly T[]): T => from[roll(from.length)] as T;

describe('100,000 hostile frames', () => {
  it('in every state of a connection end sockets with known codes and leave nothing behind', () => {
    const roll = dice(seed);
    const hall = new TestHall({ heartbeatSeconds: 600, framesPerSecond: 1_000_000, graceSeconds: 1 });
    const honest = [hall.member(), hall.member()];
    const roomPub = hall.room.pub;
    const frames = [
      Buffer.from(signedJoin(hall.room, testOrigin, randomBytes(32), 0)),
      Buffer.from(encodeSend(null, randomBytes(60))),
      Buffer.from(encodeSend(honest[0]!.inst, randomBytes(60))),
      ...errands(roomPub).map((frame) => Buffer.from(frame)),
      Buffer.from(encodeSend(randomBytes(16), randomBytes(2048))),
    ];
    const codes = new Map<number | string, number>();
    let given = 0;
    let before = 0;
    while (given < 100_000) {
      const { wire, connection } = roll(3) > 0 ? hall.dial() : hall.member();
      if (roll(3) === 0) connection.message(Buffer.from(pick(roll, errands(roomPub))), true);
      for (let i = 0; i < 20 && wire.closedWith === undefined; i++, given++) connection.message(hostileFrame(roll, frames), roll(20) !== 0);
      hall.turn();
      if (wire.closedWith !== undefined) codes.set(wire.closedWith, (codes.get(wire.closedWith) ?? 0) + 1);
      connection.closed(1006);
      hall.connections.length = 2;
      for (const each of honest) each.wire.taken();
      if (given % 64 < 20) hall.pass(2);
      for (const each of honest) each.connection.pong();
      if (before === 0 && given > 20_000) before = heap();
    }
    for (let i = 0; i < 620; i++) {
      hall.pass(1);
      for (const each of honest) each.connection.pong();
    }
    expect([...codes.keys()].sort()).toEqual([4001, 4002, 4016]);
    expect([hall.hall.desk.mailboxes.size, hall.hall.desk.listings.size]).toEqual([0, { listings: 0, visitors: 0 }]);
    expect(hall.hall.rooms.size).toMatchObject({ rooms: 1, seats: 2, away: 0 });
    expect(hall.ticketsOut).toBe(2);
    expect(heap() - before).toBeLessThan(8 * 1024 * 1024);
    for (const each of honest) each.wire.taken();
    honest[0]!.connection.message(Buffer.from(encodeSend(null, Buffer.from('still here'))), true);
    hall.turn();
    expect(honest[1]!.wire.taken().map(({ type }) => type)).toEqual(['received']);
  }, 120_000);
});

describe('over TCP', () => {
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay(
      configOf({
        webRoot: 'none',
        host: '127.0.0.1',
        port: 0,
        connectsPerSecondPerAddress: 100_000,
        connectionsPerAddress: 10_000,
        graceSeconds: 1,
        drainSeconds: 1,
      }),
      () => {},
    );
  });
  afterAll(() => relay.close());

  it('5,000 hostile frames close their sockets with the codes of the protocol, and an honest room goes on', async () => {
    const roll = dice(seed + 1);
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(relay.port, room), await TestClient.join(relay.port, room)];
    const honest = [Buffer.from(signedJoin(room, ann.origin, randomBytes(32), 0)), Buffer.from(encodeSend(null, randomBytes(60)))];
    const codes = new Set<number>();
    for (let given = 0; given < 5000; ) {
      const clients = await Promise.all(
        Array.from({ length: 10 }, async () => {
          if (roll(2) === 0) return await TestClient.join(relay.port, newRoomKey());
          const client = new TestClient(relay.port);
          await client.open();
          return client;
        }),
      );
      for (const { ws } of clients) for (let i = 0; i < 10; i++, given++) ws.send(hostileFrame(roll, honest), { binary: roll(20) !== 0 });
      for (const client of clients) client.ws.close(1001);
      for (const client of clients) codes.add(await client.closed);
      ann.send(null, Buffer.from(`${given}`));
      expect(await bob.texts(1)).toEqual([`${given}`]);
    }
    for (const code of codes) expect([1001, 1006, 1007, 4001, 4002]).toContain(code);
    expect(codes).toContain(4001);
    await ann.close();
    await bob.close();
  }, 120_000);

  it('10,000 hostile upgrades get an answer or a closed socket, and none stays', async () => {
    const roll = dice(seed + 2);
    let answered = 0;
    let before = 0;
    for (let done = 0; done < 10_000; done += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => shout(relay.port, hostileUpgrade(roll))));
      for (const answer of answers) {
        if (answer.length === 0) continue;
        answered++;
        expect(answer.subarray(0, 12).toString('latin1')).toMatch(/^HTTP\/1\.1 (?:101|200|400|404|405|408|413|431)$/);
      }
      if (before === 0 && done > 2000) before = heap();
    }
    expect(answered).toBeGreaterThan(5000);
    expect(heap() - before).toBeLessThan(16 * 1024 * 1024);
    const survivor = await TestClient.join(relay.port, newRoomKey());
    expect(relay.gauges().sockets).toBeLessThan(100);
    await survivor.close();
  }, 120_000);
});

/** Sends `bytes`, then FIN; resolves to all that came back before the end. */
async function shout(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(parts);
}

function hostileUpgrade(roll: (below: number) => number): Buffer {
  const odd = [
    '',
    '\0',
    'x'.repeat(roll(9000)),
    '%23secret',
    '../../etc/passwd',
    '\u00ff\u00fe',
    '-1',
    '13, 8',
    '"',
    'a, b, , c',
    '\r\n x: y',
    '{}',
    '%',
    '%ff',
  ];
  const or = (usual: string): string => (roll(6) === 0 ? pick(roll, odd) : usual);
  const lines = [
    `${or('GET')} ${or(pick(roll, [relayPath, '/', '/%23x', `${relayPath}/`, '//', 'http://x/relay']))} ${or('HTTP/1.1')}`,
    `Host: ${or('127.0.0.1')}`,
    `Upgrade: ${or('websocket')}`,
    `Connection: ${or('Upgrade')}`,
    `Sec-WebSocket-Version: ${or('13')}`,
    `Sec-WebSocket-Key: ${or('AAAAAAAAAAAAAAAAAAAAAA==')}`,
    `Sec-WebSocket-Protocol: ${or(relaySubprotocol)}`,
    `Sec-WebSocket-Extensions: ${or('permessage-deflate; client_max_window_bits')}`,
    `X-Forwarded-For: ${or('1.2.3.4')}`,
    `Content-Length: ${or('0')}`,
  ].filter(() => roll(12) !== 0);
  const head = Buffer.from(`${lines.join(roll(20) === 0 ? '\n' : '\r\n')}\r\n\r\n`, 'latin1');
  const after = Uint8Array.from({ length: roll(3) === 0 ? roll(limits.relayMessageBytes) : roll(20) }, () => roll(256));
  const all = Buffer.concat([head, after]);
  for (let i = roll(3); i > 0; i--) all[roll(all.length)] = roll(256);
  return all;
}
