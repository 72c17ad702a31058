/**
 * Moving to new keys (protocol.md "Who decides", MOVE): the room gets another secret, which goes to those who stay and to nobody else.
 * They leave their seats, take new ones under the new room id, and shake hands there anew with `resume` of the session before, so
 * that nobody can step in between: whoever was verified stays verified. Links, messages and what is under way stay as they
 * are; the machine only changes its keys. What was sealed before still opens for some minutes.
 *
 * A host orders it. In a room without one, a member proposes, and everyone decides for itself; whoever declines stays behind.
 */
import { concat, equal, hex, utf8, wipe } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { deriveRoomKeys } from '../../handshake/schedule.ts';
import { limits } from '../../limits.ts';
import { labelledHash } from '../../primitives.ts';
import { decodeInvite, encodeInvite, type Invite, inviteOptions } from '../../wire/invite.ts';
import type { GovernNews } from '../govern-part.ts';
import { abandonShake, movesTried } from '../handshakes.ts';
import { part, tellPerson } from '../people.ts';
import { isSeated, isUnlisted, newListings } from '../reach.ts';
import { reseat, tellRelays } from '../seat.ts';
import { forgetPeer } from '../seats.ts';
import { type Member, type Peer, type Turn, tell } from '../state.ts';
import type { PeerId, Proposal } from '../types.ts';
import { isHost, review, tellDecision } from './door.ts';
import { awaits, order } from './host.ts';
import { type Order, type OrderBook, takeOrder } from './orders.ts';
import { type Governing, governing, myStatic, presentStatics, sendRecord } from './state.ts';
import { aloneWith, leaveRoom, strayStatics } from './strays.ts';
import { type GovernRecord, moveType } from './wire.ts';

/** An offer whose order nobody could give yet. */
export interface EarlyOffer {
  readonly from: PeerId;
  readonly offer: Extract<GovernRecord, { type: 'move-offer' }>;
}

export interface Moving {
  readonly invite: Invite;
  readonly hash: Uint8Array;
  /** Static keys of those who come along. */
  kept: readonly Uint8Array[];
  /** Null: this page. */
  readonly by: PeerId | null;
  readonly answers: Map<PeerId, boolean>;
  answered: boolean;
  /** Answers are waited for until then. */
  readonly until: number;
  /** Decided: when to go, at the latest where `whenHeard`, else at once. */
  goAt: number;
  whenHeard: boolean;
  /** The word to go is given. */
  going: boolean;
  /** The others have gone before. */
  late: boolean;
}

/** Until everyone has heard of it, at most: longer than most cuts. Nobody is kept waiting, since the room goes on meanwhile. */
const hearMs = 10_000;
/** Who has heard of a move and not of its beginning goes by itself, should whoever ordered it be gone. */
const aloneMs = 15_000;
/** From the word to go until the seats are given up, so that it reaches everyone. */
const goMs = 1000;
/** For our own receipts to get out. */
const receiptMs = 60;
/** A move that has to wait for another looks so often whether that is over. */
const againMs = 1000;
const answerMs = 60_000;
/** How long the view is spared what the move does to paths and seats. */
const settleMs = 4000;
/** How long what was sealed in the room before is still opened. */
const formerMs = 5 * 60_000;
/** Room ids under which signatures of before are still checked. */
const pastRooms = 16;
const earlyOffersKept = 4;

// ---------------------------------------------------------------- deciding

/** The host moves everyone but `without`; anyone else proposes it. */
export function moveOn(turn: Turn, without: Peer | null, expiresAt: number | null): GovernNews[] {
  const g = governing(turn);
  if (g.book !== null && !isHost(turn)) return [];
  if (g.move !== null || someAreComing(turn)) {
    if (g.book !== null) g.wanted = { expiresAt, at: turn.env.now + againMs };
    return [];
  }
  const invite: Invite = { ...turn.room.options, secret: turn.env.random(32), expiresAt: expiresAt ?? turn.room.expiresAt };
  const gone = without?.member?.staticKey;
  const present = presentStatics(turn).filter((one) => gone === undefined || !equal(one, gone));
  // Whoever only fell silent comes along when it is back. Without a host it is asked then.
  const silent = g.book === null ? [] : strayStatics(turn, limits.members - present.length);
  return offer(turn, invite, [...present, ...silent]);
}

