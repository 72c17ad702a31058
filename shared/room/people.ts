/**
 * Who is a member (protocol.md "Membership"): only a completed handshake makes one, only LEAVE, silence or a reload of the same
 * person ends it. What a person verified sticks to the static key for as long as the room lives.
 */
import { equal, hex, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { expireKeys } from '../group/chain.ts';
import { createReceiver, tidyReceiver, wipeReceiver } from '../group/receiver.ts';
import { limits } from '../limits.ts';
import { noteDeparture } from './activity.ts';
import { enrol, newAuthor } from './authors.ts';
import { sealAgain } from './channel.ts';
import { emptyAcks, giveUp, resendSoon } from './delivery.ts';
import { abandonShake, type Proven, wipeChannel } from './handshakes.ts';
import { decodeInfo, type Info, tagOf } from './info.ts';
import { dropLink, firstPath, hasLink } from './paths.ts';
import { isStale, newPulse } from './pulse.ts';
import { reachable } from './reach.ts';
import { heardDigest, rosterChanged } from './roster-check.ts';
import { newPeerPresence } from './sharing.ts';
import { type Channel, type Listing, type Member, type Peer, type Turn, tell } from './state.ts';
import type { PeerId, PeerPath, Person } from './types.ts';

/** Frames that one sender may send at once after a pause. */
export const frameBurst = 4 * limits.memberFramesPerSecond;

export function newPeer(id: PeerId, inst: Uint8Array, first: boolean, listings: readonly Listing[], now: number): Peer {
  return {
    id,
    inst,
    listings,
    introducer: null,
    carrier: null,
    lastRelay: 0,
    shake: { name: 'rest', startAt: Number.POSITIVE_INFINITY },
    failures: 0,
    first,
    allowance: frameBurst,
    allowanceAt: now,
    floods: false,
    member: null,
    outside: null,
  };
}

/** A handshake is complete: makes the peer a member, or gives the member its new session; null: it stays outside. Throws `ProtocolError`. */
export function admit(turn: Turn, peer: Peer, { channel, info, purpose }: Proven): Member | null {
  const said = decodeInfo(info);
  const { member } = peer;
  if (member !== null) {
    // An instance belongs to the static key it was first seen with: else a link thief could step into a member's place.
    if (!equal(member.staticKey, channel.session.peerStatic)) {
      wipeChannel(channel);
      throw new ProtocolError('misuse', 'an instance with another static key');
    }
    renew(turn, peer, member, channel, purpose);
    if (!said.gated) heardDigest(turn, peer, member, said.digest);
    return member;
  }
  if (countMembers(turn) >= limits.members - 1) {
    wipeChannel(channel);
    throw new ProtocolError('flood', 'more members than a room may have');
  }
  const fresh = newMember(turn, peer, channel, said);
  if (staysOutside(turn, channel, said)) {
    if (peer.outside !== null) wipeMember(peer.outside.member);
    peer.outside = { member: fresh, lets: !said.gated, early: [] };
    return null;
  }
  welcome(turn, peer, fresh, said);
  return fresh;
}

function staysOutside({ room, ...turn }: Turn, channel: Channel, said: Info): boolean {
  const { part } = room.govern;
  try {
    if (part === null && said.gated) throw new ProtocolError('unexpected', 'waiting for the part that knows how to wait');
    return part !== null && (part.keepsOut({ room, ...turn }, channel.session.peerStatic) || said.gated);
  } catch (error) {
    wipeChannel(channel);
    throw error;
  }
}

function newMember(turn: Turn, peer: Peer, channel: Channel, said: Info): Member {
  const { session } = channel;
  return {
    staticKey: session.peerStatic,
    name: said.name,
    tag: tagOf(session.peerStatic),
    direct: said.direct,
    channel,
    moving: null,
    retiring: null,
    sas: session.sas,
    rekeyAt: turn.env.now + limits.rekeyMs,
    reshakeAt: turn.env.now + limits.rehandshakeMs,
    faults: [],
    misbehaves: false,
    receiver: createReceiver(),
    author: newAuthor(peer.inst, session.peerStatic, said.name, turn.env.now),
    presence: newPeerPresence(),
    handedOut: { since: turn.env.now, count: 0 },
    outgoing: { unacked: new Map(), lostBefore: 0, resendAt: Number.POSITIVE_INFINITY, resentAt: 0, attempts: 0 },
    acks: emptyAcks(),
    pulse: newPulse(turn),
    path: { name: 'relay', dialAt: Number.POSITIVE_INFINITY },
    links: { attempt: 0, failures: 0, sent: 0, next: 0, early: new Map() },
    roster: { name: 'quiet' },
    difference: { lacks: [], unknown: 0 },
    told: '',
  };
}

/** From now on this peer is one of us. */
export function welcome(turn: Turn, peer: Peer, member: Member, said: Pick<Info, 'digest' | 'lamport'>): void {
  const twin = sameStatic(turn, member.staticKey);
  if (twin !== null) part(turn, twin, 'left'); // the same person after a reload: the old page is no more
  member.path = firstPath(turn, member);
  member.author = enrol(turn, member.author);
  if (member.name !== '') member.author.name = member.name;
  peer.member = member;
  peer.outside = null;
  // Only a newcomer takes over another's counter: it has said nothing yet, and must not sort before what was said.
  if (!turn.room.spoken) turn.room.log.lamport = Math.max(turn.room.log.lamport, said.lamport);
  rosterChanged(turn);
  tellPerson(turn, peer);
}

function renew(turn: Turn, peer: Peer, member: Member, channel: Channel, purpose: Proven['purpose']): void {
  if (member.retiring !== null) wipeChannel(member.retiring.channel);
  if (member.moving !== null) member.moving.due = false;
  if (purpose !== 'join') {
    member.retiring = { channel: member.channel, until: turn.env.now + limits.oldPairChainMs };
    member.channel = channel;
    sealAgain(turn, peer, member, true);
    if (purpose === 'move') resendSoon(turn, member);
  } else {
    wipeChannel(member.channel);
    member.retiring = null;
    member.channel = channel;
    member.sas = channel.session.sas;
    sealAgain(turn, peer, member, false);
    dropLink(turn, peer, member);
    resendSoon(turn, member);
  }
  member.rekeyAt = turn.env.now + limits.rekeyMs;
  member.reshakeAt = turn.env.now + limits.rehandshakeMs;
  member.faults.length = 0;
  turn.room.senderStale = true;
  tellPerson(turn, peer);
}

/** Ends a membership: keys are wiped, messages that this person lacks are told as undelivered. */
export function part(turn: Turn, peer: Peer, how: 'left' | 'silent'): void {
  const { member } = peer;
  if (member === null) return;
  if (hasLink(member) || member.path.name === 'dialing') turn.out.push({ type: 'link-close', peer: peer.id });
  abandonShake(peer);
  for (const { message } of member.outgoing.unacked.values()) giveUp(turn, message, peer.id);
  wipeMember(member, how === 'silent' && turn.room.govern.part?.strayed(turn, peer, member) === true);
  member.author.leftAt = turn.env.now;
  peer.member = null;
  turn.room.side.part?.left(turn, peer);
  noteDeparture(turn, member.author, member.pulse.heardAt);
  turn.room.senderStale = true; // whoever left reads nothing that is said from now on
  rosterChanged(turn);
  tell(turn, { type: 'person-left', peer: peer.id, how });
}

/** `strayed`: the session is kept, for when it comes back to a room that has moved (govern/strays.ts). */
export function wipeMember(member: Member, strayed = false): void {
  if (!strayed) wipeChannel(member.channel);
  if (member.retiring !== null) wipeChannel(member.retiring.channel);
  wipeReceiver(member.receiver);
  if (member.moving !== null) wipe(...member.moving.resumes);
  member.outgoing.unacked.clear();
}

export function sessionDue({ retiring }: Member): number {
  return retiring?.until ?? Number.POSITIVE_INFINITY;
}

export function wakeSession(turn: Turn, member: Member): void {
  if (member.retiring === null || turn.env.now < member.retiring.until) return;
  wipeChannel(member.retiring.channel);
  member.retiring = null;
}

/** Wipes keys of frames that have not come in time, so that they are gone even where nothing more is said. */
export function forgetKeys({ room, env }: Turn): void {
  for (const { member } of room.peers.values()) {
    if (member === null) continue;
    expireKeys(member.channel.receive, env.now);
    if (member.retiring !== null) expireKeys(member.retiring.channel.receive, env.now);
    tidyReceiver(member.receiver, env.now);
  }
}

function sameStatic(turn: Turn, staticKey: Uint8Array): Peer | null {
  for (const peer of turn.room.peers.values()) if (peer.member !== null && equal(peer.member.staticKey, staticKey)) return peer;
  return null;
}

export function countMembers(turn: Turn): number {
  let count = 0;
  for (const { member } of turn.room.peers.values()) if (member !== null) count++;
  return count;
}

// ---------------------------------------------------------------- what the view is told

export function setVerdict(turn: Turn, peer: Peer, matches: boolean): void {
  if (peer.member === null) return;
  turn.room.verdicts.set(hex(peer.member.staticKey), matches ? 'verified' : 'mismatch');
  if (!matches) turn.room.senderStale = true;
  tellPerson(turn, peer);
}

/** Tells the view of this person if anything it shows has changed. */
export function tellPerson(turn: Turn, peer: Peer): void {
  const { member } = peer;
  if (member === null) return;
  const verification = turn.room.verdicts.get(hex(member.staticKey)) ?? 'unverified';
  const path = pathShown(turn, peer, member);
  if (turn.env.now < turn.room.settlingUntil && member.told !== '') return;
  const told = `${path} ${verification} ${member.sas.join()}`;
  if (told === member.told) return;
  member.told = told;
  const person: Person = { peer: peer.id, name: member.name, tag: member.tag, path, sas: member.sas, verification };
  tell(turn, { type: 'person', person });
}

function pathShown(turn: Turn, peer: Peer, member: Member): PeerPath {
  if (hasLink(member) && member.pulse.asked < 2) return (member.path as { kind: 'direct' | 'turn' }).kind;
  if (!reachable(turn, peer) || hasLink(member) || isStale(turn, member)) return 'reconnecting';
  return peer.carrier === null ? 'relayed' : 'carried';
}
