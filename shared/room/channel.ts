/**
 * The pairwise channel: sealing what goes through it, and remembering what has not been acknowledged (protocol.md "Delivery").
 *
 * Everything but ACK, PING and PONG is remembered until acknowledged, and sent again unchanged: sealing the same sequence
 * number twice would use a nonce twice. Only a new session seals pairwise content anew, under its own keys and numbers.
 */

import { sealPair } from '../group/record.ts';
import { limits } from '../limits.ts';
import { decodePairInner, encodePairInner, isTyping, type PairInner } from '../wire/peer.ts';
import { carry, expectFrom, reachable } from './reach.ts';
import type { Member, Peer, Turn, Unacked } from './state.ts';

const unreliable: ReadonlySet<PairInner['type']> = new Set(['ack', 'ping', 'pong']);
const linkTypes: ReadonlySet<PairInner['type']> = new Set(['rtc', 'bind']);

// ---------------------------------------------------------------- the pairwise channel

/** Seals `inner` for one member and sends it. */
export function sendInner(turn: Turn, peer: Peer, member: Member, inner: PairInner): void {
  sendEncoded(turn, peer, member, encodePairInner(inner), isReliable(inner));
}

/** Kept until acknowledged, and sent again. */
export function isReliable(inner: PairInner): boolean {
  return !unreliable.has(inner.type) && !(inner.type === 'side' && isTyping(inner));
}

function sendEncoded(turn: Turn, peer: Peer, member: Member, inner: Uint8Array, reliable: boolean): void {
  const { frame, seq } = sealPair(member.channel.send, member.channel.roomPub, turn.room.me.inst, inner, turn.env.random);
  if (reliable) {
    const entry = { bytes: frame, sentAt: turn.env.now, sends: 1, inner, message: null };
    remember(turn, peer, member, unackedKey('pair', kidNumber(member.channel.send.kid), seq), entry);
    expectFrom(turn, peer);
  }
  carry(turn, peer, frame);
}

export function unackedKey(kind: 'pair' | 'group', gen: number, seq: number): string {
  return `${kind} ${gen} ${seq}`;
}

/** ACKs name a pairwise chain by its kid, since chains change at a rekey, and a group chain by its generation. */
export function kidNumber(kid: Uint8Array): number {
  return new DataView(kid.buffer, kid.byteOffset).getUint32(0);
}

// ---------------------------------------------------------------- what is not acknowledged yet

export function remember(turn: Turn, peer: Peer, member: Member, key: string, entry: Unacked): void {
  const { outgoing } = member;
  outgoing.unacked.set(key, entry);
  if (outgoing.resendAt === Number.POSITIVE_INFINITY && reachable(turn, peer))
    outgoing.resendAt = turn.env.now + (limits.resendAfterMs[0] as number);
}

/**
 * A new session: what the old one still had under way goes out again under the new one's keys and numbers. Keys of a generation
 * above all: a newer SKDM would not open what was said since. `link` false leaves out what belongs to a link that is gone.
 */
export function sealAgain(turn: Turn, peer: Peer, member: Member, link: boolean): void {
  for (const [key, { inner }] of [...member.outgoing.unacked]) {
    if (inner === null) continue;
    member.outgoing.unacked.delete(key);
    if (link || !linkTypes.has(decodePairInner(inner).type)) sendEncoded(turn, peer, member, inner, true);
  }
}