/** From the move before, someone has not arrived: moving on now would leave it behind. */
function someAreComing({ room }: Turn): boolean {
  return [...room.peers.values()].some(({ member }) => member?.moving?.due === true);
}

/** Somebody has come in while everyone is still being told: it comes along. */
export function takeAlong(turn: Turn, peer: Peer, member: Member): void {
  const { move, book } = governing(turn);
  if (move === null || move.by !== null || move.going || book === null) return;
  const { staticKey } = member;
  if (!move.kept.some((one) => equal(one, staticKey))) offer(turn, move.invite, [...move.kept, staticKey]);
  // It was to come along when it is back, and that is now.
  else sendOffer(turn, peer, member, move.invite, move.kept);
}

function offer(turn: Turn, invite: Invite, kept: readonly Uint8Array[]): GovernNews[] {
  const g = governing(turn);
  const text = encodeInvite(invite);
  const hash = hashOf(text, kept);
  const ordered = g.book !== null;
  g.move = {
    invite,
    hash,
    kept,
    by: null,
    answers: new Map(),
    answered: true,
    until: turn.env.now + answerMs,
    goAt: ordered ? turn.env.now + hearMs : Number.POSITIVE_INFINITY,
    whenHeard: true,
    going: false,
    late: false,
  };
  const news = ordered ? order(turn, 'move', concat(hash, ...kept)) : [];
  for (const [peer, member] of keptMembers(turn, kept)) sendOffer(turn, peer, member, invite, kept);
  return news;
}

function sendOffer(turn: Turn, peer: Peer, member: Member, invite: Invite, kept: readonly Uint8Array[]): void {
  const text = encodeInvite(invite);
  const given = orderOf(governing(turn), hashOf(text, kept));
  sendRecord(turn, peer, member, { type: 'move-offer', invite: text, order: given, kept });
}

export function heardMove(turn: Turn, peer: Peer, record: Extract<GovernRecord, { type: `move-${string}` }>): GovernNews[] {
  if (peer.member === null) throw new ProtocolError('unexpected', 'MOVE of someone who is not in');
  switch (record.type) {
    case 'move-offer':
      return heardOffer(turn, peer, record);
    case 'move-answer':
      return heardAnswer(turn, peer, record);
    case 'move-go':
      return heardGo(turn, peer, record);
    case 'move-late':
      return heardLate(turn, peer, record);
  }
}

function heardOffer(turn: Turn, peer: Peer, offer: Offer): GovernNews[] {
  const g = governing(turn);
  const invite = decodeInvite(offer.invite);
  const hash = hashOf(offer.invite, offer.kept);
  const sameRules = equal(inviteOptions({ ...invite, expiresAt: turn.room.expiresAt }), turn.room.keys.opts);
  if (!sameRules) throw new ProtocolError('misuse', 'a move to a room with other promises');
  if (!offer.kept.some((one) => hex(one) === myStatic(turn))) throw new ProtocolError('misuse', 'a move without us');
  if (isBehind(turn, g, invite, offer)) throw new ProtocolError('replayed', 'a move to where we have been');
  if (g.book !== null) {
    if (offer.order !== null) takeItsOrder(turn, g.book, peer, offer);
    if (!g.book.rule.moves.has(hex(hash))) throw new ProtocolError('misuse', 'a move that the host did not order');
  }
  if (g.move !== null) {
    if (equal(g.move.hash, hash)) return [];
    if (g.book === null) throw new ProtocolError('unexpected', 'a second proposal at once');
  }
  const ordered = g.book !== null;
  g.move = {
    invite,
    hash,
    kept: offer.kept,
    by: peer.id,
    answers: new Map(),
    answered: ordered,
    until: turn.env.now + 2 * answerMs,
    goAt: ordered ? turn.env.now + aloneMs : Number.POSITIVE_INFINITY,
    whenHeard: false,
    going: false,
    late: false,
  };
  return ordered ? meetKept(turn, offer.kept) : [];
}

