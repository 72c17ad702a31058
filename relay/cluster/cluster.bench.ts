/**
 * `node relay/cluster/cluster.bench.ts [ROUNDS]`: a relay alone, and as 1, 2 and 4 processes over a redis-server of its own, beside the
 * bare engine (publish and subscribe by the same client, one message a command), in one run; rounds alternate. Ten rooms of four members,
 * spread over the processes, 200-byte frames; all that is said carries its time, so that latency is seen where it is read. Once as fast as
 * messages come back (eight on their way in each room), once at a steady pace.
 *
 * CPU is that of all processes of a relay and of the engine, the load generator's aside. On a machine with two cores four processes, the
 * engine and the generator share those: what more processes cost shows there, and what they gain does not.
 *
 * The last run is in docs/operating.md "Several processes".
 */
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createClient } from '@redis/client';
import { WebSocket } from 'ws';
import { encodeSend, relayPath, relaySubprotocol } from '../../shared/wire/relay.ts';
import { newRoomKey, type RoomKey, signedJoin } from '../testing/client.ts';
import { TestRedis } from '../testing/redis.ts';
import { RelayProcess } from '../testing/relay-process.ts';

const rounds = Number(process.argv[2] ?? 3);
const measureMs = 1500;
const warmMs = 400;
const roomsInAll = 10;
const membersInRoom = 4;
const inFlight = 8;
const pacedPerSecond = 500;
const frameBytes = 200;

interface Contender {
  readonly name: string;
  /** A room that talks: what its members say is told to `said` as it arrives, once for each who hears it. */
  open(heard: (sentAt: number) => void): Promise<Talk>;
  cpuSeconds(): number;
  /** How many hear what one says. */
  readonly listeners: number;
  stop(): Promise<void>;
}

interface Talk {
  say(): void;
  close(): void;
}

const built = fileURLToPath(new URL('../../dist/relay/main.js', import.meta.url));
const freely = [
  ...['--connections-per-address=100000', '--connects-per-second-per-address=100000', '--frames-per-second=1000000'],
  ...[`--bytes-per-second=${10_000 * 1024 * 1024}`, '--joins-per-second=1000000', '--log-level=info'],
];

// ---------------------------------------------------------------- who is measured

async function relays(name: string, count: number, redis: TestRedis | null): Promise<Contender> {
  const flags = redis === null ? freely : [...freely, `--cluster=${redis.url}`, '--cluster-secret=of sixteen letters', '--listing=no'];
  const processes: RelayProcess[] = [];
  while (processes.length < count) processes.push(await (existsSync(built) ? RelayProcess.start(flags, built) : RelayProcess.start(flags)));
  let rooms = 0;
  return {
    name,
    listeners: membersInRoom - 1,
    open: async (heard) => await openRoom(processes, rooms++, heard),
    cpuSeconds: () =>
      [...processes.map(({ pid }) => pid), ...(redis === null ? [] : [redis.pid])].reduce((sum, pid) => sum + cpuOf(pid), 0),
    stop: async () => {
      for (const relay of processes) await relay.kill();
    },
  };
}

async function openRoom(processes: readonly RelayProcess[], offset: number, heard: (sentAt: number) => void): Promise<Talk> {
  const room = newRoomKey();
  const sockets: WebSocket[] = [];
  for (let i = 0; i < membersInRoom; i++)
    sockets.push(await member((processes[(offset + i) % processes.length] as RelayProcess).port, room, heard));
  let next = 0;
  return {
    say: () => sockets[next++ % membersInRoom]?.send(encodeSend(null, stamped())),
    close: () => {
      for (const socket of sockets) socket.close(1000);
    },
  };
}

async function member(port: number, room: RoomKey, heard: (sentAt: number) => void): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${relayPath}`, relaySubprotocol);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      if (data[0] === 2) socket.send(signedJoin(room, `http://127.0.0.1:${port}`, data.subarray(2, 34), data[34] as number));
      else if (data[0] === 4) resolve();
      else if (data[0] === 8) heard(data.readDoubleBE(17));
    });
  });
  return socket;
}

