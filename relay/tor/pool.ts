/**
 * The daemons that carry this relay's own streams: how many there are, how each is doing, which one the next line goes through. One is
 * enough; more are for their CPU, or so that one's trouble is not everyone's, and each brings guards of its own, which is a price.
 *
 * A daemon is judged by a real stream through it to this relay's own onion, every minute, and by nothing that it says of itself. Three that
 * fail in a row restart it; one daemon at a time, and never again before its backoff is over. One that is to go is drained: it gets nothing
 * new, what is idle on it is replaced elsewhere, and what is in use has its time to end.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { Backoff } from './backoff.ts';
import { type CircuitEvents, type CircuitLimits, Circuits, type Line } from './circuits.ts';
import type { Control } from './control.ts';
import { TorError } from './errors.ts';
import { type Exit, ExitWatch } from './exits.ts';
import type { Isolation, IsolationKey } from './isolation.ts';
import type { SocksPlace, Tor } from './tor.ts';

/** A daemon's place in the pool, from 0 on. */
export type DaemonState = 'stopped' | 'starting' | 'bootstrapping' | 'ready' | 'slow' | 'failing' | 'draining';

export const daemonStates: readonly DaemonState[] = ['stopped', 'starting', 'bootstrapping', 'ready', 'slow', 'failing', 'draining'];

/** What an operator sees of one. */
export interface DaemonView {
  readonly index: number;
  readonly state: DaemonState;
  /** Of its bootstrap. */
  readonly percent: number;
  /** Of its last probe. */
  readonly latencyMs: number | null;
  readonly restarts: number;
  /** Lines in use. */
  readonly streams: number;
  /** The exit that its last stream to the clearnet took. */
  readonly exit: Exit | null;
}

/** A tor that may be told to start again, where it is the relay's own. */
export type PooledTor = Tor & { restart?(why: TorError): void };

export interface PoolDoors {
  /** Starts, or finds, the daemon of this place. Throws `TorError`. */
  start(index: number): Promise<PooledTor>;
  /** A stream; rejects where there is none in time. */
  dial(socks: SocksPlace, destination: string, key: IsolationKey): Promise<Duplex>;
  /** Makes a line of a stream to `destination`. */
  line(socket: Duplex, destination: string, daemon: number): Promise<Line>;
  /** A stream to a clearnet server; null where exits are off. */
  readonly dialOut: ((socks: SocksPlace, host: string, port: number, key: IsolationKey) => Promise<Socket>) | null;
  /** The own onion's host, once it is published. */
  ownOnion(): string | null;
}

export interface PoolEvents extends CircuitEvents {
  probe(seconds: number): void;
  restart(): void;
  newnym(): void;
  /** Every control connection, as it comes: for those who watch what tor reports. */
  control(control: Control, index: number): void;
}

export const mostDaemons = 100;
const probeEveryMs = 60_000;
const probeLimitMs = 10_000;
/** Until one has come back for the first time: the onion may be new to the Tor network. Of those that fail, one a minute counts. */
const firstProbesEveryMs = 5000;
const slowMs = 500;
const failuresToRestart = 3;
/** How long what is in use on a daemon that is to go may go on. */
const drainMs = 300_000;
/** Tor puts a repeated NEWNYM off by ten seconds; one that is not even put off is lost. */
const newnymLimitMs = 15_000;

interface Member {
  readonly index: number;
  readonly tor: PooledTor;
  readonly backoff: Backoff;
  readonly exits: ExitWatch;
  readonly unwatch: () => void;
  failures: number;
  latencyMs: number | null;
  probeAt: number;
  isProbed: boolean;
  /** When a failure was counted last. */
  countedAt: number;
  mayRestartAt: number;
  restarts: number;
  /** Lines that are being made. */
  opening: number;
  /** Since when it drains. */
  drainingSince: number | null;
  wasReady: boolean;
}

export class TorPool {
  readonly circuits: Circuits;
  readonly #doors: PoolDoors;
  readonly #isolation: Isolation;
  readonly #clock: Clock;
  readonly #events: PoolEvents;
  readonly #members = new Map<number, Member>();
  /** Daemons that have gone from here and still have their folders, by place. */
  readonly #ending = new Map<number, Promise<void>>();
  #wanted = 0;
  #scaling: Promise<void> = Promise.resolve();
  #rotating: Promise<number> | undefined;