/** Whoever stayed in a room that we left may still offer it: nobody goes back. */
function isBehind({ room }: Turn, { handed }: Governing, invite: Invite, { order }: Offer): boolean {
  if (order !== null && handed?.order != null && order.counter <= handed.order.counter) return true;
  const { roomPub, roomSk, psk0 } = deriveRoomKeys(invite);
  wipe(roomSk, psk0);
  return [room.keys.roomPub, ...room.pastIds].some((past) => equal(past, roomPub));
}

type Offer = Extract<GovernRecord, { type: 'move-offer' }>;

/** The heir may move everyone before all have the word that makes it the host: its offer waits for that. */
function takeItsOrder(turn: Turn, book: OrderBook, peer: Peer, offer: Offer): void {
  try {
    if (offer.order !== null) takeOrder(book, offer.order, turn.env.now);
  } catch (error) {
    const { earlyOffers } = governing(turn);
    earlyOffers.push({ from: peer.id, offer });
    if (earlyOffers.length > earlyOffersKept) earlyOffers.shift();
    throw error;
  }
}

/** Orders have come: what was offered before them may count now. */
export function hearEarlyOffers(turn: Turn): GovernNews[] {
  const g = governing(turn);
  const news: GovernNews[] = [];
  for (const { from, offer } of g.earlyOffers.splice(0)) {
    const peer = turn.room.peers.get(from);
    if (peer?.member == null || !g.book?.orders.some(({ counter }) => counter === offer.order?.counter)) continue;
    news.push(...heardOffer(turn, peer, offer));
  }
  return news;
}

/** Whoever the host takes along is in, on both sides, even where the word of one of us is still under way. */
function meetKept(turn: Turn, kept: readonly Uint8Array[]): GovernNews[] {
  const ids = new Set(kept.map(hex));
  for (const { outside } of turn.room.peers.values()) if (outside !== null && ids.has(hex(outside.member.staticKey))) outside.lets = true;
  return review(turn);
}

/** The person's answer to a proposal. */
export function answer(turn: Turn, agrees: boolean): void {
  const g = governing(turn);
  const { move } = g;
  if (move === null || move.by === null || move.answered) return;
  move.answered = true;
  const peer = turn.room.peers.get(move.by);
  if (peer?.member) sendRecord(turn, peer, peer.member, { type: 'move-answer', hash: move.hash, agrees });
  if (!agrees) g.move = null;
}

function heardAnswer(turn: Turn, peer: Peer, record: Extract<GovernRecord, { type: 'move-answer' }>): GovernNews[] {
  const { move } = governing(turn);
  if (move === null || move.by !== null || !equal(move.hash, record.hash)) throw new ProtocolError('unexpected', 'an answer to nothing');
  if (!move.answers.has(peer.id) && !record.agrees) tellDecision(turn, 'declined-move', peer.id, null);
  move.answers.set(peer.id, record.agrees);
  concludeWhereDue(turn, move);
  return [];
}

function heardGo(turn: Turn, peer: Peer, record: Extract<GovernRecord, { type: 'move-go' | 'move-late' }>): GovernNews[] {
  const { move } = governing(turn);
  if (move === null || move.by !== peer.id || !equal(move.hash, record.hash))
    throw new ProtocolError('unexpected', 'a move that nobody proposed');
  if (!move.answered || !record.kept.some((one) => hex(one) === myStatic(turn))) return [];
  move.kept = record.kept;
  turn.room.settlingUntil = turn.env.now + settleMs;
  move.goAt = Math.min(move.goAt, turn.env.now + receiptMs);
  move.going = true;
  return [];
}

/**
 * The others have gone before. They are met by the invite, since they may have given us up meanwhile; of whom we had given up, even the
 * offer comes so.
 */
export function heardLate(turn: Turn, peer: Peer, record: Extract<GovernRecord, { type: 'move-offer' | 'move-late' }>): GovernNews[] {
  if (record.type === 'move-offer') return heardOffer(turn, peer, record);
  const { move } = governing(turn);
  const news = heardGo(turn, peer, record);
  if (move?.going) move.late = true;
  return news;
}

