/**
 * The host's side, and what an order does to everyone (protocol.md "Who decides", orders). Whoever made the room holds its key, until
 * it is handed on; the key lives in that page and ends with it.
 */
import { concat, equal, hex, wipe } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { signingKeyPair } from '../../primitives.ts';
import type { GovernNews } from '../govern-part.ts';
import { beginSoon } from '../handshakes.ts';
import { part } from '../people.ts';
import type { Member, Peer, Turn } from '../state.ts';
import type { PeerId } from '../types.ts';
import { admits, doorOf, isHost, review, tellDecision } from './door.ts';
import { giveOrder, type Order, type OrderName, type Rule, takeOrder } from './orders.ts';
import { governing, myStatic, peerOf, presentStatics, sendRecord, sendToMembers } from './state.ts';
import type { GovernRecord } from './wire.ts';

/** How long the page of a host waits for everyone to have heard that the room is closed. */
const closeMs = 2500;

/** Gives an order, to ourselves first. Nothing happens where we are not the host. */
export function order(turn: Turn, name: OrderName, args?: Uint8Array): GovernNews[] {
  const { book, key } = governing(turn);
  if (book === null || key === null || !isHost(turn)) return [];
  const given = giveOrder(book, key, name, args);
  const before = book.rule;
  takeOrder(book, given, turn.env.now);
  sendToMembers(turn, { type: 'orders', orders: [given] });
  return followOrders(turn, before, null);
}

/** Orders that somebody passed on (null: whom we had given up): it does not matter who. Throws `ProtocolError` for the first that is none. */
export function heardOrders(turn: Turn, peer: Peer | null, orders: readonly Order[]): GovernNews[] {
  const { book } = governing(turn);
  if (book === null) throw new ProtocolError('unexpected', 'orders in a room without a host');
  if (peer?.member === null && !mayHearOutside(turn) && !orders.some((one) => isFarewell(turn, one)))
    throw new ProtocolError('unexpected', 'orders of someone who is not in');
  const before = book.rule;
  let refused: unknown = null;
  for (const one of orders) {
    try {
      takeOrder(book, one, turn.env.now);
    } catch (error) {
      refused ??= error;
    }
  }
  const news = followOrders(turn, before, peer?.id ?? null);
  if (refused !== null && news.length === 0 && book.rule === before) throw refused;
  return news;
}

/** Whoever waits outside learns from the orders that it may come in. */
function mayHearOutside(turn: Turn): boolean {
  const { book } = governing(turn);
  return doorOf(turn) === 'open' || !(book?.rule.admitted.has(myStatic(turn)) ?? false);
}

const isFarewell = (turn: Turn, { name, args }: Order): boolean => name === 'remove' && hex(args) === myStatic(turn);

/** What differs now from how the room stood before. */
function followOrders(turn: Turn, before: Rule, from: PeerId | null): GovernNews[] {
  const g = governing(turn);
  const rule = g.book?.rule;
  if (rule === undefined || rule === before) return [];
  const host = rule.host === null ? null : rule.host === myStatic(turn) ? null : (peerOf(turn, rule.host)?.id ?? from);
  for (const id of rule.removed) if (!before.removed.has(id)) remove(turn, id, host);
  if (rule.closed && !before.closed) close(turn, from);
  if (rule.locked !== before.locked && before.authority !== null) tellDecision(turn, rule.locked ? 'locked' : 'unlocked', host, null);
  changeHost(turn, before, rule);
  if (rule.locked && !before.locked) sendAway(turn);
  for (const id of rule.admitted) {
    const peer = before.admitted.has(id) ? null : peerOf(turn, id);
    if (peer?.outside) tellDecision(turn, 'let-in', host, peer.outside.member.staticKey);
  }
  return review(turn);
}

