/**
 * The last day in figures for the charts: one sample every ten seconds for an hour, one every two minutes for a day, in rings of fixed
 * size. Rates come from differences of counters; no sample knows anything but sums.
 */
import type { Counters, Gauges } from '../metrics.ts';
import type { Sample } from './api-shapes.ts';

export interface Reading {
  readonly counters: Counters;
  readonly gauges: Gauges;
}

const fineMs = 10_000;
const coarseMs = 120_000;
const fineSamples = 360;
const coarseSamples = 720;

interface Sums {
  readonly at: number;
  readonly messages: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly refused: number;
}

export class History {
  readonly #fine: Sample[] = [];
  readonly #coarse: Sample[] = [];
  #lastFine: Sums | null = null;
  #lastCoarse: Sums | null = null;

  /** Takes a sample where one is due; returns it. */
  read(reading: Reading, at: number): Sample | null {
    const sums = sumsOf(reading.counters, at);
    if (this.#lastCoarse === null || at - this.#lastCoarse.at >= coarseMs) {
      if (this.#lastCoarse !== null) push(this.#coarse, sample(this.#lastCoarse, sums, reading), coarseSamples);
      this.#lastCoarse = sums;
    }
    if (this.#lastFine !== null && at - this.#lastFine.at < fineMs) return null;
    const taken = this.#lastFine === null ? null : sample(this.#lastFine, sums, reading);
    this.#lastFine = sums;
    if (taken !== null) push(this.#fine, taken, fineSamples);
    return taken;
  }

  hour(): readonly Sample[] {
    return this.#fine;
  }

  day(): readonly Sample[] {
    return this.#coarse;
  }
}

function sumsOf({ messagesIn, bytesIn, bytesOut, refusals }: Counters, at: number): Sums {
  return { at, messages: messagesIn, bytesIn, bytesOut, refused: Object.values(refusals).reduce((sum, count) => sum + count, 0) };
}

function sample(before: Sums, now: Sums, { gauges }: Reading): Sample {
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const rate = (name: 'messages' | 'bytesIn' | 'bytesOut' | 'refused'): number =>
    Math.round(((now[name] - before[name]) / seconds) * 10) / 10;
  return {
    at: now.at,
    rooms: gauges.rooms,
    members: gauges.seats,
    messagesPerSecond: rate('messages'),
    bytesInPerSecond: rate('bytesIn'),
    bytesOutPerSecond: rate('bytesOut'),
    refusedPerSecond: rate('refused'),
    overGateways: gauges.socketsOverGateways,
    // Those who came through a gateway came over the onion, and pipes that wait are nobody yet.
    overOnion: Math.max(0, gauges.socketsOverOnion - gauges.socketsOverGateways - gauges.waitingPipes),
    overClearnet: gauges.sockets - gauges.socketsOverOnion,
    takenOnward: gauges.gatewayStreams,
  };
}

function push(ring: Sample[], one: Sample, most: number): void {
  ring.push(one);
  if (ring.length > most) ring.shift();
}
