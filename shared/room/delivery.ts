/**
 * Acknowledging and sending again (protocol.md "Delivery"). One timer a member, as in TCP: what stays unacknowledged is sent
 * again unchanged after 2, 4, 8, 16, 30 s, at once on a new path, and not at all while no path is there.
 * Receipts are gathered for 40 ms; a recognised duplicate is acknowledged again, since the first ACK may be what was lost.
 *
 * What is said of one's own messages is never better than what is known: delivered means acknowledged by everyone it was for.
 */
import { limits } from '../limits.ts';
import type { AckSpan } from '../wire/peer.ts';
import { sendInner, unackedKey } from './channel.ts';
import { findEntry, type LogEntry, shown } from './order.ts';
import { hasLink } from './paths.ts';
import { ask } from './pulse.ts';
import { carryAgain, doubtWays, reachable } from './reach.ts';
import { type DueAcks, type Member, type OwnMessage, type Peer, type Turn, tell } from './state.ts';
import type { Delivery, MessageId, PeerId } from './types.ts';

/** Frames sent again at once; more would flood a path that has just come back. */
const resendBurst = 32;
/** What was sent more recently may still be on its way. */
const roundTripMs = 1000;
/** A frame that a living peer has not acknowledged after so many sends is one it cannot open. Sends into silence do not count. */
const maxSends = 12;
/** A record that was acknowledged later than this after sealing has waited somewhere. */
const lateMs = 3000;
/** Of messages to one person long out of reach, those whose acknowledgement still counts. */
const unackedKept = 2000;
/** In a large room many acknowledge within a moment: how many have a message is told once for all of these. */
const progressMs = 200;
/** Spans of an ACK that still fit its smallest sensible frame. */
const spansPerAck = 32;

// ---------------------------------------------------------------- receipts we owe

export function noteReceived(turn: Turn, { acks }: Member, kind: AckSpan['kind'], gen: number, seq: number): void {
  if (acks.at === Number.POSITIVE_INFINITY) acks.at = turn.env.now + limits.ackDelayMs;
  const last = acks.ranges.at(-1);
  if (last !== undefined && last.kind === kind && last.gen === gen) {
    if (seq === last.from + last.count) {
      last.count++;
      return;
    }
    if (seq >= last.from && seq < last.from + last.count) return; // the copy that came by the other path
  }
  acks.ranges.push({ kind, gen, from: seq, count: 1 });
  if (acks.ranges.length >= spansPerAck) acks.at = turn.env.now;
}

function sendAcks(turn: Turn, peer: Peer, member: Member): void {
  const { acks } = member;
  acks.at = Number.POSITIVE_INFINITY;
  while (acks.ranges.length > 0) sendInner(turn, peer, member, { type: 'ack', spans: acks.ranges.splice(0, spansPerAck) });
}

export function emptyAcks(): DueAcks {
  return { ranges: [], at: Number.POSITIVE_INFINITY };
}

// ---------------------------------------------------------------- receipts we get

export function heardAck(turn: Turn, peer: Peer, member: Member, spans: readonly AckSpan[]): void {
  const { outgoing } = member;
  let progress = false;
  let left: number = limits.ackNumbers;
  for (const span of spans) {
    for (let seq = span.from; seq < span.from + span.count && outgoing.unacked.size > 0 && left > 0; seq++) {
      left--;
      const key = unackedKey(span.kind, span.gen, seq);
      const entry = outgoing.unacked.get(key);
      if (entry === undefined) continue;
      outgoing.unacked.delete(key);
      progress = true;
      if (entry.message === null) continue;
      partArrived(turn, entry.message, peer.id);
      arrivedLate(turn, peer, member, entry.message, seq);
    }
  }
  if (!progress) return;
  outgoing.attempts = 0;
  for (const oldest of outgoing.unacked.values()) {
    // What was lost with a path goes out burst by burst, each when the one before has arrived.
    outgoing.resendAt = oldest.sentAt <= outgoing.lostBefore ? turn.env.now : turn.env.now + (limits.resendAfterMs[0] as number);
    return;
  }
  outgoing.resendAt = Number.POSITIVE_INFINITY;
}

/** Who got it late cannot know how old it is by now: in a room where messages vanish, that is told. */
function arrivedLate(turn: Turn, peer: Peer, member: Member, { entry }: OwnMessage, seq: number): void {
  const [record] = entry.records;
  if (turn.room.vanishMs === Number.POSITIVE_INFINITY || record?.seq !== seq || turn.env.now < record.keptAt + lateMs) return;
  turn.room.side.part?.sendBare(turn, peer, member, record);
}

function partArrived(turn: Turn, message: OwnMessage, peer: PeerId): void {
  const parts = message.waiting.get(peer);
  if (parts === undefined) return;
  if (parts > 1) {
    message.waiting.set(peer, parts - 1);
    return;
  }
  message.waiting.delete(peer);
  message.to++;
  noteDelivery(message);
  if (message.waiting.size === 0) tellChanged(turn, message.entry.message.id, message.entry);
  else tellSoon(turn, message);
}

function tellSoon({ room, env }: Turn, message: OwnMessage): void {
  room.progress.messages.add(message);
  room.progress.at = Math.min(room.progress.at, env.now + progressMs);
}

