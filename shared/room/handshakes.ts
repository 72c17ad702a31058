/**
 * Handshakes with every peer (protocol.md "Handshake"): who begins, how many at once, what is sent again, what silence means.
 * A newcomer begins with everyone the relay listed; where two begin at once, or the newcomer stays silent, the smaller instance
 * begins. The timed rekey is the same machine with its frames inside the pairwise channel.
 *
 * Every failure is silent and leaves the pair as it was, with one exception: an HS3 that does not open in a room with a password
 * ends that exchange, because it was a guess, and guesses are counted. Frames are sent again unchanged, since a socket that
 * dies takes what it carried with it; a repeated HS1 gets the same HS2, so repeating it teaches nothing and costs no key.
 */
import { equal, hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { createReceiveChain, createSendChain, wipeReceiveChain, wipeSendChain } from '../group/chain.ts';
import { handshakeTypes } from '../handshake/frame.ts';
import {
  abandon,
  answer,
  initiate,
  type PairSetup,
  type Purpose,
  type Responder,
  readSecond,
  readThird,
  resumeWith,
  type Session,
  wipeSession,
} from '../handshake/pairwise.ts';
import { limits } from '../limits.ts';
import { sendInner } from './channel.ts';
import { myInfo } from './info.ts';
import { canReach, isSeated, relayBack, relayEveryWay } from './reach.ts';
import { type Channel, type Living, type Peer, type Shake, type Turn, tell } from './state.ts';

/** A session whose peer has proven that it holds the invite (and the password), and what it said of itself. */
export interface Proven {
  readonly channel: Channel;
  readonly info: Uint8Array;
  readonly purpose: Purpose;
}

/** In a room with a password: how long whoever answered HS1 may take to answer HS3. */
const confirmMs = 5000;
/** Attempts to meet someone by the session before, between one by the invite alone. */
export const movesTried = 3;
/** First wait before a handshake frame is sent again; doubles. */
const resendMs = 1500;
/** The other side of a glare waits a little longer than the side that should begin. */
const secondSilenceMs = 2 * limits.handshakeSilenceMs;

// ---------------------------------------------------------------- beginning

/** Begins handshakes that are due, as many as may be in flight. */
export function wakeHandshakes(turn: Turn): void {
  const { now } = turn.env;
  let inFlight = 0;
  for (const peer of turn.room.peers.values()) {
    repeatOrGiveUp(turn, peer);
    if (peer.shake.name === 'asked' || peer.shake.name === 'proved') inFlight++;
  }
  for (const peer of turn.room.peers.values()) {
    if (peer.shake.name !== 'rest' || peer.shake.startAt > now || !canReach(turn.room, peer)) continue;
    if (inFlight >= limits.handshakesInFlight || guessesLeft(turn) === 0) return;
    if (!mayMeet(turn, peer)) {
      peer.shake = { name: 'rest', startAt: now + limits.handshakeSilenceMs / 10 };
      continue;
    }
    begin(turn, peer, meetingPurpose(peer));
    inFlight++;
  }
}

/** Someone who came along when the room moved is met by what we share; anyone else by the invite. */
function meetingPurpose({ member, failures }: Peer): 'join' | 'move' {
  // Whoever has forgotten us meanwhile is met anew: the static key is what was verified, and it is proven either way.
  return member?.moving?.due && failures % (movesTried + 1) < movesTried ? 'move' : 'join';
}

/** After a move the password's secret is made anew, and newcomers wait for that. */
function mayMeet({ room }: Turn, peer: Peer): boolean {
  return meetingPurpose(peer) === 'move' || room.password === null || room.password.prs.length > 0;
}

/** `beginAt`: see `placeDue`. */
export function shakeDue(state: Living, peer: Peer, beginAt: number): number {
  const { shake } = peer;
  if (shake.name !== 'rest') return Math.min(shake.giveUpAt, shake.resendAt);
  return canReach(state, peer) ? Math.max(shake.startAt, beginAt) : Number.POSITIVE_INFINITY;
}

/** When a handshake could begin at all: Infinity while all places are taken or there is no seat, whose coming wakes it up anyway. */
export function placeDue(state: Living): number {
  const { peers, password } = state;
  if (!isSeated(state)) return Number.POSITIVE_INFINITY;
  let inFlight = 0;
  for (const { shake } of peers.values()) if (shake.name === 'asked' || shake.name === 'proved') inFlight++;
  if (inFlight >= limits.handshakesInFlight) return Number.POSITIVE_INFINITY;
  const { failures } = password ?? { failures: [] };
  return failures.length < limits.passwordGuessesPerMember ? 0 : (failures[0] as number) + limits.passwordGuessWindowMs;
}

export function begin(turn: Turn, peer: Peer, purpose: Purpose): void {
  const { frame, initiator } = initiate(setupFor(turn, peer, purpose));
  peer.shake = { name: 'asked', purpose, initiator, ...carried(turn, frame, limits.handshakeMs) };
  send(turn, peer, purpose, frame);
}

function setupFor(turn: Turn, peer: Peer, purpose: Purpose): PairSetup {
  const { me, keys, password } = turn.room;
  const common = {
    opts: keys.opts,
    roomPub: keys.roomPub,
    statics: me.statics,
    inst: me.inst,
    peerInst: peer.inst,
    random: turn.env.random,
  };
  if (purpose === 'join') return { ...common, purpose, psk0: keys.psk0, password, resume: null };
  if (peer.member === null) throw new ProtocolError('unexpected', 'rekey without a session');
  if (purpose === 'move') {
    const resumes = peer.member.moving?.resumes ?? [];
    const resume = resumes[peer.failures % resumes.length];
    if (resume === undefined) throw new ProtocolError('unexpected', 'a move without a session');
    return { ...common, purpose, psk0: keys.psk0, password: null, resume };
  }
  const { rekey0, resume } = peer.member.channel.session;
  return { ...common, purpose, psk0: rekey0.slice(), password: null, resume: resume.slice() };
}

function carried(turn: Turn, frame: Uint8Array, withinMs: number) {
  return { frame, startedAt: turn.env.now, giveUpAt: turn.env.now + withinMs, resendAt: turn.env.now + resendMs };
}

function send(turn: Turn, peer: Peer, purpose: Purpose, frame: Uint8Array): void {
  if (purpose !== 'rekey') relayBack(turn, peer, frame);
  else if (peer.member !== null) sendInner(turn, peer, peer.member, { type: 'rekey', frame });
}

// ---------------------------------------------------------------- the three messages

/** One handshake frame from `peer`. Returns the session once the responder has it. Throws `ProtocolError`; then nothing has changed. */
export function heardHandshake(turn: Turn, peer: Peer, purpose: Purpose, frame: Uint8Array): Proven | null {
  switch (frame[0]) {
    case handshakeTypes.first:
      if (purpose !== 'join' || !peer.member?.moving || !heardMoved(turn, peer, frame)) heardFirst(turn, peer, purpose, frame);
      return null;
    case handshakeTypes.second:
      heardSecond(turn, peer, answeredPurpose(peer, purpose), frame);
      return null;
    case handshakeTypes.third:
      return heardThird(turn, peer, answeredPurpose(peer, purpose), frame);
    default:
      throw new ProtocolError('unknown-type', `handshake frame ${frame[0]}`);
  }
}

/** What the relay brings answers whichever of the two exchanges by the relay is under way. */
function answeredPurpose({ shake }: Peer, purpose: Purpose): Purpose {
  return purpose === 'join' && shake.name !== 'rest' && shake.purpose === 'move' ? 'move' : purpose;
}

/** HS1 of someone who came along when the room moved. False where it is none. */
function heardMoved(turn: Turn, peer: Peer, frame: Uint8Array): boolean {
  try {
    heardFirst(turn, peer, 'move', frame);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'unauthentic') return false;
    throw error;
  }
}

