/**
 * Frames from peers, however they came (protocol.md "Records and ratchets"): count, find the key, open, only then act. What the relay
 * says about the sender chooses keys to try, nothing more: a frame is from whoever's chain opens it.
 *
 * A frame under a key that is not here yet is held for ten seconds, because two paths reorder; one that was opened before is
 * acknowledged again. Frames that keep failing to open make us shake hands anew, at most once a minute.
 */
import { equal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { type OpenedGroup, type OpenedPair, openGroup, openPair, sealPair } from '../group/record.ts';
import type { Author, ForkProof } from '../group/signed.ts';
import { limits } from '../limits.ts';
import { decodePairInner, encodePairInner, frameKid, frameType, type GovernInner, type PairInner } from '../wire/peer.ts';
import { isReliable, kidNumber, sendInner } from './channel.ts';
import { heardAck, noteReceived } from './delivery.ts';
import { heardFileFrame } from './files.ts';
import type { GovernNews } from './govern-part.ts';
import { beginSoon, confirmed, heardHandshake, type Proven, wipeChannel } from './handshakes.ts';
import { myInfo, noInfo } from './info.ts';
import { heardBind, heardSignal } from './paths.ts';
import { admit, frameBurst, part } from './people.ts';
import { heard } from './pulse.ts';
import { cameBy, relayBack } from './reach.ts';
import { heardRecord } from './records.ts';
import { heardDiff, heardDigest, myDigest } from './roster-check.ts';
import { stopTyping } from './sharing.ts';
import { heardSide } from './side-part.ts';
import { type Channel, type HeldFrame, type Member, type Outside, type Peer, type Shake, type Turn, tell } from './state.ts';
import { heardGeneration } from './texts.ts';

export type FrameNews =
  | { readonly type: 'admitted'; readonly peer: Peer; readonly answered: boolean }
  /** It overtook CONFIRM and is heard now. Each for itself: one that is refused must not take the others with it. */
  | { readonly type: 'overtook'; readonly peer: Peer; readonly member: Member; readonly inner: PairInner }
  /** Keys of a generation have come: frames that were held for them can be opened. */
  | { readonly type: 'keys'; readonly peer: Peer; readonly kid: Uint8Array }
  | { readonly type: 'introduced'; readonly insts: readonly Uint8Array[]; readonly by: Peer }
  | { readonly type: 'acknowledged' }
  /** The way to this member may have changed. */
  | { readonly type: 'path'; readonly peer: Peer }
  | { readonly type: 'left'; readonly peer: Peer }
  /** An author told two stories, as `proof` shows to everyone who knows its key. */
  | { readonly type: 'forked'; readonly proof: ForkProof }
  | GovernNews;

/** Records that may overtake CONFIRM. */
const earlyRecords = 16;
/** Records that may come before who decides about the room is loaded. */
const earlyGovern = 64;

/** One frame from `peer`. Throws `ProtocolError` for what must not count; state is then as it was, but for the counters. */
export function heardFrame(turn: Turn, peer: Peer, bytes: Uint8Array, overLink: boolean): FrameNews[] {
  const type = frameType(bytes);
  if (type === 'file') {
    heardFileFrame(turn, peer, bytes, overLink);
    return [];
  }
  spendAllowance(turn, peer);
  switch (type) {
    case 'hs1':
    case 'hs2':
    case 'hs3':
      if (overLink) throw new ProtocolError('unexpected', 'a handshake over a direct link');
      return heardShake(turn, peer, bytes);
    case 'pair':
      return heardPair(turn, peer, bytes, overLink);
    case 'group':
      return heardGroup(turn, peer, bytes, overLink);
  }
}

function heardShake(turn: Turn, peer: Peer, bytes: Uint8Array): FrameNews[] {
  const done = heardHandshake(turn, peer, 'join', bytes);
  cameBy(turn, peer, false);
  return proven(turn, peer, done, true);
}

/** 50 frames a second from one sender, four times that in a burst; more is not even looked at. */
function spendAllowance(turn: Turn, peer: Peer): void {
  const perMs = limits.memberFramesPerSecond / 1000;
  peer.allowance = Math.min(frameBurst, peer.allowance + (turn.env.now - peer.allowanceAt) * perMs);
  peer.allowanceAt = turn.env.now;
  if (peer.allowance > frameBurst / 2) peer.floods = false;
  if (peer.allowance >= 1) {
    peer.allowance--;
    return;
  }
  if (!peer.floods && peer.member !== null) tell(turn, { type: 'notice', notice: 'member-floods', peer: peer.id });
  peer.floods = true;
  throw new ProtocolError('flood', 'more frames than one member may send');
}

/** Makes the peer a member where a handshake has just ended. */
function proven(turn: Turn, peer: Peer, done: Proven | null, answered: boolean): FrameNews[] {
  if (done === null) return [];
  dismiss(turn, peer, done.channel, answered);
  if (admit(turn, peer, done) !== null) return [{ type: 'admitted', peer, answered }];
  const { outside } = peer;
  if (answered && outside !== null) sendInner(turn, peer, outside.member, { type: 'confirm', info: myInfo(turn) });
  return turn.room.govern.part?.metOutside(turn, peer) ?? [];
}

/** Someone who was removed and does not know it is told, and nothing else. Throws for it. */
function dismiss(turn: Turn, peer: Peer, channel: Channel, answered: boolean): void {
  const farewell = turn.room.govern.part?.dismissal(turn, channel.session.peerStatic) ?? null;
  if (farewell === null) return;
  const records: PairInner[] = answered ? [{ type: 'confirm', info: noInfo(turn) }, farewell] : [farewell];
  for (const inner of records) {
    const { frame } = sealPair(channel.send, channel.roomPub, turn.room.me.inst, encodePairInner(inner), turn.env.random);
    relayBack(turn, peer, frame);
  }
  wipeChannel(channel);
  throw new ProtocolError('misuse', 'someone who was removed');
}

// ---------------------------------------------------------------- the pairwise channel

function heardPair(turn: Turn, peer: Peer, bytes: Uint8Array, overLink: boolean): FrameNews[] {
  const kid = frameKid(bytes);
  const { shake } = peer;
  const member = peer.member ?? peer.outside?.member ?? null;
  if (member !== null) {
    const channel = [member.channel, member.retiring?.channel].find((known) => known !== undefined && equal(known.receive.kid, kid));
    if (channel !== undefined) return openForMember(turn, peer, member, channel, bytes, overLink);
  }
  if (shake.name === 'proved' && equal(shake.channel.receive.kid, kid)) return openEarly(turn, peer, shake, bytes);
  if (member !== null) noteFault(turn, peer, member);
  else if (turn.room.govern.part?.heardStray(turn, peer, bytes)) return [];
  throw new ProtocolError('unexpected', 'PAIR under an unknown key');
}

function openForMember(turn: Turn, peer: Peer, member: Member, channel: Channel, bytes: Uint8Array, overLink: boolean): FrameNews[] {
  const opened = openOrFault(turn, peer, member, channel, bytes);
  heard(turn, peer, member, overLink);
  if (!opened.fresh) {
    if (!channel.unanswered.has(opened.seq)) noteReceived(turn, member, 'pair', kidNumber(channel.receive.kid), opened.seq);
    throw new ProtocolError('replayed', 'PAIR opened before');
  }
  const inner = decodePairInner(opened.inner);
  noteRecord(turn, member, channel, opened.seq, inner);
  return act(turn, peer, member, inner);
}

/** Acknowledges what would be sent again otherwise, and nothing else: two pages would acknowledge acknowledgements for ever. */
function noteRecord(turn: Turn, member: Member, { receive, unanswered }: Channel, seq: number, inner: PairInner): void {
  if (isReliable(inner)) {
    noteReceived(turn, member, 'pair', kidNumber(receive.kid), seq);
    return;
  }
  unanswered.add(seq);
  for (const oldest of unanswered) {
    if (unanswered.size <= limits.windowAhead) break;
    unanswered.delete(oldest);
  }
}

function openOrFault(turn: Turn, peer: Peer, member: Member, channel: Channel, bytes: Uint8Array): OpenedPair {
  try {
    return openPair(channel.receive, channel.roomPub, peer.inst, bytes, turn.env.now);
  } catch (error) {
    noteFault(turn, peer, member);
    throw error;
  }
}

/** A record under a session of ours that is not confirmed yet. What overtook CONFIRM waits for it: it will not open a second time. */
function openEarly(turn: Turn, peer: Peer, shake: Extract<Shake, { name: 'proved' }>, bytes: Uint8Array): FrameNews[] {
  const { channel, early } = shake;
  if (early.length >= earlyRecords) throw new ProtocolError('flood', 'too many records before CONFIRM');
  const opened = openPair(channel.receive, channel.roomPub, peer.inst, bytes, turn.env.now);
  if (!opened.fresh) throw new ProtocolError('replayed', 'PAIR opened before');
  const inner = decodePairInner(opened.inner);
  early.push({ seq: opened.seq, inner });
  if (inner.type !== 'confirm') return [];
  const news = proven(turn, peer, confirmed(peer, inner.info), false);
  const member = peer.member ?? peer.outside?.member ?? null;
  if (member === null) return news;
  for (const { seq, inner } of early) {
    noteRecord(turn, member, channel, seq, inner);
    news.push({ type: 'overtook', peer, member, inner });
  }
  return news;
}

export function act(turn: Turn, peer: Peer, member: Member, inner: PairInner): FrameNews[] {
  if (inner.type === 'govern') return heardGovern(turn, peer, member, inner);
  if (peer.outside?.member === member) return actOutside(turn, peer, peer.outside, inner);
  switch (inner.type) {
    case 'confirm':
      return []; // of a handshake that was confirmed already
    case 'skdm':
      heardGeneration(turn, peer, member, inner);
      return [{ type: 'keys', peer, kid: inner.kid }];
    case 'ack':
      heardAck(turn, peer, member, inner.spans);
      return [{ type: 'acknowledged' }];
    case 'ping':
      heardDigest(turn, peer, member, inner.digest);
      sendInner(turn, peer, member, { type: 'pong', digest: myDigest(turn) });
      return [];
    case 'pong':
      heardDigest(turn, peer, member, inner.digest);
      return [];
    case 'diff':
      return [{ type: 'introduced', insts: heardDiff(turn, peer, member, inner), by: peer }];
    case 'rtc':
      heardSignal(turn, peer, member, inner);
      return [{ type: 'path', peer }];
    case 'bind':
      heardBind(turn, peer, member, inner);
      return [{ type: 'path', peer }];
    case 'rekey':
      return proven(turn, peer, heardHandshake(turn, peer, 'rekey', inner.frame), true);
    case 'file':
      turn.out.push({ type: 'file-control', peer: peer.id, control: inner.control });
      return [];
    case 'leave':
      part(turn, peer, 'left');
      return [{ type: 'left', peer }];
    case 'side':
      return forked(heardSide(turn, peer, member, inner));
  }
}

/** Of someone outside only what concerns the door is heard; the rest waits until it is a member, within bounds. */
function actOutside(turn: Turn, peer: Peer, { member, early }: Outside, inner: PairInner): FrameNews[] {
  switch (inner.type) {
    case 'confirm':
      return [];
    case 'ack':
      heardAck(turn, peer, member, inner.spans);
      return [];
    case 'leave':
      return [{ type: 'left', peer }];
    default:
      if (early.length >= earlyRecords) throw new ProtocolError('flood', 'records of someone who is not in');
      early.push(inner);
      return [];
  }
}

/** Records for a part that is still being fetched wait for it. */
function heardGovern(turn: Turn, peer: Peer, member: Member, inner: GovernInner): FrameNews[] {
  const { part, early } = turn.room.govern;
  if (part !== null) return part.heard(turn, peer, member, inner);
  if (early.length >= earlyGovern) throw new ProtocolError('flood', 'too many records for a part that is not here');
  early.push({ peer, inner });
  return [];
}

/** Frames of a member that do not open: lost keys on either side are cured by a new handshake, a liar costs us one a minute. */
function noteFault(turn: Turn, peer: Peer, member: Member): void {
  const { now } = turn.env;
  member.faults.push(now);
  while (member.faults.length > 0 && (member.faults[0] as number) <= now - limits.undecryptableMs) member.faults.shift();
  if (member.faults.length < limits.undecryptableFrames || now < member.reshakeAt) return;
  member.faults.length = 0;
  member.reshakeAt = now + limits.rehandshakeMs;
  beginSoon(turn, peer);
}

// ---------------------------------------------------------------- the group

function heardGroup(turn: Turn, peer: Peer, bytes: Uint8Array, overLink: boolean): FrameNews[] {
  const { member } = peer;
  if (member === null) {
    // Whoever has let us in may speak before we know of it.
    if (peer.outside !== null && turn.room.govern.part?.isOutside(turn)) return hold(turn, peer, bytes, overLink);
    throw new ProtocolError('unexpected', 'GROUP of someone who is no member');
  }
  const author = { roomPub: turn.room.keys.roomPub, inst: peer.inst, staticKey: member.staticKey };
  const opened = openSigned(turn, peer, member, author, bytes);
  if (opened === null) return hold(turn, peer, bytes, overLink);
  heard(turn, peer, member, overLink);
  noteReceived(turn, member, 'group', opened.gen, opened.seq);
  if (!opened.fresh) throw new ProtocolError('replayed', 'GROUP opened before');
  stopTyping(turn, peer, member);
  const spk = member.author.keys.get(opened.gen) as Uint8Array;
  return forked(heardRecord(turn, member.author, opened, spk, null));
}

function forked(proof: ForkProof | null): FrameNews[] {
  return proof === null ? [] : [{ type: 'forked', proof }];
}

/** What was sealed just before the room moved is bound to the room that it moved from. */
function openHereOrBefore({ room, env }: Turn, member: Member, author: Author, bytes: Uint8Array): OpenedGroup | null {
  const ids = room.former === null ? [author.roomPub] : [author.roomPub, ...room.pastIds];
  for (const [i, roomPub] of ids.entries()) {
    try {
      return openGroup(member.receiver, { ...author, roomPub }, bytes, env.now);
    } catch (error) {
      if (i === ids.length - 1 || !(error instanceof ProtocolError) || error.code !== 'unauthentic') throw error;
    }
  }
  return null;
}

/** Misuse is told: a frame that one member made in the name of another cannot happen by accident. */
function openSigned(turn: Turn, peer: Peer, member: Member, author: Author, bytes: Uint8Array): OpenedGroup | null {
  try {
    return openHereOrBefore(turn, member, author, bytes);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'misuse' && !member.misbehaves) {
      member.misbehaves = true;
      tell(turn, { type: 'notice', notice: 'member-misbehaves', peer: peer.id });
    }
    throw error;
  }
}

// ---------------------------------------------------------------- frames whose key is not here yet

function hold(turn: Turn, peer: Peer, bytes: Uint8Array, overLink: boolean): FrameNews[] {
  const { held } = turn.room;
  held.push({ from: peer.id, bytes, overLink, until: turn.env.now + limits.unknownKidMs });
  if (held.length <= limits.unknownKidFrames) return [];
  held.shift();
  throw new ProtocolError('flood', 'too many frames wait for their keys');
}

/** The frames that waited for the key `kid` of `peer`, oldest first. */
export function takeHeld(turn: Turn, peer: Peer, kid: Uint8Array): HeldFrame[] {
  const { held } = turn.room;
  const ready = held.filter((frame) => frame.from === peer.id && equal(frameKid(frame.bytes), kid));
  const rest = held.filter((frame) => !ready.includes(frame));
  held.splice(0, held.length, ...rest);
  return ready;
}

export function dropOldHeld({ room, env }: Turn): void {
  while (room.held.length > 0 && (room.held[0] as HeldFrame).until <= env.now) room.held.shift();
}
