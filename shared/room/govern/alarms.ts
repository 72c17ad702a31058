/**
 * What to do about a relay that hides someone, and a member who says different things to different people (protocol.md "Who
 * decides", alarms). VIA: a member carries frames between two whom no relay brings together; they are sealed for each other, so
 * it learns nothing. ALERT: two signatures of one author over one number, which every member checks for itself.
 *
 * Whoever sees a change of who is here asks a few others soon: waiting for the next PING would let a relay hide someone for
 * half a minute. A few, not all: in a room of fifty everybody would ask everybody about every newcomer.
 */
import { equal, hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { type ForkProof, provesFork } from '../../group/signed.ts';
import { sendInner } from '../channel.ts';
import { resendSoon } from '../delivery.ts';
import type { GovernNews } from '../govern-part.ts';
import { repeat } from '../handshakes.ts';
import { useCarrier } from '../reach.ts';
import { myDigest } from '../roster-check.ts';
import { type Living, type Peer, type Turn, tell } from '../state.ts';
import type { PeerId } from '../types.ts';
import { governing, sendRecord, sendToMembers } from './state.ts';
import type { GovernRecord } from './wire.ts';

export interface Alarms {
  /** Who is here, as of the last step, and when to ask others what they see. */
  digest: Uint8Array | null;
  askAt: number;
  /** Proofs of equivocation seen, by author, generation and number. */
  readonly proofs: Set<string>;
  readonly equivocates: Set<PeerId>;
}

export const noAlarms = (): Alarms => ({ digest: null, askAt: Number.POSITIVE_INFINITY, proofs: new Set(), equivocates: new Set() });

/** Larger frames find no room in the record that carries them. */
const carriedBytes = 8192;
const askMs = 1500;
const askPeople = 3;
/** A relay has so long to bring someone who was named to us, before a member carries. */
const introducedMs = 3000;
const proofsKept = 256;

// ---------------------------------------------------------------- who sees whom

/** Looked at in every step. */
export function watchRoster(turn: Turn): void {
  const { alarms } = governing(turn);
  const digest = myDigest(turn);
  if (alarms.digest !== null && equal(alarms.digest, digest)) return;
  alarms.digest = digest;
  alarms.askAt = turn.env.now + askMs;
}

export function alarmsDue({ room }: { readonly room: Living }): number {
  let next = governing({ room }).alarms.askAt;
  for (const peer of room.peers.values()) if (isMissed(peer)) next = Math.min(next, peer.introducer!.at + introducedMs);
  return next;
}

export function wakeAlarms(turn: Turn): void {
  const { alarms } = governing(turn);
  if (turn.env.now >= alarms.askAt) {
    alarms.askAt = Number.POSITIVE_INFINITY;
    askSome(turn);
  }
  for (const peer of turn.room.peers.values()) {
    if (peer.carrier !== null && turn.room.peers.get(peer.carrier)?.member == null) anotherCarrier(turn, peer);
    if (!isMissed(peer) || turn.env.now < peer.introducer!.at + introducedMs) continue;
    useCarrier(turn, peer, peer.introducer!.id);
    repeat(turn, peer);
  }
}

/** Whoever carried is gone: any other member that we reach ourselves may reach the peer, too. */
function anotherCarrier(turn: Turn, peer: Peer): void {
  const others = [...turn.room.peers.values()].filter(({ member, carrier, id }) => member !== null && carrier === null && id !== peer.id);
  const other = others[(turn.env.random(1)[0] as number) % Math.max(1, others.length)];
  if (other === undefined) {
    peer.carrier = null;
    return;
  }
  useCarrier(turn, peer, other.id);
  repeat(turn, peer);
  if (peer.member !== null) resendSoon(turn, peer.member);
}

/** Someone was named to us, and no relay brings an answer. */
function isMissed({ introducer, carrier, member, outside }: Peer): boolean {
  return introducer !== null && carrier === null && member === null && outside === null;
}

function askSome(turn: Turn): void {
  const members = [...turn.room.peers.values()].filter(({ member }) => member !== null);
  const from = members.length > askPeople ? (turn.env.random(1)[0] as number) % members.length : 0;
  for (let i = 0; i < Math.min(askPeople, members.length); i++) {
    const peer = members[(from + i) % members.length] as Peer;
    if (peer.member !== null) sendInner(turn, peer, peer.member, { type: 'ping', digest: myDigest(turn) });
  }
}

// ---------------------------------------------------------------- carrying

/** A frame for someone whom only the carrier reaches. */
export function carry(turn: Turn, peer: Peer, frame: Uint8Array): void {
  const carrier = peer.carrier === null ? undefined : turn.room.peers.get(peer.carrier);
  if (carrier?.member == null || carrier.carrier !== null || frame.length > carriedBytes) return;
  sendRecord(turn, carrier, carrier.member, { type: 'via', delivers: false, inst: peer.inst, frame });
}

/** VIA: carries a frame on, or brings one. Throws `ProtocolError`. */
export function heardVia(turn: Turn, peer: Peer, via: Extract<GovernRecord, { type: 'via' }>): GovernNews[] {
  if (via.frame.length > carriedBytes) throw new ProtocolError('oversize', 'VIA');
  if (via.delivers) return [{ type: 'carried', from: via.inst, by: peer, frame: via.frame }];
  const target = turn.room.peers.get(hex(via.inst) as PeerId);
  if (target?.member == null || target.carrier !== null) throw new ProtocolError('unexpected', 'VIA to someone whom we do not reach');
  sendRecord(turn, target, target.member, { type: 'via', delivers: true, inst: peer.inst, frame: via.frame });
  return [];
}

// ---------------------------------------------------------------- two stories

/** Found here: everyone is shown the proof. */
export function forked(turn: Turn, proof: ForkProof): void {
  if (!note(turn, proof)) return;
  sendToMembers(turn, { type: 'alert', alert: proof });
}

/** ALERT of a member: believed only where its signatures are those of a key that the author gave us itself. */
export function heardAlert(turn: Turn, peer: Peer, alert: ForkProof): void {
  if (peer.member === null) throw new ProtocolError('unexpected', 'ALERT of someone who is not in');
  const author = turn.room.authors.get(hex(alert.inst) as PeerId);
  const known = author?.keys.get(alert.gen);
  const rooms = [turn.room.keys.roomPub, ...turn.room.pastIds];
  const ours = author !== undefined && known !== undefined && equal(known, alert.spk) && equal(author.staticKey, alert.staticKey);
  if (!ours || !rooms.some((roomPub) => provesFork(roomPub, alert))) throw new ProtocolError('unauthentic', 'ALERT that proves nothing');
  if (note(turn, alert)) tell(turn, { type: 'notice', notice: 'member-equivocates', peer: author.id });
}

function note(turn: Turn, { inst, gen, seq }: ForkProof): boolean {
  const { proofs, equivocates } = governing(turn).alarms;
  const key = `${hex(inst)} ${gen} ${seq}`;
  if (proofs.has(key) || proofs.size >= proofsKept) return false;
  proofs.add(key);
  equivocates.add(hex(inst) as PeerId);
  turn.room.senderStale = true;
  return true;
}
