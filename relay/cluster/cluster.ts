/**
 * N relay processes as one relay (docs/decisions/113). Each process holds its own sockets and, of every room where it has seats, a
 * mirror with all seats; those that other processes serve have the outlet `elsewhere`. What is said in a room goes to the engine first, which gives it its place in the
 * room's log and tells every process that has seats there; only then does anybody get it, here or elsewhere. So nobody has what the log
 * has not, and a page whose process is killed finds at another all that it lacks.
 *
 * All input comes by one channel in one order: also what became of our own JOINs and SENDs. Without the engine this process goes on by itself,
 * as a relay without a cluster: members that others serve are away, what is meant for them waits in their mirrored
 * seats, and it announces what it has when the engine is back.
 */
import { createHmac } from 'node:crypto';
import { ProtocolError } from '../../shared/errors.ts';
import { addressedBytes, type JoinClaim, relayErrors, relayFrameTypes } from '../../shared/wire/relay.ts';
import type { AdmissionLimits } from '../admission.ts';
import type { Clock } from '../clock.ts';
import { bulkBytes, give, hole, messageOf, parcelOf } from '../forward.ts';
import type { Log } from '../log.ts';
import type { Counters } from '../metrics.ts';
import type { JoinOutcome, Outlet, Room, RoomLimits, Rooms, Seat } from '../rooms.ts';
import { Engine } from './engine.ts';
import { decodeRecords, type EngineRecord, type Entry, entryHeadBytes, notKept, type SeatSeen, toEveryone } from './records.ts';
import { deadMs } from './scripts.ts';
import { Visitors } from './visitors.ts';

export interface ClusterSettings extends RoomLimits, AdmissionLimits {
  readonly cluster: string;
  readonly clusterSecret: string;
  readonly heartbeatSeconds: number;
}

/** A room as this process has it, and how far it has heard of it. */
interface Mirror {
  /** What the engine calls it. */
  readonly name: string;
  readonly room: Room;
  /** Seats that this process serves, or served last. */
  readonly home: Set<Seat>;
  last: number;
  /** It has been announced, and what the engine says until the answer is in the answer too. */
  isSyncing: boolean;
}

/** What one room has to say in a batch. */
interface Group {
  readonly mirror: Mirror;
  readonly entries: Buffer[];
  readonly own: Own[];
  /** What the batch adds to the room's counters. */
  readonly counters: Map<string, number>;
}

/** Something that a seat of this process said, not yet delivered. */
interface Own {
  readonly from: Seat;
  readonly to: Seat | 'all';
  readonly recv: Buffer;
}

interface Joining {
  readonly claim: JoinClaim;
  readonly outlet: Outlet;
  readonly done: (outcome: JoinOutcome) => void;
}

/** So many batches may be under way: while they are, the next one grows. */
const batchesUnderWay = 2;
/** Bytes that wait for the engine, above which senders are not read. */
const congestedBytes = 16 * 1024 * 1024;
const entriesInGroup = 2000;
/** A room's log holds so many times what a seat's own queue may: it is the queue of all its seats. */
const logShare = 8;
const shortestLifeMs = 600_000;
const touchMs = 60_000;
const roomsInCommand = 500;

/** Serves a seat that is at another process: what is said in its room goes there through the engine. */
const elsewhere: Outlet = { deliver: () => {}, tell: () => {}, end: () => {} };

export class Cluster {
  readonly #settings: ClusterSettings;
  readonly #rooms: Rooms;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #counters: Counters;
  readonly #engine: Engine;
  readonly visitors: Visitors;
  /** By name. */
  readonly #mirrors = new Map<string, Mirror>();
  readonly #names = new Map<string, string>();
  readonly #joining = new Map<number, Joining>();
  #tokens = 0;
  #batches = 0;
  #waiting = new Map<string, Group>();
  #waitingBytes = 0;
  #isScheduled = false;
  readonly #underWay = new Map<number, Map<string, Group>>();
  /** What changes now was told by the engine, and need not be told to it. */
  #isTold = false;
  #touchAt = 0;
  #living = 0;