/** Everyone has answered, or has had its time: those who agreed go. */
function concludeWhereDue(turn: Turn, move: Moving): void {
  if (move.by !== null || move.goAt !== Number.POSITIVE_INFINITY) return;
  const others = [...keptMembers(turn, move.kept)];
  if (turn.env.now < move.until && others.some(([{ id }]) => !move.answers.has(id))) return;
  const agreed = others.filter(([{ id }]) => move.answers.get(id) === true);
  if (agreed.length === 0) {
    governing(turn).move = null;
    return;
  }
  move.kept = [turn.room.me.statics.public, ...agreed.map(([, member]) => member.staticKey)];
  giveWord(turn, move);
}

/** Everyone leaves at the same moment, so that nobody talks to empty seats. */
function giveWord(turn: Turn, move: Moving): void {
  move.going = true;
  move.goAt = turn.env.now + goMs;
  turn.room.settlingUntil = turn.env.now + settleMs;
  for (const [peer, member] of keptMembers(turn, move.kept))
    sendRecord(turn, peer, member, { type: 'move-go', hash: move.hash, kept: move.kept });
}

function* keptMembers(turn: Turn, kept: readonly Uint8Array[]): Generator<[Peer, Member]> {
  const ids = new Set(kept.map(hex));
  for (const peer of turn.room.peers.values()) if (peer.member !== null && ids.has(hex(peer.member.staticKey))) yield [peer, peer.member];
}

function hashOf(invite: string, kept: readonly Uint8Array[]): Uint8Array {
  return labelledHash('move', utf8(invite), ...kept);
}

// ---------------------------------------------------------------- time

export function moveDue({ room }: Pick<Turn, 'room'>): number {
  const { move, wanted } = governing({ room });
  const settled = room.settlingUntil > 0 ? room.settlingUntil : Number.POSITIVE_INFINITY;
  const forget = room.former?.until ?? Number.POSITIVE_INFINITY;
  return Math.min(
    settled,
    wanted?.at ?? Number.POSITIVE_INFINITY,
    forget,
    move === null ? Number.POSITIVE_INFINITY : Math.min(move.goAt, move.goAt === Number.POSITIVE_INFINITY ? move.until : move.goAt),
  );
}

export function wakeMove(turn: Turn): void {
  const g = governing(turn);
  settle(turn);
  if (turn.room.former !== null && turn.env.now >= turn.room.former.until) forgetFormer(turn);
  if (g.wanted !== null && turn.env.now >= g.wanted.at) {
    const { expiresAt } = g.wanted;
    g.wanted = null;
    moveOn(turn, null, expiresAt);
  }
  const { move } = g;
  if (move === null) return;
  if (move.by === null) concludeWhereDue(turn, move);
  else if (turn.env.now >= move.until) g.move = null; // whoever proposed it is gone
  goWhereDue(turn, g);
}

/** Looked at in every step, since receipts come at any time. */
export function goWhereDue(turn: Turn, g: Governing): void {
  const { move } = g;
  if (move === null || move.goAt === Number.POSITIVE_INFINITY) return;
  if (turn.env.now < move.goAt && !mayGo(turn, move)) return;
  if (move.by === null && !move.going) {
    giveWord(turn, move);
    return;
  }
  g.move = null;
  go(turn, g, move);
}

/** Whoever moves us has gone, or, where we move the others, all of them have heard. */
function mayGo(turn: Turn, move: Moving): boolean {
  if (move.by === null) return move.whenHeard && ![...keptMembers(turn, move.kept)].some(([, member]) => awaits(member, moveType));
  const mover = turn.room.peers.get(move.by);
  return isSeated(turn.room) && (mover === undefined || isUnlisted(mover));
}

// ---------------------------------------------------------------- going

