/**
 * Passing on what others signed (protocol.md "Passing on"), as far as one member may ask for it: so much a minute and no more. Of a record whose
 * content was erased there is still its hash with the signature, from which everyone can tell that its number is no gap.
 */
import { hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Passed, SeqSpan } from '../../wire/passed.ts';
import type { Author, KeptRecord, Member, Peer, Turn } from '../state.ts';
import type { PeerId } from '../types.ts';
import { sendSide } from './send.ts';

const minuteMs = 60_000;
/** Members meet a newcomer at different moments. */
const meetingMs = 3000;

export function passedOf({ gen, seq, spk, saidAt, sig, content, digest }: KeptRecord, now: number): Passed {
  const ageS = Math.max(0, Math.round((now - saidAt) / 1000));
  return { gen, seq, spk, ageS, sig, content, digest: content === null ? digest : null };
}

/** A record without its content: that its number was used, and how old it is. */
export function sendBare(turn: Turn, peer: Peer, member: Member, record: KeptRecord): void {
  const bare = { ...passedOf(record, turn.env.now), content: null, digest: record.digest };
  sendSide(turn, peer, member, { type: 'resend', inst: record.author.inst, record: bare });
}

/** False where this member has been handed enough for now. */
export function mayHandOut(turn: Turn, { handedOut }: Member): boolean {
  if (turn.env.now >= handedOut.since + minuteMs) Object.assign(handedOut, { since: turn.env.now, count: 0 });
  return handedOut.count++ < limits.passedPerMinute;
}

/** What was said before a member came is not for it, whoever it asks: it learns that the number was used, and no more. */
function wasFor({ room }: Turn, { author }: Member, { sealedAt }: KeptRecord): boolean {
  return room.history !== null || sealedAt >= author.metAt - meetingMs;
}

export function heardRequest(turn: Turn, peer: Peer, member: Member, request: { inst: Uint8Array; spans: readonly SeqSpan[] }): void {
  const author = turn.room.authors.get(hex(request.inst) as PeerId);
  for (const record of author?.records.values() ?? []) {
    const { gen, seq } = record;
    if (!request.spans.some((span) => span.gen === gen && seq >= span.from && seq < span.from + span.count)) continue;
    if (!mayHandOut(turn, member)) throw new ProtocolError('flood', 'more records than one member may ask for');
    if (wasFor(turn, member, record))
      sendSide(turn, peer, member, { type: 'resend', inst: record.author.inst, record: passedOf(record, turn.env.now) });
    else sendBare(turn, peer, member, record);
  }
}

/** Asks `peer` for one record, because what it says of it differs from what we have. */
export function askFor(turn: Turn, peer: Peer, member: Member, { inst }: Author, gen: number, seq: number): void {
  sendSide(turn, peer, member, { type: 'resend-request', inst, spans: [{ gen, from: seq, count: 1 }] });
}
