/**
 * Our seat at each relay of the room (protocol.md "Relay", client side): dialling with backoff, proof of work, join and resume, and
 * doubt about a socket that has gone quiet. Everything a relay says is a hint about transport; nothing here makes a member.
 *
 * The proof of work is looked for in slices, one a wake, so that a page never stands still for it.
 * A relay that refuses us before we ever sat there is left alone; the room ends when all have. Peers that we reach directly, or by
 * another relay, are not one relay's to end.
 */
import { ProtocolError } from '../errors.ts';
import { dialMs, limits } from '../limits.ts';
import { sha256, sign } from '../primitives.ts';
import { decodeFromRelay, encodeJoin, type FromRelay, joinProof, relayErrors, relayVersion, workDone } from '../wire/relay.ts';
import { type Living, type Relay, type Seat, type Turn, tell } from './state.ts';
import type { EndReason, RelayState } from './types.ts';

/** What the rest of the room must know of what a relay said. */
export type SeatNews =
  | Extract<FromRelay, { type: 'joined' | 'came' | 'left' | 'away' | 'received' | 'listed' }>
  | { readonly type: 'lost' }
  | { readonly type: 'ends'; readonly reason: EndReason }
  | null;

/** About 20 ms of SHA-256 on a slow phone. */
const workSlice = 1024;
/**
 * A page cannot see a WebSocket's pings, so a socket that died without a word looks like a quiet room. A relay that sends a GAP of
 * nothing now and then has a heartbeat that can be missed; of one that does not, only unanswered frames raise doubt.
 */
const silentMs = 45_000;
/** Half a minute of a fast machine; a relay that asks for more does not want us. */
const maxWorkBits = 24;
/** After a refusal that time may cure, at least so long. */
const refusedMs = 1000;

const closeKeepsSeat = 4000;
const closeCodeBase = 4000;

/** Dials now unless a socket is already there or coming. */
export function dial(turn: Turn, relay: Relay): void {
  if (relay.seat.name !== 'none') return;
  sit(turn, relay, { name: 'dialing', giveUpAt: turn.env.now + dialMs(relay.origin) });
  turn.out.push({ type: 'relay-dial', relay: relay.index });
}

export function relayOpened(turn: Turn, relay: Relay): void {
  if (relay.seat.name === 'dialing') sit(turn, relay, { name: 'greeting', giveUpAt: turn.env.now + dialMs(relay.origin) });
}

/** One message from a relay. Throws `ProtocolError`. */
export function relaySaid(turn: Turn, relay: Relay, bytes: Uint8Array): SeatNews {
  const frame = decodeFromRelay(bytes);
  if (frame.type === 'gap' && frame.lost === 0) relay.beats = true;
  if (relay.seat.name === 'seated') relay.seat.proveBy = relay.beats ? turn.env.now + silentMs : Number.POSITIVE_INFINITY;
  switch (frame.type) {
    case 'challenge':
      return challenged(turn, relay, frame);
    case 'joined':
      return joined(turn, relay, frame);
    case 'received':
      relay.received++;
      return frame;
    case 'gap':
      relay.received += frame.lost;
      return null;
    case 'error':
      return refused(turn, relay, frame.code, frame.retryS * 1000);
    default:
      return frame;
  }
}

export function relayClosed(turn: Turn, relay: Relay, code: number): SeatNews {
  if (relay.seat.name === 'none' || relay.seat.name === 'refused') return null;
  if (code > closeCodeBase && code < closeCodeBase + 100) return refused(turn, relay, code - closeCodeBase, 0);
  standUp(turn, relay, 0);
  return { type: 'lost' };
}

/** An answer is expected by this socket; silence until then means that it is dead. */
export function expectAnswer(turn: Turn, { seat, origin }: Relay, withinMs: number = limits.dialMs): void {
  const answerMs = (withinMs * dialMs(origin)) / limits.dialMs;
  if (seat.name === 'seated') seat.proveBy = Math.min(seat.proveBy, turn.env.now + answerMs);
}

