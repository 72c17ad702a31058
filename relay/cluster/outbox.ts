/**
 * What the members of this process say, on its way to the engine: all that was said in a turn of the event loop, in all rooms, is one
 * batch, and while two are under way the next one grows. A batch is a command's price whatever is in it, which is what makes an engine
 * affordable.
 *
 * What is under way is kept until the engine's channel tells its place, and delivered here only then. `settle` delivers it at once, for
 * when that word may not come.
 */
import { addressedBytes, relayFrameTypes } from '../../shared/wire/relay.ts';
import type { Counters } from '../metrics.ts';
import type { Seat } from '../rooms.ts';
import type { Engine } from './engine.ts';
import { deliver, isKeptFor, type Mirror } from './mirror.ts';
import { entryHeadBytes, notKept, toEveryone } from './records.ts';

/** Something that a seat of this process said, not yet delivered. */
export interface Own {
  readonly from: Seat;
  readonly to: Seat | 'all';
  readonly recv: Buffer;
}

/** What one room has to say in a batch. */
export interface Group {
  readonly mirror: Mirror;
  readonly entries: Buffer[];
  readonly own: Own[];
  /** What the batch adds to the room's counters. */
  readonly counters: Map<string, number>;
}

export interface LogLimits {
  readonly resumeBytes: number;
  readonly graceSeconds: number;
  readonly heartbeatSeconds: number;
}

const batchesUnderWay = 2;
const entriesInGroup = 2000;
/** Bytes on their way, above which senders are not read. */
const congestedBytes = 16 * 1024 * 1024;
/** A room's log holds so many times what a seat's own queue may: it is the queue of all its seats. */
const logShare = 8;

export class Outbox {
  readonly #engine: Engine;
  readonly #counters: Counters;
  /** The engine has forgotten this room; it is to be told of it before what was said is said again. */
  readonly #onForgotten: (mirror: Mirror) => void;
  readonly #logMs: string;
  readonly #logBytes: string;
  /** By name of the room. */
  #waiting = new Map<string, Group>();
  readonly #underWay = new Map<number, Map<string, Group>>();
  #batches = 0;
  #isScheduled = false;
  #bytes = 0;

  constructor(engine: Engine, limits: LogLimits, counters: Counters, onForgotten: (mirror: Mirror) => void) {
    const { resumeBytes, graceSeconds, heartbeatSeconds } = limits;
    this.#engine = engine;
    this.#counters = counters;
    this.#onForgotten = onForgotten;
    // Long enough for a socket whose death shows at the second ping, and the grace time after that.
    this.#logMs = String((graceSeconds + 2 * heartbeatSeconds + 10) * 1000);
    this.#logBytes = String(resumeBytes * logShare);
  }

  /** Bytes that wait or are under way. */
  get bytes(): number {
    return this.#bytes;
  }

  get isCongested(): boolean {
    return this.#bytes > congestedBytes;
  }

  put(mirror: Mirror, from: Seat, message: Buffer, to: Seat | 'all'): void {
    const group: Group = this.#waiting.get(mirror.name) ?? { mirror, entries: [], own: [], counters: new Map() };
    this.#waiting.set(mirror.name, group);
    const entry = entryOf(from, message, to);
    group.own.push({ from, to, recv: entry.subarray(entryHeadBytes) });
    // Nobody but its reader needs the body of what is for one, and that one may be here.
    const isNear = to !== 'all' && mirror.home.has(to) && entry[0] === notKept;
    group.entries.push(isNear ? entry.subarray(0, entryHeadBytes + addressedBytes) : entry);
    if (to === 'all') {
      add(group.counters, 'a');
      add(group.counters, `o${from.id}`);
    } else add(group.counters, `d${to.id}`);
    this.#bytes += entry.length;
    if (group.entries.length >= entriesInGroup) this.send();
    else this.#schedule();
  }

  /** Sends what waits, now. */
  send(): void {
    if (this.#waiting.size === 0 || !this.#engine.isUp) return;
    const groups = this.#waiting;
    this.#waiting = new Map();
    this.#batches = (this.#batches + 1) >>> 0;
    const batch = this.#batches;
    this.#underWay.set(batch, groups);
    const args: (string | Buffer)[] = [this.#engine.self, String(batch), this.#logMs, this.#logBytes];
    const sent = [...groups.values()];
    for (const { mirror, entries, counters } of sent) {
      args.push(Buffer.from(mirror.name, 'latin1'), String(counters.size));
      for (const [name, amount] of counters) args.push(Buffer.from(name, 'latin1'), String(amount));
      args.push(String(entries.length), ...entries);
      this.#counters.clusterEntries += entries.length;
    }
    this.#counters.clusterBatches++;
    this.#engine.run('append', args).then(
      (forgotten) => {
        for (const position of forgotten as number[]) this.#sayAgain(batch, sent[position - 1]);
      },
      () => {}, // the engine went down, and `drain` has all of it
    );
  }

  /** The engine has taken what this room said in this batch. */
  accepted(batch: number, name: string): void {
    const group = this.#takeOut(batch, name);
    if (group !== undefined) this.#deliver(group);
  }

  /** Delivers here what this room has under way. */
  settle(name: string): void {
    for (const batch of [...this.#underWay.keys()]) this.accepted(batch, name);
  }

  /** Delivers here all that waits or is under way; returns what the engine has not been handed. */
  drain(): Group[] {
    const waiting = [...this.#waiting.values()];
    const underWay = [...this.#underWay.values()].flatMap((groups) => [...groups.values()]);
    this.#underWay.clear();
    this.#waiting = new Map();
    for (const group of [...underWay, ...waiting]) this.#deliver(group);
    return waiting;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0 || this.#underWay.size >= batchesUnderWay) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#underWay.size < batchesUnderWay) this.send();
    });
  }

  #sayAgain(batch: number, sent: Group | undefined): void {
    const group = sent && this.#takeOut(batch, sent.mirror.name);
    if (group === undefined) return;
    this.#onForgotten(group.mirror);
    const later = this.#waiting.get(group.mirror.name);
    this.#waiting.set(group.mirror.name, group);
    if (later !== undefined) {
      group.entries.push(...later.entries);
      group.own.push(...later.own);
      for (const [name, amount] of later.counters) add(group.counters, name, amount);
    }
    this.#schedule();
  }

  #takeOut(batch: number, name: string): Group | undefined {
    const groups = this.#underWay.get(batch);
    const group = groups?.get(name);
    groups?.delete(name);
    if (groups?.size === 0) {
      this.#underWay.delete(batch);
      this.#schedule();
    }
    return group;
  }

  #deliver({ mirror, own }: Group): void {
    for (const { from, to, recv } of own) {
      this.#bytes -= entryHeadBytes + recv.length;
      deliver(mirror, { recv, dst: to === 'all' ? toEveryone : to.id, src: from.id });
    }
  }
}

function entryOf(from: Seat, message: Buffer, to: Seat | 'all'): Buffer {
  const entry = Buffer.allocUnsafe(entryHeadBytes + message.length);
  entry[0] = isKeptFor(to, message.length) ? 0 : notKept;
  if (to === 'all') entry.fill(0, 1, entryHeadBytes);
  else entry.set(to.inst, 1);
  entry.set(message, entryHeadBytes);
  entry[entryHeadBytes] = relayFrameTypes.received;
  entry.set(from.inst, entryHeadBytes + 1);
  return entry;
}

function add(counters: Map<string, number>, name: string, amount = 1): void {
  counters.set(name, (counters.get(name) ?? 0) + amount);
}
