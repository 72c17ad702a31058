/**
 * Pages that slept while the room moved (protocol.md "Who decides", MOVE). They were members, nobody removed them, and they come back to
 * a room where nobody is any more. So whoever moved keeps, of those who only fell silent, the session it had with them, and two of
 * them keep a seat where such a page will look: an outpost. It is handed the orders and the offer of the room as it is now,
 * sealed by that session; there it is met by the invite like anyone who comes.
 *
 * Nothing else is heard at an outpost, and nothing is kept for whoever left, was removed, or was not taken along by the host's order.
 * Rejected: a rendezvous per pair, which would cost as many seats as there are people; leaving the offer with the relay, which keeps nothing.
 */
import { equal, hex, wipe } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { openPair, sealPair } from '../../group/record.ts';
import { limits } from '../../limits.ts';
import { decodePairInner, encodePairInner, frameKid, frameType } from '../../wire/peer.ts';
import { encodeSend } from '../../wire/relay.ts';
import { newRelay } from '../create.ts';
import type { OutpostInput } from '../govern-part.ts';
import { wipeChannel } from '../handshakes.ts';
import { linkCarries } from '../reach.ts';
import { dial, relayClosed, relayOpened, relaySaid, type SeatNews, seatDue, wakeSeat } from '../seat.ts';
import type { Channel, Living, Member, OutpostKeys, Peer, Relay, Turn } from '../state.ts';
import type { PeerId } from '../types.ts';
import { doorOf, orderRecords } from './door.ts';
import type { Order } from './orders.ts';
import { type Governing, governing, sendRecord, sendToMembers } from './state.ts';
import { decodeGovern, encodeGovern, type GovernRecord } from './wire.ts';

/** A member that fell silent. */
export interface Stray {
  readonly id: PeerId;
  readonly inst: Uint8Array;
  readonly staticKey: Uint8Array;
  /** The last session with it. */
  readonly channel: Channel;
  /** Room id (hex) where it will look for us. */
  readonly room: string;
  /** Who else knows it: two of these and us keep the outpost. */
  readonly company: ReadonlySet<PeerId>;
  readonly until: number;
  handedAt: number;
}

/** A room that we moved from and that somebody may come back to. */
export interface LeftRoom {
  readonly id: string;
  readonly keys: OutpostKeys;
  /** Which of the places behind the room's own relays its outpost has. */
  readonly place: number;
  /** Empty while no outpost is kept. */
  relays: readonly Relay[];
}

/** What led us here, for those who were not there. */
export interface Handed {
  readonly invite: string;
  readonly hash: Uint8Array;
  readonly kept: readonly Uint8Array[];
  readonly order: Order | null;
}

const straysKept = 16;
const leftRooms = 2;
const lookouts = 2;
/** A page that is there and has not come is handed the room again. */
const handAgainMs = 5000;
const nudgeMs = 20_000;

// ---------------------------------------------------------------- who strayed

/** A member has gone silent. True where its session is kept. */
export function strayed(turn: Turn, peer: Peer, { staticKey, channel, moving }: Member): boolean {
  const { strays, book } = governing(turn);
  if (strays.size >= straysKept || book?.rule.removed.has(hex(staticKey))) return false;
  const { keys, pastIds } = turn.room;
  const room = hex(moving?.due && pastIds[0] !== undefined ? pastIds[0] : keys.roomPub);
  const company = new Set([...turn.room.peers.values()].filter(({ id, member }) => member !== null && id !== peer.id).map(({ id }) => id));
  const until = turn.env.now + limits.strayMs;
  strays.set(peer.id, { id: peer.id, inst: peer.inst, staticKey, channel, room, company, until, handedAt: 0 });
  return true;
}

/** Nobody else keeps this one. */
export function aloneWith({ strays }: Governing, id: PeerId): void {
  const stray = strays.get(id);
  if (stray !== undefined) strays.set(id, { ...stray, company: new Set() });
}

/** It is here, or will never be: nothing is kept of it. */
export function forgetStray(turn: Turn, staticKey: Uint8Array): void {
  const { strays } = governing(turn);
  for (const stray of strays.values()) if (equal(stray.staticKey, staticKey)) drop(turn, stray);
}

function drop(turn: Turn, stray: Stray): void {
  wipeChannel(stray.channel);
  governing(turn).strays.delete(stray.id);
}

