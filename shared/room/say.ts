/**
 * One's own messages (protocol.md "Delivery"): shown at once, unsealed until somebody can be reached, sealed once for everyone.
 * What is typed while alone waits for the first person to come, and is said to that person.
 *
 * A burst is paced to what receivers take from one member, and to what we can send again: the outbox waits, nothing is lost.
 */
import { hex, utf8 } from '../bytes.ts';
import { splitText } from '../group/assemble.ts';
import { sealGroup } from '../group/record.ts';
import { limits } from '../limits.ts';
import { encodeOffer, type FileOffer } from '../wire/file.ts';
import type { GroupInner } from '../wire/peer.ts';
import { remember, unackedKey } from './channel.ts';
import { deliveryOf, tellChanged, trimOutgoing } from './delivery.ts';
import { freshen } from './generations.ts';
import { insertEntry, type LogEntry, messageEvent, moveEntry, nextLamport } from './order.ts';
import { countMembers } from './people.ts';
import { carryToAll, isAsking, isListed, reachable } from './reach.ts';
import { type Living, type OwnMessage, type Turn, tell } from './state.ts';
import type { Delivery, MessageId } from './types.ts';

/** Half of what a receiver takes: frames sent again and receipts need room too. */
const paceMs = 2000 / limits.memberFramesPerSecond;
/** Frames that may go at once after a pause. */
const paceBurst = limits.memberFramesPerSecond;
/** Unacknowledged frames to one person above which new texts wait. */
const windowFrames = limits.resendFrames / 2;

/** Throws `RangeError` for a text that is empty or too long, or one too many to wait: the composer's mistake. */
export function say(turn: Turn, text: string): void {
  const length = utf8(text).length;
  if (length === 0 || length > limits.textBytes)
    throw new RangeError(`say: a text of 1 to ${limits.textBytes} bytes expected, got ${length}`);
  utter(turn, { text });
}

/** Offers a file to everyone, as one message. Throws `RangeError` for an offer that nobody would take. */
export function offerFile(turn: Turn, file: FileOffer): void {
  encodeOffer(file);
  utter(turn, { text: '', file });
}

function utter(turn: Turn, said: Pick<LogEntry['message'], 'text' | 'file'>): void {
  const { me, outbox } = turn.room;
  if (outbox.length >= limits.outboxMessages) throw new RangeError(`say: ${limits.outboxMessages} messages are waiting already`);
  const delivery: Delivery = { state: 'sending', why: whyWaiting(turn) };
  const entry: LogEntry = {
    message: { id: hex(turn.env.random(16)) as MessageId, from: 'me', name: me.name, tag: me.tag, ...said, delivery },
    key: { lamport: Number.POSITIVE_INFINITY, inst: me.id, gen: 0, seq: (outbox.at(-1)?.key.seq ?? 0) + 1 },
    saidAt: turn.env.now,
  };
  outbox.push(entry);
  showEntry(turn, entry);
  flushOutbox(turn);
}

/** Puts a message in its place and tells the view. */
export function showEntry(turn: Turn, entry: LogEntry): void {
  const { place, forgotten } = insertEntry(turn.room.log, entry);
  for (const id of forgotten) tell(turn, { type: 'message-forgotten', id });
  tell(turn, messageEvent(entry, place, turn.env.now));
}

export function outboxDue(room: Living): number {
  if (room.outbox.length === 0) return Number.POSITIVE_INFINITY;
  if (room.outboxOpen) return room.sayAt;
  return room.sayFrom;
}

/** Seals and sends what may go now; of what must wait, tells why. Called whenever somebody may have become reachable. */
export function flushOutbox(turn: Turn): void {
  const { room, env } = turn;
  if (room.outbox.length === 0) return;
  if (env.now >= room.sayFrom) room.sayFrom = Number.POSITIVE_INFINITY;
  room.sayAt = Math.max(room.sayAt, env.now - paceBurst * paceMs);
  room.outboxOpen = canSend(turn);
  while (room.outbox.length > 0 && env.now >= room.sayAt && room.outboxOpen) {
    sealAndSend(turn, room.outbox.shift() as LogEntry);
    room.outboxOpen = canSend(turn);
  }
  retellWaiting(turn);
}

