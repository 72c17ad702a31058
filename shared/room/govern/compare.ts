/**
 * One string for the whole room (protocol.md "Who decides", room string): everybody commits to a nonce, tells everybody the hash of
 * all commitments, and reveals when all hashes agree. Whoever sits between any two people, or tells two people different
 * things, makes the strings differ, and has one try in 2^42, since all is fixed before anything is known.
 *
 * Any mismatch, a change of who is here, and a minute without an answer end it visibly; a string is never shown for fewer people
 * than are in the room.
 */
import { compare as byBytes, concat, equal, hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { sixBits } from '../../handshake/sas.ts';
import { limits } from '../../limits.ts';
import { expand, extract, labelledHash } from '../../primitives.ts';
import { setVerdict } from '../people.ts';
import { myDigest } from '../roster-check.ts';
import type { Peer, Turn } from '../state.ts';
import type { Compare, PeerId } from '../types.ts';
import { governing, sendToMembers } from './state.ts';
import type { CompareStep, GovernRecord } from './wire.ts';

export type Comparing = Exclude<Compare, { state: 'running' | 'shown' }> | Run;

interface Run {
  readonly state: 'running' | 'shown';
  readonly id: Uint8Array;
  readonly by: PeerId | null;
  /** Who is in the room, as this page sees it. */
  readonly digest: Uint8Array;
  readonly until: number;
  readonly nonce: Uint8Array;
  /** By peer, our own included. */
  readonly commits: Map<PeerId, Uint8Array>;
  readonly echoes: Map<PeerId, Uint8Array>;
  readonly reveals: Map<PeerId, Uint8Array>;
  readonly sas: readonly number[];
}

const nothing = new Uint8Array(32);
const runsRemembered = 64;

export function startCompare(turn: Turn): void {
  const g = governing(turn);
  if (isRun(g.compare) || members(turn).length === 0) return;
  begin(turn, turn.env.random(16), null);
}

function begin(turn: Turn, id: Uint8Array, by: PeerId | null): Run {
  const run: Run = {
    state: 'running',
    id,
    by,
    digest: myDigest(turn),
    until: turn.env.now + limits.compareMs,
    nonce: turn.env.random(32),
    commits: new Map(),
    echoes: new Map(),
    reveals: new Map(),
    sas: [],
  };
  governing(turn).compare = run;
  const { me } = turn.room;
  run.commits.set(me.id, commitment(run, run.nonce, me.inst, me.statics.public));
  if (by === null) say(turn, run, 'start', run.digest);
  say(turn, run, 'commit', run.commits.get(me.id) as Uint8Array);
  return run;
}

export function heardCompare(turn: Turn, peer: Peer, record: Extract<GovernRecord, { type: 'compare' }>): void {
  if (peer.member === null) throw new ProtocolError('unexpected', 'comparing with someone who is not in');
  const g = governing(turn);
  let run = g.compare;
  const current = isRun(run) && equal(run.id, record.run) ? run : null;
  if (g.runsOver.has(hex(record.run))) return;
  if (record.step === 'stop') {
    if (current !== null && current.state === 'running')
      g.compare = { state: 'failed', why: equal(record.value, nothing) ? 'stopped' : 'differs' };
    noteOver(turn, record.run);
    return;
  }
  if (current === null) {
    if (record.step !== 'start' && record.step !== 'commit') return; // of a run that is over
    // Two who begin at the same moment go on with one run.
    if (isRun(run) && (run.state === 'shown' || byBytes(run.id, record.run) < 0)) return;
    run = begin(turn, record.run, peer.id);
  }
  take(turn, run as Run, peer.id, record.step, record.value);
}

function take(turn: Turn, run: Run, from: PeerId, step: CompareStep, value: Uint8Array): void {
  if (step === 'start') {
    if (!equal(value, run.digest)) fail(turn, run, 'people-changed');
    return;
  }
  const held = step === 'commit' ? run.commits : step === 'echo' ? run.echoes : run.reveals;
  const before = held.get(from);
  if (before !== undefined && !equal(before, value)) {
    fail(turn, run, 'differs'); // it told us two things
    return;
  }
  held.set(from, value);
  advance(turn, run);
}

/** Goes as far as what has come allows. */
function advance(turn: Turn, run: Run): void {
  const { me } = turn.room;
  const all = members(turn);
  const has = (held: ReadonlyMap<PeerId, Uint8Array>) => all.every(({ id }) => held.has(id));
  if (!has(run.commits)) return;
  const commits = [...run.commits.values()].sort(byBytes);
  if (!run.echoes.has(me.id)) {
    run.echoes.set(me.id, labelledHash('gsas echo', ...commits));
    say(turn, run, 'echo', run.echoes.get(me.id) as Uint8Array);
  }
  const echo = run.echoes.get(me.id) as Uint8Array;
  for (const [, other] of run.echoes)
    if (!equal(other, echo)) {
      fail(turn, run, 'differs');
      return;
    }
  if (!has(run.echoes)) return;
  if (!run.reveals.has(me.id)) {
    run.reveals.set(me.id, run.nonce);
    say(turn, run, 'reveal', run.nonce);
  }
  for (const { id, inst, member } of all) {
    const nonce = run.reveals.get(id);
    if (nonce === undefined || member === null) continue;
    if (!equal(commitment(run, nonce, inst, member.staticKey), run.commits.get(id) as Uint8Array)) {
      fail(turn, run, 'differs');
      return;
    }
  }
  if (!has(run.reveals)) return;
  const key = extract('room/1 gsas', concat(...[...run.reveals.values()].sort(byBytes)));
  governing(turn).compare = { ...run, state: 'shown', sas: sixBits(expand(key, '', 6, concat(...commits, run.digest))) };
}

function commitment({ id, digest }: Run, nonce: Uint8Array, inst: Uint8Array, staticKey: Uint8Array): Uint8Array {
  return labelledHash('gsas', id, nonce, inst, staticKey, digest);
}

/** What the person saw. A string that everyone confirms verifies everyone. */
export function compared(turn: Turn, matches: boolean): void {
  const g = governing(turn);
  if (!isRun(g.compare) || g.compare.state !== 'shown') return;
  if (matches) for (const peer of members(turn)) setVerdict(turn, peer, true);
  else turn.room.senderStale = true;
  noteOver(turn, g.compare.id);
  g.compare = { state: 'done', matches };
}

export function stopCompare(turn: Turn): void {
  const g = governing(turn);
  if (isRun(g.compare)) {
    if (g.compare.state === 'running') say(turn, g.compare, 'stop', nothing);
    noteOver(turn, g.compare.id);
  }
  g.compare = { state: 'none' };
}

/** Looked at in every step: who is here must not change meanwhile. */
export function watchCompare(turn: Turn): void {
  const { compare } = governing(turn);
  if (!isRun(compare)) return;
  if (!equal(compare.digest, myDigest(turn))) fail(turn, compare, 'people-changed');
  else if (compare.state === 'running' && turn.env.now >= compare.until) fail(turn, compare, 'no-answer');
}

export function compareDue(compare: Comparing): number {
  return isRun(compare) && compare.state === 'running' ? compare.until : Number.POSITIVE_INFINITY;
}

function fail(turn: Turn, run: Run, why: Extract<Compare, { state: 'failed' }>['why']): void {
  say(turn, run, 'stop', why === 'differs' ? new Uint8Array(32).fill(1) : nothing);
  noteOver(turn, run.id);
  governing(turn).compare = { state: 'failed', why };
}

function noteOver(turn: Turn, id: Uint8Array): void {
  const { runsOver } = governing(turn);
  runsOver.add(hex(id));
  for (const oldest of runsOver) {
    if (runsOver.size <= runsRemembered) return;
    runsOver.delete(oldest);
  }
}

function say(turn: Turn, { id }: Run, step: CompareStep, value: Uint8Array): void {
  sendToMembers(turn, { type: 'compare', step, run: id, value });
}

function isRun(compare: Comparing): compare is Run {
  return compare.state === 'running' || compare.state === 'shown';
}

function members(turn: Turn): Peer[] {
  return [...turn.room.peers.values()].filter(({ member }) => member !== null);
}

export function viewCompare(turn: Pick<Turn, 'room'>): Compare {
  const { compare } = governing(turn);
  if (!isRun(compare)) return compare;
  const of = compare.commits.size;
  if (compare.state === 'shown') return { state: 'shown', sas: compare.sas, of };
  return { state: 'running', by: compare.by, of: [...turn.room.peers.values()].filter(({ member }) => member !== null).length + 1 };
}
