/**
 * Who sits where: rooms, seats, grace, resume and expiry (protocol.md "Relay"). No sockets in here; a seat has an `outlet`
 * while a socket serves it. Nothing is known of a room but its id, its end, and its members' instances.
 *
 * A state of a seat is its outlet: present, or null and away since `awaySince`. An away seat still gets its messages, into
 * its resume queue, until the grace time is over. Rooms are found by the raw bytes of their id as a Latin-1 string,
 * which is the cheapest key that JavaScript has for 32 bytes.
 */
import { type FromRelay, type JoinClaim, type RelayErrorCode, relayErrors } from '../shared/wire/relay.ts';
import type { Clock } from './clock.ts';
import type { Parcel } from './forward.ts';
import { type ResumeBudget, ResumeQueue } from './resume-queue.ts';

/** The way out to one member. */
export interface Outlet {
  deliver(parcel: Parcel): void;
  tell(frame: FromRelay): void;
  /** Says why, then closes. */
  end(code: RelayErrorCode): void;
}

export interface Seat {
  readonly room: Room;
  readonly id: string;
  readonly inst: Uint8Array;
  readonly kept: ResumeQueue;
  outlet: Outlet | null;
  awaySince: number;
}

export interface Room {
  readonly id: string;
  /** Seconds since 1970; 0: none. */
  readonly expiresAt: number;
  readonly seats: Map<string, Seat>;
  /** The same seats, for the loop that every message runs. */
  readonly list: Seat[];
}

export interface RoomLimits {
  readonly rooms: number;
  readonly roomMembers: number;
  readonly roomHours: number;
  readonly graceSeconds: number;
  readonly resumeBytes: number;
  readonly resumeTotalBytes: number;
}

export type JoinOutcome =
  | { readonly type: 'refused'; readonly code: RelayErrorCode }
  | { readonly type: 'seated'; readonly seat: Seat; readonly resumed: boolean; readonly remainingS: number };

/** Hears of what happens to seats, for the other processes of a cluster. */
export interface SeatWatch {
  seated(seat: Seat): void;
  away(seat: Seat): void;
  left(seat: Seat): void;
}

const hourMs = 3_600_000;

export class Rooms {
  readonly #limits: RoomLimits;
  readonly #clock: Clock;
  readonly #rooms = new Map<string, Room>();
  readonly #budget: ResumeBudget;
  /** Seats without an outlet, oldest first. */
  readonly #away = new Set<Seat>();
  #seats = 0;
  #watch: SeatWatch | null = null;

  constructor(limits: RoomLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#budget = { seatBytes: limits.resumeBytes, totalBytes: limits.resumeTotalBytes, held: 0 };
  }

  watch(watch: SeatWatch): void {
    this.#watch = watch;
  }

