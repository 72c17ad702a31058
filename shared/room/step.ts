/**
 * The room: one pure machine for everything from the first dial to the wiped end (docs/protocol.md, all sections).
 *
 *   createRoom(options, env) -> Room      step(room, input, env) -> RoomOutput[]      nextWake(room) -> ms on env.now's clock
 *
 * This file is the wiring: which part hears which input, and what follows when one part has news for another. The parts
 * call downward only (frames -> people -> paths, handshakes -> channel -> seat) and give news back as values.
 * `step` never throws for what a peer or the relay sent: that becomes a `drop` output, and nothing else has changed.
 */
import { hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Env } from '../ports.ts';
import { groupType, pairType } from '../wire/peer.ts';
import { sendInner } from './channel.ts';
import { endRoom } from './create.ts';
import { deliveryDue, resendSoon, wakeDelivery, wakeProgress } from './delivery.ts';
import { sendFileFrame } from './files.ts';
import { act, dropOldHeld, type FrameNews, heardFrame, takeHeld } from './frames.ts';
import { keysUnderWay, sendGeneration } from './generations.ts';
import type { GovernPart, OutpostInput } from './govern-part.ts';
import { placeDue, shakeDue, wakeHandshakes } from './handshakes.ts';
import { myInfo } from './info.ts';
import { doubtPath, endLink, hasLink, linkOpened, pathDue, signalled, wakePath } from './paths.ts';
import { countMembers, forgetKeys, part, sessionDue, setVerdict, tellPerson, wakeSession, welcome } from './people.ts';
import { ask, excuse, isGone, pulseDue, wakePulse } from './pulse.ts';
import { canReach, doubtAllWays, isUnlisted, setListing, useCarrier, waysTo } from './reach.ts';
import { rekeyDue, wakeRekeys } from './rekey.ts';
import { myDigest, rosterDue, wakeRoster } from './roster-check.ts';
import { edit, erase, flushOutbox, offerFile, outboxDue, react, retellWaiting, say } from './say.ts';
import { dial, expectAnswer, redial, redialSoon, relayClosed, relayOpened, relaySaid, type SeatNews, seatsDue, wakeSeat } from './seat.ts';
import { came, checkActive, forgetPeer, introduce, joined, lostSeat, meet, tellEveryone, tellUnknown } from './seats.ts';
import { doSide, heardSide, type SidePart } from './side-part.ts';
import { type Living, type Member, type Peer, type Relay, type Room, type Turn, tell } from './state.ts';
import type { DropPlace, EndReason, PeerId, RoomInput, RoomOutput } from './types.ts';
import { tidyWords, wakeWords, wordsDue } from './words.ts';

export { createRoom, type RoomOptions } from './create.ts';

const tidyMs = 2000;

/** Takes one input; returns what is to be done, in order. Throws only for the caller's own mistakes (`say`). */
export function step(room: Room, input: RoomInput, env: Env): RoomOutput[] {
  if (room.state.name === 'ended') return [];
  const via = input.type === 'relay-bytes' && !isOutpost(room.state, input.relay) ? relayAt(room.state, input.relay) : null;
  const turn: Turn = { room: room.state, env, out: [], ends: null, via };
  const reason = (env.now >= room.state.endsAt ? 'expired' : take(turn, input)) ?? turn.ends;
  if (reason === null) turn.room.govern.part?.tellView(turn);
  if (reason !== null) endRoom(room, turn, reason);
  return turn.out;
}

/** When to feed `wake`; Infinity for never. In the past while a proof of work is looked for: yield, then wake. */
export function nextWake(room: Room): number {
  if (room.state.name === 'ended') return Number.POSITIVE_INFINITY;
  const { state } = room;
  const governDue = state.govern.part?.due({ room: state }) ?? Number.POSITIVE_INFINITY;
  let next = Math.min(state.endsAt, seatsDue(state), outboxDue(state), wordsDue(state), state.progress.at, state.tidyAt, governDue);
  const beginAt = placeDue(state);
  for (const peer of state.peers.values()) next = Math.min(next, peerDue(state, peer, beginAt));
  return next;
}

