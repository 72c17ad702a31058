/**
 * The parts of a relay, made and joined: what `main.ts` starts as a program and tests start within their own process. One timer drives all
 * that is due: deadlines, heartbeats, grace, expiry, rates. Writes happen once per socket and turn of the event loop, after all
 * sockets that had something to say have been read: with many messages in flight that is the difference between a system call
 * for a message and one for dozens.
 */
import { randomBytes, randomFillSync } from 'node:crypto';
import type { Server } from 'node:http';
import { relayErrors } from '../shared/wire/relay.ts';
import { Admissions } from './admission.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Cluster } from './cluster/cluster.ts';
import { complaints } from './complaints.ts';
import { type Config, webFolder } from './config.ts';
import type { Connection, DirtyList, Hall } from './connection.ts';
import { keptSecret, openDataFolder } from './data-folder.ts';
import { Desk } from './desk.ts';
import { Gateway, type Lead } from './gateway.ts';
import { createListener, type Doors, listen } from './listener.ts';
import type { Log } from './log.ts';
import { type Counters, checkCounters, exposition, type Gauges, newCounters, type StateGauges } from './metrics.ts';
import { type OnionDoor, openOnionDoor } from './onion-door.ts';
import { Names, ownOrigins } from './origins.ts';
import { Pipes, relayKeyOf } from './pipe.ts';
import { Reception } from './reception.ts';
import { Rooms } from './rooms.ts';
import { nothingByState } from './tor/onward.ts';
import { TurnGrants } from './turn.ts';
import { verifyJoin } from './verify-join.ts';
import { noWebFiles, readWebFiles } from './web-files.ts';
import { Work } from './work.ts';

export interface Relay {
  readonly port: number;
  /** Its own origins; the first is the one to show. */
  readonly origins: readonly string[];
  readonly counters: Counters;
  gauges(): Gauges;
  /** The origin of its onion, once that can be reached. */
  onion(): string | null;
  /** Opens the door for the visitors of its onion; resolves to what tor is to connect to. */
  openOnionDoor(door: OnionDoor): Promise<string>;
  /** From now on people can come by the onion of this name. */
  acceptOnion(origin: string): void;
  /** The onion can be reached: it is shown, and named in invites. Null: no longer. */
  haveOnion(origin: string | null): void;
  /** Tells every member, lets sockets close, ends. Idempotent. */
  close(): Promise<void>;
}

const tickMs = 250;
const ticksPerSecond = 1000 / tickMs;

/** What the relay has of Tor besides its own onion. */
export interface Way {
  /** To other relays' onions; null where it is no gateway. */
  readonly lead: Lead | null;
  readonly byState: StateGauges;
  close(): Promise<void>;
}

/** Finds that way, with the relay's own numbers and clock. Throws `TorError`. */
export type FindWay = (relay: {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** The host of this relay's own onion, once it has one. */
  ownOnion(): string | null;
}) => Promise<Way>;