/** Static keys that a move takes along although they are silent. */
export function strayStatics(turn: Turn, room: number): Uint8Array[] {
  return [...governing(turn).strays.values()].map(({ staticKey }) => staticKey).slice(0, Math.max(0, room));
}

/** The room moves: what somebody may come back to is remembered. */
export function leaveRoom(turn: Turn, kept: readonly Uint8Array[], handed: Handed): void {
  const g = governing(turn);
  const { keys, expiresAt } = turn.room;
  g.handed = handed;
  if (kept.length <= 1) return;
  while (g.left.length >= leftRooms) giveUpRoom(turn, g.left[0] as LeftRoom);
  const place = g.left.some((other) => other.place === 1) ? 2 : 1;
  g.left.push({ id: hex(keys.roomPub), keys: { roomPub: keys.roomPub, roomSk: keys.roomSk.slice(), expiresAt }, place, relays: [] });
}

function giveUpRoom(turn: Turn, left: LeftRoom): void {
  const g = governing(turn);
  withdraw(turn, left);
  wipe(left.keys.roomSk);
  g.left.splice(g.left.indexOf(left), 1);
  for (const stray of g.strays.values()) if (stray.room === left.id) drop(turn, stray);
}

// ---------------------------------------------------------------- time

export function straysDue(within: { readonly room: Living }): number {
  const g = governing(within);
  let next = Number.POSITIVE_INFINITY;
  for (const { relays } of g.left) for (const relay of relays) next = Math.min(next, seatDue(relay));
  for (const { until } of g.strays.values()) next = Math.min(next, until);
  return next;
}

/** Also called in every step where someone has come or gone, since then others may have to look out. */
export function wakeStrays(turn: Turn): void {
  const g = governing(turn);
  for (const stray of g.strays.values())
    if (turn.env.now >= stray.until || g.book?.rule.removed.has(hex(stray.staticKey))) drop(turn, stray);
  for (const left of [...g.left]) {
    if (!isAwaited(turn, left)) giveUpRoom(turn, left);
    else if (!wantsOutpost(turn, left)) withdraw(turn, left);
    else if (left.relays.length === 0) settleAt(turn, left);
  }
  nudge(turn);
  for (const left of g.left) for (const relay of left.relays) heardSeat(turn, left, relay, wakeSeat(turn, relay));
}

/** Somebody may still come back to it, or has not arrived from it. */
function isAwaited({ room }: Turn, { id }: LeftRoom): boolean {
  if ([...governing({ room }).strays.values()].some((stray) => stray.room === id)) return true;
  const last = room.pastIds[0];
  return last !== undefined && hex(last) === id && [...room.peers.values()].some(({ member }) => member?.moving?.due === true);
}

function wantsOutpost({ room }: Turn, { id }: LeftRoom): boolean {
  return [...governing({ room }).strays.values()].some((stray) => {
    if (stray.room !== id) return false;
    const before = [...stray.company].filter((other) => other < room.me.id && room.peers.get(other)?.member != null);
    return before.length < lookouts;
  });
}

function settleAt(turn: Turn, left: LeftRoom): void {
  const { relays } = turn.room;
  left.relays = relays.map(({ origin, index }) => newRelay(origin, left.place * relays.length + index, turn.env.now, left.keys));
  for (const relay of left.relays) dial(turn, relay);
}

function withdraw(turn: Turn, left: LeftRoom): void {
  for (const { index, seat } of left.relays)
    if (seat.name !== 'none' && seat.name !== 'refused') turn.out.push({ type: 'relay-close', relay: index, code: 1000 });
  left.relays = [];
}

/** The room ends. */
export function wipeStrays(turn: Turn): void {
  for (const left of [...governing(turn).left]) giveUpRoom(turn, left);
  for (const stray of governing(turn).strays.values()) drop(turn, stray);
}

/** Whoever stayed behind without knowing, and whom a direct link still joins to us, is told by that. */
function nudge(turn: Turn): void {
  const g = governing(turn);
  if (g.handed === null || g.book === null || turn.env.now < turn.room.settlingUntil) return;
  for (const peer of turn.room.peers.values()) {
    const { id, member } = peer;
    if (!member?.moving?.due || !linkCarries(peer) || turn.env.now < (g.nudged.get(id) ?? 0) + nudgeMs) continue;
    g.nudged.set(id, turn.env.now);
    for (const record of wayHere(turn, g.handed)) sendRecord(turn, peer, member, record);
  }
}

// ---------------------------------------------------------------- the outpost