function peerDue(state: Living, peer: Peer, beginAt: number): number {
  const { member, outside } = peer;
  const handshake = shakeDue(state, peer, beginAt);
  if (outside !== null) return Math.min(handshake, deliveryDue(outside.member));
  if (member === null) return handshake;
  const due = [
    pulseDue(member),
    pathDue(member),
    deliveryDue(member),
    rosterDue(member),
    sessionDue(member),
    rekeyDue(state, peer, member),
  ];
  return Math.min(handshake, ...due);
}

function take(turn: Turn, input: RoomInput): EndReason | null {
  switch (input.type) {
    case 'join':
      join(turn);
      return null;
    case 'say':
      say(turn, input.text, input.more ?? {});
      return null;
    case 'react':
      react(turn, input.id, input.emoji, input.on);
      return null;
    case 'edit':
      edit(turn, input.id, input.text, input.mentions ?? []);
      return null;
    case 'erase':
      erase(turn, input.id);
      return null;
    case 'typing':
    case 'away':
    case 'read':
    case 'share':
    case 'call':
      doSide(turn, input);
      return null;
    case 'attach-side':
      attachSide(turn, input.part);
      return null;
    case 'offer-file':
      offerFile(turn, input.offer);
      return null;
    case 'file-control':
      withMember(turn, input.peer, (peer, member) => sendInner(turn, peer, member, { type: 'file', control: input.control }));
      return null;
    case 'file-frame':
      withMember(turn, input.peer, (peer) => sendFileFrame(turn, peer, input.frame));
      return null;
    case 'verified':
      withMember(turn, input.peer, (peer) => setVerdict(turn, peer, input.matches));
      return null;
    case 'attach':
      attach(turn, input.part);
      return null;
    case 'password-secret':
      if (turn.room.password !== null) turn.room.password.prs = input.prs;
      return null;
    case 'govern':
      for (const news of turn.room.govern.part?.deed(turn, input.deed) ?? []) follow(turn, news);
      return null;
    case 'leave':
      sayGoodbye(turn);
      return 'left';
    case 'relay-open':
      if (isOutpost(turn.room, input.relay)) return heardOutpost(turn, input);
      relayOpened(turn, relayAt(turn.room, input.relay));
      return null;
    case 'relay-bytes': {
      if (isOutpost(turn.room, input.relay)) return heardOutpost(turn, input);
      const relay = relayAt(turn.room, input.relay);
      const news = guarded(turn, 'relay', () => relaySaid(turn, relay, input.bytes));
      return heardRelay(turn, relay, news);
    }
    case 'relay-closed': {
      if (isOutpost(turn.room, input.relay)) return heardOutpost(turn, input);
      const relay = relayAt(turn.room, input.relay);
      return heardRelay(turn, relay, relayClosed(turn, relay, input.code));
    }
    case 'link-signal':
      withMember(turn, input.peer, (peer, member) => signalled(turn, peer, member, input.signal));
      return null;
    case 'link-open':
      withMember(turn, input.peer, (peer, member) => {
        guarded(turn, 'link', () => linkOpened(turn, peer, member, input.fingerprints, input.path));
        pathChanged(turn, peer, member);
      });
      return null;
    case 'link-bytes':
      withMember(turn, input.peer, (peer) => heardPeer(turn, peer, input.bytes, true));
      return null;
    case 'link-closed':
      withMember(turn, input.peer, (peer, member) => {
        endLink(turn, peer, member, 'closed');
        pathChanged(turn, peer, member);
      });
      return null;
    case 'wake':
      return wake(turn);
    case 'resumed':
      resume(turn);
      return null;
  }
}