/** The page was asleep: forget the backoff. Nothing is done where a socket stands that somebody must prove alive. */
export function redialSoon(turn: Turn, relay: Relay): void {
  relay.attempts = 0;
  if (relay.seat.name === 'seated' || relay.seat.name === 'working') return;
  if (relay.seat.name === 'none') dial(turn, relay);
  else redial(turn, relay);
}

/** Takes the socket for dead and dials another; the relay keeps the seat. */
export function redial(turn: Turn, relay: Relay): void {
  if (relay.seat.name === 'refused') return;
  abandon(turn, relay);
  dial(turn, relay);
}

/** Gives the seat up and takes one under the room's new keys. */
export function reseat(turn: Turn, relay: Relay): void {
  if (relay.seat.name === 'refused') return;
  if (relay.seat.name !== 'none') turn.out.push({ type: 'relay-close', relay: relay.index, code: 1000 });
  Object.assign(relay, { received: 0, attempts: 0 });
  sit(turn, relay, { name: 'none', dialAt: turn.env.now });
  dial(turn, relay);
}

export function seatsDue({ relays }: Living): number {
  return Math.min(...relays.map(seatDue));
}

export function seatDue({ seat }: Relay): number {
  switch (seat.name) {
    case 'none':
      return seat.dialAt;
    case 'working':
      return seat.sliceAt;
    case 'seated':
      return seat.proveBy;
    case 'refused':
      return Number.POSITIVE_INFINITY;
    default:
      return seat.giveUpAt;
  }
}

export function wakeSeat(turn: Turn, relay: Relay): SeatNews {
  const { seat } = relay;
  if (turn.env.now < seatDue(relay)) return null;
  switch (seat.name) {
    case 'none':
      dial(turn, relay);
      return null;
    case 'working':
      work(turn, relay, seat);
      return null;
    case 'seated':
      redial(turn, relay);
      return { type: 'lost' };
    default:
      abandon(turn, relay);
      return null;
  }
}

// ---------------------------------------------------------------- steps of joining

function challenged(turn: Turn, relay: Relay, frame: Extract<FromRelay, { type: 'challenge' }>): SeatNews {
  const { seat } = relay;
  if (frame.version !== relayVersion) return giveUp(turn, relay, 'incompatible');
  if (seat.name !== 'greeting' && seat.name !== 'joining' && seat.name !== 'working')
    throw new ProtocolError('unexpected', `challenge while ${seat.name}`);
  if (frame.powBits > maxWorkBits) throw new ProtocolError('oversize', 'more work than any relay may ask');
  const working: Seat = { name: 'working', nonce: frame.nonce.slice(), bits: frame.powBits, next: 0, sliceAt: turn.env.now };
  sit(turn, relay, working);
  work(turn, relay, working);
  return null;
}

/** Tries one slice of proofs; joins when one fits. */
function work(turn: Turn, relay: Relay, seat: Extract<Seat, { name: 'working' }>): void {
  const { me } = turn.room;
  const { roomPub } = relay.outpost ?? turn.room.keys;
  for (let tried = 0; tried < workSlice; tried++, seat.next++) {
    if (!workDone(sha256, seat.bits, seat.nonce, roomPub, me.inst, seat.next)) continue;
    join(turn, relay, seat.nonce, seat.next);
    return;
  }
}

function join(turn: Turn, relay: Relay, nonce: Uint8Array, pow: number): void {
  const { me, keys, directAllowed } = turn.room;
  const { roomPub, roomSk } = relay.outpost ?? keys;
  const { expiresAt } = relay.outpost ?? turn.room;
  const wantsTurn = directAllowed && relay.outpost === null;
  const claim = { roomPub, inst: me.inst, expiresAt, lastRecv: relay.received, wantsTurn, pow };
  const bytes = encodeJoin({ ...claim, sig: sign(roomSk, joinProof(relay.origin, nonce, claim)) });
  turn.out.push({ type: 'relay-send', relay: relay.index, bytes });
  sit(turn, relay, { name: 'joining', giveUpAt: turn.env.now + dialMs(relay.origin) });
}

function joined(turn: Turn, relay: Relay, frame: Extract<FromRelay, { type: 'joined' }>): SeatNews {
  if (relay.seat.name !== 'joining') throw new ProtocolError('unexpected', `joined while ${relay.seat.name}`);
  if (!frame.resumed) relay.received = 0;
  relay.attempts = 0;
  sit(turn, relay, { name: 'seated', proveBy: turn.env.now + firstWordMs(turn, relay) });
  return frame;
}

