/**
 * N relay processes as one relay (docs/decisions/113). Each process holds its own sockets and, of every room where it has seats, a mirror
 * with all seats; those that other processes serve have the outlet `elsewhere`. What is said in a room goes to the engine first, which
 * gives it its place in the room's log and tells every process that has seats there; only then does anybody get it, here or elsewhere. So
 * nobody has what the log has not, and a page whose process is killed finds at another all that it lacks.
 *
 * All input comes by one channel in one order: also what became of our own JOINs and SENDs. Without the engine this process goes on by itself,
 * as a relay without a cluster: members that others serve are away, what is meant for them waits in their mirrored
 * seats, and it announces what it has when the engine is back.
 */
import { createHmac } from 'node:crypto';
import { ProtocolError } from '../../shared/errors.ts';
import { addressedBytes, type JoinClaim, relayErrors } from '../../shared/wire/relay.ts';
import type { AdmissionLimits } from '../admission.ts';
import type { Clock } from '../clock.ts';
import { give, messageOf, parcelOf } from '../forward.ts';
import type { Log } from '../log.ts';
import type { Counters } from '../metrics.ts';
import { idOf, type JoinOutcome, type Outlet, type Room, type RoomLimits, type Rooms, type Seat } from '../rooms.ts';
import { Engine } from './engine.ts';
import { deliver, type Mirror, refill } from './mirror.ts';
import { type LogLimits, Outbox, type Own } from './outbox.ts';
import { decodeRecords, type EngineRecord, type SeatSeen } from './records.ts';
import { deadMs } from './scripts.ts';
import { Visitors } from './visitors.ts';

interface ClusterSettings extends RoomLimits, AdmissionLimits, LogLimits {
  readonly cluster: string;
  readonly clusterSecret: string;
}

interface Joining {
  readonly claim: JoinClaim;
  readonly outlet: Outlet;
  readonly done: (outcome: JoinOutcome) => void;
}

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
  readonly #outbox: Outbox;
  readonly visitors: Visitors;
  /** By name. */
  readonly #mirrors = new Map<string, Mirror>();
  readonly #names = new Map<string, string>();
  readonly #joining = new Map<number, Joining>();
  #tokens = 0;
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
    this.#outbox = new Outbox(this.#engine, settings, counters, (mirror) => this.#announce(mirror));
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
    return { processes: this.isUp ? this.#living : 0, waitingBytes: this.#outbox.bytes };
  }

  /** Senders should not be read for a moment. */
  get isCongested(): boolean {
    return this.#outbox.isCongested;
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
    const name = this.#nameOf(idOf(own.roomPub));
    const mirror = this.#mirrors.get(name);
    const seat = mirror?.room.seats.get(idOf(own.inst));
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
    const instId = idOf(claim.inst);
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
    else if (!isHome) refill(outcome.seat, record.given, record.entries);
    done(outcome);
  }

  #mirrorOf(room: Room): Mirror {
    const name = this.#nameOf(room.id);
    const known = this.#mirrors.get(name);
    if (known !== undefined) return known;
    const mirror: Mirror = { name, room, home: new Set(), last: 0, isSyncing: false };
    this.#mirrors.set(name, mirror);
    this.#names.set(room.id, name);
    return mirror;
  }

  // ---------------------------------------------------------------- speaking

  /** Takes a SEND to all processes. False where it is for this process alone to deliver. */
  take(from: Seat, message: Buffer, to: Seat | 'all'): boolean {
    const mirror = this.isUp ? this.#mirrors.get(this.#nameOf(from.room.id)) : undefined;
    if (mirror === undefined) return false;
    this.#outbox.put(mirror, from, message, to);
    return true;
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
      this.#outbox.accepted(record.batch, record.room);
      const spoken = this.#mirrors.get(record.room);
      if (spoken !== undefined) this.#advance(spoken, record.first, record.count);
      return;
    }
    const mirror = this.#mirrors.get(record.room);
    if (mirror === undefined) return;
    if (record.type === 'entries') {
      if (record.first === mirror.last + 1 && !mirror.isSyncing) for (const entry of record.entries) deliver(mirror, entry);
      this.#advance(mirror, record.first, record.entries.length);
    } else if (record.type === 'synced') this.#synced(mirror, record);
    else this.#asTold(() => this.#seen(mirror, record.inst, record.type));
  }

  /** Notes how far the room has been heard; where something was missed, asks for it. */
  #advance(mirror: Mirror, first: number, count: number): void {
    if (mirror.isSyncing) return;
    if (first === mirror.last + 1) mirror.last = first + count - 1;
    else if (first > mirror.last) this.#announce(mirror);
  }

  #seen(mirror: Mirror, inst: Uint8Array, what: 'came' | 'away' | 'left'): void {
    const seat = mirror.room.seats.get(idOf(inst));
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
    const names = new Set(seats.map(({ inst }) => idOf(inst)));
    for (const seat of [...mirror.room.list]) if (seat.outlet === elsewhere && !names.has(seat.id)) this.#rooms.leave(seat, elsewhere);
    for (const { inst, isAway } of seats) {
      const seat = mirror.room.seats.get(idOf(inst));
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
    this.#outbox.send();
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
    const unsaid = this.#outbox.drain();
    this.#asTold(() => {
      for (const { room } of this.#mirrors.values())
        for (const seat of room.list) if (seat.outlet === elsewhere) this.#rooms.away(seat, elsewhere);
    });
    for (const { own, mirror } of unsaid) for (const one of own) holdForOthers(mirror, one);
    const joining = [...this.#joining.values()];
    this.#joining.clear();
    for (const { claim, outlet, done } of joining) done(this.#rooms.join(claim, outlet));
  }

  /** Tells the engine what this process has of a room, and asks for what it has missed. */
  #announce(mirror: Mirror): void {
    if (!this.isUp || mirror.isSyncing) return;
    mirror.isSyncing = true;
    this.#outbox.settle(mirror.name);
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
    for (const entry of entries) deliver(mirror, entry);
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
    return digest.toString('latin1', 0, 16);
  }
}

/** For those who are elsewhere, until the engine is back. */
function holdForOthers(mirror: Mirror, { from, to, recv }: Own): void {
  for (const seat of to === 'all' ? mirror.room.list : [to]) if (seat !== from && !mirror.home.has(seat)) give(seat, parcelOf(recv));
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The engine went down, which `#down` has dealt with. */
function ignore(): void {}