/** Runs what handles foreign bytes. A refusal is counted and changes nothing else. */
function guarded<Result>(turn: Turn, where: DropPlace, handle: () => Result): Result | null {
  try {
    return handle();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    turn.out.push({ type: 'drop', code: error.code, where });
    return null;
  }
}

// ---------------------------------------------------------------- the person

function join(turn: Turn): void {
  if (turn.room.phase !== 'idle') return;
  turn.room.phase = 'joining';
  tell(turn, { type: 'phase', phase: { name: 'joining' } });
  for (const relay of turn.room.relays) dial(turn, relay);
}

/** Who decides about the room is here, and hears what has come for it. */
function attach(turn: Turn, part: GovernPart): void {
  const { govern } = turn.room;
  if (govern.part !== null) return;
  govern.state = part.attach(turn);
  govern.part = part;
  for (const { peer, inner } of govern.early.splice(0)) {
    const member = peer.member;
    if (member === null) continue;
    for (const news of guarded(turn, 'pair', () => act(turn, peer, member, inner)) ?? []) follow(turn, news);
  }
}

/** What members tell each other beside messages is here, meets those who are here, and hears what has come for it. */
function attachSide(turn: Turn, part: SidePart): void {
  const { side, peers } = turn.room;
  if (side.part !== null) return;
  side.part = part;
  for (const peer of peers.values()) if (peer.member !== null) part.met(turn, peer, peer.member);
  for (const deed of side.deeds.values()) part.deed(turn, deed);
  side.deeds.clear();
  for (const { peer, inner } of side.early.splice(0)) {
    const { member } = peer;
    if (member === null) continue;
    const proof = guarded(turn, 'pair', () => heardSide(turn, peer, member, inner));
    if (proof !== null) follow(turn, { type: 'forked', proof });
  }
}

/** LEAVE on every path there is, since nobody will be here to send it again. */
function sayGoodbye(turn: Turn): void {
  for (const peer of turn.room.peers.values()) {
    if (peer.outside !== null) sendInner(turn, peer, peer.outside.member, { type: 'leave' });
    if (peer.member === null) continue;
    peer.member.pulse.asked++; // in doubt, frames go every way
    doubtAllWays(peer);
    sendInner(turn, peer, peer.member, { type: 'leave' });
  }
}

/** The page was asleep or offline: nobody else is to blame for the silence, and every path is doubtful until it answers. */
function resume(turn: Turn): void {
  for (const relay of turn.room.relays) redialSoon(turn, relay);
  for (const peer of turn.room.peers.values()) {
    if (peer.member === null) continue;
    excuse(turn, peer.member);
    doubtPath(turn, peer.member);
    ask(turn, peer, peer.member);
    resendSoon(turn, peer.member);
  }
  // Whoever was asked answers by the relay that carried the question; where nobody was asked, only a new socket is sure to live.
  const asked = new Set([...turn.room.peers.values()].filter(({ member }) => member !== null).flatMap((peer) => waysTo(turn, peer)));
  for (const relay of turn.room.relays) {
    if (relay.seat.name !== 'seated') continue;
    if (asked.has(relay)) expectAnswer(turn, relay, limits.pathProbeMs);
    else redial(turn, relay);
  }
}

// ---------------------------------------------------------------- the relays

function relayAt({ relays }: Living, index: number): Relay {
  const relay = relays[index];
  if (relay === undefined) throw new RangeError(`step: there is no relay ${index}`);
  return relay;
}

/** Behind the places of the room's own relays are those of rooms that it moved from. */
function isOutpost({ relays }: Living, index: number): boolean {
  return index >= relays.length;
}

function heardOutpost(turn: Turn, input: OutpostInput): null {
  guarded(turn, 'relay', () => turn.room.govern.part?.heardOutpost(turn, input));
  return null;
}

