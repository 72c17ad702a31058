/**
 * Where the relay serves callers, pages without a seat (protocol.md "Ways in"): who may ask how often, which proofs are checked in
 * which order, and which part answers. One errand a socket; a call ends when its socket does.
 */
import { ProtocolError } from '../shared/errors.ts';
import { decodeToDesk, isDeskFrame, publishProof, type ToDesk } from '../shared/wire/desk.ts';
import { type RelayErrorCode, relayErrors } from '../shared/wire/relay.ts';
import type { Ticket } from './admission.ts';
import type { Clock } from './clock.ts';
import { type Letter, readLetter } from './letters.ts';
import { type ListingLimits, Listings } from './listings.ts';
import { Mailboxes } from './mailboxes.ts';
import type { Counters } from './metrics.ts';
import type { Outlet, Rooms } from './rooms.ts';
import { verifyStrictly } from './verify-join.ts';

/** What a caller does after its first frame, and what its end means. */
export interface Call {
  /** Throws `ProtocolError`. */
  heard(letter: Letter): void;
  /** However it ended, by the close code. */
  closed(code: number): void;
}

/** One socket's conversation with the desk. */
export interface DeskCall {
  /** One message. Throws `ProtocolError`. */
  message(bytes: Uint8Array): void;
  closed(code: number): void;
}

/** The socket a caller is on. */
export interface CallerSocket {
  readonly outlet: Outlet & { end(code: RelayErrorCode, retryS?: number): void };
  readonly ticket: Ticket;
  readonly origins: readonly string[];
  readonly nonce: Uint8Array;
}

export interface DeskLimits extends ListingLimits {
  readonly codes: number;
}

type Publish = Extract<ToDesk, { type: 'publish' }>;

const busyRetryS = 20;

/** Shares of `errandsPerMinutePerAddress`: what can spoil something for others costs more. */
const costs: Readonly<Record<ToDesk['type'], number>> = { open: 1, list: 1, publish: 1, claim: 3, knock: 8 };

export class Desk {
  readonly mailboxes: Mailboxes;
  readonly listings: Listings;
  readonly #counters: Counters;

  constructor(limits: DeskLimits, clock: Clock, rooms: Rooms, random: (length: number) => Uint8Array, counters: Counters) {
    this.mailboxes = new Mailboxes(limits.codes, clock, random, counters);
    this.listings = new Listings(limits, clock, rooms, random, counters);
    this.#counters = counters;
  }

  /** Serves a caller's first frame, whose work has been checked. Null where it was refused, and told so. */
  take(frame: ToDesk, socket: CallerSocket): DeskCall | null {
    if (!this.#pays(socket, frame)) return null;
    switch (frame.type) {
      case 'open':
        return this.#plain(this.mailboxes.open(frame.inst, socket.outlet), socket);
      case 'claim':
        return this.#plain(this.mailboxes.claim(frame.nameplate, frame.inst, socket.outlet), socket);
      case 'list':
        return this.#plain(this.listings.read(socket.outlet), socket);
      case 'knock':
        return this.#plain(this.listings.knock(frame.roomPub, frame.inst, socket.ticket.household, socket.outlet), socket);
      case 'publish':
        return this.#keeper(frame, socket);
    }
  }

  sweep(): void {
    this.mailboxes.sweep();
    this.listings.sweep();
  }

  /** Everything that is asked at the desk costs its address, or trying would be free. */
  #pays({ ticket, outlet }: CallerSocket, { type }: ToDesk): boolean {
    const retryS = ticket.spendErrand(costs[type]);
    if (retryS === 0) return true;
    this.#counters.drops.errandsOfAddress++;
    outlet.end(relayErrors.busy, retryS);
    return false;
  }

  #plain(
    call: Call | RelayErrorCode | { readonly code: RelayErrorCode; readonly retryS: number },
    { outlet }: CallerSocket,
  ): DeskCall | null {
    if (typeof call === 'number') {
      outlet.end(call, call === relayErrors.busy ? busyRetryS : 0);
      return null;
    }
    if ('code' in call) {
      outlet.end(call.code, call.retryS);
      return null;
    }
    return { message: (bytes) => call.heard(readLetter(bytes)), closed: (code) => call.closed(code) };
  }

  /**
   * A member: proves it with every word about its room's listing. The proof comes before any look at rooms, so that nobody
   * without the key learns from an answer, or its time, whether a room is here.
   */
  #keeper(frame: Publish, socket: CallerSocket): DeskCall | null {
    const { outlet, origins, nonce } = socket;
    const isProven = (one: Publish): boolean =>
      origins.some((origin) => verifyStrictly(one.roomPub, publishProof(origin, nonce, one), one.sig));
    if (!isProven(frame)) {
      outlet.end(origins.length === 0 ? relayErrors.wrongOrigin : relayErrors.unauthentic);
      return null;
    }
    const roomPub = Uint8Array.from(frame.roomPub);
    const call = this.listings.attend(roomPub, frame.inst, outlet);
    if (typeof call === 'number') return this.#plain(call, socket);
    const act = (one: Publish): void => {
      const refused = one.act === 'list' ? this.listings.list(roomPub, one.listing) : null;
      if (refused !== null) outlet.end(refused, refused === relayErrors.busy ? busyRetryS : 0);
      else if (one.act === 'withdraw') this.listings.withdraw(roomPub);
      if (refused === null) call.answer();
    };
    const again = (bytes: Uint8Array): void => {
      const next = decodeToDesk(bytes);
      if (next.type !== 'publish' || Buffer.compare(next.roomPub, roomPub) !== 0)
        throw new ProtocolError('unexpected', 'one errand a socket');
      if (!this.#pays(socket, next)) return;
      if (isProven(next)) act(next);
      else outlet.end(relayErrors.unauthentic);
    };
    act(frame);
    return {
      message: (bytes) => (isDeskFrame(bytes) ? again(bytes) : call.heard(readLetter(bytes))),
      closed: (code) => call.closed(code),
    };
  }
}
