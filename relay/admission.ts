/**
 * Who may open a socket, and how many. Addresses are never kept: each becomes an id, a keyed hash whose key is random and is thrown away after
 * a day, so that nothing in this process can be turned back into a list of visitors. An IPv6 address counts by its /64,
 * since that is what one household or one attacker has.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from './clock.ts';
import { TokenBucket } from './token-bucket.ts';

export interface AdmissionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly connectsPerSecondPerAddress: number;
  readonly errandsPerMinutePerAddress: number;
}

/** The same limits for all processes of a cluster (`cluster/visitors.ts`). */
export interface SharedLimits {
  readonly isUp: boolean;
  /** The cluster's id of the day of whoever has this address. */
  visitorOf(address: string): Buffer;
  /** Counts a socket: 0, or -1 where its address has all it may have, or the ms after which another try makes sense. */
  open(visitor: Buffer): Promise<number>;
  close(visitor: Buffer): void;
  /** Charges an address: 0, or the ms after which it may ask again. */
  spend(visitor: Buffer, cost: number): Promise<number>;
}

/** Held by an open socket; given back once, when it closes. */
export interface Ticket {
  giveBack(): void;
  /** Charges its address for something asked at the desk: 0, or the seconds after which it may ask again. */
  spendErrand(cost: number): number;
  /** The same object for all sockets of one address, and nothing else about it. */
  readonly household: object;
}

export type Admission =
  /** `visitor` is an id of the day, of whoever has this address. */
  | { readonly admitted: true; readonly ticket: Ticket; readonly visitor: string }
  /** Seconds after which another try makes sense. */
  | { readonly admitted: false; readonly retryS: number };

/** Why somebody was not admitted, counted. */
export interface AdmissionDrops {
  connections: number;
  connectionsOfAddress: number;
  connectsOfAddress: number;
}

interface Visitor {
  open: number;
  readonly connects: TokenBucket;
  readonly errands: TokenBucket;
  /** Until when the other processes want it to ask for nothing. */
  quietUntil: number;
}

interface Sharing {
  readonly limits: SharedLimits;
  readonly visitor: Buffer;
}

class HeldTicket implements Ticket {
  readonly #visitor: Visitor;
  readonly #all: { open: number };
  readonly #clock: Clock;
  #isHeld = true;
  #sharing: Sharing | null = null;

  constructor(visitor: Visitor, all: { open: number }, clock: Clock) {
    this.#visitor = visitor;
    this.#all = all;
    this.#clock = clock;
  }

  giveBack(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#visitor.open--;
    this.#all.open--;
    this.#sharing?.limits.close(this.#sharing.visitor);
  }

  /** From now on the other processes hear of it too. */
  share(sharing: Sharing): void {
    this.#sharing = sharing;
  }

  get household(): object {
    return this.#visitor;
  }

  spendErrand(cost: number): number {
    const { errands, quietUntil } = this.#visitor;
    const now = this.#clock.now();
    if (quietUntil > now) return Math.ceil((quietUntil - now) / 1000);
    const waitMs = errands.spend(cost, now);
    if (waitMs === 0) this.#spendShared(cost);
    return Math.ceil(waitMs / 1000);
  }

  /** Nobody waits for the others' word: it counts from the next errand on. */
  #spendShared(cost: number): void {
    this.#sharing?.limits.spend(this.#sharing.visitor, cost).then(
      (waitMs) => {
        if (waitMs > 0) this.#visitor.quietUntil = this.#clock.now() + waitMs;
      },
      () => {},
    );
  }
}

/**
 * Stands for the address of visitors whom nothing tells apart: of an onion whose tor cannot name circuits. Together they have what sixteen
 * addresses have, and at most half of all sockets, so that whoever floods their door keeps out nobody but them. One limit for each
 * connection was rejected: that is none.
 */
export const crowd = 'crowd';
const crowdSize = 16;

const keyMs = 24 * 60 * 60 * 1000;
/** An address may open so many seconds' worth of sockets at once: a page that comes back opens several. */
export const burstSeconds = 20;

