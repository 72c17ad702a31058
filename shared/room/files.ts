/**
 * Files as the room machine sees them (protocol.md "Files"): an offer is a message like any other; control records and file frames are
 * handed through between a member and whoever runs the transfers, which is loaded when the first file is wanted.
 *
 * File frames carry their own proof (a chunk opens and has the hash that its author signed, or it is asked for again), so they spend
 * nothing of what a member may say, wait in no queue of the machine and are never sent again by it.
 */
import { ProtocolError } from '../errors.ts';
import { canReach, relayTo } from './reach.ts';
import type { Peer, Turn } from './state.ts';

/** A frame by the relay. Throws `ProtocolError`. */
export function heardFileFrame(turn: Turn, peer: Peer, frame: Uint8Array, overLink: boolean): void {
  if (peer.member === null) throw new ProtocolError('unexpected', 'a file frame of someone who is no member');
  if (overLink) throw new ProtocolError('unexpected', 'a file frame among those of the room');
  turn.out.push({ type: 'file-frame', peer: peer.id, frame });
}

/** Lost where no relay has the member there now: it asks again. */
export function sendFileFrame(turn: Turn, peer: Peer, frame: Uint8Array): void {
  if (canReach(turn.room, peer)) relayTo(turn, peer, frame);
}