/** Somebody can be reached, and nobody reachable is so far behind that we could not send again what we say now. */
function canSend(turn: Turn): boolean {
  if (turn.room.govern.part?.holdsBack(turn)) return false;
  let anyone = false;
  const meeting = turn.room.phase === 'joining' && turn.room.sayFrom !== Number.POSITIVE_INFINITY;
  if (meeting && isAsking(turn)) return false;
  for (const peer of turn.room.peers.values()) {
    // A newcomer's first words are for everyone who was here, not only for whoever was quickest to shake hands.
    if (meeting && peer.member === null && isListed(peer)) return false;
    if (peer.member === null || !reachable(turn, peer)) continue;
    // Who is there and slow holds us back; who has fallen silent must not keep the others from talking.
    const stirred = turn.env.now - peer.member.pulse.heardAt < limits.handshakeSilenceMs;
    if (stirred && peer.member.outgoing.unacked.size >= windowFrames) return false;
    anyone = true;
  }
  return anyone;
}

function sealAndSend(turn: Turn, entry: LogEntry): void {
  const { room, env } = turn;
  const sender = freshen(turn);
  const lamport = nextLamport(room.log);
  const ageS = Math.min(0xffff, Math.round((env.now - entry.saidAt) / 1000));
  const inners = innersOf(entry, lamport, ageS);
  const message: OwnMessage = { entry, waiting: new Map(), of: countMembers(turn), to: 0 };
  for (const { id, member } of room.peers.values()) if (member !== null) message.waiting.set(id, inners.length);
  const author = { roomPub: room.keys.roomPub, inst: room.me.inst, staticKey: room.me.statics.public };
  const frames = inners.map((inner) => sealGroup(sender, author, inner, env.random));
  const first = frames[0] as (typeof frames)[number];
  for (const { frame, gen, seq } of frames) {
    for (const peer of room.peers.values()) {
      if (peer.member === null) continue;
      remember(turn, peer, peer.member, unackedKey('group', gen, seq), { bytes: frame, sentAt: env.now, sends: 1, inner: null, message });
      trimOutgoing(turn, peer, peer.member);
    }
    carryToAll(turn, frame);
  }
  room.spoken = true;
  room.sayAt += paceMs * frames.length;
  const was = entry.message.id;
  entry.message = { ...entry.message, id: hex(first.id) as MessageId, delivery: deliveryOf(message) };
  moveEntry(room.log, entry, { lamport, inst: room.me.id, gen: first.gen, seq: first.seq });
  tellChanged(turn, was, entry);
}

function innersOf({ message: { text, file } }: LogEntry, lamport: number, ageS: number): GroupInner[] {
  if (file !== undefined) return [{ type: 'file', lamport, ageS, offer: file }];
  const parts = splitText(text);
  return parts.map((bytes, part) => ({ type: 'text', lamport, ageS, part, parts: parts.length, bytes }));
}

// ---------------------------------------------------------------- what is said of texts that wait

type Waiting = Extract<Delivery, { state: 'sending' }>['why'];

function whyWaiting(turn: Turn): Waiting {
  let people = 0;
  for (const peer of turn.room.peers.values()) {
    if (peer.member === null) continue;
    if (reachable(turn, peer)) return 'handing-over';
    people++;
  }
  return people > 0 ? 'no-path' : 'nobody-here';
}

export function retellWaiting(turn: Turn): void {
  const why = whyWaiting(turn);
  for (const entry of turn.room.outbox) {
    const { delivery } = entry.message;
    if (delivery?.state !== 'sending' || delivery.why === why) continue;
    entry.message = { ...entry.message, delivery: { state: 'sending', why } };
    tellChanged(turn, entry.message.id, entry);
  }
}