/** Starts a relay; a gateway needs `findWay`. Throws `RelayError`, and what `findWay` throws. */
export async function startRelay(config: Config, log: Log, clock: Clock = systemClock, findWay: FindWay | null = null): Promise<Relay> {
  const counters = newCounters();
  checkCounters(counters);
  const names = new Names();
  const rooms = new Rooms(config, clock);
  const cluster = await openCluster(config, rooms, clock, log, counters);
  const hall = makeHall(config, clock, rooms, cluster, counters);
  const { connections } = hall;
  const admissions = new Admissions(config, clock, counters.drops, cluster?.visitors);
  const complain = complaints(log, clock);
  const relayKey = relayKeyOf(relaySecret(config));
  const ownOnion = (): string | null => (names.onion === null ? null : new URL(names.onion).hostname);
  const way = findWay === null ? null : await findWay({ clock, log, counters, ownOnion });
  const lead = config.gateway ? (way?.lead ?? null) : null;
  const gateway = new Gateway(lead, config, clock, counters);
  const pipes = new Pipes(relayKey, hall.random, clock, counters);
  const reception = new Reception(hall, admissions, pipes, complain);
  const gauges = (): Gauges => ({ ...readGauges(hall, admissions, pipes, gateway), socketsOverOnion: reception.socketsOverOnion });
  const registry = exposition(counters, gauges, () => way?.byState ?? nothingByState);
  let isReady = true;

  const doors: Doors = {
    config,
    counters,
    files: config.webRoot === 'none' ? noWebFiles : readWebFiles(webFolder(config)),
    originsFor: (host) => names.forHost(host),
    isReady: () => isReady,
    // It still serves those who are here, so whoever spreads visitors should not take it out.
    readiness: () => (cluster !== null && !cluster.isUp ? 'ready, but alone: the engine of the cluster is gone' : 'ready'),
    metrics: () => registry.metrics(),
    welcomes: (pageOrigin) => {
      if (pageOrigin === undefined || names.has(pageOrigin) || config.fellows.includes(pageOrigin)) return true;
      complain('foreign-page');
      return false;
    },
    onion: () => names.onion,
    about: () =>
      JSON.stringify({
        origin: names.own.find((name) => !name.endsWith('.onion')) ?? null,
        fellows: config.fellows,
        onion: names.onion,
        relayKey: names.onion === null ? null : Buffer.from(relayKey.public).toString('base64url'),
        gateway: lead !== null,
      }),
    onVia: (request, socket, head, address) => gateway.take(request, socket, head, address),
    onSocket: reception.onSocket,
    onPipe: reception.onPipe,
  };

  await cluster?.start();
  const servers = Array.from({ length: config.host === 'localhost' ? 2 : 1 }, () => createListener(doors));
  const port = await listen(servers, config).catch(async (error) => {
    await Promise.all([...servers.map(stopListening), cluster?.close(), way?.close()]);
    throw error;
  });
  names.listensAs(ownOrigins(config, port));
  const openDoor = async (door: OnionDoor): Promise<string> => {
    const server = createListener(doors, false);
    servers.push(server);
    return await openOnionDoor(server, door);
  };

  const ticker = setInterval(tick(hall, admissions, pipes, gateway, log), tickMs);
  ticker.unref();

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    isReady = false;
    gateway.close();
    pipes.close();
    const closed = Promise.all(servers.map(stopListening));
    for (const connection of connections) connection.end(relayErrors.shutdown);
    const deadline = setTimeout(() => {
      for (const connection of connections) connection.drop();
      for (const server of servers) server.closeAllConnections();
    }, config.drainSeconds * 1000);
    await closed;
    clearTimeout(deadline);
    clearInterval(ticker);
    await cluster?.close();
    await way?.close();
  };
  return {
    port,
    origins: names.own,
    counters,
    gauges,
    onion: () => names.onion,
    openOnionDoor: openDoor,
    acceptOnion: (origin) => names.accept(origin),
    haveOnion: (origin) => names.haveOnion(origin),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Who this relay is at the end of pipes: for as long as its data folder, or for this run. */
function relaySecret(config: Config): Uint8Array {
  const make = (): Uint8Array => randomBytes(32);
  if (config.dataDir === '') return make();
  openDataFolder(config.dataDir);
  return keptSecret(config.dataDir, 'relay-key', make);
}

/** Loaded only where there is one. */
async function openCluster(config: Config, rooms: Rooms, clock: Clock, log: Log, counters: Counters): Promise<Cluster | null> {
  if (config.cluster === '') return null;
  const { Cluster } = await import('./cluster/cluster.ts');
  return new Cluster(config, rooms, clock, log, counters);
}

function makeHall(config: Config, clock: Clock, rooms: Rooms, cluster: Cluster | null, counters: Counters): Hall {
  const nonces = randomPool();
  return {
    clock,
    counters,
    limits: config,
    rooms,
    cluster,
    desk: new Desk(config, clock, rooms, nonces, counters),
    work: new Work(config),
    turn: new TurnGrants(config, clock),
    verifyJoin,
    random: nonces,
    dirty: flushOncePerTurn(),
    connections: new Set(),
    paused: new Set(),
  };
}

/**
 * `setImmediate` runs after all sockets that were readable have been read. A microtask would run after each of them and see one
 * socket's messages only; a timer of a millisecond would wait where there is nothing to wait for.
 */
function flushOncePerTurn(): DirtyList {
  let waiting: Connection[] = [];
  const flushAll = (): void => {
    const due = waiting;
    waiting = [];
    for (let i = 0; i < due.length; i++) due[i]!.flush();
  };
  return {
    push(connection) {
      if (waiting.push(connection) === 1) setImmediate(flushAll);
    },
  };
}

/** Random bytes, drawn many at a time: a call into the system for each nonce would cost more than the nonce. */
function randomPool(): (length: number) => Uint8Array {
  let pool = Buffer.alloc(0);
  let at = 0;
  return (length) => {
    if (at + length > pool.length) {
      pool = randomFillSync(Buffer.alloc(4096));
      at = 0;
    }
    at += length;
    return Uint8Array.from(pool.subarray(at - length, at));
  };
}

function tick(hall: Hall, admissions: Admissions, pipes: Pipes, gateway: Gateway, log: Log): () => void {
  let ticks = 0;
  return () => {
    for (const connection of hall.paused) connection.readOn();
    if (++ticks % ticksPerSecond !== 0) return;
    for (const connection of hall.connections) connection.tend();
    hall.rooms.sweep();
    hall.cluster?.sweep();
    hall.desk.sweep();
    admissions.sweep();
    pipes.sweep();
    gateway.sweep();
    const before = hall.work.bits;
    hall.work.secondPassed();
    if (hall.work.bits > before) log('work-raised', { bits: hall.work.bits });
    else if (hall.work.bits < before && hall.work.bits === 0) log('work-eased');
  };
}

function readGauges(hall: Hall, admissions: Admissions, pipes: Pipes, gateway: Gateway): Omit<Gauges, 'socketsOverOnion'> {
  const { rooms, seats, away, keptBytes } = hall.rooms.size;
  const { listings, visitors: knocking } = hall.desk.listings.size;
  const { open, visitors } = admissions.size;
  const { user, system } = process.cpuUsage();
  return {
    rooms,
    seats,
    away,
    codesOpen: hall.desk.mailboxes.size,
    listings,
    visitors: knocking,
    sockets: open,
    addresses: visitors,
    keptBytes,
    clusterProcesses: hall.cluster?.size.processes ?? 0,
    clusterWaitingBytes: hall.cluster?.size.waitingBytes ?? 0,
    waitingPipes: pipes.waiting,
    socketsOverGateways: pipes.open,
    gatewayStreams: gateway.streams,
    workBits: hall.work.bits,
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
  };
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
