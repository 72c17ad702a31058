/**
 * Streams to onions, opened ahead of need. A fresh isolated circuit takes a second, a stream that stands already takes nothing, so for each
 * destination that is in use a few are kept open, each on a circuit of its own; whoever needs one takes it, and another is made in its place.
 *
 * A *shelf* is what is kept for one destination (and one credential, where isolation asks for that and not for the session: a slot whose
 * session is drawn ahead belongs to nobody yet, so it can become anybody's and is nobody else's after). Invariants:
 *  - a slot is handed out once, and never under a key that another shelf has;
 *  - making one never keeps anybody waiting who could have another: the first that is ready goes to the first who waits;
 *  - what is bounded is bounded here: idle slots of a shelf, idle slots of all (the shelf that was used longest ago gives its own), makings at a time.
 *
 * Slots retire by age, jittered, each when its successor stands. A stream in use is never cut: it moves when it is opened anew.
 * Slots are probed, because a socket can be dead and look open; when a shelf shrinks, its slower half goes.
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Isolation, IsolationKey } from './isolation.ts';

/** An open stream to an onion. */
export interface Line {
  /** Which daemon carries it. */
  readonly daemon: number;
  /** Resolves when the far end has answered. Rejects where it does not in time; then the line is of no more use. */
  probe(limitMs: number): Promise<void>;
  /** Told once, when it has closed. */
  onClose(gone: () => void): void;
  /** The stream, for its taker: from here on the line neither reads nor writes. */
  hand(): Duplex;
  destroy(): void;
}

/** Makes a line to `destination`. Rejects where that cannot be done. */
export type OpenLine = (destination: string, key: IsolationKey) => Promise<Line>;

export interface CircuitLimits {
  /** Idle slots of all shelves. */
  readonly idleInAll: number;
  /** How old a slot gets, before jitter; 0: as old as it likes. */
  readonly rotateMs: number;
}

/** What happened, for the counters. */
export interface CircuitEvents {
  hit(): void;
  miss(): void;
  waited(seconds: number): void;
  opened(seconds: number): void;
  failed(): void;
  probed(seconds: number): void;
  dead(): void;
}

/** Idle slots of a shelf: at least, and at most where many are taken. */
export const leastIdle = 2;
export const mostIdle = 10;
const probeEveryMs = 30_000;
const probeLimitMs = 10_000;
/** A shelf that nobody took from for so long is cleared. */
const shelfMs = 30 * 60_000;
/** After so long without a taker a shelf is content with half as much. */
const calmMs = 60_000;
const jitter = 0.2;
/** What a taker is worth: after so many failed makings in a row, it is told that there is no way. */
const triesForTaker = 3;
/** And that after so long there is none. */
const takerMs = 30_000;
/** Makings at a time, of one shelf: for those who wait, and for stock. */
const mostMakings = 2 * mostIdle;
const backoffMs = [1000, 2000, 4000, 8000, 16_000, 30_000];
const droppedMs = 5000;
const secondMs = 1000;

interface Slot {
  readonly line: Line;
  readonly epoch: number;
  retireAt: number;
  probeAt: number;
  /** How long the far end took to answer last. */
  answerMs: number;
  isProbed: boolean;
}

interface Taker {
  readonly since: number;
  readonly resolve: (line: Line) => void;
  readonly reject: (error: unknown) => void;
}

interface Shelf {
  readonly id: string;
  readonly destination: string;
  readonly credential: string;
  idle: Slot[];
  making: number;
  /** Idle slots wanted. */
  target: number;
  epoch: number;
  readonly takers: Taker[];
  usedAt: number;
  calmAt: number;
  /** A line to there has stood. */
  isReal: boolean;
  /** Failed makings since the last that succeeded, and when to try again for stock. */
  failures: number;
  tryAt: number;
}

export type SlotState = 'making' | 'idle' | 'retiring' | 'taken';

export class Circuits {
  readonly #open: OpenLine;
  readonly #isolation: Isolation;
  readonly #limits: CircuitLimits;
  readonly #clock: Clock;
  readonly #events: CircuitEvents;
  readonly #random: () => number;
  /** The one used longest ago comes first. */
  readonly #shelves = new Map<string, Shelf>();
  readonly #taken = new Set<Line>();
  #isClosed = false;

