/**
 * One socket (protocol.md "Relay"): it is challenged, it joins one room, it sends and receives, it ends. A socket joins once: JOINED
 * and SEND name no room, so a page in several rooms opens a socket for each.
 *
 * What a message costs is weighed here, once, at its sender: the loop that delivers it weighs nothing. Three bounds keep one member from
 * costing the others anything:
 *  - sending above the rate stops the reading of this socket until the debt is paid (TCP then slows the sender); a debt of more than
 *    a whole burst is one that no page can run up with real frames, and ends the connection with `flood`;
 *  - what is not read waits in a queue of bounded bytes; beyond them the reader loses its seat (`slowReader`);
 *  - whoever sends big frames to one member whose queue is filling is not read for a moment: bulk is slowed, not lost.
 */
import { ProtocolError } from '../shared/errors.ts';
import { decodeToDesk, isDeskFrame, noRoom, type ToDesk } from '../shared/wire/desk.ts';
import {
  decodeToRelay,
  encodeFromRelay,
  type FromRelay,
  type JoinClaim,
  type RelayErrorCode,
  relayCloseCode,
  relayErrors,
  relayVersion,
  type ToRelay,
} from '../shared/wire/relay.ts';
import type { Ticket } from './admission.ts';
import type { Clock } from './clock.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Desk, DeskCall } from './desk.ts';
import { bulkBytes, destination, forward, hole, isBulkToOne, isSend, type Parcel, pingParcel, wrap } from './forward.ts';
import type { Counters } from './metrics.ts';
import type { JoinOutcome, Outlet, Rooms, Seat } from './rooms.ts';
import { TokenBucket } from './token-bucket.ts';
import type { TurnGrants } from './turn.ts';
import type { VerifyJoin } from './verify-join.ts';
import type { Work } from './work.ts';

/** The socket as a connection sees it. */
export interface Wire {
  /** Whole WebSocket messages, in pieces. `bytes` is the sum of their lengths. */
  write(pieces: readonly Buffer[], bytes: number): void;
  /** Bytes handed over and not yet taken by the system. */
  readonly unsent: number;
  /** Stops and starts reading. */
  pause(): void;
  resume(): void;
  /** Closes with a handshake, for which the other side has a moment. */
  close(code: number): void;
  /** Drops the socket without a word. */
  destroy(): void;
}

export interface ConnectionLimits {
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly burst: number;
  readonly slowReaderBytes: number;
  readonly heartbeatSeconds: number;
  readonly resumeBytes: number;
  readonly joinSeconds: number;
}

/** What all connections of a relay share. */
export interface Hall {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly rooms: Rooms;
  /** The other processes of this relay; null where it is but one. */
  readonly cluster: Cluster | null;
  readonly desk: Desk;
  readonly work: Work;
  readonly turn: TurnGrants;
  readonly verifyJoin: VerifyJoin;
  readonly counters: Counters;
  readonly random: (length: number) => Uint8Array;
  /** Connections with parcels to write at the end of this turn of the event loop. */
  readonly dirty: DirtyList;
  /** Those whose socket has not closed yet. A connection enters and leaves by itself. */
  readonly connections: Set<Connection>;
  /** Connections that are not being read, until a tick lets them go on. */
  readonly paused: Set<Connection>;
}

export interface DirtyList {
  push(connection: Connection): void;
}

type State =
  /** Challenged; must join before `giveUpAt`. */
  | { readonly name: 'challenged'; readonly nonce: Uint8Array; readonly powBits: number; readonly giveUpAt: number }
  /** Its proof is good, and the cluster is asked for a seat. */
  | { readonly name: 'joining' }
  | { readonly name: 'seated'; readonly seat: Seat }
  /** Has no seat and wants none: on an errand. */
  | { readonly name: 'calling'; readonly call: DeskCall }
  /** Ours to close: nothing it says counts any more. */
  | { readonly name: 'ending' }
  | { readonly name: 'closed' };

/** So many challenges a socket gets, the first included. */
const maxChallenges = 4;
const closeGivesUpSeat = 1000;
/** A socket that ended without a close frame. */
const lost = 1006;
/** RFC 6455's "policy violation", for a socket that never joined. */
const closePolicy = 1008;

const joining: State = { name: 'joining' };
const ending: State = { name: 'ending' };
const closed: State = { name: 'closed' };

