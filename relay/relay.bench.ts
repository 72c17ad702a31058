/**
 * `node relay/relay.bench.ts [ROUNDS] [PART OF A NAME]`: what forwarding costs the relay, beside a bare `ws` broadcast server in the same
 * run. Servers are processes of their own and tell their own CPU time; this process only makes load and counts bytes, so its own cost is in
 * no figure. Rounds alternate between the servers, so that other load on the machine meets both. 200-byte payloads are 217-byte messages
 * here.
 *
 * It is the built relay that runs where there is one: the sources would bring the type stripper's heap along, and the collector would pay for it.
 *
 * A frame of this protocol holds at most 16 KiB, so 64 KiB are four messages; the bare server is shown with both sizes.
 *
 * Last run (2 quiet cores, Node 24.21), relay / bare ws, medians: rooms of 2 1.0, of 10 1.1, of 10 with 16 in flight 5.6, of 50 2.4; 16 KiB frames 1.6,
 * since the heap is not marked for its read buffers (young-heap.ts). An idle member holds 6.3 : 8.9 KiB of the process.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeSend, relayPath, relaySubprotocol } from '../shared/wire/relay.ts';
import { newRoomKey, type RoomKey, signedJoin } from './testing/client.ts';

const rounds = Number(process.argv[2] ?? 5);
const wanted = process.argv[3] ?? '';
const measureMs = 1500;
const warmMs = 300;
const idleMembers = 5000;
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Server {
  readonly name: string;
  readonly port: number;
  readonly speaksRelay: boolean;
  stop(): void;
}

async function startServer(name: string, args: readonly string[], speaksRelay: boolean): Promise<Server> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { name, port: (JSON.parse(line) as { port: number }).port, speaksRelay, stop: () => child.kill() };
}

const startOurs = (): Promise<Server> =>
  startServer(
    'relay',
    [
      existsSync(program('../dist/relay/main.js')) ? program('../dist/relay/main.js') : program('main.ts'),
      ...[
        '--web-root=none',
        '--host=127.0.0.1',
        '--port=0',
        '--connections-per-address=100000',
        '--connects-per-second-per-address=100000',
      ],
      ...['--frames-per-second=1000000', `--bytes-per-second=${10_000 * 1024 * 1024}`, '--joins-per-second=1000000', '--drain-seconds=0'],
    ],
    true,
  );
const startBare = (): Promise<Server> => startServer('bare ws', [program('testing/bare-broadcast.ts')], false);

async function gaugesOf(server: Server): Promise<{ cpuSeconds: number; residentBytes: number }> {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  return { cpuSeconds: read('hushroom_cpu_seconds'), residentBytes: read('hushroom_resident_bytes') };
}

// ---------------------------------------------------------------- members, as cheap as they can be

/** A client's WebSocket frame around `message`: masked, as the server must undo. */
function clientFrame(message: Uint8Array): Buffer {
  const mask = randomBytes(4);
  const head =
    message.length < 126
      ? Buffer.from([0x82, 0x80 | message.length])
      : message.length < 65536
        ? Buffer.from([0x82, 0xfe, message.length >> 8, message.length & 255])
        : longHead(message.length);
  const masked = Buffer.from(message.map((byte, i) => byte ^ (mask[i & 3] as number)));
  return Buffer.concat([head, mask, masked]);
}

function longHead(length: number): Buffer {
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 6);
  return head;
}

const serverFrameBytes = (length: number): number => length + (length < 126 ? 2 : length < 65536 ? 4 : 10);

async function dial(server: Server, room: RoomKey, roomName: string): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
  const path = server.speaksRelay ? relayPath : `/${roomName}`;
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${server.speaksRelay ? `Sec-WebSocket-Protocol: ${relaySubprotocol}\r\n` : ''}\r\n`,
  );
  let got = Buffer.alloc(0);
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) got = Buffer.concat([got, ((await once(socket, 'data')) as [Buffer])[0]]);
  };
  await until(() => got.includes('\r\n\r\n'));
  if (server.speaksRelay) {
    const start = got.indexOf('\r\n\r\n') + 4;
    await until(() => got.length >= start + 2 + 35);
    const nonce = got.subarray(start + 4, start + 36);
    socket.write(clientFrame(signedJoin(room, `http://127.0.0.1:${server.port}`, nonce, 0)));
    await once(socket, 'data');
  }
  return socket;
}