export class Admissions {
  readonly #limits: AdmissionLimits;
  readonly #clock: Clock;
  readonly #drops: AdmissionDrops;
  #key = randomBytes(32);
  #keyUntil: number;
  #visitors = new Map<string, Visitor>();
  readonly #all = { open: 0 };
  readonly #shared: SharedLimits | null;

  constructor(limits: AdmissionLimits, clock: Clock, drops: AdmissionDrops, shared: SharedLimits | null = null) {
    this.#limits = limits;
    this.#shared = shared;
    this.#clock = clock;
    this.#drops = drops;
    this.#keyUntil = clock.now() + keyMs;
  }

  /** Sockets open now, and addresses seen lately. */
  get size(): { readonly open: number; readonly visitors: number } {
    return { open: this.#all.open, visitors: this.#visitors.size };
  }

  /** `admit` by all processes of a cluster; without one `answered` is called at once. Where the engine fails, this process judges alone. */
  ask(address: string, answered: (admission: Admission) => void): void {
    const admission = this.#admit(address);
    const shared = this.#shared;
    if (!admission.admitted || shared === null || !shared.isUp || address === crowd) {
      answered(admission);
      return;
    }
    const visitor = shared.visitorOf(address);
    shared.open(visitor).then(
      (waitMs) => {
        if (waitMs === 0) {
          admission.ticket.share({ limits: shared, visitor });
          answered(admission);
          return;
        }
        admission.ticket.giveBack();
        answered(waitMs < 0 ? this.#refuse('connectionsOfAddress', 30) : this.#refuse('connectsOfAddress', Math.ceil(waitMs / 1000)));
      },
      () => answered(admission),
    );
  }

  admit(address: string): Admission {
    return this.#admit(address);
  }

  #admit(address: string): Admission & ({ readonly admitted: false } | { readonly ticket: HeldTicket }) {
    const now = this.#clock.now();
    const { connections, connectionsPerAddress } = this.#limits;
    if (this.#all.open >= connections) return this.#refuse('connections', 30);
    const id = this.#idOf(address);
    const size = address === crowd ? crowdSize : 1;
    const visitor = this.#visitor(id, size, now);
    const most = Math.min(connectionsPerAddress * size, size === 1 ? connections : Math.ceil(connections / 2));
    if (visitor.open >= most) return this.#refuse('connectionsOfAddress', 30);
    const waitMs = visitor.connects.spend(1, now);
    if (waitMs > 0) return this.#refuse('connectsOfAddress', Math.ceil(waitMs / 1000));
    this.#all.open++;
    visitor.open++;
    return { admitted: true, ticket: new HeldTicket(visitor, this.#all, this.#clock), visitor: id };
  }

  /** Forgets addresses that have nothing open and nothing owed; throws the key away when its day is over. */
  sweep(): void {
    const now = this.#clock.now();
    if (now >= this.#keyUntil) {
      this.#key = randomBytes(32);
      this.#keyUntil = now + keyMs;
      this.#visitors = new Map();
    }
    for (const [id, { open, connects, errands, quietUntil }] of this.#visitors)
      if (open === 0 && quietUntil <= now && connects.isFull(now) && errands.isFull(now)) this.#visitors.delete(id);
  }

  #idOf(address: string): string {
    return createHmac('sha256', this.#key).update(household(address)).digest('base64');
  }

  #visitor(id: string, size: number, now: number): Visitor {
    const known = this.#visitors.get(id);
    if (known !== undefined) return known;
    const { connectsPerSecondPerAddress: rate, errandsPerMinutePerAddress: errands } = this.#limits;
    const visitor = {
      open: 0,
      connects: new TokenBucket(rate * size, rate * size * burstSeconds, now),
      errands: new TokenBucket((errands * size) / 60, errands * size, now),
      quietUntil: 0,
    };
    this.#visitors.set(id, visitor);
    return visitor;
  }

  #refuse(reason: keyof AdmissionDrops, retryS: number): Extract<Admission, { admitted: false }> {
    this.#drops[reason]++;
    return { admitted: false, retryS };
  }
}

/** What counts as one visitor: an IPv4 address (also in IPv6 clothes), or the first 64 bits of an IPv6 address. */
export function household(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1] as string;
  const [head = '', tail] = (address.split('%')[0] as string).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
