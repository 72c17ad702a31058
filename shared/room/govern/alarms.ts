/**
 * What to do about a relay that hides someone, and a member who says different things to different people (protocol.md "Who
 * decides", alarms). VIA: a member carries frames between two who cannot reach each other; they are sealed for each other, so
 * it learns nothing. ALERT: two signatures of one author over one number, which every member checks for itself.
 */
import { equal, hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { GovernNews } from '../govern-part.ts';
import type { Peer, Turn } from '../state.ts';
import type { PeerId } from '../types.ts';
import { governing, sendRecord } from './state.ts';
import type { GovernRecord } from './wire.ts';

export interface Alarms {
  /** Who told us of a peer that the relay does not pass frames to: that member carries them. */
  readonly introducers: Map<PeerId, PeerId>;
}

/** Frames that fit a VIA record: handshakes and small records. */
const viaBytes = 4096;

/** VIA: carries a frame on, or brings one. Throws `ProtocolError`. */
export function heardVia(turn: Turn, peer: Peer, via: Extract<GovernRecord, { type: 'via' }>): GovernNews[] {
  if (peer.member === null) throw new ProtocolError('unexpected', 'VIA of someone who is not in');
  if (via.frame.length > viaBytes) throw new ProtocolError('oversize', 'VIA');
  const id = hex(via.inst) as PeerId;
  if (via.delivers) {
    if (equal(via.inst, turn.room.me.inst)) throw new ProtocolError('misuse', 'VIA from ourselves');
    governing(turn).alarms.introducers.set(id, peer.id);
    while (governing(turn).alarms.introducers.size > limits.members) dropFirst(governing(turn).alarms.introducers);
    return [{ type: 'carried', from: via.inst, frame: via.frame }];
  }
  const target = turn.room.peers.get(id);
  if (target?.member == null) throw new ProtocolError('unexpected', 'VIA to someone who is not here');
  sendRecord(turn, target, target.member, { type: 'via', delivers: true, inst: peer.inst, frame: via.frame });
  return [];
}

function dropFirst(map: Map<PeerId, PeerId>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
