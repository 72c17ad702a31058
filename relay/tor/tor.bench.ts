/**
 * `npm run bench:tor -- [CONNECTS] [ROOMS] [PART]`: what the pool of circuits is worth, on a private Tor network on loopback that is
 * started for the run. There is no distance in these figures: on the real network every one of the slow ones is a second or more longer,
 * and the gap wider.
 *
 * "Connect" is from the wish for a stream to the answer of the relay behind the onion to its WebSocket handshake, so that what raw SOCKS
 * and what the pool give is the same thing. A hit of the pool is followed by a ping to the far end, in the line after it: the stream that
 * was held ready does answer.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile, table } from '../../e2e/bench/statistics.ts';
import { TorNetwork } from '../../e2e/tornet/network.ts';
import { viaPath } from '../../shared/wire/relay.ts';
import { systemClock } from '../clock.ts';
import { configOf } from '../config.ts';
import { FarEnd } from '../far-end.ts';
import { type Relay, startRelay } from '../relay.ts';
import { newRoomKey, type RoomKey, TestClient } from '../testing/client.ts';
import { torPace } from './backoff.ts';
import { Isolation } from './isolation.ts';
import { Onward, onwardSocksFlags } from './onward.ts';
import { OwnTor } from './process.ts';
import { dialSocks } from './socks.ts';

const connects = Number(process.argv[2] ?? 100);
const rooms = Number(process.argv[3] ?? 50);
/** One part alone: connects, chat, messages, publishing, restarting, memory. */
const wanted = process.argv[4] ?? '';
const membersOfRoom = 4;
const homes = 5;
const arrivalsPerSecond = 2;
const roundTrips = 100;
const publications = 50;
const restarts = 20;
const memorySlots = 100;
const limitMs = 60_000;
/** Of one try of many: it may have begun when there was nothing to reach. */
const impatientMs = 5000;

const settings = {
  webRoot: 'none',
  host: '127.0.0.1',
  port: 0,
  drainSeconds: 1,
  connectionsPerAddress: 10_000,
  connectsPerSecondPerAddress: 1000,
};
const folder = mkdtempSync(join(tmpdir(), 'hushroom-bench-'));
const isolation = new Isolation();
let sessions = 0;
const freshKey = () => isolation.key({ destination: 'any', credential: 'bench', session: String(sessions++) }, 0);

const rows: string[][] = [['what', 'n', 'p50 ms', 'p95 ms', 'p99 ms', 'most ms']];
function report(what: string, values: readonly number[]): void {
  const figure = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  rows.push([what, String(values.length), ...[0.5, 0.95, 0.99, 1].map((part) => figure(quantile(values, part)))]);
  console.error(`${what}: ${rows.at(-1)!.slice(1).join(' ')}`);
}

async function timed<T>(act: () => Promise<T>): Promise<[ms: number, result: T]> {
  const from = performance.now();
  const result = await act();
  return [performance.now() - from, result];
}

const facts: string[] = [];
function state(fact: string): void {
  facts.push(fact);
  console.error(fact);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}

// ---------------------------------------------------------------- tors, relays, onions

const network = await TorNetwork.start({ clients: 1 });
const ends: (() => unknown)[] = [() => network.stop(), () => rmSync(folder, { recursive: true, force: true })];

/** Each end is the first: the pause of a second before a new start, which doubles where tor ends again soon, is in the figures once. */
const pace = { ...torPace, steadyMs: 0 };

async function startTor(name: string, more: () => readonly string[] = () => []): Promise<OwnTor> {
  const lines = () => [`%include ${network.view.memberFile}`, ...more()];
  const tor = await OwnTor.start({ folder: join(folder, name), program: 'tor', socksFlags: onwardSocksFlags, lines, pace });
  ends.push(() => tor.close());
  await until(() => tor.state.name === 'ready');
  return tor;
}

async function addOnion(tor: OwnTor, port: number): Promise<string> {
  const { lines } = await tor.control!.ask(`ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port=80,127.0.0.1:${port}`);
  return lines[0]!.text.split('=')[1] as string;
}

/** Resolves when the first descriptor of each is up. */
async function uploaded(tor: OwnTor, add: () => Promise<string[]>): Promise<string[]> {
  const up = new Set<string>();
  const stop = await tor.control!.listen(['HS_DESC'], ({ words }) => words[1] === 'UPLOADED' && up.add(words[2] as string));
  const names = await add();
  await until(() => names.every((name) => up.has(name)));
  await stop();
  return names.map((name) => `${name}.onion`);
}

/** A relay of ours at the end of a stream through `tor`, by a key of its own. */
async function connect(tor: OwnTor, onion: string, key = freshKey(), withinMs = limitMs): Promise<FarEnd> {
  return FarEnd.open(await dialSocks(tor.socks, onion, 80, key, withinMs), onion, 0, withinMs);
}