  constructor(doors: PoolDoors, isolation: Isolation, limits: CircuitLimits, clock: Clock, events: PoolEvents) {
    this.#doors = doors;
    this.#isolation = isolation;
    this.#clock = clock;
    this.#events = events;
    this.circuits = new Circuits((destination, key) => this.#open(destination, key), isolation, limits, clock, events);
  }

  // ---------------------------------------------------------------- the operator's verbs

  /** So many daemons from now on; resolves when those that are new have been started. RangeError beyond 0 to 100; rejects with a `TorError`. */
  scale(count: number): Promise<void> {
    if (!Number.isInteger(count) || count < 0 || count > mostDaemons) throw new RangeError(`daemons: ${count}, from 0 to ${mostDaemons}`);
    this.#wanted = count;
    const scaling = this.#scaling.catch(() => {}).then(() => this.#reach());
    this.#scaling = scaling;
    return scaling;
  }

  /** Nothing that was linked before is linked after: new circuits for all, in every daemon. Resolves to after how many ms it took effect. */
  rotateAll(): Promise<number> {
    // Whoever asks while one is under way gets that one: it has not taken effect yet.
    this.#rotating ??= this.#newnyms([...this.#members.values()]).finally(() => {
      this.#rotating = undefined;
    });
    return this.#rotating;
  }

  /** The same for one daemon. RangeError where there is none of this place. */
  rotateDaemon(index: number): Promise<number> {
    const member = this.#members.get(index);
    if (member === undefined) throw new RangeError(`daemons: there is none at ${index}`);
    return this.#newnyms([member]);
  }

  /** A new epoch for the keys of one destination, which is named, or meant by its tag in the log. False where there are none. */
  rotateKey(destination: string): boolean {
    const meant = this.circuits.destinations.find((each) => each === destination || this.#isolation.tag(each) === destination);
    return meant !== undefined && this.circuits.rotate({ destination: meant }) > 0;
  }

  /** Ends a daemon, for it to be started again. RangeError where there is none of this place, it is not ours, or it was restarted just now. */
  restart(index: number): void {
    const member = this.#members.get(index);
    if (member?.tor.restart === undefined) throw new RangeError(`daemons: there is none to restart at ${index}`);
    if (this.#clock.now() < member.mayRestartAt) throw new RangeError('daemons: it was restarted a moment ago');
    this.#restart(member, new TorError('tor-ended', 'restarted by the operator'));
  }

  /** A stream of its own to a clearnet server, through an exit. Rejects where exits are off, or there is no way. */
  async dialOut(host: string, port: number): Promise<Socket> {
    const { dialOut } = this.#doors;
    const place = this.#choose()?.tor.exits ?? null;
    if (dialOut === null || place === null) throw new Error(dialOut === null ? 'exits are off: see torExits' : 'no daemon is ready');
    const session = randomBytes(16).toString('hex');
    return dialOut(place, host, port, this.#isolation.key({ destination: `${host}:${port}`, credential: 'operator', session }, 0));
  }

  get daemons(): readonly DaemonView[] {
    return [...this.#members.values()].map((member) => {
      const { index, tor, latencyMs, restarts, exits } = member;
      const percent = tor.state.name === 'bootstrapping' ? tor.state.percent : tor.state.name === 'ready' ? 100 : 0;
      return { index, state: stateOf(member), percent, latencyMs, restarts, streams: this.circuits.takenOn(index), exit: exits.seen };
    });
  }

  /** About once a second. */
  tick(): void {
    const now = this.#clock.now();
    this.circuits.tick();
    for (const member of this.#members.values()) {
      if (member.drainingSince !== null) this.#drain(member, now);
      else if (member.tor.state.name === 'ready' && !member.isProbed && now >= member.probeAt) void this.#probe(member);
    }
  }

  async close(): Promise<void> {
    this.#wanted = 0;
    this.circuits.close();
    await this.#scaling.catch(() => {});
    for (const member of this.#members.values()) this.#end(member);
    await Promise.all(this.#ending.values());
  }

  // ---------------------------------------------------------------- how many

  async #reach(): Promise<void> {
    for (const member of this.#members.values()) {
      // One that was to go and is wanted again stays.
      if (member.index < this.#wanted) member.drainingSince = null;
      else if (member.drainingSince === null) {
        member.drainingSince = this.#clock.now();
        this.circuits.leave(member.index);
      }
    }
    for (let index = 0; index < this.#wanted; index++) if (!this.#members.has(index)) await this.#add(index);
  }

  async #add(index: number): Promise<void> {
    await this.#ending.get(index);
    const tor = await this.#doors.start(index);
    const exits = new ExitWatch();
    const onControl = (control: Control): void => {
      this.#events.control(control, index);
      if (this.#doors.dialOut !== null) void exits.attach(control).catch(() => {});
    };
    const member: Member = {
      index,
      tor,
      backoff: new Backoff(),
      exits,
      unwatch: tor.watch({ onState: () => this.#turned(index), onControl }),
      failures: 0,
      latencyMs: null,
      probeAt: this.#clock.now(),
      isProbed: false,
      countedAt: this.#clock.now(),
      mayRestartAt: 0,
      restarts: 0,
      opening: 0,
      drainingSince: null,
      wasReady: false,
    };
    this.#members.set(index, member);
    this.#turned(index);
  }

  /** A daemon has another state: one that ended took its lines along, and one that is ready is asked at once how it does. */
  #turned(index: number): void {
    const member = this.#members.get(index);
    if (member === undefined) return;
    const { name } = member.tor.state;
    if (name === 'ready') {
      member.wasReady = true;
      member.failures = 0;
      member.countedAt = this.#clock.now();
      member.probeAt = this.#clock.now();
    } else if (name === 'failing' || name === 'starting') {
      if (member.wasReady) {
        member.restarts++;
        this.#events.restart();
      }
      member.wasReady = false;
      member.latencyMs = null;
      this.circuits.leave(index);
    }
  }

  #drain(member: Member, now: number): void {
    const isOver = this.circuits.takenOn(member.index) === 0 || now - (member.drainingSince as number) > drainMs;
    if (isOver) this.#end(member);
  }

  #end({ index, tor, unwatch }: Member): void {
    this.#members.delete(index);
    this.circuits.leave(index);
    unwatch();
    const ended = (): void => void this.#ending.delete(index);
    // Whatever went wrong with its end concerns nobody who goes on.
    this.#ending.set(index, tor.close().then(ended, ended));
  }

  // ---------------------------------------------------------------- lines

  async #open(destination: string, key: IsolationKey): Promise<Line> {
    const member = this.#choose();
    if (member === undefined || member.tor.socks === null) throw new TorError('bootstrap-stalls', 'no daemon is ready');
    member.opening++;
    try {
      const socket = await this.#doors.dial(member.tor.socks, destination, key);
      return await this.#doors.line(socket, destination, member.index);
    } finally {
      member.opening--;
    }
  }

  /** A ready one before a slow one before a failing one, and of those the one with the fewest lines. */
  #choose(): Member | undefined {
    const rank: Partial<Record<DaemonState, number>> = { ready: 0, slow: 1, failing: 2 };
    const load = (member: Member): number => member.opening + this.circuits.linesOn(member.index);
    return [...this.#members.values()]
      .filter((member) => member.tor.state.name === 'ready' && member.drainingSince === null)
      .map((member) => ({ member, rank: rank[stateOf(member)] ?? 3, load: load(member) }))
      .sort((a, b) => a.rank - b.rank || a.load - b.load)[0]?.member;
  }

  // ---------------------------------------------------------------- health

  async #probe(member: Member): Promise<void> {
    const now = this.#clock.now();
    const onion = this.#doors.ownOnion();
    const { socks } = member.tor;
    if (onion === null || socks === null) return;
    member.isProbed = true;
    member.probeAt = now + probeEveryMs;
    try {
      const key = this.#isolation.key({ destination: onion, credential: 'health', session: `daemon ${member.index}` }, member.restarts);
      const socket = await inTime(this.#doors.dial(socks, onion, key), probeLimitMs, destroy);
      const line = await inTime(this.#doors.line(socket, onion, member.index), probeLimitMs, destroy);
      line.destroy();
      member.latencyMs = this.#clock.now() - now;
      member.failures = 0;
      this.#events.probe(member.latencyMs / 1000);
    } catch {
      this.#probeFailed(member);
    } finally {
      member.isProbed = false;
    }
  }

  #probeFailed(member: Member): void {
    const now = this.#clock.now();
    if (member.latencyMs === null) {
      member.probeAt = now + firstProbesEveryMs;
      if (now - member.countedAt < probeEveryMs) return;
    }
    member.countedAt = now;
    member.failures++;
    if (member.failures >= failuresToRestart) this.#restartSick(member);
  }

  #restartSick(member: Member): void {
    const isOtherDown = [...this.#members.values()].some((other) => other !== member && other.tor.state.name !== 'ready');
    if (!isOtherDown && this.#clock.now() >= member.mayRestartAt) this.#restart(member, new TorError('onion-unreachable'));
  }

  #restart(member: Member, why: TorError): void {
    if (member.tor.restart === undefined) return;
    member.mayRestartAt = this.#clock.now() + member.backoff.failed();
    member.failures = 0;
    member.tor.restart(why);
  }

  // ---------------------------------------------------------------- rotation

  async #newnyms(members: readonly Member[]): Promise<number> {
    const from = this.#clock.now();
    const done = await Promise.allSettled(members.map(({ tor }) => (tor.control === null ? undefined : this.#newnym(tor.control))));
    // Also where one has failed: what can be parted from before is.
    this.circuits.rotate({ daemons: members.map(({ index }) => index) });
    for (const one of done) if (one.status === 'rejected') throw one.reason;
    return this.#clock.now() - from;
  }

  /** Resolves when it has taken effect, which tor tells by an event; a repeated one it puts off. */
  async #newnym(control: Control): Promise<void> {
    let tell: () => void = () => {};
    const effect = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const stop = await control.listen(['SIGNAL'], ({ words }) => {
      if (words[1] === 'NEWNYM') tell();
    });
    try {
      await control.signal('NEWNYM');
      await inTime(effect, newnymLimitMs);
      this.#events.newnym();
    } finally {
      await stop();
    }
  }
}

function stateOf({ tor, failures, latencyMs, drainingSince }: Member): DaemonState {
  if (drainingSince !== null) return 'draining';
  if (tor.state.name !== 'ready') return tor.state.name;
  if (failures > 0) return 'failing';
  return latencyMs !== null && latencyMs > slowMs ? 'slow' : 'ready';
}

const destroy = (late: Duplex | Line): void => void late.destroy();

/** Rejects when `limitMs` are over. What comes later is not waited for, and let go of. */
async function inTime<T>(promise: Promise<T>, limitMs: number, letGo: (late: T) => void = () => {}): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('not in time'));
      promise.then(letGo, () => {});
    }, limitMs);
    timer.unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
