/**
 * By which relay to reach whom (protocol.md "Several relays"). A room may stand at several relays at once, and each says of every
 * peer whether it has a seat there. A frame goes by the relay that last brought something from its reader; where what was sent that
 * way stayed unanswered, by every relay that lists the reader, until something comes back. A frame for everyone goes by as few
 * relays as reach them all. Which copy comes first does not matter: a record counts once, by key and number.
 *
 * Rejected: every frame by every relay. It would double what the second-best relay and every phone carry, for a case that costs
 * two seconds once.
 */
import { limits } from '../limits.ts';
import { encodeSend } from '../wire/relay.ts';
import { expectAnswer } from './seat.ts';
import type { Listing, Living, Peer, Relay, Turn } from './state.ts';
import type { PeerId } from './types.ts';

// ---------------------------------------------------------------- what the relays say

export function newListings(relays: readonly Relay[], now: number): Listing[] {
  return relays.map(() => ({ state: 'no', at: now, seen: false, heardAt: 0, doubted: false }));
}

export function setListing(turn: Turn, peer: Peer, relay: Relay, state: Listing['state']): void {
  const listing = listingAt(peer, relay);
  if (listing.state === 'no' || state === 'no') listing.at = turn.env.now;
  listing.state = state;
  listing.seen ||= state !== 'no';
  listing.doubted = false;
}

/** Some relay says that it is there now. */
export function isListed({ listings }: Peer): boolean {
  return listings.some(({ state }) => state === 'yes');
}

/** No relay has a seat for it, not even one that waits for its return. */
export function isUnlisted({ listings }: Peer): boolean {
  return listings.every(({ state }) => state === 'no');
}

/** For how long some relay has had a seat for it. */
export function listedForMs({ env }: Turn, { listings }: Peer): number {
  return Math.max(...listings.map(({ state, at }) => (state === 'no' ? 0 : env.now - at)));
}

/**
 * A relay where it once sat has had no seat for it for a minute, and none says otherwise that we could ask. What a relay said that
 * has been out of our reach for as long is no longer evidence.
 */
export function hasLostSeat({ room, env }: Turn, peer: Peer): boolean {
  let witness = false;
  for (const relay of room.relays) {
    const { state, at, seen } = listingAt(peer, relay);
    if (!isSeatedAt(relay)) {
      if (state !== 'no' && env.now - relay.lostAt < limits.goneMs) return false;
    } else if (state !== 'no' || env.now - at < limits.goneMs) return false;
    else witness ||= seen;
  }
  return witness;
}

// ---------------------------------------------------------------- who can be reached

export function isSeated({ relays }: Living): boolean {
  return relays.some(isSeatedAt);
}

/** A relay where we sit says that it is there, or a member carries between the two of us. */
export function canReach({ relays, peers }: Living, peer: Peer): boolean {
  if (peer.carrier !== null) return peers.get(peer.carrier)?.member != null;
  return relays.some((relay) => isThere(peer, relay));
}

/** The same by another relay than this one. */
export function canReachBesides({ relays }: Living, peer: Peer, besides: Relay): boolean {
  return relays.some((relay) => relay !== besides && isThere(peer, relay));
}

/** True where a frame sent now can arrive soon. */
export function reachable(turn: Turn, peer: Peer): boolean {
  return linkCarries(peer) || canReach(turn.room, peer);
}

/** A direct link that is bound. */
export function linkCarries({ member }: Peer): boolean {
  return member !== null && (member.path.name === 'both' || member.path.name === 'direct');
}

/** A relay must carry what is for this member: there is no link, or it is in doubt. */
function needsRelay(peer: Peer): boolean {
  const member = peer.member ?? peer.outside?.member ?? null;
  return member !== null && (member.path.name !== 'direct' || member.pulse.asked > 0);
}

/** For a moment a relay that has neither let us in nor failed to may still list people. */
export function isAsking({ room, env }: Turn): boolean {
  const undecided = ({ seat, everSeated, attempts }: Relay): boolean => !everSeated && attempts === 0 && seat.name !== 'refused';
  return room.sayFrom !== Number.POSITIVE_INFINITY && env.now < room.sayFrom && room.relays.some(undecided);
}

// ---------------------------------------------------------------- choosing

/** The relays for a frame to this peer. */
export function waysTo({ room }: Turn, peer: Peer): readonly Relay[] {
  const there = room.relays.filter((relay) => isThere(peer, relay));
  if (there.length === 0) return room.relays.filter((relay) => isSeatedAt(relay) && listingAt(peer, relay).state === 'away').slice(0, 1);
  const sure = there.filter((relay) => !listingAt(peer, relay).doubted);
  if (sure.length === 0) return there;
  return [sure.find(({ index }) => index === peer.lastRelay) ?? (sure[0] as Relay)];
}

/** As few relays as bring a frame to all members that need one. */
function waysToAll(turn: Turn): readonly Relay[] {
  const chosen = new Set<Relay>();
  let open: Relay[][] = [];
  for (const peer of turn.room.peers.values()) {
    if (!needsRelay(peer)) continue;
    const sure = turn.room.relays.filter((relay) => isThere(peer, relay) && !listingAt(peer, relay).doubted);
    if (sure.length > 0) open.push(sure);
    else for (const relay of waysTo(turn, peer)) chosen.add(relay);
  }
  for (;;) {
    open = open.filter((sure) => !sure.some((relay) => chosen.has(relay)));
    if (open.length === 0) return [...chosen];
    const reaches = (relay: Relay): number => open.filter((sure) => sure.includes(relay)).length;
    chosen.add(turn.room.relays.reduce((best, relay) => (reaches(relay) > reaches(best) ? relay : best)));
  }
}