/** Of those that everybody has by now that is told already. */
export function wakeProgress(turn: Turn): void {
  const { progress } = turn.room;
  if (turn.env.now < progress.at) return;
  for (const { entry, waiting } of progress.messages) if (waiting.size > 0) tellChanged(turn, entry.message.id, entry);
  progress.messages.clear();
  progress.at = Number.POSITIVE_INFINITY;
}

// ---------------------------------------------------------------- sending again

export function deliveryDue({ acks, outgoing }: Member): number {
  return Math.min(acks.at, outgoing.resendAt);
}

export function wakeDelivery(turn: Turn, peer: Peer, member: Member): void {
  if (turn.env.now >= member.acks.at) sendAcks(turn, peer, member);
  if (turn.env.now >= member.outgoing.resendAt) resend(turn, peer, member);
}

/** The path is new or back: do not wait for the timer. */
export function resendSoon(turn: Turn, { outgoing }: Member): void {
  outgoing.attempts = 0;
  outgoing.lostBefore = turn.env.now;
  outgoing.resentAt = 0;
  if (outgoing.unacked.size > 0) outgoing.resendAt = turn.env.now;
}

function resend(turn: Turn, peer: Peer, member: Member): void {
  const { outgoing } = member;
  const steps = limits.resendAfterMs;
  if (!reachable(turn, peer)) {
    outgoing.resendAt = Number.POSITIVE_INFINITY; // until `resendSoon`
    return;
  }
  if (hasLink(member)) ask(turn, peer, member); // in doubt: from here on frames go both ways
  const [oldest] = outgoing.unacked.values();
  // Where the way is new, it has not had its chance yet.
  if (oldest !== undefined && outgoing.lostBefore < turn.env.now - roundTripMs) doubtWays(peer, oldest.sentAt);
  outgoing.lostBefore = Math.max(outgoing.lostBefore, turn.env.now - roundTripMs);
  // Of a peer that has not stirred since the last time, one frame asks whether it is there; the rest would only queue up before it.
  const burst = member.pulse.heardAt >= outgoing.resentAt ? resendBurst : 1;
  let sent = 0;
  for (const [key, entry] of outgoing.unacked) {
    if (sent >= burst) break;
    if (entry.bytes === null || entry.sentAt > outgoing.lostBefore) continue;
    if (entry.sends >= maxSends) {
      outgoing.unacked.delete(key);
      giveUp(turn, entry.message, peer.id);
      continue;
    }
    if (member.pulse.heardAt >= entry.sentAt) entry.sends++;
    entry.sentAt = turn.env.now;
    sent++;
    carryAgain(turn, peer, entry.bytes);
  }
  outgoing.resentAt = turn.env.now;
  const wait = steps[Math.min(outgoing.attempts, steps.length - 1)] as number;
  outgoing.attempts++;
  outgoing.resendAt = outgoing.unacked.size === 0 ? Number.POSITIVE_INFINITY : turn.env.now + wait;
}

/**
 * Keeps what is remembered for one member in bounds. Of someone long out of reach the oldest frames are let go: they are not sent again,
 * but may have been left with the relay, so an acknowledgement that still comes counts, and nothing is called undelivered before.
 */
export function trimOutgoing(turn: Turn, peer: Peer, { outgoing }: Member): void {
  let excess = outgoing.unacked.size - limits.resendFrames;
  for (const [key, entry] of outgoing.unacked) {
    if (excess-- <= 0) return;
    if (entry.inner !== null) continue; // keys and their like
    entry.bytes = null;
    if (entry.message !== null && outgoing.unacked.size <= unackedKept) continue;
    outgoing.unacked.delete(key);
    giveUp(turn, entry.message, peer.id);
  }
}

// ---------------------------------------------------------------- what is said of one's own messages

export function giveUp(turn: Turn, message: OwnMessage | null, peer: PeerId): void {
  if (!message?.waiting.delete(peer)) return;
  noteDelivery(message);
  tellChanged(turn, message.entry.message.id, message.entry);
}

/** A message of ours is gone: nobody is sent it any more, and whoever has not got it learns that its number is no gap. */
export function forgetUnacked(turn: Turn, entry: LogEntry): void {
  for (const peer of turn.room.peers.values()) {
    const { member } = peer;
    if (member === null) continue;
    let waited = false;
    for (const [key, { message }] of [...member.outgoing.unacked]) {
      if (message?.entry !== entry) continue;
      member.outgoing.unacked.delete(key);
      waited = true;
    }
    if (waited) for (const record of entry.records) turn.room.side.part?.sendBare(turn, peer, member, record);
  }
}

export function deliveryOf(message: OwnMessage): Delivery {
  const { to, of } = message;
  if (message.waiting.size > 0 || of === 0) return { state: 'sent', to, of };
  return to === of ? { state: 'delivered', of } : { state: 'undelivered', to, of };
}

function noteDelivery(message: OwnMessage): void {
  const { entry } = message;
  entry.message = { ...entry.message, delivery: deliveryOf(message) };
}

export function tellChanged(turn: Turn, was: MessageId, entry: OwnMessage['entry']): void {
  const place = findEntry(turn.room.log, entry);
  if (place >= 0) tell(turn, { type: 'message-changed', was, message: shown(entry, turn.env.now, turn.room.vanishMs), place });
}
