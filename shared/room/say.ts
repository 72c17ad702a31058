/**
 * What the person says and does to messages (protocol.md "Messages", "Delivery"): shown at once, unsealed until somebody can be reached,
 * sealed once for everyone. What is typed while alone waits for the first person to come, and is said to that person.
 *
 * A burst is paced to what receivers take from one member, and to what we can send again: the outbox waits, nothing is lost.
 */
import { hex, unhex, utf8 } from '../bytes.ts';
import { splitText } from '../group/assemble.ts';
import { limits } from '../limits.ts';
import { encodeOffer, type FileOffer } from '../wire/file.ts';
import { type GroupInner, isEmoji, type TextPart } from '../wire/group.ts';
import { noteActivity } from './activity.ts';
import { eraseRecords } from './authors.ts';
import { eraseEntry, mark, setText } from './changes.ts';
import { deliveryOf, forgetUnacked, tellChanged } from './delivery.ts';
import { mentioning, mentionOf, whoOf } from './mentions.ts';
import { type LogEntry, moveEntry, nextLamport, type OrderKey, removeEntry } from './order.ts';
import { reachable } from './reach.ts';
import { canSend, paceMs, sealForAll } from './seal.ts';
import { endTyping, seenDelivering } from './sharing.ts';
import { type KeptRecord, type Living, type OwnMessage, type Turn, tell, type Unsaid } from './state.ts';
import { showEntry } from './texts.ts';
import type { Delivery, MessageId, PeerId, SayMore } from './types.ts';

/** Records that may go at once after a pause. */
const paceBurst = limits.memberFramesPerSecond;

// ---------------------------------------------------------------- what the person does

/** Throws `RangeError` for a text that is empty or too long, or one too many to wait: the composer's mistake. */
export function say(turn: Turn, text: string, more: SayMore): void {
  checkText(text);
  utter(turn, { text }, more);
}

/** Offers a file to everyone, as one message. Throws `RangeError` for an offer that nobody would take. */
export function offerFile(turn: Turn, file: FileOffer): void {
  encodeOffer(file);
  utter(turn, { text: '', file }, {});
}

function utter(turn: Turn, said: Pick<LogEntry['message'], 'text' | 'file'>, more: SayMore): void {
  const { me, myself, log } = turn.room;
  checkOutbox(turn);
  const mentions = whoAre(turn, more.mentions ?? []);
  const delivery: Delivery = { state: 'sending', why: whyWaiting(turn) };
  const entry: LogEntry = {
    message: {
      ...{ id: hex(turn.env.random(16)) as MessageId, from: 'me', name: me.name, tag: me.tag, ...said, delivery },
      ...(more.reply === undefined ? {} : { reply: more.reply }),
      ...(more.action ? { action: true } : {}),
      ...mentioning(mentions.map((who) => mentionOf(turn, who))),
    },
    key: keyBeforeSealing(turn.room),
    saidAt: turn.env.now,
    author: myself,
    records: [],
    edit: null,
    reactions: null,
  };
  const reply = more.reply === undefined ? null : (log.byId.get(more.reply) ?? more.reply);
  endTyping(turn.room.presence); // the message says so
  turn.room.outbox.push({ what: 'text', entry, saidAt: turn.env.now, reply, mentions });
  showEntry(turn, entry);
  flushOutbox(turn);
}

/** A message that is gone takes no reaction; that it went in the meantime is nobody's mistake. */
export function react(turn: Turn, id: MessageId, emoji: string, on: boolean): void {
  const { room, env } = turn;
  if (!isEmoji(emoji)) throw new RangeError(`react: not an emoji: ${emoji}`);
  const entry = room.log.byId.get(id);
  if (entry === undefined || entry.message.deleted) return;
  takeBack(room, (unsaid) => unsaid.what === 'react' && unsaid.entry === entry && unsaid.emoji === emoji);
  checkOutbox(turn);
  const key = keyBeforeSealing(room);
  room.outbox.push({ what: 'react', entry, saidAt: env.now, emoji, on, key });
  mark(turn, entry, { author: room.myself, emoji, on, key, record: null });
  tellChanged(turn, id, entry);
  flushOutbox(turn);
}

/** Throws `TypeError` where it is another's message, `RangeError` as `say` does. */
export function edit(turn: Turn, id: MessageId, text: string, people: readonly PeerId[]): void {
  const { room, env } = turn;
  checkText(text);
  const entry = ownEntry(room, id);
  if (entry === null) return;
  const mentions = whoAre(turn, people);
  const waits = room.outbox.findIndex((unsaid) => unsaid.what === 'text' && unsaid.entry === entry);
  if (waits >= 0) {
    // Nobody has it yet, so nobody need know.
    const unsaid = room.outbox[waits] as Extract<Unsaid, { what: 'text' }>;
    room.outbox[waits] = { ...unsaid, mentions };
    setText(turn, entry, text, mentions);
    const { edited: _, ...message } = entry.message;
    entry.message = message;
  } else {
    takeBack(room, (unsaid) => unsaid.what === 'edit' && unsaid.entry === entry);
    checkOutbox(turn);
    const key = keyBeforeSealing(room);
    if (entry.edit !== null) eraseRecords(entry.edit.records);
    entry.edit = { key, records: [] };
    setText(turn, entry, text, mentions);
    room.outbox.push({ what: 'edit', entry, saidAt: env.now, text, mentions, key });
  }
  tellChanged(turn, id, entry);
  flushOutbox(turn);
}