/** From the first try on, until the onion answers. */
async function reached(tor: OwnTor, onion: string): Promise<void> {
  for (;;) {
    const line = await connect(tor, onion, freshKey(), impatientMs).catch(() => null);
    if (line !== null) return line.destroy();
    await pause(50);
  }
}

const home = await startRelay(configOf(settings), () => {});
ends.push(() => home.close());
const host = await startTor('host');
const raw = await startTor('raw');
const [onion] = (await uploaded(host, async () => [await addOnion(host, home.port)])) as [string];
home.haveOnion(`http://${onion}`);
await reached(raw, onion);

// ---------------------------------------------------------------- connecting

async function cold(): Promise<void> {
  const took: number[] = [];
  while (took.length < connects) {
    const onions = await uploaded(host, () => Promise.all(Array.from({ length: 10 }, () => addOnion(host, home.port))));
    await pause(500); // the directories that were last to hear of them
    for (const each of onions) {
      const [ms, line] = await timed(() => connect(raw, each));
      took.push(ms);
      line.destroy();
    }
    for (const each of onions) await host.control!.ask(`DEL_ONION ${each.replace('.onion', '')}`);
  }
  report('raw SOCKS, cold: no descriptor, no circuit', took);
}

async function rawConnects(): Promise<number[]> {
  const fresh: number[] = [];
  const warm: number[] = [];
  for (let i = 0; i < connects; i++) {
    const key = freshKey();
    const [ms, line] = await timed(() => connect(raw, onion, key));
    line.destroy();
    const [again, other] = await timed(() => connect(raw, onion, key));
    other.destroy();
    fresh.push(ms);
    warm.push(again);
  }
  report('raw SOCKS, new key', fresh);
  report('raw SOCKS, the same key again: warm circuit', warm);
  return fresh;
}

async function pooled(onward: Onward): Promise<number[]> {
  const { circuits } = onward.pool;
  circuits.warm(onion, 'bench');
  const hits: number[] = [];
  const answers: number[] = [];
  const misses: number[] = [];
  while (hits.length < connects) {
    await until(() => circuits.slots.idle >= 2 && circuits.slots.making === 0);
    const [ms, line] = await timed(() => circuits.take(onion, 'bench'));
    const [answer] = await timed(() => line.probe(limitMs));
    hits.push(ms);
    answers.push(ms + answer);
    line.destroy();
  }
  report('pool, hit', hits);
  report('pool, hit, and an answer of the far end on it', answers);
  // What nobody held ready: the pool gives up all it has, and the next wish is a miss.
  while (misses.length < connects) {
    await until(() => circuits.slots.idle >= 2 && circuits.slots.making === 0);
    circuits.leave(0);
    const [ms, line] = await timed(() => circuits.take(onion, 'bench'));
    misses.push(ms);
    line.destroy();
  }
  report('pool, miss', misses);
  return answers;
}

// ---------------------------------------------------------------- talking

interface Home {
  readonly relay: Relay;
  readonly onion: string;
  readonly relayKey: Uint8Array;
}

async function startHomes(): Promise<Home[]> {
  const relays = await Promise.all(Array.from({ length: homes }, () => startRelay(configOf(settings), () => {})));
  const onions = await uploaded(host, () => Promise.all(relays.map(({ port }) => addOnion(host, port))));
  return Promise.all(
    relays.map(async (relay, i) => {
      ends.push(() => relay.close());
      relay.haveOnion(`http://${onions[i]}`);
      const said = (await (await fetch(`http://127.0.0.1:${relay.port}/relay.json`)).json()) as { relayKey: string };
      return { relay, onion: onions[i] as string, relayKey: Buffer.from(said.relayKey, 'base64url') };
    }),
  );
}

let visitors = 0;
async function enter(gateway: Relay, at: Home, room: RoomKey): Promise<TestClient> {
  const visitor = visitors++;
  const client = new TestClient(gateway.port, undefined, `http://${at.onion}`, {
    url: `ws://127.0.0.1:${gateway.port}${viaPath}${at.onion}`,
    relayKey: at.relayKey,
    headers: { 'X-Forwarded-For': `10.${visitor >> 16}.${(visitor >> 8) & 255}.${visitor & 255}` },
  });
  ends.push(() => client.ws.terminate());
  await client.join(room);
  await client.next('joined');
  return client;
}