interface Scenario {
  readonly name: string;
  readonly members: number;
  readonly rooms: number;
  /** Messages in flight in a room. */
  readonly inFlight: number;
  /** Bytes of the frame inside. */
  readonly frameBytes: number;
  /** The bare server's frame, where it is not the same. */
  readonly bareFrameBytes?: number;
}

let crowds = 0;

/** Rooms that talk as fast as messages come back. */
class Crowd {
  delivered = 0;
  readonly #sockets: Socket[][] = [];
  readonly #frame: Buffer;
  readonly #arrivingBytes: number;
  readonly #scenario: Scenario;
  #talking = false;

  constructor(scenario: Scenario, server: Server) {
    const frameBytes = server.speaksRelay ? scenario.frameBytes : (scenario.bareFrameBytes ?? scenario.frameBytes);
    const message = server.speaksRelay ? encodeSend(null, randomBytes(frameBytes)) : randomBytes(17 + frameBytes);
    this.#scenario = scenario;
    crowds++;
    this.#frame = clientFrame(message);
    this.#arrivingBytes = serverFrameBytes(message.length);
  }

  async enter(server: Server): Promise<void> {
    for (let i = 0; i < this.#scenario.rooms; i++) {
      const key = newRoomKey();
      const dials = Array.from({ length: this.#scenario.members }, () => dial(server, key, `${crowds}-${i}`));
      this.#sockets.push(await Promise.all(dials));
    }
  }

  talk(): void {
    this.#talking = true;
    for (const sockets of this.#sockets) this.#talkIn(sockets);
  }

  silence(): void {
    this.#talking = false;
  }

  leave(): void {
    for (const socket of this.#sockets.flat()) socket.destroy();
  }

  #talkIn(sockets: Socket[]): void {
    const { inFlight } = this.#scenario;
    const listeners = sockets.length - 1;
    let sent = 0;
    let arrived = 0;
    const next = (): void => {
      while (this.#talking && sent - Math.floor(arrived / listeners) < inFlight) sockets[sent++ % sockets.length]?.write(this.#frame);
    };
    for (const socket of sockets) {
      const count = frameCounter(socket, this.#arrivingBytes);
      socket.on('data', (chunk: Buffer) => {
        const whole = count(chunk);
        arrived += whole;
        this.delivered += whole;
        next();
      });
    }
    next();
  }
}

/** Counts the messages that begin in a chunk, all of `bytes` length, and answers pings, which browsers do by themselves. */
function frameCounter(socket: Socket, bytes: number): (chunk: Buffer) => number {
  let at = 0; // where the next frame begins, seen from the start of the chunk
  return (chunk) => {
    let messages = 0;
    while (at < chunk.length) {
      if (chunk[at] === ping) {
        socket.write(pong);
        at += 2;
      } else {
        messages++;
        at += bytes;
      }
    }
    at -= chunk.length;
    return messages;
  };
}

const ping = 0x89;
const pong = clientFrame(new Uint8Array(0));
pong[0] = 0x8a;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Messages delivered for each second of the server's CPU. */
async function measure(server: Server, scenario: Scenario): Promise<number> {
  const crowd = new Crowd(scenario, server);
  await crowd.enter(server);
  await sleep(50); // PEER+ and the like have gone by: bytes from here on are messages
  crowd.talk();
  await sleep(warmMs);
  const [before, deliveredBefore] = [await gaugesOf(server), crowd.delivered];
  await sleep(measureMs);
  const [after, deliveredAfter] = [await gaugesOf(server), crowd.delivered];
  crowd.silence();
  await sleep(50);
  crowd.leave();
  await sleep(50);
  return (deliveredAfter - deliveredBefore) / (after.cpuSeconds - before.cpuSeconds);
}

/** Bytes of memory for each idle member, in a fresh process. */
async function measureIdle(start: () => Promise<Server>, members: number): Promise<number> {
  const server = await start();
  const warm = new Crowd({ name: 'warm', members: 10, rooms: 20, inFlight: 1, frameBytes: 200 }, server);
  await warm.enter(server);
  const before = await gaugesOf(server);
  const crowd = new Crowd({ name: 'idle', members: 10, rooms: members / 10, inFlight: 0, frameBytes: 200 }, server);
  await crowd.enter(server);
  await sleep(500);
  const after = await gaugesOf(server);
  crowd.leave();
  warm.leave();
  server.stop();
  return (after.residentBytes - before.residentBytes) / members;
}

// ---------------------------------------------------------------- the table

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const written = (values: readonly number[], unit: number): string =>
  `${(median(values) / unit).toFixed(1)} (${(Math.min(...values) / unit).toFixed(1)}-${(Math.max(...values) / unit).toFixed(1)})`;

const scenarios: readonly Scenario[] = [
  { name: 'rooms of 2, 1 in flight', members: 2, rooms: 50, inFlight: 1, frameBytes: 200 },
  { name: 'rooms of 10, 1 in flight', members: 10, rooms: 10, inFlight: 1, frameBytes: 200 },
  { name: 'rooms of 10, 16 in flight', members: 10, rooms: 10, inFlight: 16, frameBytes: 200 },
  { name: 'rooms of 50, 4 in flight', members: 50, rooms: 2, inFlight: 4, frameBytes: 200 },
  { name: '64 KiB as 4 x 16 KiB, 8 pairs', members: 2, rooms: 8, inFlight: 16, frameBytes: 16_384 },
  { name: '64 KiB, bare ws as 1 x 64 KiB', members: 2, rooms: 8, inFlight: 4, frameBytes: 16_384, bareFrameBytes: 65_519 },
];

async function main(): Promise<void> {
  const [ours, bare] = [await startOurs(), await startBare()];
  console.log(
    `messages delivered for each second of server CPU, thousands: median (least-most) of ${rounds} alternating rounds; last two: MB`,
  );
  console.log('| what | relay | bare ws | relay / bare ws |\n|---|---|---|---|');
  for (const scenario of scenarios.filter(({ name }) => name.includes(wanted))) {
    const results: Record<string, number[]> = { ours: [], bare: [], ratio: [] };
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [ours, bare] : [bare, ours];
      const got = new Map<Server, number>();
      for (const server of order) {
        const bytes =
          scenario.frameBytes < 1000 ? 1 : server === bare ? (scenario.bareFrameBytes ?? scenario.frameBytes) : scenario.frameBytes;
        got.set(server, bytes * (await measure(server, scenario)));
      }
      results['ours']?.push(got.get(ours) as number);
      results['bare']?.push(got.get(bare) as number);
      results['ratio']?.push((got.get(ours) as number) / (got.get(bare) as number));
    }
    const unit = scenario.frameBytes < 1000 ? 1e3 : 1e6;
    console.log(
      `| ${scenario.name} | ${written(results['ours'] as number[], unit)} | ${written(results['bare'] as number[], unit)} | ${written(results['ratio'] as number[], 1)} |`,
    );
  }
  ours.stop();
  bare.stop();
  if (!'idle'.includes(wanted)) return;
  const idle: [number[], number[]] = [[], []];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    idle[0].push(await measureIdle(startOurs, idleMembers));
    idle[1].push(await measureIdle(startBare, idleMembers));
  }
  const ratios = idle[0].map((bytes, i) => bytes / (idle[1][i] as number));
  console.log(`| KiB an idle member (of ${idleMembers}) | ${written(idle[0], 1024)} | ${written(idle[1], 1024)} | ${written(ratios, 1)} |`);
}

await main();
