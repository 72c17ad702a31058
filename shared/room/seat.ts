/**
 * Our seat at the relay (protocol.md "Relay", client side): dialling with backoff, proof of work, join and resume, and doubt
 * about a socket that has gone quiet. Everything the relay says is a hint about transport; nothing here makes a member.
 *
 * The proof of work is looked for in slices, one a wake, so that a page never stands still for it.
 * A relay that refuses us ends the room only where we never got in: peers that we reach directly are not the relay's to end.
 */
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { sha256, sign } from '../primitives.ts';
import { decodeFromRelay, encodeJoin, encodeSend, type FromRelay, joinProof, relayErrors, relayVersion, workDone } from '../wire/relay.ts';
import { type Seat, type Turn, tell } from './state.ts';
import type { EndReason, RelayState } from './types.ts';

/** What the rest of the room must know of what the relay said. */
export type SeatNews =
  | Extract<FromRelay, { type: 'joined' | 'came' | 'left' | 'away' | 'received' }>
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

export function isSeated(turn: Turn): boolean {
  return turn.room.relay.seat.name === 'seated';
}

/** Dials now unless a socket is already there or coming. */
export function dial(turn: Turn): void {
  if (turn.room.relay.seat.name !== 'none') return;
  sit(turn, { name: 'dialing', giveUpAt: turn.env.now + limits.dialMs });
  turn.out.push({ type: 'relay-dial' });
}

export function relayOpened(turn: Turn): void {
  if (turn.room.relay.seat.name === 'dialing') sit(turn, { name: 'greeting', giveUpAt: turn.env.now + limits.dialMs });
}

/** One message from the relay. Throws `ProtocolError`. */
export function relaySaid(turn: Turn, bytes: Uint8Array): SeatNews {
  const { relay } = turn.room;
  const frame = decodeFromRelay(bytes);
  if (frame.type === 'gap' && frame.lost === 0) relay.beats = true;
  if (relay.seat.name === 'seated') relay.seat.proveBy = relay.beats ? turn.env.now + silentMs : Number.POSITIVE_INFINITY;
  switch (frame.type) {
    case 'challenge':
      return challenged(turn, frame);
    case 'joined':
      return joined(turn, frame);
    case 'received':
      relay.received++;
      return frame;
    case 'gap':
      relay.received += frame.lost;
      return null;
    case 'error':
      return refused(turn, frame.code, frame.retryS * 1000);
    default:
      return frame;
  }
}

export function relayClosed(turn: Turn, code: number): SeatNews {
  if (turn.room.relay.seat.name === 'none') return null;
  if (code > closeCodeBase && code < closeCodeBase + 100) return refused(turn, code - closeCodeBase, 0);
  standUp(turn, 0);
  return { type: 'lost' };
}

/** Sends one frame by the relay; `dst` null is everyone else in the room. */
export function relaySend(turn: Turn, dst: Uint8Array | null, frame: Uint8Array): void {
  turn.out.push({ type: 'relay-send', bytes: encodeSend(dst, frame) });
}

/** An answer is expected by this socket; silence until then means that it is dead. */
export function expectAnswer(turn: Turn, withinMs: number = limits.dialMs): void {
  const { seat } = turn.room.relay;
  if (seat.name === 'seated') seat.proveBy = Math.min(seat.proveBy, turn.env.now + withinMs);
}

/** The page was asleep: forget the backoff. Returns false where a socket stands that somebody must prove alive. */
export function redialSoon(turn: Turn): void {
  const { relay } = turn.room;
  relay.attempts = 0;
  if (relay.seat.name === 'seated' || relay.seat.name === 'working') return;
  if (relay.seat.name === 'none') dial(turn);
  else redial(turn);
}

/** Takes the socket for dead and dials another; the relay keeps the seat. */
export function redial(turn: Turn): void {
  abandon(turn);
  dial(turn);
}

export function seatDue({ relay }: Turn['room']): number {
  switch (relay.seat.name) {
    case 'none':
      return relay.seat.dialAt;
    case 'working':
      return relay.seat.sliceAt;
    case 'seated':
      return relay.seat.proveBy;
    default:
      return relay.seat.giveUpAt;
  }
}

export function wakeSeat(turn: Turn): SeatNews {
  const { seat } = turn.room.relay;
  if (turn.env.now < seatDue(turn.room)) return null;
  switch (seat.name) {
    case 'none':
      dial(turn);
      return null;
    case 'working':
      work(turn, seat);
      return null;
    case 'seated':
      redial(turn);
      return { type: 'lost' };
    default:
      abandon(turn);
      return null;
  }
}