function heardFirst(turn: Turn, peer: Peer, purpose: Purpose, bytes: Uint8Array): void {
  const { room, env } = turn;
  const { shake } = peer;
  if (shake.name === 'answered' && equal(shake.request, bytes)) {
    send(turn, peer, shake.purpose, shake.frame); // our HS2 was lost
    return;
  }
  const ephemeral = hex(bytes.subarray(9, 41)); // behind type and hsId
  if (room.seenEphemerals.has(ephemeral)) throw new ProtocolError('replayed', 'HS1 seen before');
  const beginsHere = shake.name === 'asked' || shake.name === 'proved';
  if (beginsHere && room.me.id < peer.id) throw new ProtocolError('unexpected', 'glare: ours goes on');
  if (shake.name === 'answered' && env.now < shake.startedAt + resendMs) throw new ProtocolError('flood', 'a second HS1 at once');
  if (shake.name !== 'answered' && pendingAnswers(turn) >= limits.pendingResponders)
    throw new ProtocolError('flood', 'too many handshakes pending');
  if (purpose === 'join' && turn.room.password?.prs.length === 0) throw new ProtocolError('unexpected', 'the password is not ready yet');
  if (purpose === 'join' && guessesLeft(turn) === 0) throw new ProtocolError('flood', 'too many wrong passwords');
  const { frame, responder } = answer(setupFor(turn, peer, purpose), bytes);
  rememberEphemeral(turn, ephemeral);
  peer.shake = {
    name: 'answered',
    purpose,
    request: bytes.slice(),
    responder,
    ...carried(turn, frame, limits.handshakeMs),
    resendAt: Number.POSITIVE_INFINITY,
  };
  send(turn, peer, purpose, frame);
}