/** Throws `TypeError` where it is another's message. */
export function erase(turn: Turn, id: MessageId): void {
  const { room, env } = turn;
  const entry = ownEntry(room, id);
  if (entry === null) return;
  const unsealed = entry.records.length === 0;
  takeBack(room, (unsaid) => unsaid.entry === entry);
  if (unsealed) {
    removeEntry(room.log, entry);
    tell(turn, { type: 'message-forgotten', id });
    return;
  }
  eraseEntry(room.log, entry);
  forgetUnacked(turn, entry);
  room.outbox.push({ what: 'erase', entry, saidAt: env.now });
  tellChanged(turn, id, entry);
  flushOutbox(turn);
}

/** One's own message of this id; null where it is gone. Throws `TypeError` for another's. */
function ownEntry({ log }: Living, id: MessageId): LogEntry | null {
  const entry = log.byId.get(id);
  if (entry === undefined || entry.message.deleted) return null;
  if (entry.message.from !== 'me') throw new TypeError('only one’s own messages can be changed');
  return entry;
}

function checkText(text: string): void {
  const length = utf8(text).length;
  if (length === 0 || length > limits.textBytes) throw new RangeError(`a text of 1 to ${limits.textBytes} bytes expected, got ${length}`);
}

function checkOutbox({ room }: Turn): void {
  if (room.outbox.length >= limits.outboxMessages) throw new RangeError(`${limits.outboxMessages} messages are waiting already`);
}

function takeBack({ outbox }: Living, which: (unsaid: Unsaid) => boolean): void {
  outbox.splice(0, outbox.length, ...outbox.filter((unsaid) => !which(unsaid)));
}

function whoAre({ room }: Turn, people: readonly PeerId[]): Uint8Array[] {
  const keys = people.map((peer) => room.authors.get(peer)?.staticKey).filter((key) => key !== undefined);
  return keys.slice(0, limits.mentions).map(whoOf);
}

/** After everything sealed, in the order in which it was done. */
function keyBeforeSealing(room: Living): OrderKey {
  return { lamport: Number.POSITIVE_INFINITY, inst: room.me.id, gen: 0, seq: ++room.unsaid };
}

// ---------------------------------------------------------------- the outbox

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
    sealAndSend(turn, room.outbox.shift() as Unsaid);
    room.outboxOpen = canSend(turn);
  }
  retellWaiting(turn);
}

function sealAndSend(turn: Turn, unsaid: Unsaid): void {
  const { room, env } = turn;
  const { entry } = unsaid;
  const place = { lamport: nextLamport(room.log), ageS: Math.min(0xffff, Math.round((env.now - unsaid.saidAt) / 1000)) };
  room.spoken = true;
  noteActivity(turn);
  if (unsaid.what === 'text') {
    sealText(turn, unsaid, place);
    return;
  }
  const target = unhex(entry.message.id);
  if (unsaid.what === 'edit') {
    const parts = partsOf({ text: unsaid.text, edits: target, reply: null, action: false, mentions: unsaid.mentions, ...place });
    const records = parts.map((part) => sealForAll(turn, part, null, unsaid.saidAt));
    if (entry.edit?.key === unsaid.key) entry.edit = { key: keyOf(place.lamport, records), records };
  } else if (unsaid.what === 'react') {
    const { emoji, on, key } = unsaid;
    const record = sealForAll(turn, { type: 'react', ...place, target, emoji, on }, null, unsaid.saidAt);
    for (const [name, word] of entry.reactions ?? [])
      if (word.key === key) entry.reactions?.set(name, { ...word, key: keyOf(place.lamport, [record]), record });
  } else sealForAll(turn, { type: 'erase', ...place, target }, null, unsaid.saidAt);
}

function sealText(
  turn: Turn,
  { entry, reply, mentions }: Extract<Unsaid, { what: 'text' }>,
  place: { lamport: number; ageS: number },
): void {
  const { room } = turn;
  const { text, file, action } = entry.message;
  const answered = typeof reply === 'string' || reply === null ? reply : reply.message.id;
  const said = { text, edits: null, reply: answered === null ? null : unhex(answered), action: action === true, mentions };
  const inners: GroupInner[] = file === undefined ? partsOf({ ...said, ...place }) : [{ type: 'file', ...place, offer: file }];
  const message: OwnMessage = { entry, waiting: new Map(), of: 0, to: 0 };
  for (const { id, member } of room.peers.values()) {
    if (member === null || !seenDelivering(room, member)) continue;
    message.waiting.set(id, inners.length);
    message.of++;
  }
  const records = inners.map((inner) => sealForAll(turn, inner, message, entry.saidAt));
  const was = entry.message.id;
  entry.records = records;
  entry.message = { ...entry.message, delivery: deliveryOf(message), ...(answered === null ? {} : { reply: answered }) };
  moveEntry(room.log, entry, keyOf(place.lamport, records), hex((records[0] as KeptRecord).id) as MessageId);
  tellChanged(turn, was, entry);
}

function partsOf({ text, ...first }: Omit<TextPart, 'type' | 'part' | 'parts' | 'bytes'> & { text: string }): TextPart[] {
  const texts = splitText(text);
  const rest = { ...first, reply: null, action: false, mentions: [] };
  return texts.map((bytes, part) => ({ type: 'text', ...(part === 0 ? first : rest), part, parts: texts.length, bytes }));
}

function keyOf(lamport: number, records: readonly KeptRecord[]): OrderKey {
  const { author, gen, seq } = records[0] as KeptRecord;
  return { lamport, inst: author.id, gen, seq };
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
  for (const { what, entry } of turn.room.outbox) {
    const { delivery } = entry.message;
    if (what !== 'text' || delivery?.state !== 'sending' || delivery.why === why) continue;
    entry.message = { ...entry.message, delivery: { state: 'sending', why } };
    tellChanged(turn, entry.message.id, entry);
  }
}