function heardRelay(turn: Turn, relay: Relay, news: SeatNews): EndReason | null {
  switch (news?.type) {
    case undefined:
      return null;
    case 'ends':
      return news.reason;
    case 'lost':
      lostRelay(turn);
      return null;
    case 'joined':
      joined(turn, relay, news);
      return null;
    case 'came':
      came(turn, relay, news.inst);
      return null;
    case 'listed':
      tell(turn, news);
      return null;
    case 'left':
    case 'away':
      lostSeat(turn, relay, news);
      return null;
    case 'received': {
      const peer = meet(turn, news.src);
      if (peer === null) turn.out.push({ type: 'drop', code: 'flood', where: 'relay' });
      else heardPeer(turn, peer, news.frame, false);
      return null;
    }
  }
}

/** What that relay carried and was not acknowledged goes out again by another, where there is one. */
function lostRelay(turn: Turn): void {
  for (const peer of turn.room.peers.values()) {
    if (peer.member === null) continue;
    peer.member.pulse.excused = true;
    if (canReach(turn.room, peer) && !hasLink(peer.member)) resendSoon(turn, peer.member);
  }
  tellEveryone(turn);
  flushOutbox(turn);
  retellWaiting(turn);
  checkActive(turn);
}

// ---------------------------------------------------------------- peers

function heardPeer(turn: Turn, peer: Peer, bytes: Uint8Array, overLink: boolean): void {
  const news = guarded(turn, placeOf(bytes), () => heardFrame(turn, peer, bytes, overLink));
  for (const one of news ?? []) follow(turn, one);
  if (peer.member?.told.startsWith('reconnecting')) tellPerson(turn, peer);
}

/** What one frame leads to. */
function follow(turn: Turn, news: FrameNews): void {
  switch (news.type) {
    case 'admitted':
      admitted(turn, news.peer, news.answered);
      return;
    case 'overtook': {
      const { peer, member, inner } = news;
      if (member !== peer.member && member !== peer.outside?.member) return; // gone again
      for (const one of guarded(turn, 'pair', () => act(turn, peer, member, inner)) ?? []) follow(turn, one);
      return;
    }
    case 'keys':
      for (const { bytes, overLink } of takeHeld(turn, news.peer, news.kid)) heardPeer(turn, news.peer, bytes, overLink);
      return;
    case 'introduced':
      for (const inst of news.insts) introduce(turn, inst, news.by);
      return;
    case 'acknowledged':
      flushOutbox(turn);
      return;
    case 'path':
      if (news.peer.member !== null) pathChanged(turn, news.peer, news.peer.member);
      return;
    case 'left':
      forgetPeer(turn, news.peer);
      retellWaiting(turn);
      return;
    case 'forked':
      tell(turn, { type: 'notice', notice: 'member-equivocates', peer: hex(news.proof.inst) as PeerId });
      turn.room.govern.part?.forked(turn, news.proof);
      return;
    case 'let-in':
      letIn(turn, news.peer);
      return;
    case 'carried': {
      const peer = meet(turn, news.from);
      if (peer !== null) heardCarried(turn, peer, news.by, news.frame);
      return;
    }
  }
}

/** A frame that another member brought, because no relay brings it: what goes back goes the same way. */
function heardCarried(turn: Turn, peer: Peer, by: Peer, frame: Uint8Array): void {
  const { via } = turn;
  turn.via = null;
  if (!canReach(turn.room, peer) || peer.carrier !== null || peer.member === null) useCarrier(turn, peer, by.id);
  heardPeer(turn, peer, frame, false);
  turn.via = via;
}

/** A link came or went. What it carried and was not acknowledged goes out again by what there is now. */
function pathChanged(turn: Turn, peer: Peer, member: Member): void {
  if (!hasLink(member)) resendSoon(turn, member);
  tellPerson(turn, peer);
  flushOutbox(turn);
}

