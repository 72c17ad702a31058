/**
 * What the relays say about seats, and what follows for those who sit there (protocol.md "Relay", "Membership"): whom to greet, whom to
 * leave the first word, who is unknown. All of it is hint: a list opens no door and closes none.
 */
import { hex } from '../bytes.ts';
import { limits } from '../limits.ts';
import { resendSoon } from './delivery.ts';
import { abandonShake, awaitPeer, beginSoon, repeat, wakeHandshakes } from './handshakes.ts';
import { newPeer, tellPerson, wipeMember } from './people.ts';
import { ask } from './pulse.ts';
import { canReach, canReachBesides, isAsking, isListed, isUnlisted, listedForMs, newListings, setListing } from './reach.ts';
import { flushOutbox, retellWaiting } from './say.ts';
import type { SeatNews } from './seat.ts';
import { type Peer, type Relay, type Turn, tell } from './state.ts';
import type { PeerId } from './types.ts';

/** How long a newcomer waits for everyone listed before the room counts as active, and a stranger before it is told. */
const discoverMs = 15_000;
/** How long a newcomer's texts wait for that. */
const meetMs = 3000;
/** Instances we keep a record of; a relay that invents more is not followed. */
const maxPeers = 2 * limits.members;

/** We have a seat at a relay, new or kept. Its list is complete: whoever is not in it has none there. */
export function joined(turn: Turn, relay: Relay, news: Extract<SeatNews, { type: 'joined' }>): void {
  const { room, env } = turn;
  relay.endsAt = news.remainingS > 0 ? env.now + news.remainingS * 1000 : Number.POSITIVE_INFINITY;
  relay.iceServers = news.turn === null ? [] : [news.turn];
  tellEnd(turn);
  if (room.activeAt === Number.POSITIVE_INFINITY) {
    room.activeAt = env.now + discoverMs;
    room.sayFrom = env.now + meetMs;
  }
  const first = room.phase === 'joining' && !relay.everSeated;
  relay.everSeated = true;
  for (const peer of room.peers.values()) setListing(turn, peer, relay, 'no');
  for (const inst of news.members) {
    const peer = meet(turn, inst, first);
    if (peer === null) continue;
    setListing(turn, peer, relay, 'yes');
    if (!greet(turn, peer, relay) && !news.resumed) beginSoon(turn, peer);
  }
  tellEveryone(turn);
  wakeHandshakes(turn);
  flushOutbox(turn);
  checkActive(turn);
}

/** The room ends when the first of its relays says so: a promise that it is gone by then is kept by the strictest clock. */
function tellEnd(turn: Turn): void {
  const { room, env } = turn;
  room.endsAt = Math.min(...room.relays.map(({ endsAt }) => endsAt));
  if (room.endsAt !== Number.POSITIVE_INFINITY) tell(turn, { type: 'expiry', remainingMs: room.endsAt - env.now });
}

export function came(turn: Turn, relay: Relay, inst: Uint8Array): void {
  const peer = meet(turn, inst);
  if (peer === null) return;
  setListing(turn, peer, relay, 'yes');
  greet(turn, peer, relay);
  tellPerson(turn, peer);
  flushOutbox(turn);
}

/** A seat that is there (again). Members get what they missed; to a stranger who came, the first word is left. */
function greet(turn: Turn, peer: Peer, relay: Relay): boolean {
  if (canReachBesides(turn.room, peer, relay)) return true; // no news: we speak by another relay already
  if (peer.shake.name !== 'rest') repeat(turn, peer);
  if (peer.member === null || peer.member.moving?.due) {
    if (peer.outside !== null) resendSoon(turn, peer.outside.member);
    awaitPeer(turn, peer);
    return false;
  }
  ask(turn, peer, peer.member);
  resendSoon(turn, peer.member);
  return true;
}

export function lostSeat(turn: Turn, relay: Relay, news: Extract<SeatNews, { type: 'left' | 'away' }>): void {
  const peer = turn.room.peers.get(hex(news.inst) as PeerId);
  if (peer === undefined) return;
  setListing(turn, peer, relay, news.type === 'left' ? 'no' : 'away');
  if (peer.member === null && isUnlisted(peer)) forgetPeer(turn, peer);
  else if (peer.member !== null) {
    if (canReach(turn.room, peer)) resendSoon(turn, peer.member); // by another relay, what this one may have kept for it
    tellPerson(turn, peer);
  }
  retellWaiting(turn);
}

/** The peer of this instance; null where there are too many or it is ourselves. */
export function meet(turn: Turn, inst: Uint8Array, first = false): Peer | null {
  const id = hex(inst) as PeerId;
  const known = turn.room.peers.get(id);
  if (known !== undefined) return known;
  if (id === turn.room.me.id || turn.room.peers.size >= maxPeers) return null;
  const peer = newPeer(id, inst.slice(), first, newListings(turn.room.relays, turn.env.now), turn.env.now);
  turn.room.peers.set(id, peer);
  return peer;
}

/** Another member knows this instance and we do not. */
export function introduce(turn: Turn, inst: Uint8Array, by: Peer): void {
  const peer = meet(turn, inst);
  if (peer === null || peer.member !== null || peer.shake.name !== 'rest') return;
  peer.introducer ??= { id: by.id, at: turn.env.now };
  if (peer.carrier === null && isUnlisted(peer)) for (const relay of turn.room.relays) setListing(turn, peer, relay, 'yes'); // hidden, and frames may yet pass
  beginSoon(turn, peer);
  wakeHandshakes(turn);
}

// ---------------------------------------------------------------- how far we have got

/** Everyone the relay listed has been reached, or has had its time. */
export function checkActive(turn: Turn): void {
  const { room, env } = turn;
  if (room.phase !== 'joining' || room.activeAt === Number.POSITIVE_INFINITY || room.govern.part?.isOutside(turn)) return;
  const waiting = [...room.peers.values()].some((peer) => isListed(peer) && peer.member === null && peer.outside === null);
  if ((waiting || isAsking(turn)) && env.now < room.activeAt) return;
  room.phase = 'active';
  tell(turn, { type: 'phase', phase: { name: 'active' } });
}

export function tellUnknown(turn: Turn): void {
  const { room } = turn;
  let count = 0;
  for (const peer of room.peers.values())
    if (peer.member === null && peer.outside === null && listedForMs(turn, peer) >= discoverMs) count++;
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
