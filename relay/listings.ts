/**
 * The list of rooms that chose to be in it, and their doors (protocol.md "Ways in"). A room comes into the list by a member who proves
 * it holds the room's key, and leaves it by another such word, or when the room ends. Nothing about a room can be learned here that
 * its members did not publish: whatever is asked about any other is answered from the list alone, so that a room that exists
 * and one that does not look the same, byte for byte and step for step.
 *
 * Members who attend their room's door are introduced to visitors, at most `limits.doorkeepers` for one knock. Whoever reads
 * the list gets all of it and then what changes, encoded once for all readers, at most once a second.
 */
import { ProtocolError } from '../shared/errors.ts';
import { limits } from '../shared/limits.ts';
import { type Access, decodeListing, encodeFromDesk, encodeListings, type ListedRoom, listingProof } from '../shared/wire/desk.ts';
import { type ListedAs, type RelayErrorCode, relayErrors } from '../shared/wire/relay.ts';
import type { Clock } from './clock.ts';
import type { Call } from './desk.ts';
import { type Parcel, wrap } from './forward.ts';
import { received } from './letters.ts';
import type { Counters } from './metrics.ts';
import { idOf, type Outlet, type Room, type Rooms, type Seat } from './rooms.ts';
import { TokenBucket } from './token-bucket.ts';
import { verifyStrictly } from './verify-join.ts';

export interface ListingLimits {
  readonly listing: boolean;
  readonly listings: number;
  readonly knocksPerMinute: number;
}

interface Listed {
  readonly roomPub: Uint8Array;
  readonly bytes: Uint8Array;
  readonly access: Access;
  /** As the readers were told last. */
  people: number;
}

interface Keeper {
  readonly id: string;
  readonly inst: Uint8Array;
  readonly outlet: Outlet;
}

interface Visitor extends Keeper {
  readonly household: object;
  readonly endsAt: number;
  readonly keepers: Set<Keeper>;
  left: number;
}

/** Where members wait for visitors, and visitors before them. Kept while there is anybody. */
interface Door {
  readonly keepers: Set<Keeper>;
  readonly visitors: Map<string, Visitor>;
  readonly knocks: TokenBucket;
}

const busyRetryS = 20;
/** Nobody fills the place before a door alone. */
const pendingPerHousehold = 3;

export class Listings {
  readonly #limits: ListingLimits;
  readonly #clock: Clock;
  readonly #rooms: Rooms;
  readonly #random: (length: number) => Uint8Array;
  readonly #counters: Counters;
  /** By room id, as `Rooms` has it. */
  readonly #listed = new Map<string, Listed>();
  readonly #doors = new Map<string, Door>();
  readonly #readers = new Set<Outlet>();
  /** Members who were told that their room is listed, and must be told when it no longer is. */
  readonly #told = new WeakSet<Seat>();
  #changed = new Set<string>();
  #snapshot: readonly Parcel[] | null = null;

  constructor(limitsOfRelay: ListingLimits, clock: Clock, rooms: Rooms, random: (length: number) => Uint8Array, counters: Counters) {
    this.#limits = limitsOfRelay;
    this.#clock = clock;
    this.#rooms = rooms;
    this.#random = random;
    this.#counters = counters;
  }