  get size(): { readonly rooms: number; readonly seats: number; readonly away: number; readonly keptBytes: number } {
    return { rooms: this.#rooms.size, seats: this.#seats, away: this.#away.size, keptBytes: this.#budget.held };
  }

  /**
   * Seats a page whose proof has been checked. Takes over its seat where it has one: a socket that served it is ended. Tells nobody yet;
   * call `announce` once the page itself has been answered.
   */
  join(claim: JoinClaim, outlet: Outlet): JoinOutcome {
    const id = idOf(claim.roomPub);
    const known = this.#rooms.get(id);
    const refusal = this.refusal(claim);
    if (refusal !== null) return { type: 'refused', code: refusal };
    const instId = idOf(claim.inst);
    const kept = known?.seats.get(instId);
    if (kept === undefined && known !== undefined && known.list.length >= this.#limits.roomMembers)
      return { type: 'refused', code: relayErrors.full };
    const room = known ?? this.#open(id, claim.expiresAt);
    const seat = kept ?? this.#add(room, instId, claim.inst);
    this.serve(seat, outlet);
    this.#watch?.seated(seat);
    return { type: 'seated', seat, resumed: kept !== undefined, remainingS: this.remainingS(room) };
  }

  /** Whoever served the seat until now is ended. */
  serve(seat: Seat, outlet: Outlet): void {
    const previous = seat.outlet;
    seat.outlet = outlet;
    this.#away.delete(seat);
    previous?.end(relayErrors.taken);
  }

  /** Tells the others that this seat is served (again), and it who of them is away. */
  announce(seat: Seat): void {
    for (const other of seat.room.list) {
      if (other === seat) continue;
      other.outlet?.tell({ type: 'came', inst: seat.inst });
      if (other.outlet === null) seat.outlet?.tell({ type: 'away', inst: other.inst });
    }
  }

  /** The socket behind `outlet` is gone for a while: the seat is kept for the grace time. */
  away(seat: Seat, outlet: Outlet): void {
    if (seat.outlet !== outlet) return;
    seat.outlet = null;
    seat.awaySince = this.#clock.now();
    this.#away.add(seat);
    tellAll(seat.room, { type: 'away', inst: seat.inst });
    this.#watch?.away(seat);
  }

  /** The page gave its seat up, or lost it. */
  leave(seat: Seat, outlet: Outlet | null): void {
    if (seat.outlet === outlet) this.#remove(seat);
  }

  /** Ends what time has ended. Call about once a second. */
  sweep(): void {
    const graceEnd = this.#clock.now() - this.#limits.graceSeconds * 1000;
    for (const seat of this.#away) {
      if (seat.awaySince > graceEnd) break;
      this.#remove(seat);
    }
    const wall = this.#clock.wall();
    for (const room of this.#rooms.values()) if (isOver(room.expiresAt, wall)) this.#expire(room);
  }

  /** By `Room.id`. */
  find(id: string): Room | undefined {
    return this.#rooms.get(id);
  }

  /** All sockets that serve a seat. */
  *outlets(): Iterable<Outlet> {
    for (const room of this.#rooms.values()) for (const { outlet } of room.list) if (outlet !== null) yield outlet;
  }

  /** Why this page cannot come in, as far as its room's time and the number of rooms go. */
  refusal(claim: JoinClaim): RelayErrorCode | null {
    const known = this.#rooms.get(idOf(claim.roomPub));
    const wall = this.#clock.wall();
    if (isOver(claim.expiresAt, wall)) return relayErrors.expired;
    if (claim.expiresAt * 1000 > wall + this.#limits.roomHours * hourMs) return relayErrors.badExpiry;
    if (known === undefined) return this.#rooms.size >= this.#limits.rooms ? relayErrors.busy : null;
    return known.expiresAt === claim.expiresAt ? null : relayErrors.badExpiry;
  }

  // ---------------------------------------------------------------- what a cluster tells

  /** The room of a claim that was not refused. */
  open({ roomPub, expiresAt }: JoinClaim): Room {
    const id = idOf(roomPub);
    return this.#rooms.get(id) ?? this.#open(id, expiresAt);
  }

  /** A new seat, away or served by `outlet`, and the others are told. */
  place(room: Room, inst: Uint8Array, outlet: Outlet | null): void {
    const seat = this.#add(room, idOf(inst), inst);
    seat.outlet = outlet;
    if (outlet !== null) {
      this.announce(seat);
      return;
    }
    seat.awaySince = this.#clock.now();
    this.#away.add(seat);
    tellAll(room, { type: 'away', inst: seat.inst });
  }

  /** Forgets a room whose members are all elsewhere. */
  close(room: Room): void {
    if (this.#rooms.get(room.id) !== room) return;
    this.#rooms.delete(room.id);
    for (const seat of room.list.splice(0)) this.#drop(seat);
    room.seats.clear();
  }

  #open(id: string, expiresAt: number): Room {
    const room: Room = { id, expiresAt, seats: new Map(), list: [] };
    this.#rooms.set(id, room);
    return room;
  }

  #add(room: Room, id: string, inst: Uint8Array): Seat {
    const seat: Seat = { room, id, inst: Uint8Array.from(inst), kept: new ResumeQueue(this.#budget), outlet: null, awaySince: 0 };
    room.seats.set(id, seat);
    room.list.push(seat);
    this.#seats++;
    return seat;
  }

  #remove(seat: Seat): void {
    const { room } = seat;
    this.#drop(seat);
    room.seats.delete(seat.id);
    room.list.splice(room.list.indexOf(seat), 1);
    tellAll(room, { type: 'left', inst: seat.inst });
    if (room.list.length === 0) this.#rooms.delete(room.id);
    this.#watch?.left(seat);
  }

  #expire(room: Room): void {
    this.#rooms.delete(room.id);
    for (const seat of room.list.splice(0)) {
      const { outlet } = seat;
      this.#drop(seat);
      outlet?.end(relayErrors.expired);
    }
    room.seats.clear();
  }

  #drop(seat: Seat): void {
    seat.outlet = null;
    seat.kept.clear();
    this.#away.delete(seat);
    this.#seats--;
  }

  /** Seconds until the room ends; 0 where it has no end. */
  remainingS(room: Room): number {
    return room.expiresAt === 0 ? 0 : Math.max(1, Math.ceil(room.expiresAt - this.#clock.wall() / 1000));
  }
}

function tellAll(room: Room, frame: FromRelay & { readonly inst: Uint8Array }): void {
  const about = idOf(frame.inst);
  for (const seat of room.list) if (seat.id !== about) seat.outlet?.tell(frame);
}

function isOver(expiresAt: number, wallMs: number): boolean {
  return expiresAt !== 0 && expiresAt * 1000 <= wallMs;
}

/** Bytes as a key of maps. */
export function idOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