/** People come one after another, at random, to rooms at several onions; they say something, and every third leaves and comes back. */
async function chat(gateway: Relay): Promise<void> {
  const places = (await startHomes()).map((at) => ({ at }));
  const script = Array.from({ length: rooms }, (_, i) => ({ room: newRoomKey(), at: places[i % homes]!.at }));
  const arrivals = script.flatMap((each) => Array.from({ length: membersOfRoom }, () => each)).sort(() => Math.random() - 0.5);
  const before = { ...gateway.counters };
  const joins: number[] = [];
  const coming: Promise<void>[] = [];
  const come = async ({ at, room }: { at: Home; room: RoomKey }, comesBack: boolean): Promise<void> => {
    const [ms, client] = await timed(() => enter(gateway, at, room));
    joins.push(ms);
    client.send(null, Buffer.alloc(256));
    if (!comesBack) return;
    await pause(2000);
    await client.close();
    joins.push((await timed(() => enter(gateway, at, room)))[0]);
  };
  for (const [i, arrival] of arrivals.entries()) {
    coming.push(come(arrival, i % 3 === 0));
    await pause((-Math.log(1 - Math.random()) * 1000) / arrivalsPerSecond);
  }
  await Promise.all(coming);
  report(`joining: page, gateway, onion (${rooms} rooms at ${homes} onions)`, joins);
  const hits = gateway.counters.torPoolHits - before.torPoolHits;
  const misses = gateway.counters.torPoolMisses - before.torPoolMisses;
  state(`pool hit rate in that chat: ${((100 * hits) / (hits + misses)).toFixed(1)} % (${hits} of ${hits + misses} streams)`);
}

async function messages(gateway: Relay): Promise<void> {
  const said = (await (await fetch(`http://127.0.0.1:${home.port}/relay.json`)).json()) as { relayKey: string };
  const at: Home = { relay: home, onion, relayKey: Buffer.from(said.relayKey, 'base64url') };
  const room = newRoomKey();
  const [one, two] = [await enter(gateway, at, room), await enter(gateway, at, room)];
  const took: number[] = [];
  for (let i = 0; i < roundTrips; i++) {
    const [ms] = await timed(async () => {
      one.send(null, Buffer.alloc(256));
      await two.next('received');
      two.send(null, Buffer.alloc(256));
      await one.next('received');
    });
    took.push(ms);
  }
  report('message there and back, both by gateway: 4 x onion', took);
}

// ---------------------------------------------------------------- publishing, restarting, memory

async function publishing(): Promise<void> {
  const took: number[] = [];
  for (let i = 0; i < publications; i++) {
    const [ms, name] = await timed(async () => {
      const added = await addOnion(host, home.port);
      await reached(raw, `${added}.onion`);
      return added;
    });
    took.push(ms);
    await host.control!.ask(`DEL_ONION ${name}`);
  }
  report('ADD_ONION to reachable', took);
}

async function restarting(): Promise<void> {
  const dir = join(folder, 'service');
  const tor = await startTor('restarted', () => [`HiddenServiceDir ${dir}`, `HiddenServicePort 80 127.0.0.1:${home.port}`]);
  const name = readFileSync(join(dir, 'hostname'), 'utf8').trim();
  await reached(raw, name);
  const took: number[] = [];
  for (let i = 0; i < restarts; i++) {
    const [ms] = await timed(async () => {
      process.kill(tor.pid as number, 'SIGKILL');
      await until(() => tor.state.name !== 'ready');
      await reached(raw, name);
    });
    took.push(ms);
  }
  report('kill -9 of the onion’s tor to reachable', took);
}

async function memory(): Promise<void> {
  const tor = await startTor('memory');
  const residentMb = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${tor.pid}/status`, 'utf8'))![1]) / 1024;
  const idle = residentMb();
  const lines = await Promise.all(Array.from({ length: memorySlots }, () => connect(tor, onion)));
  await Promise.all(lines.map((line) => line.probe(limitMs)));
  state(`memory of one tor: ${idle.toFixed(0)} MB idle, ${residentMb().toFixed(0)} MB with ${memorySlots} isolated streams in use`);
  for (const line of lines) line.destroy();
}

// ---------------------------------------------------------------- the run

let onward!: Onward;
const gateway = await startRelay(
  configOf({ ...settings, gateway: true, gatewayStreams: 10_000, proxies: 'loopback' }),
  () => {},
  systemClock,
  async (relay) => {
    onward = await Onward.start({
      ...relay,
      settings: configOf({ torRotateSeconds: 600 }),
      startTor: (index) => startTor(`pool-${index}`),
      ownOnion: () => onion,
    });
    return onward;
  },
);
ends.push(() => gateway.close());
await until(() => onward.pool.daemons[0]?.latencyMs !== null);

async function connecting(): Promise<void> {
  await cold();
  const fresh = await rawConnects();
  const hits = await pooled(onward);
  const times = quantile(fresh, 0.5) / quantile(hits, 0.5);
  state(`a hit, with an answer on it, is ${times.toFixed(0)} times quicker at the median than raw SOCKS with a new key`);
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  connects: connecting,
  chat: () => chat(gateway),
  messages: () => messages(gateway),
  publishing,
  restarting,
  memory,
};
for (const [name, part] of Object.entries(parts)) if (name.includes(wanted)) await part();
state(`circuits seen with two keys: ${gateway.counters.torCircuitsShared}`);
console.log(`${table(rows)}\n\n${facts.map((fact) => `- ${fact}`).join('\n')}`);

for (const end of ends.reverse()) await end();
process.exit(0);