/** What the engine does when nothing is built on it. */
async function bareEngine(redis: TestRedis): Promise<Contender> {
  const [ask, hear] = [createClient({ url: redis.url }), createClient({ url: redis.url })];
  await Promise.all([ask.connect(), hear.connect()]);
  let rooms = 0;
  return {
    name: 'bare engine, publish and subscribe',
    listeners: 1,
    open: async (heard) => {
      const channel = `bare:${rooms++}`;
      await hear.subscribe(channel, (message: Buffer) => heard(message.readDoubleBE(0)), true);
      return { say: () => void ask.publish(channel, stamped()), close: () => void hear.unsubscribe(channel) };
    },
    cpuSeconds: () => cpuOf(redis.pid),
    stop: async () => {
      ask.destroy();
      hear.destroy();
    },
  };
}

function stamped(): Buffer {
  const frame = Buffer.alloc(frameBytes);
  frame.writeDoubleBE(performance.now());
  return frame;
}

/** User and system time, in ticks of 10 ms (proc(5)). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// ---------------------------------------------------------------- measuring

interface Result {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of CPU for a message said. */
  readonly cpu: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(contender: Contender, isPaced: boolean): Promise<Result> {
  let latencies: number[] = [];
  let isTalking = true;
  const talks: Talk[] = [];
  for (let i = 0; i < roomsInAll; i++) {
    let arrived = 0;
    const talk = await contender.open((sentAt) => {
      latencies.push(performance.now() - sentAt);
      if (!isPaced && isTalking && ++arrived % contender.listeners === 0) talk.say();
    });
    talks.push(talk);
  }
  await sleep(100);
  let next = 0;
  const startedAt = performance.now();
  const pace = setInterval(() => {
    while (isPaced && next < ((performance.now() - startedAt) / 1000) * pacedPerSecond) talks[next++ % roomsInAll]?.say();
  }, 2);
  if (!isPaced) for (const talk of talks) for (let i = 0; i < inFlight; i++) talk.say();
  await sleep(warmMs);
  latencies = [];
  const [cpu, from] = [contender.cpuSeconds(), performance.now()];
  await sleep(measureMs);
  const [spent, seconds, heard] = [contender.cpuSeconds() - cpu, (performance.now() - from) / 1000, latencies];
  isTalking = false;
  clearInterval(pace);
  await sleep(100);
  for (const talk of talks) talk.close();
  await sleep(50);
  const sorted = heard.toSorted((a, b) => a - b);
  const said = sorted.length / contender.listeners;
  return { perSecond: said / seconds, p50: at(sorted, 0.5), p99: at(sorted, 0.99), cpu: (spent / said) * 1e6 };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${at(sorted, 0.5).toFixed(digits)} (${at(sorted, 0).toFixed(digits)}-${at(sorted, 1).toFixed(digits)})`;
}

async function main(): Promise<void> {
  const redis = await TestRedis.start();
  const contenders = [
    await relays('one process, no cluster', 1, null),
    await relays('cluster of 1', 1, redis),
    await relays('cluster of 2', 2, redis),
    await relays('cluster of 4', 4, redis),
    await bareEngine(redis),
  ];
  console.log(
    `rooms of ${membersInRoom}, ${roomsInAll} of them, ${frameBytes} bytes; median (least-most) of ${rounds} rounds; load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const isPaced of [false, true]) {
    const results = new Map(contenders.map((contender) => [contender, [] as Result[]]));
    for (let round = 0; round < rounds; round++)
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed())
        results.get(contender)?.push(await measure(contender, isPaced));
    console.log(
      `\n| ${isPaced ? `${pacedPerSecond} messages a second` : `${inFlight} on their way in each room`} | messages/s | p50 ms | p99 ms | CPU us a message |\n|---|---|---|---|---|`,
    );
    for (const [{ name }, some] of results)
      console.log(
        `| ${name} | ${spread(
          some.map(({ perSecond }) => perSecond),
          0,
        )} | ${spread(
          some.map(({ p50 }) => p50),
          2,
        )} | ${spread(
          some.map(({ p99 }) => p99),
          2,
        )} | ${spread(
          some.map(({ cpu }) => cpu),
          0,
        )} |`,
      );
  }
  for (const contender of contenders) await contender.stop();
  await redis.stop();
}

await main();
