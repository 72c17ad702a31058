/**
 * Passing records on (protocol.md "Passing on"): what an author signed can come from any member who has it, and whoever knows the author's
 * key of that generation can tell that nothing was changed. Asked for are numbers that have not come although their author, or a
 * SYNC, says that they were used: after two seconds where the author has left, after eight where it may still send them itself.
 * Nothing is taken in that was not missing.
 */
import { equal, hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { type ForkProof, verifiedId } from '../../group/signed.ts';
import { limits } from '../../limits.ts';
import { sha256 } from '../../primitives.ts';
import type { Passed, SeqSpan } from '../../wire/passed.ts';
import { isDeparted, recordKey } from '../authors.ts';
import { reachable } from '../reach.ts';
import { heardRecord } from '../records.ts';
import type { Author, Member, Peer, Turn } from '../state.ts';
import type { PeerId } from '../types.ts';
import { sendSide } from './send.ts';

const askDepartedMs = 2000;
const askPresentMs = 8000;

// ---------------------------------------------------------------- taking in

/** A record that `peer` passes on. Returns the proof where it contradicts what we have. Throws `ProtocolError`. */
export function heardResend(turn: Turn, member: Member, resend: { inst: Uint8Array; record: Passed }): ForkProof | null {
  const { record } = resend;
  const author = turn.room.authors.get(hex(resend.inst) as PeerId);
  if (author === undefined || author === turn.room.myself) throw new ProtocolError('unexpected', 'a record of no author we know');
  const byAuthor = author === member.author;
  const key = recordKey(record.gen, record.seq);
  if (!byAuthor && !author.records.has(key) && !author.numbers.gaps.has(key))
    throw new ProtocolError('unexpected', 'a record that was not missing');
  const known = author.keys.get(record.gen);
  // Of a generation whose keys never reached us, and whose author is gone, the word of the one who has them is all there is.
  if (known === undefined ? !isDeparted(author) : !equal(known, record.spk))
    throw new ProtocolError('unauthentic', 'a record under a key that is not its author’s');
  const how = byAuthor ? null : { by: member.name, verified: known !== undefined, history: false };
  return takePassed(turn, author, record, { how, saidAt: turn.env.now - record.ageS * 1000, byAuthor });
}

/** Verifies and takes in one record under the key it came with. */
export function takePassed(turn: Turn, author: Author, record: Passed, passing: Parameters<typeof heardRecord>[4]): ForkProof | null {
  const { gen, seq, sig, content, spk } = record;
  const digest = content === null ? (record.digest as Uint8Array) : sha256(content);
  const { inst, staticKey } = author;
  let id: Uint8Array | null = null;
  for (const roomPub of [turn.room.keys.roomPub, ...turn.room.pastIds]) {
    id ??= verifiedId({ roomPub, inst, staticKey }, spk, { gen, seq, digest, sig });
  }
  if (id === null) throw new ProtocolError('unauthentic', 'a record that its author did not sign');
  return heardRecord(turn, author, { gen, seq, id, digest, sig, content }, spk, passing);
}

// ---------------------------------------------------------------- asking

/** Now and then: asks somebody for what has been missing for too long. */
export function askForMissing(turn: Turn): void {
  const { room, env } = turn;
  for (const author of room.authors.values()) {
    const { gaps } = author.numbers;
    if (gaps.size === 0) author.asked = 0;
    if (gaps.size === 0 || env.now < author.askAt) continue;
    const patience = isDeparted(author) ? askDepartedMs : askPresentMs;
    const due = [...gaps.values()].filter(({ since }) => env.now >= since + patience && env.now < since + limits.keptRecordMs);
    if (due.length > 0) askSomebody(turn, author, spansOf(due));
  }
}

/** Whoever said that it has it, then one after the other, the author itself last: it sends on its own. */
function askSomebody(turn: Turn, author: Author, spans: readonly SeqSpan[]): void {
  const { room, env } = turn;
  const holder = room.sync.holders.get(author.id);
  const rank = ({ id }: Peer) => (id === holder ? 0 : id === author.id ? 2 : 1);
  const members = [...room.peers.values()].filter((peer) => peer.member !== null && reachable(turn, peer));
  members.sort((a, b) => rank(a) - rank(b));
  const round = Math.floor(author.asked / Math.max(1, members.length));
  const peer = members[author.asked % Math.max(1, members.length)];
  author.askAt = env.now + Math.min(limits.syncMs, 2000 * 2 ** round);
  author.asked++;
  if (peer?.member) sendSide(turn, peer, peer.member, { type: 'resend-request', inst: author.inst, spans });
}

function spansOf(gaps: readonly { gen: number; seq: number }[]): SeqSpan[] {
  const spans: { gen: number; from: number; count: number }[] = [];
  for (const { gen, seq } of gaps.toSorted((a, b) => a.gen - b.gen || a.seq - b.seq)) {
    const last = spans.at(-1);
    if (last !== undefined && last.gen === gen && last.from + last.count === seq) last.count++;
    else spans.push({ gen, from: seq, count: 1 });
  }
  return spans.slice(0, limits.resendSpans);
}