function heardSecond(turn: Turn, peer: Peer, purpose: Purpose, bytes: Uint8Array): void {
  const { shake } = peer;
  if (shake.name !== 'asked' || shake.purpose !== purpose) throw new ProtocolError('unexpected', 'HS2 without an HS1 of ours');
  const { frame, session } = readSecond(shake.initiator, bytes, myInfo(turn));
  // Whoever answered is awake: in a room with a password its silence now means that the password was wrong.
  const withinMs = usesPassword(turn, purpose) ? confirmMs : limits.handshakeMs;
  peer.shake = { name: 'proved', purpose, channel: channelOf(turn, session), early: [], ...carried(turn, frame, withinMs) };
  send(turn, peer, purpose, frame);
}

function heardThird(turn: Turn, peer: Peer, purpose: Purpose, bytes: Uint8Array): Proven {
  const { shake } = peer;
  if (shake.name !== 'answered' || shake.purpose !== purpose) throw new ProtocolError('unexpected', 'HS3 without an HS2 of ours');
  try {
    const { session, info } = readResumed(peer, purpose, shake.responder, bytes);
    rest(peer);
    return { channel: channelOf(turn, session), info, purpose };
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'wrong-password' && usesPassword(turn, purpose)) {
      abandonShake(peer);
      countGuess(turn);
    }
    throw error;
  }
}

/**
 * After a move two pages may remember different sessions as their last, where a rekey was under way. The responder tries those it has;
 * the initiator tries another in its next attempt.
 */
function readResumed(peer: Peer, purpose: Purpose, responder: Responder, bytes: Uint8Array): ReturnType<typeof readThird> {
  const resumes = purpose === 'move' ? (peer.member?.moving?.resumes ?? []) : [];
  for (const [i, resume] of resumes.entries()) {
    try {
      return readThird(resumeWith(responder, resume), bytes);
    } catch (error) {
      const other = error instanceof ProtocolError && error.code === 'wrong-password' && i < resumes.length - 1;
      if (!other) throw error;
    }
  }
  return readThird(responder, bytes);
}

/** CONFIRM opened under the session of `proved`: the initiator has it too. */
export function confirmed(peer: Peer, info: Uint8Array): Proven {
  const { shake } = peer;
  if (shake.name !== 'proved') throw new ProtocolError('unexpected', 'CONFIRM without an HS3 of ours');
  rest(peer);
  return { channel: shake.channel, info, purpose: shake.purpose };
}

function pendingAnswers(turn: Turn): number {
  let count = 0;
  for (const { shake } of turn.room.peers.values()) if (shake.name === 'answered') count++;
  return count;
}

function rememberEphemeral(turn: Turn, ephemeral: string): void {
  const { seenEphemerals } = turn.room;
  seenEphemerals.add(ephemeral);
  for (const oldest of seenEphemerals) {
    if (seenEphemerals.size <= limits.seenEphemerals) break;
    seenEphemerals.delete(oldest);
  }
}

