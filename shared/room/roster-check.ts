/**
 * Do we all see the same members? (protocol.md "Membership"). Digests ride in CONFIRM, SKDM, PING and PONG. One that differs for
 * 5 s is asked about again, since it may only have been old; one that still differs leads to an exchange of the whole lists
 * (DIFF), and unknown entries to handshakes; what is unresolved after 20 s is shown to the person.
 *
 * A list from a member is a hint about whom to shake hands with, never an admission.
 */
import { equal } from '../bytes.ts';
import { type RosterEntry, rosterDigest } from '../group/roster.ts';
import { limits } from '../limits.ts';
import { sendInner } from './channel.ts';
import { type Member, type Peer, type RosterView, type Turn, tell } from './state.ts';
import type { PeerId } from './types.ts';

/** What an answer to PING takes at most before we say more. */
const answerMs = 3000;

export function myRoster(turn: Turn): RosterEntry[] {
  const { me, peers } = turn.room;
  const entries: RosterEntry[] = [{ inst: me.inst, staticKey: me.statics.public }];
  for (const { inst, member } of peers.values()) if (member !== null) entries.push({ inst, staticKey: member.staticKey });
  return entries;
}

export function myDigest(turn: Turn): Uint8Array {
  turn.room.digest ??= rosterDigest(myRoster(turn));
  return turn.room.digest;
}

/** Someone came or went. What others said before this was about another list. */
export function rosterChanged(turn: Turn): void {
  turn.room.digest = null;
  for (const { member } of turn.room.peers.values()) {
    if (member?.roster.name === 'differs' && !member.roster.told) member.roster = firstDifference(turn);
  }
}

export function heardDigest(turn: Turn, peer: Peer, member: Member, digest: Uint8Array): void {
  const { roster } = member;
  if (equal(digest, myDigest(turn))) {
    if (roster.name === 'differs' && roster.told)
      tell(turn, { type: 'roster-differs', peer: peer.id, differs: false, lacks: [], unknown: 0 });
    member.roster = { name: 'quiet' };
  } else if (roster.name === 'quiet') member.roster = firstDifference(turn);
}

function firstDifference(turn: Turn): RosterView {
  return { name: 'differs', since: turn.env.now, step: 'wait', nextAt: turn.env.now + limits.rosterMismatchMs, told: false };
}

export function rosterDue({ roster }: Member): number {
  return roster.name === 'quiet' ? Number.POSITIVE_INFINITY : roster.nextAt;
}

export function wakeRoster(turn: Turn, peer: Peer, member: Member): void {
  const { roster } = member;
  const { now } = turn.env;
  if (roster.name === 'quiet' || now < roster.nextAt) return;
  switch (roster.step) {
    case 'wait':
      member.roster = { ...roster, step: 'asked', nextAt: now + answerMs };
      sendInner(turn, peer, member, { type: 'ping', digest: myDigest(turn) });
      return;
    case 'asked':
      member.roster = { ...roster, step: 'exchanged', nextAt: Math.max(now + answerMs, roster.since + limits.rosterUnresolvedMs) };
      sendInner(turn, peer, member, { type: 'diff', reply: false, entries: myRoster(turn) });
      return;
    case 'exchanged':
      if (!roster.told) tell(turn, { type: 'roster-differs', peer: peer.id, differs: true, ...member.difference });
      member.roster = { ...roster, told: true, step: 'wait', nextAt: now + limits.rehandshakeMs };
  }
}

/** DIFF from a member. Returns the instances that it lists and we have not met. */
export function heardDiff(turn: Turn, peer: Peer, member: Member, diff: { reply: boolean; entries: readonly RosterEntry[] }): Uint8Array[] {
  if (!diff.reply) sendInner(turn, peer, member, { type: 'diff', reply: true, entries: myRoster(turn) });
  const known = new Set(myRoster(turn).map(({ inst }) => inst.join()));
  const theirs = new Set(diff.entries.map(({ inst }) => inst.join()));
  const unknown = diff.entries.filter(({ inst }) => !known.has(inst.join())).map(({ inst }) => inst);
  const lacks: PeerId[] = [];
  for (const { id, inst, member: other } of turn.room.peers.values()) if (other !== null && !theirs.has(inst.join())) lacks.push(id);
  member.difference = { lacks, unknown: unknown.length };
  return unknown;
}
