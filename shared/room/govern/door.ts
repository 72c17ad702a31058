/**
 * Who comes in (protocol.md "Who decides", approval). A newcomer that holds the invite stays outside until it is let in: it gets no
 * key of any message, no address, no list of people, and of names only the names of those who can open. What it sends is not heard.
 *
 * In a room with a host, only the host's signed order lets in; in one without, any member's word does, and everyone is told whose.
 * Both sides decide: a newcomer takes as member only whom the order, or the word of those who let it in, names.
 */
import { equal, hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { GovernInner } from '../../wire/peer.ts';
import { tellChanged } from '../delivery.ts';
import type { GovernNews } from '../govern-part.ts';
import { decodeInfo, type Info, myInfo, wholeInfo } from '../info.ts';
import { tellPerson } from '../people.ts';
import { heardDigest } from '../roster-check.ts';
import { type Living, type Member, type Peer, type Turn, tell } from '../state.ts';
import type { Decision, PeerId } from '../types.ts';
import { type Governing, governing, myStatic, presentStatics, sendRecord, sendToMembers } from './state.ts';
import { doorFlags, encodeGovern, type GovernRecord } from './wire.ts';

type Within = { readonly room: Living };

/** `open`: holding the invite is enough. `words`: a member's word lets in. `orders`: the host's order. */
export function doorOf({ room }: Within): 'open' | 'words' | 'orders' {
  const { book, forced } = governing({ room });
  if (book !== null && (room.options.approval || book.rule.locked)) return 'orders';
  return room.options.approval || forced ? 'words' : 'open';
}

export function isHost(within: Within): boolean {
  const { key, book } = governing(within);
  return key !== null && book !== null && (book.rule.authority === null || equal(book.rule.authority, key.public));
}

/** This page takes part. */
export function isInside(within: Within): boolean {
  const g = governing(within);
  switch (doorOf(within)) {
    case 'open':
      return true;
    case 'orders':
      return isHost(within) || (g.book?.rule.admitted.has(myStatic(within)) ?? false);
    case 'words':
      return g.inside || (g.book?.rule.admitted.has(myStatic(within)) ?? false);
  }
}

export function admits(within: Within, staticKey: string): boolean {
  const { words, book } = governing(within);
  if (book?.rule.removed.has(staticKey)) return false;
  const ordered = book?.rule.admitted.has(staticKey) ?? false;
  switch (doorOf(within)) {
    case 'open':
      return true;
    case 'orders':
      return ordered;
    case 'words':
      return ordered || words.has(staticKey);
  }
}

export function mayLetIn(within: Within): boolean {
  return doorOf(within) === 'orders' ? isHost(within) : isInside(within);
}

/** Throws `ProtocolError` for someone who was removed. */
export function keepsOut(turn: Turn, staticKey: Uint8Array): boolean {
  const id = hex(staticKey);
  if (governing(turn).book?.rule.removed.has(id)) throw new ProtocolError('misuse', 'someone who was removed');
  return !(isInside(turn) && admits(turn, id));
}

/**
 * For someone who was removed and has not heard of it, as when the room moved just then: the order that says so. It is the host's word,
 * whoever passes it on.
 */
export function dismissal(turn: Turn, staticKey: Uint8Array): GovernInner | null {
  const id = hex(staticKey);
  const { book } = governing(turn);
  if (!book?.rule.removed.has(id)) return null;
  const order = book.orders.findLast(({ name, args }) => name === 'remove' && hex(args) === id);
  return order === undefined ? null : encodeGovern({ type: 'orders', orders: [order] });
}

/** In a room whose door is kept, a handshake says as little as it can: the other side may be anyone who has the link. */
export function disclosed(turn: Turn): Pick<Info, 'name' | 'digest' | 'lamport'> | null {
  if (doorOf(turn) === 'open') return null;
  const named = !isInside(turn) || mayLetIn(turn);
  return { name: named ? turn.room.me.name : '', digest: new Uint8Array(32), lamport: 0 };
}

/** Waiting for someone to open, with nobody here who takes us for a member. */
export function isOutside(within: Within): boolean {
  if (!isInside(within)) return true;
  if (doorOf(within) !== 'open') return false;
  let shut = false;
  for (const { member, outside } of within.room.peers.values()) {
    if (member !== null) return false;
    shut ||= outside !== null && !outside.lets;
  }
  return shut;
}

// ---------------------------------------------------------------- telling those outside

/** After anything changed: tells every peer outside how it stands, and lets in whom both sides want. */
export function review(turn: Turn): GovernNews[] {
  const news: GovernNews[] = [];
  for (const peer of turn.room.peers.values()) {
    const { outside } = peer;
    if (outside === null) continue;
    const admitted = isInside(turn) && admits(turn, hex(outside.member.staticKey));
    tellDoor(turn, peer, outside.member, admitted);
    if (admitted && outside.lets) news.push({ type: 'let-in', peer });
  }
  return news;
}

function tellDoor(turn: Turn, peer: Peer, member: Member, admitted: boolean): void {
  const g = governing(turn);
  let flags = admitted ? doorFlags.in : 0;
  if (g.book?.rule.locked) flags |= doorFlags.locked;
  if (mayLetIn(turn)) flags |= doorFlags.keeper;
  if (g.declined.has(hex(member.staticKey)) && !admitted) flags |= doorFlags.declined;
  const key = `${hex(member.channel.send.kid)} ${flags}`;
  if (g.doorTold.get(peer.id) === key) return;
  g.doorTold.set(peer.id, key);
  if (admitted) sendOrders(turn, peer, member);
  const statics = admitted && doorOf(turn) === 'words' ? presentStatics(turn) : [];
  sendRecord(turn, peer, member, { type: 'door', flags, info: admitted ? wholeInfo(turn) : myInfo(turn), statics });
}

/** To a member: that it is in, and everything about us. */
export function tellIn(turn: Turn, peer: Peer, member: Member): void {
  const statics = doorOf(turn) === 'words' ? presentStatics(turn) : [];
  sendRecord(turn, peer, member, { type: 'door', flags: doorFlags.in, info: wholeInfo(turn), statics });
}

/** All orders, in as many records as they need. */
export function sendOrders(turn: Turn, peer: Peer, member: Member): void {
  for (const record of orderRecords(turn)) sendRecord(turn, peer, member, record);
}

export function* orderRecords(turn: Turn): Generator<GovernRecord> {
  const orders = governing(turn).book?.orders ?? [];
  const chunk: (typeof orders)[number][] = [];
  let bytes = 0;
  for (const order of orders) {
    if (bytes + order.args.length + 103 > 12_000 || chunk.length >= 100) {
      yield { type: 'orders', orders: chunk.splice(0) };
      bytes = 0;
    }
    chunk.push(order);
    bytes += order.args.length + 103;
  }
  if (chunk.length > 0) yield { type: 'orders', orders: chunk };
}

// ---------------------------------------------------------------- what others say

/** DOOR: how we stand with this peer. */
export function heardDoor(turn: Turn, peer: Peer, member: Member, door: Extract<GovernRecord, { type: 'door' }>): GovernNews[] {
  const g = governing(turn);
  const said = decodeInfo(door.info);
  const isIn = (door.flags & doorFlags.in) !== 0;
  if (said.name !== '' && said.name !== member.name) nameMember(turn, peer, member, said.name);
  g.doors.set(peer.id, door.flags);
  if (!isIn) return [];
  member.direct = said.direct;
  if (!turn.room.spoken) turn.room.log.lamport = Math.max(turn.room.log.lamport, said.lamport);
  if (peer.outside === null) {
    heardDigest(turn, peer, member, said.digest);
    return [];
  }
  peer.outside.lets = true;
  if (doorOf(turn) === 'words' && !isInside(turn)) {
    g.inside = true;
    g.words.add(hex(member.staticKey));
    for (const one of door.statics) g.words.add(hex(one));
  }
  return review(turn);
}

/** Someone told its name only now; what it has said already gets it, too. */
function nameMember(turn: Turn, peer: Peer, member: Member, name: string): void {
  member.name = name;
  member.author.name = name;
  if (peer.member === null) return;
  member.told = '';
  tellPerson(turn, peer);
  for (const entry of turn.room.log.entries) {
    if (entry.message.from !== peer.id || entry.message.name !== '') continue;
    entry.message = { ...entry.message, name };
    tellChanged(turn, entry.message.id, entry);
  }
}

/** Static keys that are believed in all: a member may name ever new ones. Beyond them nobody else is let in by word. */
const wordsKept = 4096;

function believe({ words }: Governing, id: string): void {
  if (words.size >= wordsKept && !words.has(id)) throw new ProtocolError('flood', 'words for more people than ever come');
  words.add(id);
}

/** WORD of a member: it lets these in, or says that everyone has to be let in from now on. */
export function heardWord(turn: Turn, peer: Peer, word: Extract<GovernRecord, { type: 'word' }>): GovernNews[] {
  const g = governing(turn);
  if (peer.member === null) throw new ProtocolError('unexpected', 'WORD of someone who is not in');
  if (word.forced) force(turn, word.statics);
  else if (doorOf(turn) === 'words') {
    for (const one of word.statics) {
      const id = hex(one);
      if (g.words.has(id)) continue;
      believe(g, id);
      tellDecision(turn, 'let-in', peer.id, one);
    }
  }
  return review(turn);
}

/** Our own word: everyone honours it. */
export function giveWord(turn: Turn, peer: Peer): GovernNews[] {
  const { outside } = peer;
  if (outside === null) return [];
  const g = governing(turn);
  g.words.add(hex(outside.member.staticKey));
  g.declined.delete(hex(outside.member.staticKey));
  sendToMembers(turn, { type: 'word', forced: false, statics: [outside.member.staticKey] });
  tellDecision(turn, 'let-in', null, outside.member.staticKey);
  return review(turn);
}

export function decline(turn: Turn, peer: Peer): GovernNews[] {
  if (peer.outside === null || !mayLetIn(turn)) return [];
  governing(turn).declined.add(hex(peer.outside.member.staticKey));
  return review(turn);
}

// ---------------------------------------------------------------- wrong passwords

/** Wrong passwords in an hour, counted by everyone together, after which nobody comes in unseen. */
const guessesPerHour = limits.roomGuessesPerHour;
const hourMs = 3_600_000;
/** One member cannot have counted more: three in ten minutes. */
const mostPerMember = (limits.passwordGuessesPerMember * hourMs) / limits.passwordGuessWindowMs;

/** A wrong password was counted here. */
export function guessed(turn: Turn): void {
  const g = governing(turn);
  g.guessTimes.push(turn.env.now);
  while ((g.guessTimes[0] as number) + hourMs <= turn.env.now) g.guessTimes.shift();
  sendToMembers(turn, { type: 'guesses', count: Math.min(g.guessTimes.length, mostPerMember) });
  forceWhereDue(turn);
}

export function heardGuesses(turn: Turn, peer: Peer, count: number): GovernNews[] {
  if (peer.member === null || turn.room.password === null) throw new ProtocolError('unexpected', 'guesses');
  governing(turn).guesses.set(peer.id, { count: Math.min(count, mostPerMember), at: turn.env.now });
  forceWhereDue(turn);
  return review(turn);
}

/** What a newcomer to the circle must know of the wrong passwords so far. */
export function tellGuesses(turn: Turn, peer: Peer, member: Member): void {
  const { guessTimes, forced } = governing(turn);
  if (guessTimes.length > 0) sendRecord(turn, peer, member, { type: 'guesses', count: Math.min(guessTimes.length, mostPerMember) });
  if (forced) sendRecord(turn, peer, member, { type: 'word', forced: true, statics: presentStatics(turn) });
}

function forceWhereDue(turn: Turn): void {
  const g = governing(turn);
  if (g.forced || turn.room.options.approval) return;
  let sum = g.guessTimes.filter((at) => at + hourMs > turn.env.now).length;
  for (const { count, at } of g.guesses.values()) if (at + hourMs > turn.env.now) sum += count;
  if (sum >= guessesPerHour) force(turn, []);
}

/** Approval is on from now on, and whoever is here stays. Everyone tells everyone, so that the circles of all meet. */
function force(turn: Turn, statics: readonly Uint8Array[]): void {
  const g = governing(turn);
  if (turn.room.password === null) throw new ProtocolError('misuse', 'approval is forced by wrong passwords only');
  for (const one of statics) believe(g, hex(one));
  if (g.forced || turn.room.options.approval) return;
  g.forced = true;
  g.inside = true;
  const present = presentStatics(turn);
  for (const one of present) g.words.add(hex(one));
  sendToMembers(turn, { type: 'word', forced: true, statics: present });
  tell(turn, { type: 'decided', decision: { what: 'approval-forced', by: null, name: '', tag: '' } });
}

// ---------------------------------------------------------------- telling the view

export function tellDecision(turn: Turn, what: Decision['what'], by: PeerId | null, staticKey: Uint8Array | null): void {
  tell(turn, { type: 'decided', decision: { what, by, ...nameOf(turn, staticKey) } });
}

function nameOf({ room }: Turn, staticKey: Uint8Array | null): { name: string; tag: string } {
  if (staticKey === null) return { name: '', tag: '' };
  if (equal(staticKey, room.me.statics.public)) return { name: room.me.name, tag: room.me.tag };
  for (const { member, outside } of room.peers.values()) {
    const known = member ?? outside?.member;
    if (known !== undefined && equal(known.staticKey, staticKey)) return { name: known.name, tag: known.tag };
  }
  return { name: '', tag: '' };
}