/** What had to wait while the peer was outside is heard now. */
function letIn(turn: Turn, peer: Peer): void {
  const { outside } = peer;
  if (outside === null || countMembers(turn) >= limits.members - 1) return;
  const { member, early } = outside;
  welcome(turn, peer, member, { digest: myDigest(turn), lamport: 0 });
  admitted(turn, peer, false);
  for (const inner of early) for (const news of guarded(turn, 'pair', () => act(turn, peer, member, inner)) ?? []) follow(turn, news);
}

/** A handshake is complete on our side: everything the other side needs goes out in this turn. */
function admitted(turn: Turn, peer: Peer, answered: boolean): void {
  const { member } = peer;
  if (member === null) return;
  if (turn.via !== null && isUnlisted(peer)) setListing(turn, peer, turn.via, 'yes'); // it has just answered, whatever the relay lists
  if (answered) sendInner(turn, peer, member, { type: 'confirm', info: myInfo(turn) });
  turn.room.govern.part?.metMember(turn, peer, member);
  // Keys under way are sealed again by the new session; announced anew they would begin later, and what was said since would not open.
  if (!keysUnderWay(member)) sendGeneration(turn, peer, member);
  turn.room.side.part?.met(turn, peer, member);
  flushOutbox(turn);
  wakeHandshakes(turn);
  checkActive(turn);
}

// ---------------------------------------------------------------- time

function wake(turn: Turn): EndReason | null {
  const { room } = turn;
  for (const relay of room.relays) {
    const reason = heardRelay(turn, relay, wakeSeat(turn, relay));
    if (reason !== null) return reason;
  }
  for (const peer of room.peers.values()) {
    if (peer.member !== null) wakeMember(turn, peer, peer.member);
    else if (peer.outside !== null) wakeDelivery(turn, peer, peer.outside.member);
  }
  wakeProgress(turn);
  for (const news of room.govern.part?.wake(turn) ?? []) follow(turn, news);
  wakeHandshakes(turn);
  wakeRekeys(turn);
  wakeWords(turn);
  flushOutbox(turn);
  if (turn.env.now >= room.tidyAt) tidy(turn);
  return passwordRefused(turn) ? 'wrong-password' : null;
}

function wakeMember(turn: Turn, peer: Peer, member: Member): void {
  const linked = hasLink(member);
  wakePulse(turn, peer, member);
  if (isGone(turn, peer, member)) {
    part(turn, peer, 'silent');
    if (isUnlisted(peer)) forgetPeer(turn, peer);
    retellWaiting(turn);
    return;
  }
  wakePath(turn, peer, member);
  if (linked && !hasLink(member)) resendSoon(turn, member);
  wakeDelivery(turn, peer, member);
  wakeRoster(turn, peer, member);
  wakeSession(turn, member);
  tellPerson(turn, peer);
}

/** Now and then: what only its age decides. */
function tidy(turn: Turn): void {
  const { room, env } = turn;
  dropOldHeld(turn);
  forgetKeys(turn);
  tidyWords(turn);
  checkActive(turn);
  tellUnknown(turn);
  room.tidyAt = env.now + tidyMs;
}

/** Everyone who was here before us saw our proof and none answered it. Never for the one who was here first. */
function passwordRefused(turn: Turn): boolean {
  const { room } = turn;
  if (room.password === null || room.phase !== 'joining' || room.password.failures.length === 0) return false;
  let asked = 0;
  for (const peer of room.peers.values()) {
    if (peer.member !== null) return false;
    if (!peer.first) continue;
    if (peer.failures === 0) return false;
    asked++;
  }
  return asked > 0;
}

function withMember(turn: Turn, id: PeerId, act: (peer: Peer, member: Member) => void): void {
  const peer = turn.room.peers.get(id);
  if (peer !== undefined && peer.member !== null) act(peer, peer.member);
}

function placeOf(bytes: Uint8Array): DropPlace {
  if (bytes[0] === pairType) return 'pair';
  return bytes[0] === groupType ? 'group' : 'handshake';
}
