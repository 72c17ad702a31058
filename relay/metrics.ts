/**
 * What an operator may know: counts, never who or which room. All counters are plain numbers that the code raises where it
 * acts, at the price of an addition; the exposition reads them when asked. The tables below are the list that
 * `docs/operating.md` explains, and `checkCounters` holds them complete before the relay starts.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type RelayErrorCode, relayErrors } from '../shared/wire/relay.ts';
import { type TorTrouble, torTroubles } from './tor/errors.ts';

/** Why something was dropped without an ERR to the one who caused it. */
export const dropReasons = {
  nobody: 'SENDs to an instance without a seat in the room',
  resume: 'RECVs that a page lost because its resume queue had let go of them (told by GAP)',
  connections: 'sockets refused because the relay has all it may have',
  connectionsOfAddress: 'sockets refused because their address has all it may have',
  connectsOfAddress: 'sockets refused because their address opened too many in a short time',
  errandsOfAddress: 'callers refused because their address asked for too much in a short time',
  errand: 'SENDs of callers to nobody they have met, or beyond what an errand takes',
  badUpgrade: 'WebSocket handshakes refused: wrong path, subprotocol or header',
  badRequest: 'HTTP requests refused: malformed, too slow or too large',
  badHello: 'pipes closed because their hello was not made for this relay',
  engine: 'messages of the cluster’s engine that no process of a cluster writes',
  waitingPipes: 'pipes closed before their hello: silent for a minute, or the oldest of too many',
} as const;

export type DropReason = keyof typeof dropReasons;

const plainCounters = {
  connects: 'sockets opened',
  joins: 'JOINs accepted',
  resumes: 'JOINs that took an existing seat again',
  messagesIn: 'messages from pages',
  bytesIn: 'bytes of messages from pages',
  messagesOut: 'messages to pages',
  bytesOut: 'bytes to pages, WebSocket headers included',
  writes: 'writes to sockets: messagesOut / writes is what batching saves',
  pauses: 'times that a sender was not read for a while, being over its rate or sending bulk to a full queue',
  halfOpen: 'sockets given up because they did not answer a ping',
  joinTimeouts: 'sockets closed because they did not join in time',
  brokenSockets: 'sockets that broke the WebSocket protocol itself',
  requests: 'HTTP requests',
  codes: 'spoken codes made',
  claims: 'spoken codes claimed',
  listingsPublished: 'times that a room was put into the list, or its words there changed',
  knocks: 'knocks at listed rooms',
  pipes: 'pages that came through a gateway',
  gatewayOpened: 'streams that this gateway opened for pages',
  gatewayBytes: 'bytes that it copied, both ways',
  clusterBatches: 'times that what was said was handed to the cluster’s engine',
  clusterEntries: 'messages in them: clusterEntries / clusterBatches is what batching saves',
  torPoolHits: 'streams to onions that stood ready when they were needed',
  torPoolMisses: 'streams to onions that had to be made first',
  torStreamsOpened: 'streams to onions that were made, ahead of need or for it',
  torStreamsFailed: 'streams to onions that could not be made',
  torStreamsDead: 'streams held ready that turned out dead, or closed',
  torCircuitsBuilt: 'circuits that tor built',
  torCircuitsFailed: 'circuits that tor could not build',
  torStreams: 'streams that tor was asked for',
  torCircuitsShared: 'circuits seen to carry streams of two isolation keys: never, or isolation is broken',
  torRestarts: 'daemons that were ready and had to start again',
  torStarts: 'times that the first tor was started again after it had ended',
  torBridgeUses: 'times that tor was given bridges because it did not get on without',
  onionProbes: 'visits to the own onion through the Tor network',
  onionProbesFailed: 'those that did not come back',
  torNewnyms: 'times that a daemon took to new circuits for everything',
} as const;

/** How long things took, in seconds. */
const timings = {
  torCircuitBuild: 'from asking tor for a circuit to having it',
  torStreamOpen: 'from asking for a stream to an onion to a relay’s answer on it',
  torWait: 'that a page waited for its stream: 0 where one stood ready',
  torAnswer: 'for a far end to answer on a stream held ready',
  torProbe: 'for a visit to this relay’s own onion',
} as const;
const timingBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30];

export type Counters = Record<keyof typeof plainCounters, number> & {
  readonly drops: Record<DropReason, number>;
  /** By code of `relayErrors`: ERRs sent, or would have been sent had the socket taken one. */
  readonly refusals: Record<RelayErrorCode, number>;
  /** By code of `torTroubles`. */
  readonly torTroubles: Record<TorTrouble, number>;
  /** What is so now, told by those who know. */
  readonly levels: Record<keyof typeof levels, number>;
  readonly seconds: Record<keyof typeof timings, Histogram>;
};

/** Gauges that are set where they change. */
const levels = {
  torBootstrapPercent: 'how far tor is with connecting; 100: ready',
  onionReachable: '1 while visits to the own onion come back',
  clusterUp: '1 while this process and its cluster’s engine hear of each other',
} as const;

/** The same by state. */
export const stateGauges = {
  torSlots: 'streams to onions: being made, held ready, held until a younger one stands, in use',
  torDaemons: 'daemons: of the pool, or the one that carries the onion',
} as const;

export type StateGauges = Record<keyof typeof stateGauges, Readonly<Record<string, number>>>;