/** From now on this member carries between us and the peer; what relays say of it counts for nothing. */
export function useCarrier(turn: Turn, peer: Peer, carrier: PeerId): void {
  if (peer.carrier === carrier) return;
  peer.carrier = carrier;
  for (const relay of turn.room.relays) setListing(turn, peer, relay, 'no');
}

/** Something of this peer has come and opened. By a relay: it is the one for answers. */
export function cameBy({ via, env }: Turn, peer: Peer, overLink: boolean): void {
  if (via === null || overLink) return;
  peer.carrier = null; // a relay brings it after all
  peer.lastRelay = via.index;
  Object.assign(listingAt(peer, via), { heardAt: env.now, doubted: false });
}

/** What went to this peer at `since` is not answered: relays that have brought nothing from it since are in doubt. */
export function doubtWays(peer: Peer, since: number): void {
  for (const listing of peer.listings) if (listing.heardAt < since) listing.doubted = true;
}

/** Nobody will be here to send it again: every way at once. */
export function doubtAllWays({ listings }: Peer): void {
  for (const listing of listings) listing.doubted = true;
}

// ---------------------------------------------------------------- sending

/** One frame to one peer, whether it is a member or not. */
export function relayTo(turn: Turn, peer: Peer, frame: Uint8Array): void {
  if (peer.carrier !== null) {
    turn.room.govern.part?.carry(turn, peer, frame);
    return;
  }
  for (const relay of waysTo(turn, peer)) relaySend(turn, relay, peer.inst, frame);
}

/** The same by every relay that has it there. */
export function relayEveryWay(turn: Turn, peer: Peer, frame: Uint8Array): void {
  if (peer.carrier !== null) {
    relayTo(turn, peer, frame);
    return;
  }
  for (const relay of turn.room.relays) if (isThere(peer, relay)) relaySend(turn, relay, peer.inst, frame);
}

/** An answer goes the way that the question came. */
export function relayBack(turn: Turn, peer: Peer, frame: Uint8Array): void {
  if (peer.carrier === null && turn.via !== null && isSeatedAt(turn.via)) relaySend(turn, turn.via, peer.inst, frame);
  else relayTo(turn, peer, frame);
}

/** To a member: over the link that is bound, or both ways while one of them is in doubt. */
export function carry(turn: Turn, peer: Peer, bytes: Uint8Array): void {
  if (linkCarries(peer)) turn.out.push({ type: 'link-send', peer: peer.id, bytes });
  if (needsRelay(peer)) relayTo(turn, peer, bytes);
}

/** The same once more, because it was not acknowledged: by every relay. */
export function carryAgain(turn: Turn, peer: Peer, bytes: Uint8Array): void {
  if (linkCarries(peer)) turn.out.push({ type: 'link-send', peer: peer.id, bytes });
  if (!needsRelay(peer)) return;
  if (canReach(turn.room, peer)) relayEveryWay(turn, peer, bytes);
  else relayTo(turn, peer, bytes);
}

/** To everyone: copies over the links, and by as few relays as reach the others. */
export function carryToAll(turn: Turn, bytes: Uint8Array): void {
  for (const peer of turn.room.peers.values()) if (linkCarries(peer)) turn.out.push({ type: 'link-send', peer: peer.id, bytes });
  for (const peer of turn.room.peers.values()) if (peer.carrier !== null && needsRelay(peer)) relayTo(turn, peer, bytes);
  const ways = waysToAll(turn);
  for (const relay of ways) relaySend(turn, relay, null, bytes);
  for (const peer of turn.room.peers.values()) if (needsRelay(peer)) expectBy(turn, peer, ways);
}

/** What was just sent by a relay will be answered, or our socket is dead. A peer that stays silent on a new socket too is asleep. */
export function expectFrom(turn: Turn, peer: Peer): void {
  if (needsRelay(peer)) expectBy(turn, peer, waysTo(turn, peer));
}

/** While all of its ways are in doubt, silence says nothing about any one of them. */
function expectBy(turn: Turn, peer: Peer, ways: readonly Relay[]): void {
  if (peer.member?.pulse.excused !== false) return;
  const there = ways.filter((relay) => isThere(peer, relay));
  const sure = there.length > 1 ? there.filter((relay) => !listingAt(peer, relay).doubted) : there;
  for (const relay of sure) expectAnswer(turn, relay);
}

function relaySend(turn: Turn, relay: Relay, dst: Uint8Array | null, frame: Uint8Array): void {
  turn.out.push({ type: 'relay-send', relay: relay.index, bytes: encodeSend(dst, frame) });
}

function isSeatedAt({ seat }: Relay): boolean {
  return seat.name === 'seated';
}

function isThere(peer: Peer, relay: Relay): boolean {
  return isSeatedAt(relay) && listingAt(peer, relay).state === 'yes';
}

function listingAt({ listings }: Peer, { index }: Relay): Listing {
  return listings[index] as Listing;
}
