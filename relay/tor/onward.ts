/**
 * The relay's way onward: from a gateway's visitor through the pool of daemons and circuits to another relay's onion. The parts are joined here, told
 * the time, and watched; each event becomes a number or a line of the log, with destinations as keyed hashes.
 */
import type { Clock } from '../clock.ts';
import { FarEnd } from '../far-end.ts';
import type { Lead } from '../gateway.ts';
import type { Log } from '../log.ts';
import type { Counters, StateGauges } from '../metrics.ts';
import type { SlotState } from './circuits.ts';
import type { Control } from './control.ts';
import { Isolation, type IsolationLevel } from './isolation.ts';
import { type DaemonState, daemonStates, type PoolEvents, type PooledTor, TorPool } from './pool.ts';
import { dialSocks } from './socks.ts';
import { Sounding } from './sounding.ts';
import type { Tor } from './tor.ts';
import { Watch, type Watched } from './watch.ts';

/** What a SocksPort of the pool must have: keys apart, circuits kept for as long as they are used, and no way to the clearnet or its names. */
export const onwardSocksFlags: readonly string[] = ['IsolateSOCKSAuth', 'KeepAliveIsolateSOCKSAuth', 'OnionTrafficOnly'];

export interface OnwardSettings {
  readonly torDaemons: number;
  readonly torIsolation: readonly IsolationLevel[];
  readonly torIdleSlots: number;
  readonly torRotateSeconds: number;
  readonly torExits: boolean;
  /** Whether the relay has an onion of its own, which its daemons are judged by; else they get one for that. */
  readonly onion: boolean;
  readonly onionEphemeral: boolean;
}

export interface OnwardDoors {
  readonly settings: OnwardSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** Starts, or finds, the daemon of this place; its SocksPort has `onwardSocksFlags`. */
  startTor(index: number): Promise<PooledTor>;
  /** The host of this relay's own onion, once it can be reached. */
  ownOnion(): string | null;
}

/** The one port of relays behind onions. */
const onionPort = 80;
const streamMs = 20_000;
const answerMs = 15_000;
const tickMs = 1000;

export class Onward {
  readonly pool: TorPool;
  readonly lead: Lead;
  readonly #sounding: Sounding | null;
  readonly #ticker: NodeJS.Timeout;

  private constructor(pool: TorPool, lead: Lead, sounding: Sounding | null) {
    this.pool = pool;
    this.lead = lead;
    this.#sounding = sounding;
    this.#ticker = setInterval(() => pool.tick(), tickMs);
    this.#ticker.unref();
  }

  /** Starts the daemons; they bootstrap meanwhile. Throws `TorError` where a person has to change something first. */
  static async start({ settings, clock, log, counters, startTor, ownOnion }: OnwardDoors): Promise<Onward> {
    const isolation = new Isolation(settings.torIsolation);
    const limits = { idleInAll: settings.torIdleSlots, rotateMs: settings.torRotateSeconds * 1000 };
    const sounding = settings.onion || settings.onionEphemeral ? null : await Sounding.open();
    const events = countedBy(counters, clock, log);
    const pool = new TorPool(
      {
        start: startTor,
        dial: (socks, destination, key) => dialSocks(socks, destination, onionPort, key, streamMs),
        line: (socket, destination, daemon) => FarEnd.open(socket, destination, daemon, answerMs),
        dialOut: settings.torExits ? (socks, host, port, key) => dialSocks(socks, host, port, key, streamMs) : null,
        ownOnion: () => ownOnion() ?? sounding?.host ?? null,
      },
      isolation,
      limits,
      clock,
      {
        ...events,
        control: (control, index) => {
          events.control(control, index);
          // Where that fails the connection breaks, and the next one brings another onion.
          if (index === 0) void sounding?.publish(control).catch(() => {});
        },
      },
    );
    const lead: Lead = async (onion, visitor) => {
      try {
        return (await pool.circuits.take(onion, visitor)).hand();
      } catch (error) {
        log('no-way', { destination: isolation.tag(onion) });
        throw error;
      }
    };
    const onward = new Onward(pool, lead, sounding);
    await pool.scale(settings.torDaemons).catch(async (error: unknown) => {
      await onward.close();
      throw error;
    });
    return onward;
  }

  /** For the gauges. */
  get byState(): StateGauges {
    return { torSlots: this.pool.circuits.slots, torDaemons: countOf(this.pool.daemons.map(({ state }) => state)) };
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    this.#sounding?.close();
    await this.pool.close();
  }
}

/** The same where there is no pool. */
export const nothingByState: StateGauges = {
  torSlots: { making: 0, idle: 0, retiring: 0, taken: 0 } satisfies Record<SlotState, number>,
  torDaemons: countOf([]),
};

/** Of a relay with one tor, for its onion or its alerts, which takes nobody onward. */
export function notOnward(tor: Tor): { readonly lead: null; readonly byState: StateGauges; close(): Promise<void> } {
  return {
    lead: null,
    get byState() {
      return { ...nothingByState, torDaemons: countOf([tor.state.name]) };
    },
    close: async () => {},
  };
}

function countOf(states: readonly DaemonState[]): Record<DaemonState, number> {
  const counts = Object.fromEntries(daemonStates.map((state) => [state, 0])) as Record<DaemonState, number>;
  for (const state of states) counts[state]++;
  return counts;
}

/**
 * Counts the circuits and streams of a tor, and sees to it that no two keys share one. Where the connection breaks at once, another comes,
 * and with it another watch.
 */
export function watchTor(control: Control, counters: Counters, clock: Clock, log: Log): void {
  const { seconds } = counters;
  const watched: Watched = {
    circuitBuilt: (took: number) => {
      counters.torCircuitsBuilt++;
      seconds.torCircuitBuild.observe(took);
    },
    circuitFailed: () => void counters.torCircuitsFailed++,
    stream: () => void counters.torStreams++,
    shared: () => {
      counters.torCircuitsShared++;
      log('isolation-broken');
    },
  };
  void new Watch(watched, () => clock.now()).attach(control).catch(() => {});
}

export function countedBy(counters: Counters, clock: Clock, log: Log): PoolEvents {
  const { seconds } = counters;
  return {
    hit: () => void counters.torPoolHits++,
    miss: () => void counters.torPoolMisses++,
    waited: (took) => seconds.torWait.observe(took),
    opened: (took) => {
      counters.torStreamsOpened++;
      seconds.torStreamOpen.observe(took);
    },
    failed: () => void counters.torStreamsFailed++,
    probed: (took) => seconds.torAnswer.observe(took),
    dead: () => void counters.torStreamsDead++,
    probe: (took) => seconds.torProbe.observe(took),
    restart: () => void counters.torRestarts++,
    newnym: () => void counters.torNewnyms++,
    control: (control) => watchTor(control, counters, clock, log),
  };
}