export class Connection implements Outlet {
  readonly #hall: Hall;
  readonly #wire: Wire;
  readonly #ticket: Ticket;
  /** The origins of this relay that the client may have dialled to get here. */
  readonly #origins: readonly string[];
  #state: State;
  #challenges = 0;
  #frames: TokenBucket;
  #bytes: TokenBucket;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #queuedMessages = 0;
  #isDirty = false;
  #pingAt: number;
  #heard = true;
  /** How many RECVs had been given to this seat when the last ping left, so that its pong can let go of them; -1 where none is out. */
  #countAtPing = -1;

  constructor(hall: Hall, wire: Wire, ticket: Ticket, origins: readonly string[]) {
    const now = hall.clock.now();
    const { framesPerSecond, bytesPerSecond, burst, heartbeatSeconds } = hall.limits;
    this.#hall = hall;
    this.#wire = wire;
    this.#ticket = ticket;
    this.#origins = origins;
    this.#frames = new TokenBucket(framesPerSecond, framesPerSecond * burst, now);
    this.#bytes = new TokenBucket(bytesPerSecond, bytesPerSecond * burst, now);
    this.#pingAt = now + heartbeatSeconds * 1000;
    this.#state = closed;
    hall.connections.add(this);
    this.#challenge();
  }

  // ---------------------------------------------------------------- what the socket reports