/** Something of a socket of an outpost. Throws `ProtocolError`. */
export function heardOutpost(turn: Turn, input: OutpostInput): void {
  for (const left of governing(turn).left) {
    const relay = left.relays.find(({ index }) => index === input.relay);
    if (relay === undefined) continue;
    if (input.type === 'relay-open') relayOpened(turn, relay);
    else if (input.type === 'relay-closed') heardSeat(turn, left, relay, relayClosed(turn, relay, input.code));
    else heardSeat(turn, left, relay, relaySaid(turn, relay, input.bytes));
    return;
  }
}

function heardSeat(turn: Turn, left: LeftRoom, relay: Relay, news: SeatNews): void {
  switch (news?.type) {
    case 'ends': // that room is over, and with it what led back to it
      withdraw(turn, left);
      return;
    case 'joined':
      relay.everSeated = true;
      for (const inst of news.members) found(turn, left, relay, inst);
      return;
    case 'came':
      found(turn, left, relay, news.inst);
      return;
    case 'received':
      found(turn, left, relay, news.src);
      heardAnswer(turn, relay, news.src, news.frame);
      return;
  }
}

function found(turn: Turn, left: LeftRoom, relay: Relay, inst: Uint8Array): void {
  const stray = governing(turn).strays.get(hex(inst) as PeerId);
  if (stray === undefined || stray.room !== left.id || turn.env.now < stray.handedAt + handAgainMs) return;
  stray.handedAt = turn.env.now;
  hand(turn, relay, stray);
}

/** What leads here by the host's word. Orders first, since they say whether the offer counts. */
function* wayHere(turn: Turn, { invite, hash, kept, order }: Handed): Generator<GovernRecord> {
  yield* orderRecords(turn);
  yield { type: 'move-offer', invite, order, kept };
  yield { type: 'move-late', hash, kept };
}

function hand(turn: Turn, relay: Relay, stray: Stray): void {
  const { handed, book } = governing(turn);
  if (handed === null) return;
  const { invite, kept } = handed;
  if (book === null) {
    seal(turn, relay, stray, { type: 'move-offer', invite, order: null, kept: [...kept, stray.staticKey] });
    return;
  }
  if (!kept.some((one) => equal(one, stray.staticKey))) return;
  for (const record of wayHere(turn, handed)) seal(turn, relay, stray, record);
}

/** In a room without a host its person is asked, like everyone was. */
function heardAnswer(turn: Turn, relay: Relay, src: Uint8Array, frame: Uint8Array): void {
  const { strays, book, handed, words } = governing(turn);
  const stray = strays.get(hex(src) as PeerId);
  if (stray === undefined || book !== null || handed === null) return;
  const record = openStray(turn, stray, frame);
  if (record?.type !== 'move-answer' || !record.agrees) return;
  words.add(hex(stray.staticKey));
  if (doorOf(turn) === 'words') sendToMembers(turn, { type: 'word', forced: false, statics: [stray.staticKey] });
  seal(turn, relay, stray, { type: 'move-late', hash: record.hash, kept: [...handed.kept, stray.staticKey] });
}

function seal(turn: Turn, { index }: Relay, { channel, inst }: Stray, record: GovernRecord): void {
  const { frame } = sealPair(channel.send, channel.roomPub, turn.room.me.inst, encodePairInner(encodeGovern(record)), turn.env.random);
  turn.out.push({ type: 'relay-send', relay: index, bytes: encodeSend(inst, frame) });
}

function openStray(turn: Turn, { channel, inst }: Stray, frame: Uint8Array): GovernRecord | null {
  if (frameType(frame) !== 'pair' || !equal(frameKid(frame), channel.receive.kid)) return null;
  const opened = openPair(channel.receive, channel.roomPub, inst, frame, turn.env.now);
  if (!opened.fresh) throw new ProtocolError('replayed', 'PAIR opened before');
  const inner = decodePairInner(opened.inner);
  return inner.type === 'govern' ? decodeGovern(inner) : null;
}

/** A frame of someone whom we had given up ourselves: it may lead us to where the others are. Throws `ProtocolError`. */
export function heardStray(turn: Turn, peer: Peer, frame: Uint8Array): GovernRecord | null {
  const stray = governing(turn).strays.get(peer.id);
  const record = stray === undefined ? null : openStray(turn, stray, frame);
  return record !== null && leads(record) ? record : null;
}

const leads = ({ type }: GovernRecord): boolean => type === 'orders' || type === 'move-offer' || type === 'move-late';