  get size(): { readonly listings: number; readonly visitors: number } {
    let visitors = 0;
    for (const door of this.#doors.values()) visitors += door.visitors.size;
    return { listings: this.#listed.size, visitors };
  }

  /** Tells a member who has just come how its room stands in the list. */
  greet(seat: Seat): void {
    const listed = this.#listed.get(seat.room.id);
    if (listed === undefined && !this.#told.has(seat)) return;
    this.#tellSeat(seat, standing(listed));
  }

  // ---------------------------------------------------------------- readers

  read(outlet: Outlet): Call | RelayErrorCode {
    if (!this.#limits.listing) return relayErrors.listingOff;
    this.#snapshot ??= encodeListings([...this.#listed.values()].map((one) => this.#entry(one))).map(wrap);
    for (const parcel of this.#snapshot) outlet.deliver(parcel);
    this.#readers.add(outlet);
    return {
      heard: () => {
        throw new ProtocolError('unexpected', 'readers say nothing');
      },
      closed: () => void this.#readers.delete(outlet),
    };
  }

  // ---------------------------------------------------------------- members

  /** A member whose proof has been checked, at its room's door from now on. */
  attend(roomPub: Uint8Array, inst: Uint8Array, outlet: Outlet): (Call & { readonly answer: () => void }) | RelayErrorCode {
    const id = idOf(roomPub);
    if (!this.#limits.listing) return relayErrors.listingOff;
    if (this.#rooms.find(id) === undefined) return relayErrors.gone;
    const door = this.#doors.get(id) ?? this.#openDoor(id);
    if (door.keepers.size >= limits.members) return relayErrors.busy;
    const keeper: Keeper = { id: idOf(inst), inst: Uint8Array.from(inst), outlet };
    door.keepers.add(keeper);
    return {
      answer: () => outlet.deliver(this.#ownEntry(id, roomPub)),
      heard: ({ dst, frame }) => {
        const visitor = door.visitors.get(dst);
        if (visitor?.keepers.has(keeper)) visitor.outlet.deliver(received(keeper.inst, frame));
        else this.#counters.drops.errand++;
      },
      closed: () => this.#keeperGone(id, door, keeper),
    };
  }

  /** Puts a room that is here into the list, with words that its key has signed. */
  list(roomPub: Uint8Array, bytes: Uint8Array): RelayErrorCode | null {
    const { listing, content, sig } = decodeListing(bytes);
    if (!verifyStrictly(roomPub, listingProof(roomPub, content), sig)) return relayErrors.unauthentic;
    const id = idOf(roomPub);
    const room = this.#rooms.find(id);
    if (room === undefined) return relayErrors.gone;
    if (!this.#listed.has(id) && this.#listed.size >= this.#limits.listings) return relayErrors.busy;
    const listed = { roomPub: Uint8Array.from(roomPub), bytes: Uint8Array.from(bytes), access: listing.access, people: present(room) };
    this.#listed.set(id, listed);
    this.#counters.listingsPublished++;
    this.#change(id, room);
    return null;
  }

  withdraw(roomPub: Uint8Array): void {
    this.#unlist(idOf(roomPub));
  }

  // ---------------------------------------------------------------- visitors

  knock(
    roomPub: Uint8Array,
    inst: Uint8Array,
    household: object,
    outlet: Outlet,
  ): Call | { readonly code: RelayErrorCode; readonly retryS: number } {
    if (!this.#limits.listing) return { code: relayErrors.listingOff, retryS: 0 };
    const id = idOf(roomPub);
    if (this.#listed.get(id)?.access !== 'knock') return { code: relayErrors.gone, retryS: 0 };
    const door = this.#doors.get(id);
    if (door === undefined || door.keepers.size === 0) return { code: relayErrors.nobody, retryS: 0 };
    const now = this.#clock.now();
    const visitorId = idOf(inst);
    const theirs = [...door.visitors.values()].filter((visitor) => visitor.household === household);
    if (door.visitors.size >= limits.knocksPending || door.visitors.has(visitorId) || theirs.length >= pendingPerHousehold)
      return { code: relayErrors.busy, retryS: busyRetryS };
    const waitMs = door.knocks.spend(1, now);
    if (waitMs > 0) return { code: relayErrors.busy, retryS: Math.ceil(waitMs / 1000) };
    this.#counters.knocks++;
    const keepers = new Set(this.#some(door.keepers));
    const left = limits.doorFrames * limits.doorkeepers;
    const visitor: Visitor = { id: visitorId, inst: Uint8Array.from(inst), outlet, household, endsAt: now + limits.knockMs, keepers, left };
    door.visitors.set(visitorId, visitor);
    outlet.deliver(wrap(encodeFromDesk({ type: 'met', others: [...keepers].map((keeper) => keeper.inst) })));
    for (const keeper of keepers) keeper.outlet.deliver(wrap(encodeFromDesk({ type: 'met', others: [visitor.inst] })));
    return {
      heard: ({ dst, frame }) => {
        const to = [...keepers].find((keeper) => keeper.id === dst);
        if (to === undefined || visitor.left-- <= 0) this.#counters.drops.errand++;
        else to.outlet.deliver(received(visitor.inst, frame));
      },
      closed: () => this.#visitorGone(id, door, visitor),
    };
  }

  // ---------------------------------------------------------------- time

  /** Ends what is over, and tells the readers what has changed. Call about once a second. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [id, listed] of this.#listed) {
      const room = this.#rooms.find(id);
      if (room === undefined) this.#unlist(id);
      else if (present(room) !== listed.people) {
        listed.people = present(room);
        this.#changed.add(id);
      }
    }
    for (const [id, door] of this.#doors) {
      if (this.#rooms.find(id) === undefined) for (const keeper of door.keepers) keeper.outlet.end(relayErrors.gone);
      for (const visitor of door.visitors.values()) if (visitor.endsAt <= now) visitor.outlet.end(relayErrors.gone);
      this.#closeDoor(id, door);
    }
    if (this.#changed.size > 0) this.#tellReaders();
  }

  #tellReaders(): void {
    const entries = [...this.#changed].map((id) => {
      const listed = this.#listed.get(id);
      return listed === undefined ? noEntry(Buffer.from(id, 'latin1')) : this.#entry(listed);
    });
    this.#changed = new Set();
    this.#snapshot = null;
    const parcels = encodeListings(entries).map(wrap);
    for (const outlet of this.#readers) for (const parcel of parcels) outlet.deliver(parcel);
  }

  #unlist(id: string): void {
    if (!this.#listed.delete(id)) return;
    const door = this.#doors.get(id);
    for (const visitor of door?.visitors.values() ?? []) visitor.outlet.end(relayErrors.gone);
    this.#change(id, this.#rooms.find(id));
  }

  /** Members and the door hear at once, readers with the next sweep. */
  #change(id: string, room: Room | undefined): void {
    this.#changed.add(id);
    this.#snapshot = null;
    const listed = this.#listed.get(id);
    for (const seat of room?.list ?? []) this.#tellSeat(seat, standing(listed));
    const entry = this.#ownEntry(id, Buffer.from(id, 'latin1'));
    for (const keeper of this.#doors.get(id)?.keepers ?? []) keeper.outlet.deliver(entry);
  }

  #tellSeat(seat: Seat, listed: ListedAs): void {
    if (listed === 'no') this.#told.delete(seat);
    else this.#told.add(seat);
    seat.outlet?.tell({ type: 'listed', listed });
  }

  #entry({ roomPub, bytes, people }: Listed): ListedRoom {
    const room = this.#rooms.find(idOf(roomPub));
    return { roomPub, people, remainingS: room === undefined ? 0 : this.#rooms.remainingS(room), listing: bytes };
  }

  #ownEntry(id: string, roomPub: Uint8Array): Parcel {
    const listed = this.#listed.get(id);
    const rooms = [listed === undefined ? noEntry(roomPub) : this.#entry(listed)];
    return wrap(encodeFromDesk({ type: 'listings', more: false, rooms }));
  }

  // ---------------------------------------------------------------- doors

  #openDoor(id: string): Door {
    const { knocksPerMinute } = this.#limits;
    const door: Door = {
      keepers: new Set(),
      visitors: new Map(),
      knocks: new TokenBucket(knocksPerMinute / 60, knocksPerMinute, this.#clock.now()),
    };
    this.#doors.set(id, door);
    return door;
  }

  /** A door keeps its count of knocks while it is listed, or leaving and coming back would forgive them. */
  #closeDoor(id: string, door: Door): void {
    if (door.keepers.size === 0 && door.visitors.size === 0 && !this.#listed.has(id)) this.#doors.delete(id);
  }

  #keeperGone(id: string, door: Door, keeper: Keeper): void {
    if (!door.keepers.delete(keeper)) return;
    for (const visitor of door.visitors.values())
      if (visitor.keepers.delete(keeper)) visitor.outlet.tell({ type: 'left', inst: keeper.inst });
    this.#closeDoor(id, door);
  }

  #visitorGone(id: string, door: Door, visitor: Visitor): void {
    if (!door.visitors.delete(visitor.id)) return;
    for (const keeper of visitor.keepers) keeper.outlet.tell({ type: 'left', inst: visitor.inst });
    this.#closeDoor(id, door);
  }

  /** A few of them, a different few each time: some may be asleep. */
  #some(keepers: ReadonlySet<Keeper>): Keeper[] {
    const all = [...keepers];
    const chosen: Keeper[] = [];
    while (all.length > 0 && chosen.length < limits.doorkeepers) chosen.push(...all.splice((this.#random(1)[0] as number) % all.length, 1));
    return chosen;
  }
}

function standing(listed: Listed | undefined): ListedAs {
  return listed === undefined ? 'no' : listed.access === 'knock' ? 'knocks' : 'yes';
}

function noEntry(roomPub: Uint8Array): ListedRoom {
  return { roomPub, people: 0, remainingS: 0, listing: new Uint8Array(0) };
}

/** Pages in the room now; seats of lost sockets do not count. */
function present(room: Room): number {
  return room.list.reduce((count, { outlet }) => count + (outlet === null ? 0 : 1), 0);
}