  constructor(settings: ClusterSettings, rooms: Rooms, clock: Clock, log: Log, counters: Counters) {
    this.#settings = settings;
    this.#rooms = rooms;
    this.#clock = clock;
    this.#log = log;
    this.#counters = counters;
    this.#engine = new Engine(settings.cluster, {
      up: (before) => this.#up(before),
      down: (why) => this.#down(why),
      message: (bytes) => this.#message(bytes),
    });
    this.visitors = new Visitors(this.#engine, settings, settings.clusterSecret, clock);
    rooms.watch({
      seated: (seat) => void this.#mirrorOf(seat.room).home.add(seat),
      away: (seat) => this.#told(seat, 'away'),
      left: (seat) => this.#told(seat, 'left'),
    });
  }

  async start(): Promise<void> {
    await this.#engine.start();
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  get isUp(): boolean {
    return this.#engine.isUp;
  }

  get size(): { readonly processes: number; readonly waitingBytes: number } {
    return { processes: this.isUp ? this.#living : 0, waitingBytes: this.#waitingBytes };
  }

  /** Senders should not be read for a moment. */
  get isCongested(): boolean {
    return this.#waitingBytes > congestedBytes;
  }

  // ---------------------------------------------------------------- joining

  /** Seats a page whose proof has been checked, wherever in the cluster its room is. Only while `isUp`. */
  join(claim: JoinClaim, outlet: Outlet, done: (outcome: JoinOutcome) => void): void {
    const code = this.#rooms.refusal(claim);
    if (code !== null) {
      done({ type: 'refused', code });
      return;
    }
    const own = { ...claim, roomPub: Uint8Array.from(claim.roomPub), inst: Uint8Array.from(claim.inst) };
    const name = this.#nameOf(latin1(own.roomPub));
    const mirror = this.#mirrors.get(name);
    const seat = mirror?.room.seats.get(latin1(own.inst));
    const hasQueue = seat !== undefined && mirror?.home.has(seat) === true;
    this.#tokens = (this.#tokens + 1) >>> 0;
    const token = this.#tokens;
    this.#joining.set(token, { claim: own, outlet, done });
    const { roomMembers, graceSeconds } = this.#settings;
    const args = [
      ...[bytesOf(name), this.#engine.self, Buffer.from(own.inst), String(own.expiresAt), String(own.lastRecv), hasQueue ? '1' : '0'],
      ...[String(roomMembers), String(graceSeconds * 1000), String(this.#lifeMs(own.expiresAt)), String(token)],
    ];
    this.#engine.run('join', args).then((answer) => this.#answered(token, String(answer)), ignore);
  }

  #answered(token: number, answer: string): void {
    const joining = this.#joining.get(token);
    if (answer === 'ok' || joining === undefined) return;
    this.#joining.delete(token);
    joining.done({ type: 'refused', code: answer === 'full' ? relayErrors.full : relayErrors.badExpiry });
  }

  #seated(record: Extract<EngineRecord, { type: 'seated' }>): void {
    const joining = this.#joining.get(record.token);
    if (joining === undefined) return;
    this.#joining.delete(record.token);
    const { claim, outlet, done } = joining;
    const instId = latin1(claim.inst);
    const isNew = !this.#mirrors.has(record.room);
    const mirror = this.#mirrorOf(this.#rooms.open(claim));
    if (isNew) mirror.last = record.last;
    else if (mirror.last !== record.last) this.#announce(mirror);
    const isHome = [...mirror.home].some(({ id }) => id === instId);
    this.#asTold(() => {
      this.#see(mirror, record.seats);
      if (record.resumed && !mirror.room.seats.has(instId)) this.#rooms.place(mirror.room, claim.inst, null);
    });
    const outcome = this.#rooms.join(claim, outlet);
    if (outcome.type === 'refused') this.#tell('left', mirror, claim.inst);
    else if (!isHome) refill(outcome.seat, record);
    done(outcome);
  }

  #mirrorOf(room: Room): Mirror {
    const name = this.#nameOf(room.id);
    const known = this.#mirrors.get(name);
    if (known !== undefined) return known;
    const mirror: Mirror = { name, room, home: new Set(), last: 0, isSyncing: false };
    this.#mirrors.set(name, mirror);
    return mirror;
  }

  // ---------------------------------------------------------------- speaking

  /** Takes a SEND to all processes. False where it is for this process alone to deliver. */
  take(from: Seat, message: Buffer, to: Seat | 'all'): boolean {
    if (!this.isUp) return false;
    const name = this.#nameOf(from.room.id);
    const mirror = this.#mirrors.get(name);
    if (mirror === undefined) return false;
    const group: Group = this.#waiting.get(name) ?? { mirror, entries: [], own: [], counters: new Map() };
    this.#waiting.set(name, group);
    const entry = entryOf(from, message, to);
    const recv = entry.subarray(entryHeadBytes);
    group.own.push({ from, to, recv });
    // Nobody but its reader needs the body of what is for one, and he may be here.
    const isNear = to !== 'all' && mirror.home.has(to) && entry[0] === notKept;
    group.entries.push(isNear ? entry.subarray(0, entryHeadBytes + addressedBytes) : entry);
    if (to === 'all') {
      add(group.counters, 'a');
      add(group.counters, `o${from.id}`);
    } else add(group.counters, `d${to.id}`);
    this.#waitingBytes += entry.length;
    if (group.entries.length >= entriesInGroup) this.#send();
    else this.#schedule();
    return true;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0 || this.#underWay.size >= batchesUnderWay) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#underWay.size < batchesUnderWay) this.#send();
    });
  }

  #send(): void {
    if (this.#waiting.size === 0 || !this.isUp) return;
    const groups = this.#waiting;
    this.#waiting = new Map();
    this.#batches = (this.#batches + 1) >>> 0;
    const batch = this.#batches;
    this.#underWay.set(batch, groups);
    const { resumeBytes, graceSeconds, heartbeatSeconds } = this.#settings;
    // Long enough for a socket whose death shows at the second ping, and the grace time after that.
    const logMs = (graceSeconds + 2 * heartbeatSeconds + 10) * 1000;
    const args: (string | Buffer)[] = [this.#engine.self, String(batch), String(logMs), String(resumeBytes * logShare)];
    const sent = [...groups.values()];
    for (const { mirror, entries, counters } of sent) {
      args.push(bytesOf(mirror.name), String(counters.size));
      for (const [name, amount] of counters) args.push(bytesOf(name), String(amount));
      args.push(String(entries.length), ...entries);
      this.#counters.clusterEntries += entries.length;
    }
    this.#counters.clusterBatches++;
    const done = (): void => {
      this.#underWay.delete(batch);
      this.#schedule();
    };
    this.#engine.run('append', args).then((unknown) => this.#unknown(batch, sent, unknown as number[]), done);
  }

  /** The engine has forgotten these rooms: it is told of them, and what they said is said again. */
  #unknown(batch: number, sent: readonly Group[], positions: readonly number[]): void {
    for (const position of positions) {
      const group = sent[position - 1];
      if (group === undefined || this.#mirrors.get(group.mirror.name) !== group.mirror) continue;
      this.#underWay.get(batch)?.delete(group.mirror.name);
      this.#announce(group.mirror);
      this.#addBack(group);
    }
    if (this.#underWay.get(batch)?.size === 0) this.#underWay.delete(batch);
    this.#schedule();
  }

  #addBack(group: Group): void {
    const later = this.#waiting.get(group.mirror.name);
    this.#waiting.set(group.mirror.name, group);
    if (later === undefined) return;
    group.entries.push(...later.entries);
    group.own.push(...later.own);
    for (const [name, amount] of later.counters) add(group.counters, name, amount);
  }

  #accepted({ room, first, count, batch }: Extract<EngineRecord, { type: 'accepted' }>): void {
    const groups = this.#underWay.get(batch);
    const group = groups?.get(room);
    if (group !== undefined) {
      groups?.delete(room);
      this.#deliverOwn(group);
      if (groups?.size === 0) {
        this.#underWay.delete(batch);
        this.#schedule();
      }
    }
    const mirror = this.#mirrors.get(room);
    if (mirror !== undefined) this.#advance(mirror, first, count);
  }

  /** To those who are here. */
  #deliverOwn({ mirror, own }: Group): void {
    for (const { from, to, recv } of own) {
      this.#waitingBytes -= entryHeadBytes + recv.length;
      this.#deliver(mirror, recv, to === 'all' ? toEveryone : to.id, from.id);
    }
  }

  #deliver(mirror: Mirror, recv: Buffer | null, dst: string, src: string): void {
    const parcel = recv === null ? null : parcelOf(recv);
    for (const seat of mirror.home) {
      if (dst === toEveryone ? seat.id === src : seat.id !== dst) continue;
      if (parcel === null) lose(seat);
      else give(seat, parcel);
    }
  }

  // ---------------------------------------------------------------- hearing

  #message(bytes: Buffer): void {
    let records: EngineRecord[];
    try {
      records = decodeRecords(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#counters.drops.engine++;
      return;
    }
    for (const record of records) this.#record(record);
  }

  #record(record: EngineRecord): void {
    if (record.type === 'seated') {
      this.#seated(record);
      return;
    }
    if (record.type === 'accepted') {
      this.#accepted(record);
      return;
    }
    const mirror = this.#mirrors.get(record.room);
    if (mirror === undefined) return;
    if (record.type === 'entries') {
      if (record.first === mirror.last + 1 && !mirror.isSyncing) this.#deliverAll(mirror, record.entries);
      this.#advance(mirror, record.first, record.entries.length);
    } else if (record.type === 'synced') this.#synced(mirror, record);
    else this.#asTold(() => this.#seen(mirror, record.inst, record.type));
  }

  #deliverAll(mirror: Mirror, entries: readonly Entry[]): void {
    for (const { recv, dst, src } of entries) this.#deliver(mirror, recv, dst, src);
  }

  /** Notes how far the room has been heard; where something was missed, asks for it. */
  #advance(mirror: Mirror, first: number, count: number): void {
    if (mirror.isSyncing) return;
    if (first === mirror.last + 1) mirror.last = first + count - 1;
    else if (first > mirror.last) this.#announce(mirror);
  }

  #seen(mirror: Mirror, inst: Uint8Array, what: 'came' | 'away' | 'left'): void {
    const seat = mirror.room.seats.get(latin1(inst));
    if (seat === undefined) {
      if (what !== 'left') this.#rooms.place(mirror.room, inst, what === 'came' ? elsewhere : null);
    } else if (what === 'came') this.#goes(mirror, seat);
    else if (what === 'away') this.#rooms.away(seat, elsewhere);
    else if (seat.outlet === null || seat.outlet === elsewhere) this.#rooms.leave(seat, seat.outlet);
  }

  /** Another process serves this seat from now on. */
  #goes(mirror: Mirror, seat: Seat): void {
    if (mirror.home.delete(seat)) seat.kept.clear();
    else this.#passOn(mirror, seat);
    if (seat.outlet === elsewhere) return;
    this.#rooms.serve(seat, elsewhere);
    this.#rooms.announce(seat);
  }

  /**
   * Makes the mirror's other seats those that the engine has. Who is away may be one whose process has not announced it again yet: the
   * grace time decides.
   */
  #see(mirror: Mirror, seats: readonly SeatSeen[]): void {
    const names = new Set(seats.map(({ inst }) => latin1(inst)));
    for (const seat of [...mirror.room.list]) if (seat.outlet === elsewhere && !names.has(seat.id)) this.#rooms.leave(seat, elsewhere);
    for (const { inst, isAway } of seats) {
      const seat = mirror.room.seats.get(latin1(inst));
      if (seat === undefined || !mirror.home.has(seat)) this.#seen(mirror, inst, isAway ? 'away' : 'came');
    }
  }

  // ---------------------------------------------------------------- telling

  #told(seat: Seat, what: 'away' | 'left'): void {
    const mirror = this.#mirrors.get(this.#nameOf(seat.room.id));
    if (mirror === undefined) return;
    if (what === 'left') mirror.home.delete(seat);
    if (!this.#isTold) this.#tell(what, mirror, seat.inst);
  }

  #tell(what: 'away' | 'left', mirror: Mirror, inst: Uint8Array): void {
    if (!this.isUp) return;
    // What it said before it went comes before its going.
    this.#send();
    const args = [bytesOf(mirror.name), this.#engine.self, Buffer.from(inst), String(this.#settings.graceSeconds * 1000)];
    this.#engine.run(what, args).catch(ignore);
  }

  #asTold(act: () => void): void {
    this.#isTold = true;
    try {
      act();
    } finally {
      this.#isTold = false;
    }
  }

  // ---------------------------------------------------------------- up, down and time

  #up(before: string | null): void {
    this.#counters.levels.clusterUp = 1;
    this.#log('cluster-up');
    if (before !== null) this.#engine.run('retire', [before]).catch(ignore);
    for (const mirror of this.#mirrors.values()) {
      mirror.isSyncing = false;
      this.#announce(mirror);
    }
    this.#tick();
  }

  #down(why: string): void {
    this.#counters.levels.clusterUp = 0;
    this.#log('cluster-down', { why });
    const under = [...this.#underWay.values()].flatMap((groups) => [...groups.values()]);
    this.#underWay.clear();
    for (const group of [...under, ...this.#waiting.values()]) this.#deliverOwn(group);
    this.#asTold(() => {
      for (const { room } of this.#mirrors.values())
        for (const seat of room.list) if (seat.outlet === elsewhere) this.#rooms.away(seat, elsewhere);
    });
    for (const { own, mirror } of this.#waiting.values()) for (const one of own) holdForOthers(mirror, one);
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    const joining = [...this.#joining.values()];
    this.#joining.clear();
    for (const { claim, outlet, done } of joining) done(this.#rooms.join(claim, outlet));
  }

  /** Tells the engine what this process has of a room, and asks for what it has missed. */
  #announce(mirror: Mirror): void {
    if (!this.isUp || mirror.isSyncing) return;
    mirror.isSyncing = true;
    for (const groups of this.#underWay.values()) {
      const group = groups.get(mirror.name);
      if (group === undefined) continue;
      groups.delete(mirror.name);
      this.#deliverOwn(group);
    }
    const now = this.#clock.now();
    const args = [
      ...[
        bytesOf(mirror.name),
        this.#engine.self,
        String(mirror.room.expiresAt),
        String(mirror.last),
        String(this.#lifeMs(mirror.room.expiresAt)),
      ],
      String(deadMs),
    ];
    for (const seat of mirror.home)
      args.push(
        Buffer.from(seat.inst),
        String(seat.kept.count),
        String(seat.outlet === null ? Math.max(0, Math.round(now - seat.awaySince)) : -1),
      );
    const answered = (answer: unknown): void => {
      if (answer !== 'ok') mirror.isSyncing = false;
    };
    this.#engine.run('announce', args).then(answered, answered);
  }

  #synced(mirror: Mirror, { last, seats, taken, entries }: Extract<EngineRecord, { type: 'synced' }>): void {
    mirror.isSyncing = false;
    this.#deliverAll(mirror, entries);
    mirror.last = last;
    this.#asTold(() => {
      for (const inst of taken) this.#seen(mirror, inst, 'came');
      this.#see(mirror, seats);
    });
    for (const seat of mirror.room.list) if (!mirror.home.has(seat)) this.#passOn(mirror, seat);
  }

  /** What was meant for a member elsewhere while the engine was gone. */
  #passOn(mirror: Mirror, seat: Seat): void {
    for (const parcel of seat.kept.since(0).parcels) {
      const recv = messageOf(parcel);
      const from = mirror.room.seats.get(recv.toString('latin1', 1, addressedBytes));
      if (from !== undefined && from !== seat) this.take(from, recv, seat);
    }
    seat.kept.clear();
  }

  #tick(): void {
    this.#engine.run('tick', [this.#engine.self, String(deadMs)]).then((living) => {
      this.#living = Math.abs(Number(living));
      // We were taken for dead, so our seats are away for the others. What is new has just been announced.
      if (Number(living) < 0) for (const mirror of this.#mirrors.values()) this.#announce(mirror);
    }, ignore);
  }

  /** Call about once a second. */
  sweep(): void {
    const over = [...this.#mirrors.values()].filter(
      ({ room }) => this.#rooms.find(room.id) !== room || room.list.every(({ outlet }) => outlet === elsewhere),
    );
    for (const { name, room } of over) {
      this.#mirrors.delete(name);
      this.#names.delete(room.id);
      this.#asTold(() => this.#rooms.close(room));
    }
    if (!this.isUp) return;
    this.#tick();
    for (let i = 0; i < over.length; i += roomsInCommand)
      this.#engine.run('forget', [this.#engine.self, ...over.slice(i, i + roomsInCommand).map(({ name }) => bytesOf(name))]).catch(ignore);
    this.#touch();
  }

  #touch(): void {
    const now = this.#clock.now();
    if (now < this.#touchAt) return;
    this.#touchAt = now + touchMs;
    const rooms = [...this.#mirrors.values()];
    for (let i = 0; i < rooms.length; i += roomsInCommand) {
      const some = rooms.slice(i, i + roomsInCommand);
      const args = some.flatMap(({ name, room }) => [bytesOf(name), String(this.#lifeMs(room.expiresAt))]);
      this.#engine.run('touch', [this.#engine.self, ...args]).catch(ignore);
    }
  }

  /** How long the engine remembers a room that nobody touches. */
  #lifeMs(expiresAt: number): number {
    const life = Math.max(shortestLifeMs, 2000 * this.#settings.graceSeconds);
    return expiresAt === 0 ? life : Math.max(1000, Math.min(life, expiresAt * 1000 - this.#clock.wall() + 1000));
  }

  /** The engine's name for a room: of no use to who has not the cluster's secret. */
  #nameOf(roomId: string): string {
    const known = this.#names.get(roomId);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.#settings.clusterSecret).update('room\0').update(Buffer.from(roomId, 'latin1')).digest();
    const name = digest.toString('latin1', 0, 16);
    this.#names.set(roomId, name);
    return name;
  }
}

function entryOf(from: Seat, message: Buffer, to: Seat | 'all'): Buffer {
  const entry = Buffer.allocUnsafe(entryHeadBytes + message.length);
  const isHole = to !== 'all' && to.outlet !== null && message.length >= bulkBytes;
  entry[0] = isHole ? notKept : 0;
  if (to === 'all') entry.fill(0, 1, entryHeadBytes);
  else entry.set(to.inst, 1);
  entry.set(message, entryHeadBytes);
  entry[entryHeadBytes] = relayFrameTypes.received;
  entry.set(from.inst, entryHeadBytes + 1);
  return entry;
}

/** The queue of a seat that comes from another process: what its page lacks, by the engine's log. */
function refill(seat: Seat, { given, entries }: Extract<EngineRecord, { type: 'seated' }>): void {
  seat.kept.restart(given - entries.length);
  for (const { recv } of entries) seat.kept.push(recv === null ? hole : parcelOf(Buffer.from(recv)));
}

function lose(seat: Seat): void {
  seat.kept.push(hole);
  seat.outlet?.tell({ type: 'gap', lost: 1 });
}

/** For those who are elsewhere, until the engine is back. */
function holdForOthers(mirror: Mirror, { from, to, recv }: Own): void {
  for (const seat of to === 'all' ? mirror.room.list : [to]) if (seat !== from && !mirror.home.has(seat)) give(seat, parcelOf(recv));
}

function add(counters: Map<string, number>, name: string, amount = 1): void {
  counters.set(name, (counters.get(name) ?? 0) + amount);
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** The engine went down, which `#down` has dealt with. */
function ignore(): void {}
