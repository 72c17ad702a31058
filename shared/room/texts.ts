/**
 * Messages of others on their way into the log (protocol.md "Delivery"): parts are joined, the counter gives the place, and numbers
 * that do not come are shown as missing rather than passed over.
 *
 * A gap is normal for a moment, since paths reorder and lost frames are sent again; only one that stays is told, and it is
 * taken back when the frame arrives after all.
 */
import { hex } from '../bytes.ts';
import { joinText, type WholeText } from '../group/assemble.ts';
import { learnGeneration } from '../group/receiver.ts';
import type { OpenedGroup } from '../group/record.ts';
import { limits } from '../limits.ts';
import { decodeGroupInner, type Skdm } from '../wire/peer.ts';
import { tellChanged } from './delivery.ts';
import { acceptLamport, type LogEntry } from './order.ts';
import { heardDigest } from './roster-check.ts';
import { showEntry } from './say.ts';
import type { Member, Numbers, Peer, Turn } from './state.ts';
import type { Message, MessageId, PeerId } from './types.ts';

/** A gap younger than this may still close by itself. */
const gapMs = 6000;
/** Of one member; the oldest are forgotten first. */
const maxGaps = limits.windowAhead;
const keptGenerations = 4;

// ---------------------------------------------------------------- numbers that have not come

/** A generation's numbers begin at `seq` for us; before it there is nothing that we should have. */
function expectFrom({ numbers }: Member, gen: number, seq: number): void {
  if (!numbers.next.has(gen)) numbers.next.set(gen, seq);
  for (const old of numbers.next.keys()) {
    if (numbers.next.size <= keptGenerations) break;
    numbers.next.delete(old);
  }
}

/** The sender says that `gen` went up to `lastSeq`. */
function expectUpTo(turn: Turn, { numbers }: Member, gen: number, lastSeq: number): void {
  const next = numbers.next.get(gen);
  if (next === undefined) return;
  missFrom(turn, numbers, gen, next, lastSeq + 1);
  numbers.next.set(gen, Math.max(next, lastSeq + 1));
}

/** A frame of this number has opened. */
function noteSequence(turn: Turn, { numbers }: Member, gen: number, seq: number): void {
  const next = numbers.next.get(gen);
  if (next === undefined) return;
  missFrom(turn, numbers, gen, next, seq);
  numbers.next.set(gen, Math.max(next, seq + 1));
  numbers.gaps.delete(`${gen} ${seq}`);
}

function missFrom(turn: Turn, { gaps }: Numbers, gen: number, from: number, to: number): void {
  for (let seq = Math.max(from, to - maxGaps); seq < to; seq++) gaps.set(`${gen} ${seq}`, { gen, seq, since: turn.env.now });
  for (const oldest of gaps.keys()) {
    if (gaps.size <= maxGaps) break;
    gaps.delete(oldest);
  }
}

/** Tells, on the first message after each gap that has stayed, how many are missing; takes back what has come. */
export function markGaps(turn: Turn): void {
  for (const { id, member } of turn.room.peers.values()) {
    if (member !== null && (member.numbers.gaps.size > 0 || member.numbers.marked)) markGapsOf(turn, id, member.numbers);
  }
}

function markGapsOf(turn: Turn, id: PeerId, numbers: Numbers): void {
  const stayed = [...numbers.gaps.values()].filter(({ since }) => turn.env.now >= since + gapMs);
  const theirs = turn.room.log.entries.filter(({ message }) => message.from === id);
  numbers.marked = false;
  let counted = 0;
  for (const entry of theirs) {
    const before = stayed.filter(({ gen, seq }) => gen < entry.key.gen || (gen === entry.key.gen && seq < entry.key.seq)).length;
    markEntry(turn, entry, before - counted);
    counted = Math.max(counted, before);
    numbers.marked ||= entry.message.missingBefore !== undefined;
  }
}

function markEntry(turn: Turn, entry: LogEntry, missing: number): void {
  if ((entry.message.missingBefore ?? 0) === Math.max(0, missing)) return;
  const { missingBefore: _, ...message } = entry.message;
  entry.message = missing > 0 ? { ...message, missingBefore: missing } : message;
  tellChanged(turn, message.id, entry);
}

// ---------------------------------------------------------------- keys and texts

/** SKDM: the keys of what this member says from now on. Duplicates are ignored. */
export function heardGeneration(turn: Turn, peer: Peer, member: Member, skdm: Skdm): void {
  heardDigest(turn, peer, member, skdm.digest);
  const newest = member.receiver.generations.at(-1)?.gen ?? 0;
  if (skdm.gen <= newest) return;
  learnGeneration(member.receiver, skdm, turn.env.now);
  if (skdm.previous !== null && newest > 0) {
    if (skdm.gen - 1 > newest) expectFrom(member, skdm.gen - 1, 0); // its keys were lost, and we were there
    expectUpTo(turn, member, skdm.gen - 1, skdm.previous.lastSeq);
  }
  expectFrom(member, skdm.gen, skdm.seq);
}

/** A group frame that opened for the first time. Throws `ProtocolError` for what no honest member seals. */
export function heardText(turn: Turn, peer: Peer, member: Member, opened: Extract<OpenedGroup, { fresh: true }>): void {
  noteSequence(turn, member, opened.gen, opened.seq);
  const { gen, seq, id } = opened;
  const inner = decodeGroupInner(opened.inner);
  if (inner.type === 'file') {
    const { lamport, ageS, offer } = inner;
    showFrom(turn, peer, member, { gen, seq, id, lamport, ageS }, { text: '', file: offer });
    return;
  }
  const whole = joinText(member.unfinished, { ...inner, gen, seq, id });
  if (whole !== null) showFrom(turn, peer, member, whole, { text: whole.text });
}

type Said = Pick<Message, 'text' | 'file'>;

function showFrom(turn: Turn, peer: Peer, member: Member, whole: Omit<WholeText, 'text' | 'parts'>, said: Said): void {
  const { gen, seq } = whole;
  const message = { id: hex(whole.id) as MessageId, from: peer.id, name: member.name, tag: member.tag, ...said };
  const key = { lamport: acceptLamport(turn.room.log, whole.lamport), inst: peer.id, gen, seq };
  showEntry(turn, { message, key, saidAt: turn.env.now - whole.ageS * 1000 });
}
