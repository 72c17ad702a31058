/**
 * Who is in the call of a room (protocol.md "Calls"): everybody says so for itself, in the pairwise channel, and says what it shows. There is
 * one call in a room, of eight people at most, with a connection between every two of them (call-legs.ts), and no one leads it.
 *
 * Whoever lies about itself harms itself: it takes one place, and what it sends reaches its own connections only. A page
 * never enters, and never touches a microphone, because of what somebody else says.
 */
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { CallInner } from '../../wire/call.ts';
import { mayLink } from '../paths.ts';
import { type Living, type Member, type Peer, type Turn, tell } from '../state.ts';
import type { CallDeed, CallLeg, CallShown, CallState } from '../types.ts';
import { type CallBook, type Caller, callerOf, newBook } from './call-book.ts';
import {
  dropLeg,
  heardLegBind,
  heardLegSignal,
  legClosed,
  legDue,
  legOpened,
  legSignalled,
  readyLeg,
  refuseLeg,
  wakeLeg,
} from './call-legs.ts';
import { sendSide } from './send.ts';

const others = limits.callMembers - 1;

// ---------------------------------------------------------------- the person

export function callDeed(turn: Turn, deed: CallDeed): void {
  if (!turn.room.directAllowed) return;
  const book = bookOf(turn);
  switch (deed.name) {
    case 'show':
      show(turn, book, deed);
      break;
    case 'leave':
      book.full = false;
      leave(turn, book);
      break;
    default:
      guarded(turn, () => legDeed(turn, book, deed));
  }
  tellCall(turn, book);
}

function legDeed(turn: Turn, book: CallBook, deed: Exclude<CallDeed, { name: 'show' | 'leave' }>): void {
  const caller = book.callers.get(deed.peer);
  const member = caller?.peer.member;
  if (caller === undefined || !member || deed.attempt !== caller.attempt) return; // of a connection that is over
  if (deed.name === 'signal') legSignalled(turn, caller, member, deed.signal);
  else if (deed.name === 'closed') legClosed(turn, caller, member);
  else legOpened(turn, caller, member, deed.fingerprints);
}

/** What a connection reports can show that the other end is not what it said. */
function guarded({ out }: Turn, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    out.push({ type: 'drop', code: error.code, where: 'link' });
  }
}

function show(turn: Turn, book: CallBook, { muted, camera, screen }: CallShown): void {
  if (book.me === null && present(book).length > others) {
    book.full = true;
    return;
  }
  book.full = false;
  const seq = ++book.seq;
  const entered = { visit: seq, since: turn.env.now, after: book.arrivals };
  const entering = book.me === null;
  book.me = { ...(book.me ?? entered), muted, camera, screen };
  tellMembers(turn, book);
  if (entering) arrange(turn, book);
}

function leave(turn: Turn, book: CallBook): void {
  if (book.me === null) return;
  book.me = null;
  book.seq++;
  for (const caller of book.callers.values()) {
    dropLeg(turn, caller);
    caller.wasBound = false;
  }
  tellMembers(turn, book);
}

// ---------------------------------------------------------------- what others say

/** Throws `ProtocolError`. */
export function heardCall(turn: Turn, peer: Peer, member: Member, inner: CallInner): void {
  if (!mayLink(turn, member)) throw new ProtocolError('misuse', 'a CALL where nothing is direct');
  const book = bookOf(turn);
  try {
    heardInner(turn, book, callerOf(book, peer), member, inner);
  } finally {
    tellCall(turn, book);
  }
}

function heardInner(turn: Turn, book: CallBook, caller: Caller, member: Member, inner: CallInner): void {
  if (inner.kind === 'state') heardState(turn, book, caller, inner);
  else if (book.me === null)
    return; // it does not know yet that we have left
  else if (!seated(book).includes(caller)) refuseLeg(turn, caller, member, inner);
  else if (inner.kind === 'bind') heardLegBind(turn, caller, member, inner);
  else heardLegSignal(turn, caller, member, inner);
}