function go(turn: Turn, g: Governing, move: Moving): void {
  const { invite, kept, by, late } = move;
  const { room, env } = turn;
  const old = room.keys;
  const extended = invite.expiresAt !== room.expiresAt;
  const ids = new Set(kept.map(hex));
  if (by === null && g.book === null) partFromSilent(turn, g, move, ids);
  for (const peer of [...room.peers.values()]) leaveOrTake(turn, peer, peer.member !== null && ids.has(hex(peer.member.staticKey)), late);
  leaveRoom(turn, kept, { invite: encodeInvite(invite), hash: move.hash, kept, order: orderOf(g, move.hash) });
  for (const one of kept) g.words.add(hex(one));
  if (room.options.approval || g.forced) g.inside = true;
  g.doorTold.clear();
  g.doors.clear();
  room.keys = deriveRoomKeys(invite);
  room.pastIds = [old.roomPub, ...room.pastIds].slice(0, pastRooms);
  room.former = { roomPub: old.roomPub, until: env.now + formerMs };
  room.expiresAt = invite.expiresAt;
  const { secret: _, ...options } = invite;
  room.options = options;
  if (room.password !== null) {
    wipe(room.password.prs);
    room.password.prs = new Uint8Array(0);
  }
  wipe(old.roomSk, old.psk0);
  room.senderStale = true;
  room.settlingUntil = env.now + settleMs;
  for (const relay of room.relays) reseat(turn, relay);
  tell(turn, { type: 'moved', invite });
  tellDecision(turn, extended ? 'extended' : 'moved', by, null);
}

/** In a room without a host: who did not answer was perhaps asleep, and is asked again when it is back. Only we know that it did not decline. */
function partFromSilent(turn: Turn, g: Governing, { answers }: Moving, ids: ReadonlySet<string>): void {
  for (const peer of [...turn.room.peers.values()]) {
    if (peer.member === null || ids.has(hex(peer.member.staticKey)) || answers.has(peer.id)) continue;
    part(turn, peer, 'silent');
    aloneWith(g, peer.id);
  }
}

/** The host's word for this move. */
function orderOf({ book }: Governing, hash: Uint8Array): Order | null {
  return book?.orders.findLast(({ name, args }) => name === 'move' && equal(args.subarray(0, 32), hash)) ?? null;
}

function leaveOrTake(turn: Turn, peer: Peer, comes: boolean, late: boolean): void {
  const { member, shake } = peer;
  if (!comes || member === null) {
    part(turn, peer, 'left');
    forgetPeer(turn, peer);
    return;
  }
  const sessions = [member.channel, member.retiring?.channel, shake.name === 'proved' ? shake.channel : undefined];
  member.moving = { resumes: sessions.flatMap((one) => (one === undefined ? [] : [one.session.resume.slice()])), due: true };
  abandonShake(peer);
  peer.failures = late ? movesTried : 0;
  peer.listings = newListings(turn.room.relays, turn.env.now);
}

/** Everyone is met again, or has had its time: from now on paths are told as they are. */
function settle(turn: Turn): void {
  const { room, env } = turn;
  if (room.settlingUntil === 0) return;
  if ((isSettling(turn) || governing(turn).move !== null) && env.now < room.settlingUntil) return;
  room.settlingUntil = 0;
  tellRelays(turn);
  for (const peer of room.peers.values()) tellPerson(turn, peer);
}

/** Someone who came along has not been met yet. What is typed now waits a moment, so that everyone gets it. */
export function isSettling({ room, env }: Turn): boolean {
  if (env.now >= room.settlingUntil) return false;
  return [...room.peers.values()].some(({ member }) => member?.moving?.due === true);
}

function forgetFormer(turn: Turn): void {
  turn.room.former = null;
  for (const { member } of turn.room.peers.values()) {
    if (member?.moving == null || member.moving.due) continue;
    wipe(...member.moving.resumes);
    member.moving = null;
  }
}

// ---------------------------------------------------------------- the view

export function viewProposal({ room }: Pick<Turn, 'room'>): Proposal | null {
  const { move, book } = governing({ room });
  if (move === null || book !== null || move.goAt !== Number.POSITIVE_INFINITY) return null;
  const ids = new Set(move.kept.map(hex));
  const without: PeerId[] = [];
  for (const { id, member } of room.peers.values()) if (member !== null && !ids.has(hex(member.staticKey))) without.push(id);
  const agreed = [...move.answers].filter(([, agrees]) => agrees).map(([id]) => id);
  return { by: move.by, without, agreed, answered: move.answered };
}
