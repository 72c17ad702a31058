/**
 * Typing, away, read (protocol.md "Presence"): told in the pairwise channel, so that nothing of it is signed and nothing takes a
 * number of the group's; never logged. What a person does not share of itself it does not see of others, and nothing of it is
 * sent either way. Typing is told at most every three seconds and ends by itself; what was read is told to its authors only.
 */
import { hex, unhex } from '../../bytes.ts';
import { limits } from '../../limits.ts';
import type { PresenceInner } from '../../wire/passed.ts';
import { compareKeys, findEntry, type LogEntry } from '../order.ts';
import { reachable } from '../reach.ts';
import { endTyping, stopTyping, tellPresence } from '../sharing.ts';
import type { Living, Member, Peer, PeerPresence, Turn } from '../state.ts';
import type { MessageId, Sharing } from '../types.ts';
import { sendSide } from './send.ts';

/** In a large room many read within a moment: it is shown once for all of these. */
const readersMs = 200;
/** Messages above the read line that are looked at again: some come late and belong further up. */
const lookBack = 64;

// ---------------------------------------------------------------- what we tell

/** The first word waits a moment: of what is sent before that is over, the message says enough. */
export function setTyping(turn: Turn, on: boolean): void {
  const { presence } = turn.room;
  if (!presence.sharing.typing) return;
  if (!on) {
    presence.typingAt = Number.POSITIVE_INFINITY;
    if (presence.typing) tellTyping(turn, false);
  } else if (turn.env.now >= presence.typingFrom) {
    if (presence.typing) tellTyping(turn, true);
    else presence.typingAt = Math.min(presence.typingAt, turn.env.now + limits.typingAfterMs);
  }
}

function tellTyping(turn: Turn, on: boolean): void {
  const { presence } = turn.room;
  presence.typing = on;
  presence.typingAt = Number.POSITIVE_INFINITY;
  if (on) presence.typingFrom = turn.env.now + limits.typingMs;
  tellSharers(turn, 'typing', { kind: 'typing', on });
}

export function setAway(turn: Turn, on: boolean): void {
  const { presence } = turn.room;
  if (presence.away === on) return;
  presence.away = on;
  if (presence.sharing.away) tellSharers(turn, 'away', { kind: 'away', on });
}

export function setSharing(turn: Turn, sharing: Sharing): void {
  const { presence } = turn.room;
  const before = presence.sharing;
  presence.sharing = { ...sharing };
  for (const peer of turn.room.peers.values()) {
    if (peer.member === null) continue;
    sendSide(turn, peer, peer.member, { type: 'presence', kind: 'sharing', ...sharing });
    if (sharing.away && !before.away && presence.away) sendSide(turn, peer, peer.member, { type: 'presence', kind: 'away', on: true });
    hideUnshared(peer.member.presence, sharing);
    tellPresence(turn, peer, peer.member);
  }
  if (!sharing.typing) endTyping(presence);
  if (!sharing.read) presence.toTell.clear();
}

/** What a new member cannot know. */
export function introducePresence(turn: Turn, peer: Peer, member: Member): void {
  const { sharing, away } = turn.room.presence;
  if (Object.values(sharing).includes(false)) sendSide(turn, peer, member, { type: 'presence', kind: 'sharing', ...sharing });
  if (away && sharing.away) sendSide(turn, peer, member, { type: 'presence', kind: 'away', on: true });
}

function tellSharers(turn: Turn, what: keyof Sharing, inner: PresenceInner): void {
  for (const peer of turn.room.peers.values())
    if (peer.member?.presence.sharing[what] && reachable(turn, peer)) sendSide(turn, peer, peer.member, { type: 'presence', ...inner });
}

/** The person has seen everything down to `id`. */
export function markRead(turn: Turn, id: MessageId): void {
  const { room, env } = turn;
  const { presence, log } = room;
  const entry = log.byId.get(id);
  if (!presence.sharing.read || entry === undefined) return;
  const stop = presence.readUpTo === null ? 0 : Math.max(0, findEntry(log, presence.readUpTo) - lookBack);
  for (let at = findEntry(log, entry); at >= stop; at--) noteRead(turn, log.entries[at] as LogEntry);
  if (presence.readUpTo === null || compareKeys(entry.key, presence.readUpTo.key) > 0) presence.readUpTo = entry;
  // It goes with the acknowledgement of what was read, so that its author hears of both at once.
  const acksAt = room.peers.get(entry.author.id)?.member?.acks.at ?? Number.POSITIVE_INFINITY;
  presence.readFrom = Math.max(presence.readFrom, acksAt === Number.POSITIVE_INFINITY ? env.now : acksAt);
  wakePresence(turn);
}