// ---------------------------------------------------------------- steps of joining

function challenged(turn: Turn, frame: Extract<FromRelay, { type: 'challenge' }>): SeatNews {
  const { seat } = turn.room.relay;
  if (frame.version !== relayVersion) return { type: 'ends', reason: 'incompatible' };
  if (seat.name !== 'greeting' && seat.name !== 'joining' && seat.name !== 'working')
    throw new ProtocolError('unexpected', `challenge while ${seat.name}`);
  if (frame.powBits > maxWorkBits) throw new ProtocolError('oversize', 'more work than any relay may ask');
  const working: Seat = { name: 'working', nonce: frame.nonce.slice(), bits: frame.powBits, next: 0, sliceAt: turn.env.now };
  sit(turn, working);
  work(turn, working);
  return null;
}

/** Tries one slice of proofs; joins when one fits. */
function work(turn: Turn, seat: Extract<Seat, { name: 'working' }>): void {
  const { me, keys } = turn.room;
  for (let tried = 0; tried < workSlice; tried++, seat.next++) {
    if (!workDone(sha256, seat.bits, seat.nonce, keys.roomPub, me.inst, seat.next)) continue;
    join(turn, seat.nonce, seat.next);
    return;
  }
}

function join(turn: Turn, nonce: Uint8Array, pow: number): void {
  const { me, keys, relay, origin, expiresAt } = turn.room;
  const claim = { roomPub: keys.roomPub, inst: me.inst, expiresAt, lastRecv: relay.received, wantsTurn: turn.room.directAllowed, pow };
  turn.out.push({ type: 'relay-send', bytes: encodeJoin({ ...claim, sig: sign(keys.roomSk, joinProof(origin, nonce, claim)) }) });
  sit(turn, { name: 'joining', giveUpAt: turn.env.now + limits.dialMs });
}

function joined(turn: Turn, frame: Extract<FromRelay, { type: 'joined' }>): SeatNews {
  const { relay } = turn.room;
  if (relay.seat.name !== 'joining') throw new ProtocolError('unexpected', `joined while ${relay.seat.name}`);
  if (!frame.resumed) relay.received = 0;
  relay.attempts = 0;
  relay.everSeated = true;
  sit(turn, { name: 'seated', proveBy: Number.POSITIVE_INFINITY });
  return frame;
}

// ---------------------------------------------------------------- refusal and loss

function refused(turn: Turn, code: number, retryMs: number): SeatNews {
  const { relay } = turn.room;
  if (code === relayErrors.work) return null; // a new challenge follows
  const reason = endOf(code, relay.everSeated);
  abandon(turn, Math.max(retryMs, code === relayErrors.shutdown ? 0 : refusedMs));
  return reason === null ? { type: 'lost' } : { type: 'ends', reason };
}

function endOf(code: number, everSeated: boolean): EndReason | null {
  switch (code) {
    case relayErrors.expired:
      return 'expired';
    case relayErrors.taken:
      return 'replaced';
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
function abandon(turn: Turn, atLeastMs = 0): void {
  turn.out.push({ type: 'relay-close', code: closeKeepsSeat });
  standUp(turn, atLeastMs);
}

/** No socket any more: dial again after the backoff, and not before `atLeastMs`. */
function standUp(turn: Turn, atLeastMs: number): void {
  const { relay } = turn.room;
  const steps = limits.dialBackoffMs;
  const quick = steps[Math.min(relay.attempts, steps.length - 1)] as number;
  const wait = relay.attempts < limits.dialQuickAttempts ? quick : limits.dialSlowMs;
  // A relay that comes back must not meet all its members in one instant.
  const jitter = 0.5 + (turn.env.random(1)[0] as number) / 512;
  relay.attempts++;
  sit(turn, { name: 'none', dialAt: turn.env.now + Math.max(wait * jitter, atLeastMs) });
}

function sit(turn: Turn, seat: Seat): void {
  const { relay } = turn.room;
  relay.seat = seat;
  const told: RelayState = seat.name === 'seated' ? 'connected' : seat.name === 'none' ? 'waiting' : 'connecting';
  if (told === relay.told) return;
  relay.told = told;
  tell(turn, { type: 'relay', relay: told });
}