/** A relay beside another may have nothing to carry, so nothing but its heartbeat shows that its socket lives. */
function firstWordMs({ room }: Turn, { beats }: Relay): number {
  if (beats) return silentMs;
  return room.relays.length > 1 ? 2 * silentMs : Number.POSITIVE_INFINITY;
}

// ---------------------------------------------------------------- refusal and loss

function refused(turn: Turn, relay: Relay, code: number, retryMs: number): SeatNews {
  if (code === relayErrors.work) return null; // a new challenge follows
  const reason = endOf(relay, code);
  if (reason === 'expired' && relay.everSeated) return { type: 'ends', reason };
  if (reason !== null) return giveUp(turn, relay, reason);
  abandon(turn, relay, Math.max(retryMs, code === relayErrors.shutdown ? 0 : refusedMs));
  return { type: 'lost' };
}

/** Lets this relay be. The room ends where it was the last. */
function giveUp(turn: Turn, relay: Relay, reason: EndReason): SeatNews {
  if (relay.outpost !== null || turn.room.relays.every((other) => other === relay || other.seat.name === 'refused'))
    return { type: 'ends', reason };
  if (relay.seat.name !== 'none') turn.out.push({ type: 'relay-close', relay: relay.index, code: closeKeepsSeat });
  sit(turn, relay, { name: 'refused', reason });
  return { type: 'lost' };
}

function endOf({ everSeated }: Relay, code: number): EndReason | null {
  switch (code) {
    case relayErrors.expired:
      return 'expired';
    case relayErrors.taken:
      return 'replaced'; // perhaps by ourselves, under another name of the same relay
    case relayErrors.unsupported:
      return 'incompatible';
    case relayErrors.full:
      return everSeated ? null : 'full';
    case relayErrors.unauthentic:
    case relayErrors.wrongOrigin:
    case relayErrors.badExpiry:
      return everSeated ? null : 'refused';
    default:
      return null;
  }
}

/** Closes our side of the socket, keeping the seat. After `relay-close` the driver reports nothing more of that socket. */
function abandon(turn: Turn, relay: Relay, atLeastMs = 0): void {
  turn.out.push({ type: 'relay-close', relay: relay.index, code: closeKeepsSeat });
  standUp(turn, relay, atLeastMs);
}

/** No socket any more: dial again after the backoff, and not before `atLeastMs`. */
function standUp(turn: Turn, relay: Relay, atLeastMs: number): void {
  const steps = limits.dialBackoffMs;
  const quick = steps[Math.min(relay.attempts, steps.length - 1)] as number;
  const wait = relay.attempts < limits.dialQuickAttempts ? quick : limits.dialSlowMs;
  // A relay that comes back must not meet all its members in one instant.
  const jitter = 0.5 + (turn.env.random(1)[0] as number) / 512;
  relay.attempts++;
  sit(turn, relay, { name: 'none', dialAt: turn.env.now + Math.max(wait * jitter, atLeastMs) });
}

function sit(turn: Turn, relay: Relay, seat: Seat): void {
  const { room } = turn;
  if (relay.seat.name === 'seated') relay.lostAt = turn.env.now;
  relay.seat = seat;
  if (turn.env.now >= room.settlingUntil || seat.name === 'seated') tellRelays(turn);
}

/** Tells the view how the relays are reached, where that has changed. */
export function tellRelays(turn: Turn): void {
  const { room } = turn;
  const each = room.relays.map(stateOf);
  const told = each.join();
  if (told === room.relaysTold) return;
  room.relaysTold = told;
  tell(turn, { type: 'relay', relay: bestFirst.find((state) => each.includes(state)) as RelayState, each });
}

const bestFirst: readonly RelayState[] = ['connected', 'connecting', 'waiting', 'refused'];

function stateOf({ seat }: Relay): RelayState {
  if (seat.name === 'seated') return 'connected';
  if (seat.name === 'refused') return 'refused';
  return seat.name === 'none' ? 'waiting' : 'connecting';
}