function remove(turn: Turn, id: string, by: PeerId | null): void {
  if (id === myStatic(turn)) {
    turn.ends = 'removed';
    return;
  }
  const peer = peerOf(turn, id);
  if (peer === null) return;
  const member = peer.member ?? peer.outside?.member;
  if (member !== undefined) tellDecision(turn, 'removed', by, member.staticKey);
  if (peer.member !== null) {
    const { book } = governing(turn);
    sendRecord(turn, peer, peer.member, { type: 'orders', orders: book?.orders.slice(-1) ?? [] }); // whoever is here tells it, too
    part(turn, peer, 'left');
  }
}

function close(turn: Turn, from: PeerId | null): void {
  if (from !== null) turn.ends = 'closed';
  else governing(turn).closeAt = turn.env.now + closeMs;
}

function changeHost(turn: Turn, before: Rule, rule: Rule): void {
  const g = governing(turn);
  if (rule.authority === null || (before.authority !== null && equal(before.authority, rule.authority))) return;
  if (g.offeredKey !== null && equal(g.offeredKey.public, rule.authority)) {
    g.key = g.offeredKey;
    g.offeredKey = null;
  } else if (g.key !== null && !equal(g.key.public, rule.authority)) {
    wipe(g.key.secret);
    g.key = null;
  }
  if (before.authority === null) return;
  const by = before.host === null || before.host === myStatic(turn) ? null : (peerOf(turn, before.host)?.id ?? null);
  const heir = rule.host === null ? null : rule.host === myStatic(turn) ? turn.room.me.statics.public : memberKey(turn, rule.host);
  tellDecision(turn, 'handed-over', by, heir);
}

function memberKey(turn: Turn, id: string): Uint8Array | null {
  const peer = peerOf(turn, id);
  return (peer?.member ?? peer?.outside?.member)?.staticKey ?? null;
}

/** Whoever came in while the door was being locked, unseen by the host, waits outside after all. */
function sendAway(turn: Turn): void {
  for (const peer of turn.room.peers.values()) {
    if (peer.member === null || admits(turn, hex(peer.member.staticKey))) continue;
    part(turn, peer, 'left');
    beginSoon(turn, peer);
  }
}

// ---------------------------------------------------------------- what the host does

export function lock(turn: Turn): GovernNews[] {
  return order(turn, 'lock', concat(...presentStatics(turn)));
}

/** Asks the heir for a key of its own: the one that signs stays where it is. */
export function handOver(turn: Turn, peer: Peer): void {
  if (!isHost(turn) || peer.member === null) return;
  governing(turn).handingTo = peer.id;
  sendRecord(turn, peer, peer.member, { type: 'host-ask' });
}

export function heardAsk(turn: Turn, peer: Peer, member: Member): void {
  const g = governing(turn);
  if (peer.member === null || g.book?.rule.host !== hex(member.staticKey)) throw new ProtocolError('misuse', 'only the host hands over');
  g.offeredKey ??= signingKeyPair(turn.env.random(32));
  sendRecord(turn, peer, member, { type: 'host-key', key: g.offeredKey.public });
}

export function heardHostKey(turn: Turn, peer: Peer, member: Member, { key }: Extract<GovernRecord, { type: 'host-key' }>): GovernNews[] {
  const g = governing(turn);
  if (peer.member === null || g.handingTo !== peer.id) throw new ProtocolError('unexpected', 'a key that nobody asked for');
  g.handingTo = null;
  return order(turn, 'hand', concat(key, member.staticKey));
}

/** Records of this type that this member has not acknowledged. */
export function awaits(member: Member, ctype: number): boolean {
  for (const { inner } of member.outgoing.unacked.values()) if (inner?.[0] === ctype) return true;
  return false;
}

export function wakeClose(turn: Turn): void {
  const g = governing(turn);
  if (g.closeAt === Number.POSITIVE_INFINITY) return;
  const waiting = [...turn.room.peers.values()].some(({ member }) => member !== null && awaits(member, 0x11));
  if (!waiting || turn.env.now >= g.closeAt) turn.ends = 'closed';
}