function heardState(
  turn: Turn,
  book: CallBook,
  caller: Caller,
  { seq, visit, muted, camera, screen }: CallInner & { kind: 'state' },
): void {
  if (seq <= caller.seq) return;
  caller.seq = seq;
  const { here } = caller;
  if (here !== null && here.visit !== visit) {
    dropLeg(turn, caller);
    caller.wasBound = false;
  }
  const arrival = here !== null && here.visit === visit ? here.arrival : ++book.arrivals;
  caller.here = visit === null ? null : { visit, muted, camera, screen, arrival };
  if (here?.visit === caller.here?.visit) return;
  giveWay(turn, book);
  arrange(turn, book);
}

/** Two took the last place at once: the one with the larger instance gives way. Whoever came in before is never pushed out. */
function giveWay(turn: Turn, book: CallBook): void {
  const { me } = book;
  const { id } = turn.room.me;
  if (me === null || present(book).length <= others || turn.env.now - me.since > limits.callSettleMs) return;
  const before = present(book).filter(({ peer, here }) => (here?.arrival ?? 0) <= me.after || peer.id < id);
  if (before.length <= others) return;
  leave(turn, book);
  book.full = true;
}

/** What a new member cannot know. */
export function introduceCall(turn: Turn, peer: Peer, member: Member): void {
  const { call } = turn.room.side;
  if (call !== null && call.me !== null) tellMember(turn, call, peer, member);
}

export function leftCall(turn: Turn, peer: Peer): void {
  const { call } = turn.room.side;
  const caller = call?.callers.get(peer.id);
  if (call === null || caller === undefined) return;
  dropLeg(turn, caller);
  call.callers.delete(peer.id);
  arrange(turn, call);
  tellCall(turn, call);
}

// ---------------------------------------------------------------- time

export function callDue({ side: { call } }: Living): number {
  let due = Number.POSITIVE_INFINITY;
  if (call !== null && call.me !== null) for (const { leg } of call.callers.values()) due = Math.min(due, legDue(leg));
  return due;
}

export function wakeCall(turn: Turn): void {
  const { call } = turn.room.side;
  if (call === null || call.me === null) return;
  for (const caller of call.callers.values()) if (caller.peer.member !== null) wakeLeg(turn, caller, caller.peer.member);
  tellCall(turn, call);
}

// ---------------------------------------------------------------- who is in

function bookOf({ room }: Turn): CallBook {
  room.side.call ??= newBook();
  return room.side.call;
}

/** Everybody else who says to be in, in the order in which they came. */
function present({ callers }: CallBook): Caller[] {
  const here = [...callers.values()].filter((caller) => caller.here !== null);
  return here.sort((a, b) => (a.here?.arrival ?? 0) - (b.here?.arrival ?? 0));
}

/** Those with a place; whoever comes when there is none waits for one. */
function seated(book: CallBook): Caller[] {
  return present(book).slice(0, others);
}

/** A connection to everybody with a place, and to nobody else. */
function arrange(turn: Turn, book: CallBook): void {
  const places = new Set(book.me === null ? [] : seated(book));
  for (const caller of book.callers.values()) {
    if (places.has(caller)) readyLeg(turn, caller);
    else dropLeg(turn, caller);
  }
}

// ---------------------------------------------------------------- telling

function tellMembers(turn: Turn, book: CallBook): void {
  for (const peer of turn.room.peers.values()) if (peer.member !== null) tellMember(turn, book, peer, peer.member);
}

function tellMember(turn: Turn, { seq, me }: CallBook, peer: Peer, member: Member): void {
  const shown = { muted: me?.muted ?? false, camera: me?.camera ?? false, screen: me?.screen ?? false };
  if (mayLink(turn, member)) sendSide(turn, peer, member, { type: 'call', kind: 'state', seq, visit: me?.visit ?? null, ...shown });
}

function tellCall(turn: Turn, book: CallBook): void {
  const places = new Set(book.me === null ? [] : seated(book));
  const call: CallState = {
    in: book.me !== null,
    full: book.full,
    others: present(book).map((caller) => {
      const { muted, camera, screen } = caller.here as CallShown;
      return { peer: caller.peer.id, muted, camera, screen, leg: places.has(caller) ? legShown(caller) : 'none' };
    }),
  };
  const told = JSON.stringify(call);
  if (told === book.told) return;
  book.told = told;
  tell(turn, { type: 'call', call });
}

function legShown({ leg, wasBound }: Caller): CallLeg {
  if (leg.name === 'bound') return 'verified';
  if (leg.name === 'unauthentic') return 'unauthentic';
  return wasBound ? 'reconnecting' : 'connecting';
}
