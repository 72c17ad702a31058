/**
 * One record for everyone (protocol.md "Records and ratchets", "Delivery"): sealed once under our generation, sent on every path, kept until
 * everyone has acknowledged it, and kept with its signature to be passed on.
 */
import { sealGroup } from '../group/record.ts';
import { limits } from '../limits.ts';
import type { GroupInner } from '../wire/group.ts';
import { keepRecord } from './authors.ts';
import { remember, unackedKey } from './channel.ts';
import { trimOutgoing } from './delivery.ts';
import { freshen } from './generations.ts';
import { carryToAll, isAsking, isListed, reachable } from './reach.ts';
import type { KeptRecord, OwnMessage, Turn } from './state.ts';

/** Half of what a receiver takes: frames sent again and receipts need room too. */
export const paceMs = 2000 / limits.memberFramesPerSecond;
/** Unacknowledged frames to one person above which new texts wait. */
const windowFrames = limits.resendFrames / 2;

/** Somebody can be reached, and nobody reachable is so far behind that we could not send again what we say now. */
export function canSend(turn: Turn): boolean {
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

/** Seals one record, sends it to everyone, and keeps it until they have it. */
export function sealForAll(turn: Turn, inner: GroupInner, message: OwnMessage | null, saidAt: number): KeptRecord {
  const { room, env } = turn;
  // All parts of a text belong to one generation.
  const sender = inner.type === 'text' && inner.part > 0 ? room.sender : freshen(turn);
  room.myself.keys.set(sender.gen, sender.signer.public);
  const author = { roomPub: room.keys.roomPub, inst: room.me.inst, staticKey: room.me.statics.public };
  const sealed = sealGroup(sender, author, inner, env.random);
  const { frame, gen, seq } = sealed;
  for (const peer of room.peers.values()) {
    if (peer.member === null) continue;
    remember(turn, peer, peer.member, unackedKey('group', gen, seq), { bytes: frame, sentAt: env.now, sends: 1, inner: null, message });
    trimOutgoing(turn, peer, peer.member);
  }
  carryToAll(turn, frame);
  room.sayAt += paceMs;
  return keepRecord(turn, room.myself, sealed, sender.signer.public, saidAt);
}