function channelOf({ room }: Turn, session: Session): Channel {
  const chains = { send: createSendChain(session.sendChain), receive: createReceiveChain(session.receiveChain) };
  return { roomPub: room.keys.roomPub, session, ...chains, unanswered: new Set() };
}

// ---------------------------------------------------------------- waiting

function rest(peer: Peer): void {
  peer.failures = 0;
  peer.shake = { name: 'rest', startAt: Number.POSITIVE_INFINITY };
}

function repeatOrGiveUp(turn: Turn, peer: Peer): void {
  const { shake } = peer;
  if (shake.name === 'rest') return;
  if (turn.env.now >= shake.giveUpAt) failed(turn, peer);
  else if (turn.env.now >= shake.resendAt) repeat(turn, peer);
}

/** Sends the last frame again, unchanged: on a new socket, or because no answer has come. */
export function repeat(turn: Turn, peer: Peer): void {
  const { shake } = peer;
  if (shake.name === 'rest') return;
  if (shake.name !== 'answered') shake.resendAt = turn.env.now + Math.max(resendMs, turn.env.now - shake.startedAt);
  // Inside the pairwise channel frames are repeated by the channel itself.
  if (shake.purpose !== 'rekey') relayEveryWay(turn, peer, shake.frame);
}

function failed(turn: Turn, peer: Peer): void {
  const { shake } = peer;
  if (shake.name === 'proved' && usesPassword(turn, shake.purpose) && canReach(turn.room, peer)) countGuess(turn);
  const steps = limits.handshakeBackoffMs;
  const wait = steps[Math.min(peer.failures, steps.length - 1)] as number;
  peer.failures++;
  if (shake.name !== 'rest') forget(shake);
  peer.shake = {
    name: 'rest',
    startAt:
      shake.name === 'answered' || (peer.member !== null && !peer.member.moving?.due) ? Number.POSITIVE_INFINITY : turn.env.now + wait,
  };
}

/** Leaves the beginning to the other side, and takes it over when that stays silent. */
export function awaitPeer(turn: Turn, peer: Peer): void {
  if (peer.shake.name !== 'rest' || peer.outside !== null || (peer.member !== null && !peer.member.moving?.due)) return;
  const silenceMs = turn.room.me.id < peer.id ? limits.handshakeSilenceMs : secondSilenceMs;
  peer.shake = { name: 'rest', startAt: Math.min(peer.shake.startAt, turn.env.now + silenceMs) };
}

/** Begins as soon as there is a place. */
export function beginSoon(turn: Turn, peer: Peer): void {
  if (peer.shake.name === 'rest') peer.shake = { name: 'rest', startAt: turn.env.now };
}

function forget(shake: Exclude<Shake, { name: 'rest' }>): void {
  if (shake.name === 'asked') abandon(shake.initiator);
  else if (shake.name === 'answered') abandon(shake.responder);
  else wipeChannel(shake.channel);
}

/** Wipes a session and its chains. */
export function wipeChannel({ session, send, receive }: Channel): void {
  wipeSession(session);
  wipeSendChain(send);
  wipeReceiveChain(receive);
}

/** Drops a handshake under way, and its secrets. */
export function abandonShake(peer: Peer): void {
  if (peer.shake.name !== 'rest') forget(peer.shake);
  peer.shake = { name: 'rest', startAt: Number.POSITIVE_INFINITY };
}

// ---------------------------------------------------------------- guesses at the password

function usesPassword(turn: Turn, purpose: Purpose): boolean {
  return purpose === 'join' && turn.room.password !== null;
}

/** How many more wrong passwords this page takes part in within the window; Infinity in a room without one. */
export function guessesLeft(turn: Turn): number {
  const { password } = turn.room;
  if (password === null) return Number.POSITIVE_INFINITY;
  while (password.failures.length > 0 && (password.failures[0] as number) + limits.passwordGuessWindowMs <= turn.env.now)
    password.failures.shift();
  return Math.max(0, limits.passwordGuessesPerMember - password.failures.length);
}

/** One exchange that could have told a stranger whether a guess was right. */
function countGuess(turn: Turn): void {
  turn.room.password?.failures.push(turn.env.now);
  turn.room.govern.part?.guessed(turn);
  tell(turn, { type: 'password-refused', guessesLeft: guessesLeft(turn) });
}