function noteRead({ room }: Turn, entry: LogEntry): void {
  const { toTell } = room.presence;
  const member = room.peers.get(entry.author.id)?.member ?? null;
  const told = toTell.get(entry.author.id) ?? member?.presence.toldRead;
  if (member !== null && (!told || compareKeys(entry.key, told.key) > 0)) toTell.set(entry.author.id, entry);
}

export function presenceDue({ presence, peers }: Living): number {
  let due = Math.min(presence.typingAt, presence.readersAt, presence.toTell.size > 0 ? presence.readFrom : Number.POSITIVE_INFINITY);
  for (const { member } of peers.values())
    if (member !== null && member.presence.typingUntil > 0) due = Math.min(due, member.presence.typingUntil);
  return due;
}

export function wakePresence(turn: Turn): void {
  const { room, env } = turn;
  const { presence } = room;
  for (const peer of room.peers.values()) {
    if (peer.member === null || peer.member.presence.typingUntil === 0 || env.now < peer.member.presence.typingUntil) continue;
    stopTyping(turn, peer, peer.member);
  }
  if (env.now >= presence.typingAt) tellTyping(turn, true);
  if (env.now >= presence.readersAt) tellReaders(turn);
  if (presence.toTell.size === 0 || env.now < presence.readFrom) return;
  presence.readFrom = env.now + limits.readMs;
  for (const [author, entry] of presence.toTell) {
    const peer = room.peers.get(author);
    if (!peer?.member?.presence.sharing.read) continue;
    peer.member.presence.toldRead = entry;
    sendSide(turn, peer, peer.member, { type: 'presence', kind: 'read', id: unhex(entry.message.id) });
  }
  presence.toTell.clear();
}

// ---------------------------------------------------------------- what we are told

export function heardPresence(turn: Turn, peer: Peer, member: Member, inner: PresenceInner): void {
  const { presence } = member;
  const { sharing } = turn.room.presence;
  switch (inner.kind) {
    case 'typing':
      if (sharing.typing) presence.typingUntil = inner.on ? turn.env.now + limits.typingEndsMs : 0;
      break;
    case 'away':
      if (sharing.away) presence.away = inner.on;
      break;
    case 'read':
      if (sharing.read) hasRead(turn, presence, hex(inner.id) as MessageId);
      tellReaderSoon(turn, peer);
      return;
    case 'sharing':
      presence.sharing = { typing: inner.typing, read: inner.read, delivered: inner.delivered, away: inner.away };
      hideUnshared(presence, presence.sharing);
      break;
  }
  tellPresence(turn, peer, member);
}

function tellReaderSoon({ room, env }: Turn, peer: Peer): void {
  room.presence.readers.add(peer);
  room.presence.readersAt = Math.min(room.presence.readersAt, env.now + readersMs);
}

function tellReaders(turn: Turn): void {
  const { presence } = turn.room;
  presence.readersAt = Number.POSITIVE_INFINITY;
  for (const peer of presence.readers) if (peer.member !== null) tellPresence(turn, peer, peer.member);
  presence.readers.clear();
}

/** Only of one's own messages, and never backwards. */
function hasRead({ room }: Turn, presence: PeerPresence, id: MessageId): void {
  const entry = room.log.byId.get(id);
  const before = presence.readUpTo === null ? undefined : room.log.byId.get(presence.readUpTo);
  if (entry === undefined || entry.author !== room.myself) return;
  if (before === undefined || compareKeys(entry.key, before.key) > 0) presence.readUpTo = id;
}

function hideUnshared(presence: PeerPresence, sharing: Sharing): void {
  if (!sharing.typing) presence.typingUntil = 0;
  if (!sharing.away) presence.away = false;
  if (!sharing.read) presence.readUpTo = null;
}
