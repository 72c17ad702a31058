/**
 * How each member is reached (protocol.md "Paths"): RELAY -> link open and bound -> BOTH for 5 s -> DIRECT -> back to RELAY at once
 * when the link closes or three probes are lost, and another try after 5, 15, 60 s.
 *
 * Addresses travel only in the pairwise channel, so only to people who completed a handshake, and never in a room or to a
 * person that wants no direct links. DTLS authenticates nobody: a link counts only when both ends have told each other, through
 * the pairwise channel, the same hash over the fingerprints of both descriptions (BIND).
 * One side, told by comparing static keys, makes all offers; a new attempt replaces the old link, which is never repaired.
 */
import { compare, equal, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { labelledHash } from '../primitives.ts';
import { sendInner } from './channel.ts';
import type { Member, Path, Peer, Turn } from './state.ts';
import type { DirectPath, LinkFingerprints } from './types.ts';

/** The first text and everyone's keys go through the relay before WebRTC's code is even asked for. */
const firstDialMs = 400;
/** Signals that came before their turn; an attempt has a few dozen at most. */
const earlySignals = 64;

export interface SignalOrder {
  next: number;
  readonly early: Map<number, string>;
}

export function firstPath(turn: Turn, member: Member): Path {
  return { name: 'relay', dialAt: mayOffer(turn, member) ? turn.env.now + firstDialMs : Number.POSITIVE_INFINITY };
}

/** True where a bound link carries frames. */
export function hasLink(member: Member): boolean {
  return member.path.name === 'both' || member.path.name === 'direct';
}

/** The room allows direct connections and so does this member. */
export function mayLink(turn: Turn, member: Member): boolean {
  return turn.room.directAllowed && member.direct;
}

/** Exactly one side offers: two offers that cross hang in Chromium. */
export function offers(turn: Turn, member: Member): boolean {
  return compare(turn.room.me.statics.public, member.staticKey) < 0;
}

function mayOffer(turn: Turn, member: Member): boolean {
  return mayLink(turn, member) && offers(turn, member);
}

// ---------------------------------------------------------------- making a link

function startLink(turn: Turn, peer: Peer, member: Member, attempt: number): void {
  Object.assign(member.links, { attempt, sent: 0, next: 0 });
  member.links.early.clear();
  member.path = { name: 'dialing', giveUpAt: turn.env.now + limits.linkDeadlineMs, kind: 'direct', ours: null, theirs: null };
  const iceServers = turn.room.relays.flatMap((relay) => relay.iceServers);
  turn.out.push({ type: 'link-dial', peer: peer.id, offers: offers(turn, member), iceServers });
}

/** The link produced a signal for the other side. */
export function signalled(turn: Turn, peer: Peer, member: Member, signal: string): void {
  if (member.path.name === 'relay') return;
  const { links } = member;
  sendInner(turn, peer, member, { type: 'rtc', attempt: links.attempt, index: links.sent++, signal });
}

/** RTC from the member: a signal, or that its end of the attempt is over. Throws `ProtocolError`. */
export function heardSignal(turn: Turn, peer: Peer, member: Member, rtc: { attempt: number; index: number; signal: string | null }): void {
  if (!mayLink(turn, member)) return;
  const { links } = member;
  if (rtc.attempt < links.attempt || (rtc.attempt === links.attempt && member.path.name === 'relay')) return; // of a link that is over
  if (rtc.attempt > links.attempt) {
    if (offers(turn, member)) throw new ProtocolError('misuse', 'only the offering side numbers attempts');
    if (rtc.signal === null) return;
    if (member.path.name !== 'relay') turn.out.push({ type: 'link-close', peer: peer.id });
    startLink(turn, peer, member, rtc.attempt);
  }
  if (rtc.signal === null) endLink(turn, peer, member, 'told');
  else for (const signal of inTurn(links, rtc.index, rtc.signal)) turn.out.push({ type: 'link-signal', peer: peer.id, signal });
}

/** Signals whose turn has come. Paths reorder, and an answer's candidates must not reach a link before the answer. */
export function inTurn(order: SignalOrder, index: number, signal: string): string[] {
  const { early } = order;
  const ready: string[] = [];
  if (index < order.next || early.size >= earlySignals) return ready;
  early.set(index, signal);
  for (let next = early.get(order.next); next !== undefined; next = early.get(order.next)) {
    early.delete(order.next++);
    ready.push(next);
  }
  return ready;
}

// ---------------------------------------------------------------- binding it

/** The link is open: tell the member, through the pairwise channel, which descriptions we used. */
export function linkOpened(turn: Turn, peer: Peer, member: Member, fingerprints: LinkFingerprints, kind: DirectPath): void {
  if (member.path.name !== 'dialing') return;
  const ours = labelledHash('bind', utf8([fingerprints.local, fingerprints.remote].sort().join('\n')));
  member.path = { ...member.path, kind, ours };
  sendInner(turn, peer, member, { type: 'bind', attempt: member.links.attempt, hash: ours });
  bindIfEqual(turn, peer, member);
}

/** BIND from the member. Throws `ProtocolError`. */
export function heardBind(turn: Turn, peer: Peer, member: Member, bind: { attempt: number; hash: Uint8Array }): void {
  if (member.path.name !== 'dialing' || bind.attempt !== member.links.attempt) return;
  member.path = { ...member.path, theirs: bind.hash };
  bindIfEqual(turn, peer, member);
}

function bindIfEqual(turn: Turn, peer: Peer, member: Member): void {
  const { path } = member;
  if (path.name !== 'dialing' || path.ours === null || path.theirs === null) return;
  if (!equal(path.ours, path.theirs)) {
    endLink(turn, peer, member, 'failed'); // someone stands between the two ends of DTLS
    throw new ProtocolError('unauthentic', 'BIND: the link ends at two different certificates');
  }
  member.links.failures = 0;
  member.path = { name: 'both', kind: path.kind, until: turn.env.now + limits.bothPathsMs };
}

// ---------------------------------------------------------------- losing it

/** `closed`: the link ended by itself. `told`: the other side said so. `failed`: we gave it up. */
export function endLink(turn: Turn, peer: Peer, member: Member, why: 'closed' | 'told' | 'failed'): void {
  if (member.path.name === 'relay') return;
  if (why !== 'closed') turn.out.push({ type: 'link-close', peer: peer.id });
  const steps = limits.linkBackoffMs;
  const wait = steps[Math.min(member.links.failures, steps.length - 1)] as number;
  member.links.failures++;
  member.path = { name: 'relay', dialAt: mayOffer(turn, member) ? turn.env.now + wait : Number.POSITIVE_INFINITY };
  if (why !== 'told') sendInner(turn, peer, member, { type: 'rtc', attempt: member.links.attempt, index: 0, signal: null });
}

/** Without a word to the other side: the member has left, or a new session makes both ends begin anew. */
export function dropLink(turn: Turn, peer: Peer, member: Member): void {
  if (member.path.name !== 'relay') turn.out.push({ type: 'link-close', peer: peer.id });
  Object.assign(member.links, { attempt: 0, failures: 0, sent: 0, next: 0 });
  member.path = firstPath(turn, member);
}

export function pathDue({ path }: Member): number {
  switch (path.name) {
    case 'relay':
      return path.dialAt;
    case 'dialing':
      return path.giveUpAt;
    case 'both':
      return path.until;
    case 'direct':
      return Number.POSITIVE_INFINITY;
  }
}

export function wakePath(turn: Turn, peer: Peer, member: Member): void {
  if (turn.env.now < pathDue(member)) return;
  if (member.path.name === 'relay') startLink(turn, peer, member, member.links.attempt + 1);
  else if (member.path.name === 'dialing') endLink(turn, peer, member, 'failed');
  else if (member.path.name === 'both') member.path = { name: 'direct', kind: member.path.kind };
}

/** The page was asleep: waits are over, and a link must prove itself while frames go both ways. */
export function doubtPath(turn: Turn, member: Member): void {
  if (hasLink(member))
    member.path = { name: 'both', kind: (member.path as { kind: DirectPath }).kind, until: turn.env.now + limits.bothPathsMs };
  else if (member.path.name === 'relay' && member.path.dialAt !== Number.POSITIVE_INFINITY)
    member.path = { name: 'relay', dialAt: turn.env.now };
}