/** What is so now, read when asked. */
export const gauges = {
  rooms: 'rooms with at least one seat',
  seats: 'seats, present and away',
  away: 'seats without a socket',
  codesOpen: 'spoken codes that wait to be used',
  listings: 'rooms in the list',
  visitors: 'visitors before doors',
  sockets: 'open sockets',
  socketsOverOnion: 'open sockets of visitors of the onion',
  socketsOverGateways: 'open sockets of pages that came through a gateway',
  addresses: 'addresses seen lately, as ids of a day',
  keptBytes: 'bytes held for resuming',
  waitingPipes: 'pipes that gateways hold open ahead of need',
  clusterProcesses: 'processes of the cluster that live, this one included; 0 without a cluster, or without its engine',
  clusterWaitingBytes: 'bytes of messages that wait for the engine to take them',
  gatewayStreams: 'pages that this gateway takes to onions now',
  workBits: 'proof of work that a join must bring now',
  residentBytes: 'memory of the process',
  cpuSeconds: 'CPU time of the process',
} as const;

export type Gauges = Record<keyof typeof gauges, number>;

const zeros = <K extends string | number>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

export function newCounters(): Counters {
  return {
    ...zeros(Object.keys(plainCounters) as (keyof typeof plainCounters)[]),
    drops: zeros(Object.keys(dropReasons) as DropReason[]),
    refusals: zeros(Object.values(relayErrors)),
    torTroubles: zeros(Object.keys(torTroubles) as TorTrouble[]),
    levels: zeros(Object.keys(levels) as (keyof typeof levels)[]),
    seconds: newTimings(),
  };
}

function newTimings(): Counters['seconds'] {
  const made = Object.entries(timings).map(([name, what]) => [
    name,
    new Histogram({ name: `hushroom_${snake(name)}_seconds`, help: `seconds ${what}`, buckets: timingBuckets, registers: [] }),
  ]);
  return Object.fromEntries(made) as Counters['seconds'];
}

/** Every reason has its counter: an increment of a missing one would be NaN for ever and nobody would see. */
export function checkCounters(counters: Counters): void {
  const wanted: [string, Record<string, number>][] = [
    ...Object.keys(dropReasons).map((reason): [string, Record<string, number>] => [reason, counters.drops]),
    ...Object.values(relayErrors).map((code): [string, Record<string, number>] => [String(code), counters.refusals]),
  ];
  for (const [key, table] of wanted) if (!Number.isInteger(table[key])) throw new TypeError(`no counter for ${key}`);
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Names of everything exposed, as `docs/operating.md` lists them. */
export const metricNames: readonly string[] = [
  ...Object.keys(plainCounters).map((name) => `hushroom_${snake(name)}_total`),
  'hushroom_drops_total',
  'hushroom_refusals_total',
  'hushroom_tor_troubles_total',
  ...Object.keys(timings).map((name) => `hushroom_${snake(name)}_seconds`),
  ...Object.keys(gauges).map((name) => `hushroom_${snake(name)}`),
  ...Object.keys(levels).map((name) => `hushroom_${snake(name)}`),
  ...Object.keys(stateGauges).map((name) => `hushroom_${snake(name)}`),
];

/** Collectors that read `counters` and `now` at the time of a scrape. */
export function exposition(counters: Counters, now: () => Gauges, byState: () => StateGauges): Registry {
  const registry = new Registry();
  const registers = [registry];
  for (const [name, help] of Object.entries(plainCounters)) {
    const key = name as keyof typeof plainCounters;
    new Counter({
      name: `hushroom_${snake(name)}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(counters[key]);
      },
    });
  }
  labelled(registers, 'hushroom_drops_total', 'reason', 'dropped, by reason', () => byName(Object.entries(counters.drops)));
  labelled(registers, 'hushroom_refusals_total', 'code', 'connections refused or ended, by ERR code', () => refusalsByName(counters));
  labelled(registers, 'hushroom_tor_troubles_total', 'trouble', 'troubles with tor', () => Object.entries(counters.torTroubles));
  for (const timing of Object.values(counters.seconds)) registry.registerMetric(timing);
  for (const [name, help] of Object.entries(stateGauges)) {
    const key = name as keyof typeof stateGauges;
    new Gauge({
      name: `hushroom_${snake(name)}`,
      help,
      registers,
      labelNames: ['state'],
      collect() {
        for (const [state, count] of Object.entries(byState()[key])) this.set({ state }, count);
      },
    });
  }
  for (const [name, help] of Object.entries(levels)) {
    const key = name as keyof typeof levels;
    new Gauge({
      name: `hushroom_${snake(name)}`,
      help,
      registers,
      collect() {
        this.set(counters.levels[key]);
      },
    });
  }
  for (const [name, help] of Object.entries(gauges)) {
    const key = name as keyof typeof gauges;
    new Gauge({
      name: `hushroom_${snake(name)}`,
      help,
      registers,
      collect() {
        this.set(now()[key]);
      },
    });
  }
  return registry;
}

/** camelCase keys as label values: connectsOfAddress -> connects-of-address. */
export const labelOf = (name: string): string => snake(name).replaceAll('_', '-');

function byName(entries: [string, number][]): [string, number][] {
  return entries.map(([name, count]) => [labelOf(name), count]);
}

function refusalsByName(counters: Counters): [string, number][] {
  return byName(Object.entries(relayErrors).map(([name, code]) => [name, counters.refusals[code]]));
}

function labelled(registers: Registry[], name: string, label: string, help: string, read: () => [string, number][]): void {
  new Counter({
    name,
    help,
    registers,
    labelNames: [label],
    collect() {
      this.reset();
      for (const [value, count] of read()) this.inc({ [label]: value }, count);
    },
  });
}
