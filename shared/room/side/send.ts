/** Sends a record of this part through the pairwise channel (protocol.md "Records and ratchets"). */
import { encodeSide, type SideRecord } from '../../wire/passed.ts';
import { sendInner } from '../channel.ts';
import type { Member, Peer, Turn } from '../state.ts';

export function sendSide(turn: Turn, peer: Peer, member: Member, record: SideRecord): void {
  sendInner(turn, peer, member, encodeSide(record));
}
