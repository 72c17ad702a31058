/**
 * Our own generations of the group ratchet (protocol.md "Records and ratchets"): everyone holds the key of the current one, a
 * newcomer gets it as it stands (nothing of the past), and a removal, a hundred messages, ten minutes of use, a round of rekeys or
 * an alert leads to a new one before the next send. Lazy: who stays silent pays nothing.
 *
 * Rejected: announcing a new generation at the removal itself; in a room of fifty every departure would cost 49 x 49 frames.
 */
import { announce, type GroupSender, nextGeneration } from '../group/sender.ts';
import { limits } from '../limits.ts';
import { sendInner } from './channel.ts';
import { myDigest } from './roster-check.ts';
import type { Member, Peer, Turn } from './state.ts';

const skdmType = 0x02;

/** Gives one member the key to what we say from now on. */
export function sendGeneration(turn: Turn, peer: Peer, member: Member): void {
  sendInner(turn, peer, member, { type: 'skdm', ...announce(turn.room.sender, myDigest(turn)) });
}

/** A SKDM that this member has not acknowledged. */
export function keysUnderWay({ outgoing }: Member): boolean {
  for (const { inner } of outgoing.unacked.values()) if (inner?.[0] === skdmType) return true;
  return false;
}

/** Called before every send: begins a new generation where one is due, and gives it to everyone. */
export function freshen(turn: Turn): GroupSender {
  const { room, env } = turn;
  const worn =
    room.sender.chain.next >= limits.generationMessages ||
    (room.generationUsedAt > 0 && env.now >= room.generationUsedAt + limits.generationMs);
  if (room.senderStale || worn) {
    nextGeneration(room.sender, env.random);
    room.senderStale = false;
    room.generationUsedAt = 0;
    for (const peer of room.peers.values()) if (peer.member !== null) sendGeneration(turn, peer, peer.member);
  }
  if (room.generationUsedAt === 0) room.generationUsedAt = env.now;
  return room.sender;
}
