/**
 * The part that decides about a room (protocol.md "Who decides"), as the machine knows it (govern-part.ts): which file hears which
 * record and which wish of the person. Loaded when it is wanted.
 */
import { hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { type KeyPair, signingKeyPair } from '../../primitives.ts';
import type { GovernNews, GovernPart } from '../govern-part.ts';
import { isSeated } from '../reach.ts';
import type { Member, Peer, Turn } from '../state.ts';
import type { Deed, PeerId } from '../types.ts';
import { alarmsDue, carry, forked, heardAlert, heardVia, noAlarms, wakeAlarms, watchRoster } from './alarms.ts';
import { compareDue, compared, heardCompare, startCompare, stopCompare, watchCompare } from './compare.ts';
import {
  decline,
  disclosed,
  dismissal,
  doorOf,
  giveWord,
  guessed,
  heardDoor,
  heardGuesses,
  heardWord,
  isHost,
  isInside,
  isOutside,
  keepsOut,
  mayLetIn,
  review,
  sendOrders,
  tellGuesses,
  tellIn,
} from './door.ts';
import { handOver, heardAsk, heardHostKey, heardOrders, lock, order, wakeClose } from './host.ts';
import { answer, goWhereDue, heardLate, heardMove, hearEarlyOffers, isSettling, moveDue, moveOn, takeAlong, wakeMove } from './move.ts';
import { adminHashOf, createBook, decodeOrders, encodeOrders, giveOrder, takeOrder } from './orders.ts';
import { type Governing, governing } from './state.ts';
import { forgetStray, heardOutpost, heardStray, strayed, straysDue, wakeStrays, wipeStrays } from './strays.ts';
import { someoneDiffers, tellView } from './view.ts';
import { decodeGovern } from './wire.ts';

export interface GovernOptions {
  /** The seed of the host's key, in the page that made the room or came back as its host; taken over and wiped. */
  readonly adminSeed: Uint8Array | null;
  /** This page made the room. */
  readonly founder: boolean;
  /** What a page that comes back had of the orders (`keepsake`). A host without them would give numbers twice. */
  readonly orders?: Uint8Array;
}

/** Adds what an invite says of the host's key. */
export function adminOf(seed: Uint8Array): Uint8Array {
  return adminHashOf(signingKeyPair(seed).public);
}

export function createGovernPart(options: GovernOptions): GovernPart {
  return {
    attach: (turn) => attach(turn, options),
    deed,
    heard,
    keepsOut,
    dismissal,
    metOutside: (turn) => review(turn),
    metMember(turn, peer, member) {
      sendOrders(turn, peer, member);
      if (doorOf(turn) !== 'open') tellIn(turn, peer, member); // it may have lost what it knew of us
      tellGuesses(turn, peer, member);
      takeAlong(turn, peer, member);
      forgetStray(turn, member.staticKey);
    },
    strayed,
    heardStray: led,
    heardOutpost,
    disclosed,
    guessed,
    isOutside,
    carry,
    forked,
    holdsBack: (turn) => isSettling(turn) || (governing(turn).strict && someoneDiffers(turn)),
    due,
    wake(turn) {
      wakeClose(turn);
      wakeMove(turn);
      wakeAlarms(turn);
      wakeStrays(turn);
      return review(turn);
    },
    tellView(turn) {
      beFirst(turn);
      watchCompare(turn);
      watchRoster(turn);
      goWhereDue(turn, governing(turn));
      tellView(turn);
    },
    keepsake(within) {
      const { key, book } = governing(within);
      return { adminSeed: isHost(within) ? (key?.secret.slice() ?? null) : null, orders: encodeOrders(book?.orders ?? []) };
    },
    wipe(turn) {
      wipeStrays(turn);
      for (const key of [governing(turn).key, governing(turn).offeredKey]) key?.secret.fill(0);
    },
  };
}

function attach(turn: Turn, { adminSeed, founder, orders }: GovernOptions): Governing {
  const { adminHash } = turn.room.options;
  const key: KeyPair | null = adminSeed === null || adminHash === null ? null : signingKeyPair(adminSeed);
  const book = adminHash === null ? null : createBook(adminHash);
  if (book !== null && orders !== undefined) for (const one of decodeOrders(orders)) takeOrder(book, one, turn.env.now);
  // The first order says who the host is.
  if (key !== null && book?.orders.length === 0) takeOrder(book, giveOrder(book, key, 'admit', turn.room.me.statics.public), turn.env.now);
  const state: Governing = {
    brand: 'govern',
    key,
    offeredKey: null,
    handingTo: null,
    book,
    words: new Set(),
    inside: founder,
    forced: false,
    guessTimes: [],
    guesses: new Map(),
    doorTold: new Map(),
    doors: new Map(),
    declined: new Set(),
    closeAt: Number.POSITIVE_INFINITY,
    move: null,
    wanted: null,
    earlyOffers: [],
    strays: new Map(),
    left: [],
    handed: null,
    nudged: new Map(),
    compare: { state: 'none' },
    runsOver: new Set(),
    alarms: noAlarms(),
    strict: false,
    told: '',
  };
  return state;
}

/** Whoever comes to an empty room is the first one in it. */
function beFirst({ room }: Turn): void {
  const g = governing({ room });
  if (!g.inside && isSeated(room) && room.peers.size === 0) g.inside = true;
}

function due(within: Pick<Turn, 'room'>): number {
  const g = governing(within);
  return Math.min(g.closeAt, moveDue(within), compareDue(g.compare), alarmsDue(within), straysDue(within));
}

// ---------------------------------------------------------------- the person

function deed(turn: Turn, wish: Deed): GovernNews[] {
  switch (wish.name) {
    case 'let-in':
      return withPeer(turn, wish.peer, (peer) => letIn(turn, peer));
    case 'decline':
      return withPeer(turn, wish.peer, (peer) => decline(turn, peer));
    case 'remove':
      return withPeer(turn, wish.peer, (peer) => removePeer(turn, peer));
    case 'hand-over':
      return withPeer(turn, wish.peer, (peer) => {
        handOver(turn, peer);
        return [];
      });
    case 'lock':
      return lock(turn);
    case 'unlock':
      return order(turn, 'unlock');
    case 'close':
      return order(turn, 'close');
    case 'renew':
      return moveOn(turn, null, wish.expiresAt);
    case 'publishing':
      return order(turn, 'publishing', Uint8Array.of(wish.allowed ? 1 : 0));
    case 'answer':
      answer(turn, wish.agrees);
      return [];
    case 'compare':
      startCompare(turn);
      return [];
    case 'compare-stop':
      stopCompare(turn);
      return [];
    case 'compared':
      compared(turn, wish.matches);
      return [];
    case 'strict':
      governing(turn).strict = wish.on;
      return [];
  }
}

function withPeer(turn: Turn, id: PeerId, act: (peer: Peer) => GovernNews[]): GovernNews[] {
  const peer = turn.room.peers.get(id);
  return peer === undefined ? [] : act(peer);
}

function letIn(turn: Turn, peer: Peer): GovernNews[] {
  if (peer.outside === null || !mayLetIn(turn)) return [];
  governing(turn).declined.delete(hex(peer.outside.member.staticKey));
  return doorOf(turn) === 'orders' ? order(turn, 'admit', peer.outside.member.staticKey) : giveWord(turn, peer);
}

/** The host removes, and everyone moves to where the one who was removed cannot follow. */
function removePeer(turn: Turn, peer: Peer): GovernNews[] {
  if (peer.member === null || !isInside(turn)) return [];
  if (governing(turn).book === null) return moveOn(turn, peer, null);
  if (!isHost(turn)) return [];
  const removed = order(turn, 'remove', peer.member.staticKey);
  return [...removed, ...moveOn(turn, null, null)];
}

/** What someone says whom we had given up: it leads to where the room is now, or nowhere. */
function led(turn: Turn, peer: Peer, frame: Uint8Array): boolean {
  const record = heardStray(turn, peer, frame);
  if (record?.type === 'orders') heardOrders(turn, null, record.orders);
  else if (record?.type === 'move-offer' || record?.type === 'move-late') heardLate(turn, peer, record);
  return record !== null;
}

// ---------------------------------------------------------------- records

function heard(turn: Turn, peer: Peer, member: Member, inner: Parameters<GovernPart['heard']>[3]): GovernNews[] {
  const record = decodeGovern(inner);
  // Of someone who is not in, only what concerns the door.
  if (peer.member === null && record.type !== 'door' && record.type !== 'orders')
    throw new ProtocolError('unexpected', `${record.type} of someone who is not in`);
  switch (record.type) {
    case 'door':
      return heardDoor(turn, peer, member, record);
    case 'orders':
      return [...heardOrders(turn, peer, record.orders), ...hearEarlyOffers(turn)];
    case 'word':
      return heardWord(turn, peer, record);
    case 'guesses':
      return heardGuesses(turn, peer, record.count);
    case 'host-ask':
      heardAsk(turn, peer, member);
      return [];
    case 'host-key':
      return heardHostKey(turn, peer, member, record);
    case 'move-offer':
    case 'move-answer':
    case 'move-go':
    case 'move-late':
      return heardMove(turn, peer, record);
    case 'compare':
      heardCompare(turn, peer, record);
      return [];
    case 'via':
      return heardVia(turn, peer, record);
    case 'alert':
      heardAlert(turn, peer, record.alert);
      return [];
  }
}