  /** One WebSocket message. Nothing that it holds can throw from here. */
  message(data: Buffer, isBinary: boolean): void {
    if (this.#state.name === 'ending' || this.#state.name === 'closed') return;
    this.#heard = true;
    this.#hall.counters.messagesIn++;
    this.#hall.counters.bytesIn += data.length;
    if (!this.#weigh(data)) return;
    try {
      this.#read(data, isBinary);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(relayErrors.badFrame);
    }
  }

  pong(): void {
    this.#heard = true;
    if (this.#state.name === 'seated' && this.#countAtPing >= 0) this.#state.seat.kept.release(this.#countAtPing);
    this.#countAtPing = -1;
  }

  /** Bytes that break WebSocket itself; `ws` closes with the standard's own code. */
  broken(): void {
    this.#hall.counters.brokenSockets++;
  }

  closed(code: number): void {
    const { rooms, connections, paused } = this.#hall;
    const state = this.#state;
    this.#state = closed;
    this.#queue = [];
    this.#queuedBytes = 0;
    connections.delete(this);
    paused.delete(this);
    this.#ticket.giveBack();
    if (state.name === 'calling') state.call.closed(code);
    if (state.name !== 'seated') return;
    if (code === closeGivesUpSeat) rooms.leave(state.seat, this);
    else rooms.away(state.seat, this);
  }

  // ---------------------------------------------------------------- what the relay does to it

  /** About once a second: deadline for joining, heartbeat. */
  tend(): void {
    const now = this.#hall.clock.now();
    if (this.#state.name === 'challenged' && now >= this.#state.giveUpAt) {
      this.#hall.counters.joinTimeouts++;
      this.#close(closePolicy);
    }
    if (now < this.#pingAt || this.#state.name === 'ending' || this.#state.name === 'closed') return;
    this.#pingAt = now + this.#hall.limits.heartbeatSeconds * 1000;
    // A socket that we do not read cannot have told us that it lives.
    if (!this.#heard && !this.#hall.paused.has(this)) {
      this.#hall.counters.halfOpen++;
      this.#letGo();
      this.#state = ending;
      this.#wire.destroy();
      return;
    }
    this.#heard = false;
    this.#ping();
    // A page cannot see WebSocket pings; an empty GAP tells it that this socket still lives.
    if (this.#state.name === 'seated' || this.#state.name === 'calling') this.tell({ type: 'gap', lost: 0 });
    this.flush();
  }

  /** A tick has passed: read on, unless there is debt left. */
  readOn(): void {
    const now = this.#hall.clock.now();
    if (this.#frames.debtMs(now) > 0 || this.#bytes.debtMs(now) > 0) return;
    this.#hall.paused.delete(this);
    this.#wire.resume();
  }

  deliver(parcel: Parcel): void {
    if (this.#state.name === 'ending' || this.#state.name === 'closed') return;
    this.#enqueue(parcel);
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#hall.dirty.push(this);
  }

  tell(frame: FromRelay): void {
    this.deliver(wrap(encodeFromRelay(frame)));
  }

  end(code: RelayErrorCode, retryS = 0): void {
    this.#hall.counters.refusals[code]++;
    this.tell({ type: 'error', code, retryS });
    // A relay that stops forgets everyone: news of seats would only mislead those who are told next.
    if (code !== relayErrors.shutdown) this.#letGo();
    this.#close(relayCloseCode(code));
  }

  /** Writes what waits, in one go, and judges how much has piled up. */
  flush(): void {
    this.#isDirty = false;
    if (this.#queue.length === 0) return;
    const { counters, limits } = this.#hall;
    // Without this, all that a busy member was sent would be held until the next heartbeat, and grow old in the heap.
    if (this.#state.name === 'seated' && this.#countAtPing < 0 && this.#state.seat.kept.bytes > limits.resumeBytes / 4) this.#ping();
    counters.messagesOut += this.#queuedMessages;
    counters.bytesOut += this.#queuedBytes;
    counters.writes++;
    this.#wire.write(this.#queue, this.#queuedBytes);
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#queuedMessages = 0;
    if (this.#wire.unsent > limits.slowReaderBytes) this.#cutOff();
  }

  #enqueue(parcel: Parcel): void {
    this.#queue.push(parcel.head);
    if (parcel.body !== null) this.#queue.push(parcel.body);
    this.#queuedBytes += parcel.length;
    this.#queuedMessages++;
  }

  #ping(): void {
    this.#enqueue(pingParcel);
    if (this.#state.name === 'seated') this.#countAtPing = this.#state.seat.kept.count;
  }

  // ---------------------------------------------------------------- reading

  /**
   * Charges the sender. False where the debt ended the connection. Bulk to one member costs its bytes and nothing else: the rate of frames
   * stands for what delivery to many costs, and would keep a file at a third of the rate of bytes.
   */
  #weigh(data: Buffer): boolean {
    const now = this.#hall.clock.now();
    const { framesPerSecond, burst } = this.#hall.limits;
    const frames = this.#frames.take(isBulkToOne(data) ? 0 : 1, now);
    if (frames < -framesPerSecond * burst) {
      this.end(relayErrors.flood);
      return false;
    }
    if (this.#bytes.take(data.length, now) < 0 || frames < 0) this.#pause();
    return true;
  }

  #pause(): void {
    if (this.#hall.paused.has(this)) return;
    this.#hall.counters.pauses++;
    this.#hall.paused.add(this);
    this.#wire.pause();
  }

  #read(data: Buffer, isBinary: boolean): void {
    if (!isBinary) throw new ProtocolError('malformed', 'a text message');
    if (this.#state.name === 'seated') this.#forward(this.#state.seat, data);
    else if (this.#state.name === 'calling') this.#state.call.message(data);
    else if (this.#state.name === 'joining') throw new ProtocolError('unexpected', 'a message before JOINED');
    else if (isDeskFrame(data)) this.#call(decodeToDesk(data));
    else this.#join(decodeToRelay(data));
  }

  #forward(seat: Seat, data: Buffer): void {
    if (!isSend(data)) throw new ProtocolError('unexpected', 'not a SEND');
    const to = destination(seat, data);
    if (to === 'nobody') {
      this.#hall.counters.drops.nobody++;
      return;
    }
    const { cluster } = this.#hall;
    if (cluster === null || !cluster.take(seat, data, to)) forward(seat, data, to);
    else if (cluster.isCongested) this.#pause();
    if (to !== 'all' && data.length >= bulkBytes && this.#isCongested(to.outlet)) this.#pause();
  }

  #isCongested(outlet: Outlet | null): boolean {
    return outlet instanceof Connection && outlet.#wire.unsent + outlet.#queuedBytes > this.#hall.limits.slowReaderBytes / 4;
  }

  // ---------------------------------------------------------------- joining

  #challenge(): void {
    const { clock, limits, random, work } = this.#hall;
    const giveUpAt = this.#state.name === 'challenged' ? this.#state.giveUpAt : clock.now() + limits.joinSeconds * 1000;
    const nonce = random(32);
    this.#challenges++;
    this.#state = { name: 'challenged', nonce, powBits: work.bits, giveUpAt };
    this.tell({ type: 'challenge', version: relayVersion, nonce, powBits: work.bits });
  }

  /** From the cheapest check to the dearest: a stranger must pay for a signature check with the work asked. */
  #join(frame: ToRelay): void {
    if (this.#state.name !== 'challenged' || frame.type !== 'join') throw new ProtocolError('unexpected', 'a message before JOIN');
    const { rooms, cluster, verifyJoin, work } = this.#hall;
    const { nonce, powBits } = this.#state;
    if (this.#origins.length === 0) {
      this.end(relayErrors.wrongOrigin);
      return;
    }
    if (!work.isDone(powBits, nonce, frame)) {
      this.#moreWork();
      return;
    }
    work.countJoin();
    if (!verifyJoin(this.#origins, nonce, frame)) {
      this.end(relayErrors.unauthentic);
      return;
    }
    if (cluster === null || !cluster.isUp) {
      this.#seat(frame, rooms.join(frame, this));
      return;
    }
    this.#state = joining;
    const { lastRecv, wantsTurn } = frame;
    cluster.join(frame, this, (outcome) => this.#seat({ lastRecv, wantsTurn }, outcome));
  }

  #seat(claim: Pick<JoinClaim, 'lastRecv' | 'wantsTurn'>, outcome: JoinOutcome): void {
    const { rooms, desk, turn, counters } = this.#hall;
    if (this.#state.name === 'ending' || this.#state.name === 'closed') {
      if (outcome.type === 'seated') rooms.away(outcome.seat, this);
      return;
    }
    if (outcome.type === 'refused') {
      this.end(outcome.code, outcome.code === relayErrors.busy ? busyRetryS : 0);
      return;
    }
    const { seat, resumed, remainingS } = outcome;
    this.#state = { name: 'seated', seat };
    counters.joins++;
    const members = seat.room.list.filter((other) => other !== seat).map(({ inst }) => inst);
    this.tell({ type: 'joined', resumed, remainingS, members, turn: claim.wantsTurn ? turn.grant() : null });
    if (resumed) this.#catchUp(seat, claim.lastRecv);
    rooms.announce(seat);
    desk.listings.greet(seat);
  }

  /** A caller instead of a member. What it asks is decoded and paid for with the work before anything is looked up. */
  #call(frame: ToDesk): void {
    if (this.#state.name !== 'challenged') throw new ProtocolError('unexpected', 'a caller without a challenge');
    const { desk, work } = this.#hall;
    const { nonce, powBits } = this.#state;
    if (!work.isDone(powBits, nonce, { roomPub: noRoom, inst: frame.inst, pow: frame.pow })) {
      this.#moreWork();
      return;
    }
    work.countJoin();
    const call = desk.take(frame, { outlet: this, ticket: this.#ticket, origins: this.#origins, nonce });
    if (call === null) return;
    // What it asked may already have ended it, with those whom it told.
    if (this.#state.name === 'challenged') this.#state = { name: 'calling', call };
    else call.closed(closeGivesUpSeat);
  }

  #moreWork(): void {
    if (this.#challenges >= maxChallenges) {
      this.end(relayErrors.flood);
      return;
    }
    this.#hall.counters.refusals[relayErrors.work]++;
    this.tell({ type: 'error', code: relayErrors.work, retryS: 0 });
    this.#challenge();
  }

  #catchUp(seat: Seat, received: number): void {
    const { lost, parcels } = seat.kept.since(received);
    this.#hall.counters.resumes++;
    let missing = lost;
    for (const parcel of parcels) {
      if (parcel === hole) {
        missing++;
        continue;
      }
      this.#gap(missing);
      missing = 0;
      this.deliver(parcel);
    }
    this.#gap(missing);
  }

  #gap(lost: number): void {
    this.#hall.counters.drops.resume += lost;
    if (lost > 0) this.tell({ type: 'gap', lost });
  }

  // ---------------------------------------------------------------- ending

  #close(code: number): void {
    this.flush();
    if (this.#state.name === 'ending' || this.#state.name === 'closed') return;
    this.#state = ending;
    this.#hall.paused.delete(this);
    this.#wire.resume();
    this.#wire.close(code);
  }

  /** Its socket is as good as gone: the seat is kept for the grace time, an errand as long as it can wait. */
  #letGo(): void {
    const state = this.#state;
    if (state.name === 'seated') this.#hall.rooms.away(state.seat, this);
    if (state.name !== 'calling') return;
    this.#state = ending;
    state.call.closed(lost);
    this.#state = state;
  }

  /** The time to close politely is over. */
  drop(): void {
    this.#wire.destroy();
  }

  /** Its socket is full, so no word of why would reach it. */
  #cutOff(): void {
    const state = this.#state;
    this.#state = ending;
    this.#hall.counters.refusals[relayErrors.slowReader]++;
    if (state.name === 'seated') this.#hall.rooms.leave(state.seat, this);
    if (state.name === 'calling') state.call.closed(lost);
    this.#wire.destroy();
  }
}

/** When to try again at a relay that has all the rooms it may have. */
const busyRetryS = 30;
