/**
 * The connections of a call, one to each other member of it (protocol.md "Calls"). A leg is made like a direct link (paths.ts): its
 * descriptions travel in the pairwise channel only, the side with the smaller static key offers and numbers the attempts, and a leg is
 * never repaired; another one is made, after 1, 3, 10 s.
 *
 * No media flows before both ends have told each other the same hash over the certificates that they really saw. Where they differ,
 * someone stands between: the leg ends and is not tried again in this visit.
 */
import { equal, utf8 } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { labelledHash } from '../../primitives.ts';
import type { CallInner } from '../../wire/call.ts';
import { inTurn, offers } from '../paths.ts';
import { reachable } from '../reach.ts';
import type { Member, Turn } from '../state.ts';
import type { LegOrder, LinkFingerprints } from '../types.ts';
import type { Caller, Leg } from './call-book.ts';
import { sendSide } from './send.ts';

const never = Number.POSITIVE_INFINITY;

/** The other side is in, and so are we. */
export function readyLeg(turn: Turn, caller: Caller): void {
  const { member } = caller.peer;
  if (member !== null && caller.leg.name === 'rest' && caller.leg.dialAt === never && offers(turn, member))
    caller.leg = { name: 'rest', dialAt: turn.env.now };
}

/** One of both is out: nothing more is said about it. */
export function dropLeg(turn: Turn, caller: Caller): void {
  if (isOpen(caller.leg)) order(turn, caller, { name: 'close' });
  caller.leg = { name: 'rest', dialAt: never };
  caller.failures = 0;
}

function isOpen({ name }: Leg): boolean {
  return name === 'dialing' || name === 'bound';
}

function start(turn: Turn, caller: Caller, member: Member, attempt: number): void {
  Object.assign(caller, { attempt, sent: 0, next: 0 });
  caller.early.clear();
  caller.leg = { name: 'dialing', giveUpAt: turn.env.now + limits.linkDeadlineMs, ours: null, theirs: null };
  const iceServers = turn.room.relays.flatMap((relay) => relay.iceServers);
  order(turn, caller, { name: 'dial', attempt, offers: offers(turn, member), iceServers });
}

function order({ out }: Turn, { peer }: Caller, leg: LegOrder): void {
  out.push({ type: 'call-leg', peer: peer.id, order: leg });
}

// ---------------------------------------------------------------- making a leg

/** The connection produced a signal for the other side. */
export function legSignalled(turn: Turn, caller: Caller, member: Member, signal: string): void {
  if (!isOpen(caller.leg)) return;
  sendSide(turn, caller.peer, member, { type: 'call', kind: 'signal', attempt: caller.attempt, index: caller.sent++, signal });
}

/** Throws `ProtocolError`. */
export function heardLegSignal(
  turn: Turn,
  caller: Caller,
  member: Member,
  { attempt, index, signal }: { attempt: number; index: number; signal: string | null },
): void {
  if (attempt < caller.attempt || (attempt === caller.attempt && !isOpen(caller.leg))) return; // of one that is over
  if (attempt > caller.attempt) {
    if (signal === null) return;
    mayBegin(turn, caller, member);
    if (isOpen(caller.leg)) order(turn, caller, { name: 'close' });
    start(turn, caller, member, attempt);
  }
  if (signal === null) end(turn, caller, member, 'told');
  else for (const ready of inTurn(caller, index, signal)) order(turn, caller, { name: 'signal', signal: ready });
}

/** It has no place with us, or none yet: it need not wait in vain to learn that. */
export function refuseLeg(turn: Turn, { peer }: Caller, member: Member, inner: CallInner): void {
  if (inner.kind === 'signal' && inner.signal !== null && inner.index === 0)
    sendSide(turn, peer, member, { type: 'call', kind: 'signal', attempt: inner.attempt, index: 0, signal: null });
  throw new ProtocolError('unexpected', 'a CALL of someone who has no place in it');
}

/** A browser has few connections, so that no member may have many of them made here. */
function mayBegin(turn: Turn, { begun, leg }: Caller, member: Member): void {
  const { env } = turn;
  if (offers(turn, member)) throw new ProtocolError('misuse', 'only the offering side numbers attempts');
  while (begun.length > 0 && (begun[0] as number) <= env.now - limits.callAttemptsMs) begun.shift();
  if (begun.length >= limits.callAttempts) throw new ProtocolError('flood', 'too many attempts at a leg');
  if (leg.name === 'unauthentic') throw new ProtocolError('unauthentic', 'this visit has shown two certificates');
  begun.push(env.now);
}

/** The connection stands: tell the member which certificates we saw. Throws `ProtocolError`. */
export function legOpened(turn: Turn, caller: Caller, member: Member, { local, remote }: LinkFingerprints): void {
  if (caller.leg.name !== 'dialing') return;
  const ours = labelledHash('call', utf8([local, remote].sort().join('\n')));
  caller.leg = { ...caller.leg, ours };
  sendSide(turn, caller.peer, member, { type: 'call', kind: 'bind', attempt: caller.attempt, hash: ours });
  bindIfEqual(turn, caller, member);
}

/** Throws `ProtocolError`. */
export function heardLegBind(turn: Turn, caller: Caller, member: Member, { attempt, hash }: { attempt: number; hash: Uint8Array }): void {
  if (caller.leg.name !== 'dialing' || attempt !== caller.attempt) return;
  caller.leg = { ...caller.leg, theirs: hash };
  bindIfEqual(turn, caller, member);
}

function bindIfEqual(turn: Turn, caller: Caller, member: Member): void {
  const { leg } = caller;
  if (leg.name !== 'dialing' || leg.ours === null || leg.theirs === null) return;
  if (!equal(leg.ours, leg.theirs)) {
    end(turn, caller, member, 'failed');
    caller.leg = { name: 'unauthentic' };
    throw new ProtocolError('unauthentic', 'CALL: the media end at two different certificates');
  }
  caller.leg = { name: 'bound' };
  caller.failures = 0;
  caller.wasBound = true;
  order(turn, caller, { name: 'bound' });
}

// ---------------------------------------------------------------- losing it

/** The connection ended by itself. */
export function legClosed(turn: Turn, caller: Caller, member: Member): void {
  if (isOpen(caller.leg)) end(turn, caller, member, 'closed');
}

/** `closed`: it ended by itself. `told`: the other side said so. `failed`: we gave it up. */
function end(turn: Turn, caller: Caller, member: Member, why: 'closed' | 'told' | 'failed'): void {
  if (why !== 'closed') order(turn, caller, { name: 'close' });
  const steps = limits.callBackoffMs;
  const wait = steps[Math.min(caller.failures++, steps.length - 1)] as number;
  caller.leg = { name: 'rest', dialAt: offers(turn, member) ? turn.env.now + wait : never };
  if (why !== 'told')
    sendSide(turn, caller.peer, member, { type: 'call', kind: 'signal', attempt: caller.attempt, index: 0, signal: null });
}

export function legDue(leg: Leg): number {
  if (leg.name === 'rest') return leg.dialAt;
  return leg.name === 'dialing' ? leg.giveUpAt : never;
}

/** Nothing is dialled while there is no way for the descriptions: they would only pile up. */
export function wakeLeg(turn: Turn, caller: Caller, member: Member): void {
  const { leg, peer } = caller;
  if (turn.env.now < legDue(leg)) return;
  if (leg.name === 'dialing') end(turn, caller, member, 'failed');
  else if (reachable(turn, peer)) start(turn, caller, member, caller.attempt + 1);
  else caller.leg = { name: 'rest', dialAt: turn.env.now + (limits.callBackoffMs[0] as number) };
}
