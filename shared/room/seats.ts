/**
 * What the relay says about seats, and what follows for those who sit there (protocol.md "Relay", "Membership"): whom to greet, whom to
 * leave the first word, who is unknown. All of it is hint: a list opens no door and closes none.
 */
import { hex } from '../bytes.ts';
import { limits } from '../limits.ts';
import { resendSoon } from './delivery.ts';
import { abandonShake, awaitPeer, beginSoon, repeat, wakeHandshakes } from './handshakes.ts';
import { newPeer, tellPerson, wipeMember } from './people.ts';
import { ask } from './pulse.ts';
import { flushOutbox, retellWaiting } from './say.ts';
import type { SeatNews } from './seat.ts';
import { type Peer, type Turn, tell } from './state.ts';
import type { PeerId } from './types.ts';

/** How long a newcomer waits for everyone listed before the room counts as active, and a stranger before it is told. */
const discoverMs = 15_000;
/** How long a newcomer's texts wait for that. */
const meetMs = 3000;
/** Instances we keep a record of; a relay that invents more is not followed. */
const maxPeers = 2 * limits.members;

/** We have a seat, new or kept. The list is complete: whoever is not in it has none. */
export function joined(turn: Turn, news: Extract<SeatNews, { type: 'joined' }>): void {
  const { room, env } = turn;
  room.endsAt = news.remainingS > 0 ? env.now + news.remainingS * 1000 : Number.POSITIVE_INFINITY;
  if (news.remainingS > 0) tell(turn, { type: 'expiry', remainingMs: news.remainingS * 1000 });
  room.iceServers = news.turn === null ? [] : [news.turn];
  for (const peer of room.peers.values()) setListed(turn, peer, 'no');
  const first = room.activeAt === Number.POSITIVE_INFINITY;
  if (first) {
    room.activeAt = env.now + discoverMs;
    room.sayFrom = env.now + meetMs;
  }
  for (const inst of news.members) {
    const peer = meet(turn, inst, first);
    if (peer === null) continue;
    setListed(turn, peer, 'yes');
    if (!greet(turn, peer) && !news.resumed) beginSoon(turn, peer);
  }
  tellEveryone(turn);
  wakeHandshakes(turn);
  flushOutbox(turn);
  checkActive(turn);
}

export function came(turn: Turn, inst: Uint8Array): void {
  const peer = meet(turn, inst);
  if (peer === null) return;
  setListed(turn, peer, 'yes');
  greet(turn, peer);
  tellPerson(turn, peer);
  flushOutbox(turn);
}

/** A seat that is there (again). Members get what they missed; to a stranger who came, the first word is left. */
function greet(turn: Turn, peer: Peer): boolean {
  if (peer.shake.name !== 'rest') repeat(turn, peer);
  if (peer.member === null) {
    if (peer.outside !== null) resendSoon(turn, peer.outside.member);
    awaitPeer(turn, peer);
    return false;
  }
  ask(turn, peer, peer.member);
  resendSoon(turn, peer.member);
  return true;
}

export function lostSeat(turn: Turn, news: Extract<SeatNews, { type: 'left' | 'away' }>): void {
  const peer = turn.room.peers.get(hex(news.inst) as PeerId);
  if (peer === undefined) return;
  setListed(turn, peer, news.type === 'left' ? 'no' : 'away');
  if (peer.member !== null) tellPerson(turn, peer);
  else if (news.type === 'left') forgetPeer(turn, peer);
  retellWaiting(turn);
}

function setListed(turn: Turn, peer: Peer, listed: Peer['listed']): void {
  if (peer.listed === 'no' || listed === 'no') peer.listedAt = turn.env.now;
  peer.listed = listed;
}

/** The peer of this instance; null where there are too many or it is ourselves. */
export function meet(turn: Turn, inst: Uint8Array, first = false): Peer | null {
  const id = hex(inst) as PeerId;
  const known = turn.room.peers.get(id);
  if (known !== undefined) return known;
  if (id === turn.room.me.id || turn.room.peers.size >= maxPeers) return null;
  const peer = newPeer(id, inst.slice(), first, turn.env.now);
  turn.room.peers.set(id, peer);
  return peer;
}

/** Another member knows this instance and we do not. */
export function introduce(turn: Turn, inst: Uint8Array): void {
  const peer = meet(turn, inst);
  if (peer === null || peer.member !== null || peer.shake.name !== 'rest') return;
  if (peer.listed === 'no') peer.listed = 'yes'; // the relay may hide it and yet pass frames on
  beginSoon(turn, peer);
  wakeHandshakes(turn);
}

// ---------------------------------------------------------------- how far we have got

/** Everyone the relay listed has been reached, or has had its time. */
export function checkActive(turn: Turn): void {
  const { room, env } = turn;
  if (room.phase !== 'joining' || room.activeAt === Number.POSITIVE_INFINITY || room.govern.part?.isOutside(turn)) return;
  const waiting = [...room.peers.values()].some((peer) => peer.listed === 'yes' && peer.member === null && peer.outside === null);
  if (waiting && env.now < room.activeAt) return;
  room.phase = 'active';
  tell(turn, { type: 'phase', phase: { name: 'active' } });
}

export function tellUnknown(turn: Turn): void {
  const { room, env } = turn;
  let count = 0;
  for (const peer of room.peers.values())
    if (peer.listed !== 'no' && peer.member === null && peer.outside === null && env.now >= peer.listedAt + discoverMs) count++;
  if (count === room.toldUnknown) return;
  room.toldUnknown = count;
  tell(turn, { type: 'unknown-connections', count });
}

export function tellEveryone(turn: Turn): void {
  for (const peer of turn.room.peers.values()) tellPerson(turn, peer);
}

export function forgetPeer(turn: Turn, peer: Peer): void {
  abandonShake(peer);
  if (peer.outside !== null) wipeMember(peer.outside.member);
  turn.room.peers.delete(peer.id);
}
