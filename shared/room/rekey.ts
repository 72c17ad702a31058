/**
 * The timed rekey (protocol.md "Records and ratchets"): every 20 minutes the smaller instance of a pair runs the handshake again
 * inside the pairwise channel. Whoever stole all keys and did not stand in the middle of it reads nothing afterwards, once the
 * next generation has been handed out under the new keys.
 */
import { limits } from '../limits.ts';
import { begin } from './handshakes.ts';
import { isStale } from './pulse.ts';
import { reachable } from './reach.ts';
import type { Living, Member, Peer, Turn } from './state.ts';

export function rekeyDue(state: Living, { id, shake }: Peer, { rekeyAt, moving }: Member): number {
  return state.me.id < id && shake.name === 'rest' && !moving?.due ? rekeyAt : Number.POSITIVE_INFINITY;
}

export function wakeRekeys(turn: Turn): void {
  const { room, env } = turn;
  let inFlight = 0;
  for (const { shake } of room.peers.values()) if (shake.name !== 'rest' && shake.purpose === 'rekey') inFlight++;
  for (const peer of room.peers.values()) {
    const { member } = peer;
    if (member === null || member.moving?.due || env.now < rekeyDue(room, peer, member)) continue;
    // Tried again soon: whoever sleeps now wakes some time, and then its turn comes.
    member.rekeyAt = env.now + limits.pingMs;
    if (inFlight >= limits.rekeysInFlight || isStale(turn, member) || !reachable(turn, peer)) continue;
    begin(turn, peer, 'rekey');
    inFlight++;
  }
}