  constructor(
    open: OpenLine,
    isolation: Isolation,
    limits: CircuitLimits,
    clock: Clock,
    events: CircuitEvents,
    random: () => number = Math.random,
  ) {
    this.#open = open;
    this.#isolation = isolation;
    this.#limits = limits;
    this.#clock = clock;
    this.#events = events;
    this.#random = random;
  }

  /** A line to `destination` for `credential` alone; the taker's to close. Rejects where none can be made. */
  take(destination: string, credential: string): Promise<Line> {
    if (this.#isClosed) return Promise.reject(new Error('circuits: closed'));
    const now = this.#clock.now();
    const shelf = this.#shelf(destination, credential, now);
    const slot = bestOf(shelf.idle);
    if (slot === undefined) {
      this.#events.miss();
      shelf.target = Math.min(mostIdle, shelf.target * 2);
      const line = new Promise<Line>((resolve, reject) => shelf.takers.push({ since: now, resolve, reject }));
      this.#fill(shelf);
      return line;
    }
    this.#events.hit();
    this.#events.waited(0);
    shelf.idle = shelf.idle.filter((other) => other !== slot);
    // Where one was left, the next taker may find none: more are wanted.
    if (shelf.idle.length === 0) shelf.target = Math.min(mostIdle, shelf.target * 2);
    this.#fill(shelf);
    return Promise.resolve(this.#hand(slot.line));
  }

  /** Makes slots for a destination that will be needed. */
  warm(destination: string, credential: string): void {
    this.#fill(this.#shelf(destination, credential, this.#clock.now()));
  }

  /** About once a second: ages, probes, shelves that nobody uses. */
  tick(): void {
    const now = this.#clock.now();
    for (const [id, shelf] of this.#shelves) {
      if (shelf.takers.length === 0 && now - shelf.usedAt > shelfMs) {
        this.#clear(shelf);
        this.#shelves.delete(id);
        continue;
      }
      this.#calm(shelf, now);
      while (shelf.takers[0] !== undefined && now - shelf.takers[0].since > takerMs)
        shelf.takers.shift()!.reject(new Error('circuits: not in time'));
      for (const slot of shelf.idle) if (now >= slot.probeAt && !slot.isProbed) this.#probe(shelf, slot, now);
      this.#fill(shelf);
    }
  }

  /**
   * New keys: for every shelf, or for those of one destination, or of what is on some daemons. What is idle retires as its
   * successors come. Gives back how many shelves it was.
   */
  rotate({ destination, daemons }: { readonly destination?: string; readonly daemons?: readonly number[] } = {}): number {
    let rotated = 0;
    for (const shelf of this.#shelves.values()) {
      if (destination !== undefined && shelf.destination !== destination) continue;
      rotated++;
      shelf.epoch++;
      for (const slot of shelf.idle) if (daemons?.includes(slot.line.daemon) ?? true) slot.retireAt = 0;
      this.#fill(shelf);
    }
    return rotated;
  }

  /** Gives up the idle slots of a daemon that is to end, or has: others are made at once elsewhere. */
  leave(daemon: number): void {
    for (const shelf of this.#shelves.values()) {
      const leaving = shelf.idle.filter(({ line }) => line.daemon === daemon);
      shelf.idle = shelf.idle.filter(({ line }) => line.daemon !== daemon);
      for (const { line } of leaving) line.destroy();
      this.#fill(shelf);
    }
  }

  /** Streams in use on a daemon. */
  takenOn(daemon: number): number {
    let count = 0;
    for (const line of this.#taken) if (line.daemon === daemon) count++;
    return count;
  }

  /** Where idle streams lead, or led a while ago. */
  get destinations(): readonly string[] {
    return [...new Set([...this.#shelves.values()].map(({ destination }) => destination))];
  }

  /** All streams on a daemon, in use and idle. */
  linesOn(daemon: number): number {
    let count = this.takenOn(daemon);
    for (const { idle } of this.#shelves.values()) for (const { line } of idle) if (line.daemon === daemon) count++;
    return count;
  }

  get slots(): Readonly<Record<SlotState, number>> {
    const now = this.#clock.now();
    const count = { making: 0, idle: 0, retiring: 0, taken: this.#taken.size };
    for (const { idle, making } of this.#shelves.values()) {
      count.making += making;
      for (const { retireAt } of idle) count[now >= retireAt ? 'retiring' : 'idle']++;
    }
    return count;
  }

  close(): void {
    this.#isClosed = true;
    for (const shelf of this.#shelves.values()) this.#clear(shelf);
    this.#shelves.clear();
    for (const line of this.#taken) line.destroy();
  }

  // ---------------------------------------------------------------- shelves

  #shelf(destination: string, credential: string, now: number): Shelf {
    const { levels } = this.#isolation;
    // With sessions apart every slot has one of its own, and whose it will be need not be known before it is taken.
    const whose = levels.includes('credential') && !levels.includes('session') ? credential : '';
    if (credential === '' && levels.includes('credential')) throw new TypeError('circuits: the policy asks for a credential');
    const id = `${whose} ${destination}`;
    const shelf = this.#shelves.get(id) ?? {
      id,
      destination,
      credential: whose,
      idle: [],
      making: 0,
      target: leastIdle,
      epoch: 0,
      takers: [],
      usedAt: now,
      calmAt: now + calmMs,
      isReal: false,
      failures: 0,
      tryAt: 0,
    };
    shelf.usedAt = now;
    shelf.calmAt = now + calmMs;
    this.#shelves.delete(id);
    this.#shelves.set(id, shelf);
    return shelf;
  }

  /** Nobody came for a while: half the stock will do, and the slower half goes. */
  #calm(shelf: Shelf, now: number): void {
    if (now < shelf.calmAt || shelf.target === leastIdle) return;
    shelf.target = Math.max(leastIdle, Math.floor(shelf.target / 2));
    shelf.calmAt = now + calmMs;
    const byAnswer = [...shelf.idle].sort((a, b) => a.answerMs - b.answerMs);
    for (const slow of byAnswer.slice(shelf.target)) this.#drop(shelf, slow);
  }

  #clear(shelf: Shelf): void {
    for (const { line } of shelf.idle.splice(0)) line.destroy();
    for (const { reject } of shelf.takers.splice(0)) reject(new Error('circuits: closed'));
  }

  #drop(shelf: Shelf, slot: Slot): void {
    shelf.idle = shelf.idle.filter((other) => other !== slot);
    slot.line.destroy();
  }

  /** Keeps all idle slots together within their bound: the shelf that was used longest ago gives its own. */
  #trim(): void {
    let idle = 0;
    for (const shelf of this.#shelves.values()) idle += shelf.idle.length;
    for (const [id, shelf] of this.#shelves) {
      if (idle <= this.#limits.idleInAll) return;
      idle -= shelf.idle.length;
      for (const { line } of shelf.idle.splice(0)) line.destroy();
      if (shelf.takers.length === 0 && shelf.making === 0) this.#shelves.delete(id);
    }
  }

  // ---------------------------------------------------------------- making

  /** Starts what is missing: a line for each who waits, and stock, of which retiring slots are no part. */
  #fill(shelf: Shelf): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    const fresh = shelf.idle.filter(({ retireAt }) => now < retireAt).length;
    const stock = now >= shelf.tryAt ? Math.min(shelf.target, this.#limits.idleInAll) - fresh : 0;
    const wanted = Math.min(mostMakings, shelf.takers.length + Math.max(0, stock));
    while (shelf.making < wanted) this.#make(shelf, now);
  }

  #make(shelf: Shelf, startedAt: number): void {
    // What retires leaves its key behind: where slots of a shelf share one, successors begin the next.
    if (shelf.idle.some(({ retireAt, epoch }) => startedAt >= retireAt && epoch === shelf.epoch)) shelf.epoch++;
    const { destination, credential, epoch } = shelf;
    const session = randomBytes(16).toString('hex');
    // With sessions apart, a session is one credential's, and saying whose would add nothing.
    const key = this.#isolation.key({ destination, credential: credential === '' ? session : credential, session }, epoch);
    shelf.making++;
    this.#open(destination, key).then(
      (line) => this.#made(shelf, line, epoch, startedAt),
      (error: unknown) => this.#notMade(shelf, error),
    );
  }

  #made(shelf: Shelf, line: Line, epoch: number, startedAt: number): void {
    const now = this.#clock.now();
    shelf.making--;
    shelf.isReal = true;
    shelf.failures = 0;
    shelf.tryAt = 0;
    this.#events.opened((now - startedAt) / secondMs);
    const taker = shelf.takers.shift();
    if (taker !== undefined) {
      this.#events.waited((now - taker.since) / secondMs);
      taker.resolve(this.#hand(line));
      this.#fill(shelf);
      return;
    }
    if (this.#isClosed || !this.#isKept(shelf)) {
      line.destroy();
      return;
    }
    // The key was changed meanwhile, and what is idle under the old one retires.
    if (epoch < shelf.epoch) {
      line.destroy();
      this.#fill(shelf);
      return;
    }
    this.#stock(shelf, line, epoch, now);
    const old = shelf.idle.find(({ retireAt }) => now >= retireAt);
    if (old !== undefined) this.#drop(shelf, old);
    this.#trim();
  }

  #isKept(shelf: Shelf): boolean {
    return this.#shelves.get(shelf.id) === shelf;
  }

  #stock(shelf: Shelf, line: Line, epoch: number, now: number): void {
    const { rotateMs } = this.#limits;
    const age = rotateMs * (1 + jitter * (2 * this.#random() - 1));
    const slot: Slot = {
      line,
      epoch,
      retireAt: rotateMs === 0 ? Number.POSITIVE_INFINITY : now + age,
      probeAt: now + probeEveryMs * (1 - jitter * this.#random()),
      answerMs: 0,
      isProbed: false,
    };
    shelf.idle.push(slot);
    line.onClose(() => {
      if (!shelf.idle.some((other) => other.line === line)) return;
      shelf.idle = shelf.idle.filter((other) => other.line !== line);
      this.#events.dead();
      // A far end that takes lines and drops them must not be asked for another in the same breath.
      shelf.tryAt = Math.max(shelf.tryAt, this.#clock.now() + droppedMs);
    });
  }

  #notMade(shelf: Shelf, error: unknown): void {
    const now = this.#clock.now();
    shelf.making--;
    this.#events.failed();
    shelf.tryAt = now + (backoffMs[Math.min(shelf.failures, backoffMs.length - 1)] as number);
    shelf.failures++;
    if (shelf.failures >= triesForTaker) for (const { reject } of shelf.takers.splice(0)) reject(error);
    // Visitors choose names, and most of those that there can be lead nowhere: such a one is not stocked up for.
    if (shelf.isReal || shelf.failures < triesForTaker || shelf.making > 0) this.#fill(shelf);
    else if (this.#isKept(shelf)) this.#shelves.delete(shelf.id);
  }

  #hand(line: Line): Line {
    this.#taken.add(line);
    line.onClose(() => this.#taken.delete(line));
    return line;
  }

  // ---------------------------------------------------------------- probing

  #probe(shelf: Shelf, slot: Slot, now: number): void {
    slot.isProbed = true;
    slot.line.probe(probeLimitMs).then(
      () => {
        const then = this.#clock.now();
        slot.answerMs = then - now;
        slot.isProbed = false;
        slot.probeAt = then + probeEveryMs * (1 - jitter * this.#random());
        this.#events.probed(slot.answerMs / secondMs);
      },
      () => {
        if (!shelf.idle.includes(slot)) return;
        this.#events.dead();
        this.#drop(shelf, slot);
        this.#fill(shelf);
      },
    );
  }
}

/** The quickest that is not just being asked whether it lives, and rather a fresh one. */
function bestOf(idle: readonly Slot[]): Slot | undefined {
  const free = idle.filter(({ isProbed }) => !isProbed);
  return [...(free.length > 0 ? free : idle)].sort((a, b) => b.retireAt - a.retireAt || a.answerMs - b.answerMs)[0];
}
