/**
 * What was said before one came (protocol.md "History"), only in a room whose invite says so: a newcomer asks one of those who were there,
 * who hands out the last messages with what was done to them, as their authors signed them.
 *
 * What a signature proves here depends on who vouches for the key. Authors who are present tell a newcomer their own past keys, and
 * what is signed by these is theirs. Of those who have left there is only the word of the member who passes their messages on, and
 * the view says so. Whoever hands out may leave things out; nobody can tell.
 */
import { equal, hex, utf8Text } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { cleanName } from '../../handshake/name.ts';
import { limits } from '../../limits.ts';
import type { GenerationKey, HistoryInner, Passed } from '../../wire/passed.ts';
import { newAuthor } from '../authors.ts';
import { tellChanged } from '../delivery.ts';
import { removeEntry } from '../order.ts';
import { type Author, type History, type Living, type Member, type Peer, type Turn, tell } from '../state.ts';
import type { PeerId } from '../types.ts';
import { handOutPast } from './hand-past.ts';
import { takePassed } from './resend.ts';
import { sendSide } from './send.ts';

/** After which a newcomer asks somebody else. */
const answerMs = 10_000;
/** What changes in messages that were just handed out follows them for so long. */
const followMs = 60_000;
/** Records taken from one member, reactions and edits included. */
const mostRecords = 8 * limits.sharedMessages;
/** Of one author: those it tells at once, and those that have come since. */
const mostKeys = 2 * limits.sharedKeys;

// ---------------------------------------------------------------- the newcomer asks

/** Someone has become a member: tells it our past keys, and asks it for the past if it was here before us. */
export function introducePast(turn: Turn, peer: Peer, member: Member): void {
  const { history, myself } = turn.room;
  if (history === null) return;
  const keys: GenerationKey[] = [...myself.keys].map(([gen, spk]) => ({ gen, spk }));
  if (keys.length > 0) sendSide(turn, peer, member, { type: 'history', kind: 'keys', keys: keys.slice(-limits.sharedKeys) });
  askSomebody(turn, history);
}

function askSomebody(turn: Turn, history: History): void {
  if (history.done || history.asking !== null) return;
  for (const peer of turn.room.peers.values()) {
    if (!peer.first || peer.member === null || history.asked.has(peer.id)) continue;
    history.asking = { peer: peer.id, until: turn.env.now + answerMs };
    history.asked.set(peer.id, 0);
    sendSide(turn, peer, peer.member, { type: 'history', kind: 'ask' });
    return;
  }
}

export function pastDue({ history }: Living): number {
  return history?.asking?.until ?? Number.POSITIVE_INFINITY;
}

export function wakePast(turn: Turn): void {
  const { history } = turn.room;
  if (history?.asking == null || turn.env.now < history.asking.until) return;
  history.asking = null;
  askSomebody(turn, history);
}

/** Now and then: whoever handed us the past and went before it could tell us what was under way leaves us to ask another. */
export function tidyPast(turn: Turn): void {
  const { history, peers } = turn.room;
  if (history === null || history.source === null) return;
  const { source } = history;
  const member = peers.get(source.peer)?.member ?? null;
  if (member !== null) source.heardAt = member.pulse.heardAt;
  const followed = source.heardAt >= source.until;
  if (member !== null && !followed) return;
  history.source = null;
  if (followed) return;
  history.done = false;
  askSomebody(turn, history);
}

// ---------------------------------------------------------------- somebody answers

export function heardHistory(turn: Turn, peer: Peer, member: Member, inner: HistoryInner): void {
  const { history } = turn.room;
  if (history === null) throw new ProtocolError('unexpected', 'history in a room that has none');
  switch (inner.kind) {
    case 'ask':
      if (history.served.has(peer.id)) throw new ProtocolError('flood', 'history twice');
      history.served.set(peer.id, turn.env.now + followMs);
      handOutPast(turn, peer, member);
      return;
    case 'keys':
      learnKeys(turn, member.author, inner.keys);
      return;
    case 'records':
      takeRecords(turn, history, peer, member, inner);
      return;
    case 'end':
      if (history.asking?.peer !== peer.id) return;
      history.asking = null;
      history.done = true;
      history.source = { peer: peer.id, until: turn.env.now + followMs, heardAt: turn.env.now };
  }
}

// ---------------------------------------------------------------- the newcomer takes it in

function takeRecords(turn: Turn, history: History, peer: Peer, member: Member, said: Extract<HistoryInner, { kind: 'records' }>): void {
  const taken = history.asked.get(peer.id);
  if (taken === undefined) throw new ProtocolError('unexpected', 'history that was not asked for');
  if (taken + said.records.length > mostRecords) throw new ProtocolError('flood', 'more history than a member may hand out');
  history.asked.set(peer.id, taken + said.records.length);
  const author = authorOf(turn, said);
  if (author === turn.room.myself) return;
  for (const record of said.records) {
    try {
      takeOne(turn, author, member, record);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      turn.out.push({ type: 'drop', code: error.code, where: 'pair' }); // one that cannot be verified spoils no other
    }
  }
}

function takeOne(turn: Turn, author: Author, member: Member, record: Passed): void {
  if (record.content === null) throw new ProtocolError('malformed', 'history without content');
  const byAuthor = author === member.author;
  const known = author.keys.get(record.gen);
  if (known !== undefined && !equal(known, record.spk))
    throw new ProtocolError('unauthentic', 'history under a key that is not its author’s');
  const how = { by: member.name, verified: byAuthor || known !== undefined, history: true };
  takePassed(turn, author, record, { how, saidAt: turn.env.now - record.ageS * 1000, byAuthor });
}

function authorOf({ room, env }: Turn, { inst, staticKey, name }: { inst: Uint8Array; staticKey: Uint8Array; name: Uint8Array }): Author {
  const known = room.authors.get(hex(inst) as PeerId);
  if (known !== undefined) {
    if (!equal(known.staticKey, staticKey)) throw new ProtocolError('misuse', 'history of an instance with another static key');
    return known;
  }
  const author = newAuthor(inst, staticKey, nameOf(name), env.now);
  author.leftAt = env.now;
  room.authors.set(author.id, author);
  return author;
}

function nameOf(bytes: Uint8Array): string {
  try {
    return cleanName(utf8Text(bytes));
  } catch (cause) {
    throw new ProtocolError('malformed', 'a name that is not UTF-8', { cause });
  }
}

/** An author tells its own past keys: what is signed by them is verified now, what was passed on under others goes. */
function learnKeys(turn: Turn, author: Author, keys: readonly GenerationKey[]): void {
  for (const { gen, spk } of keys) {
    const known = author.keys.get(gen);
    if (known !== undefined && !equal(known, spk)) throw new ProtocolError('misuse', 'two keys for one generation');
    if (known === undefined && author.keys.size >= mostKeys) throw new ProtocolError('flood', 'more keys than an author has');
    author.keys.set(gen, spk);
  }
  for (const entry of [...turn.room.log.entries]) {
    const { passedOn } = entry.message;
    if (entry.author !== author || passedOn === undefined || passedOn.verified) continue;
    const [record] = entry.records;
    const known = record === undefined ? undefined : author.keys.get(record.gen);
    if (record === undefined || known === undefined) continue;
    if (equal(known, record.spk)) {
      entry.message = { ...entry.message, passedOn: { ...passedOn, verified: true } };
      tellChanged(turn, entry.message.id, entry);
    } else {
      removeEntry(turn.room.log, entry);
      tell(turn, { type: 'message-forgotten', id: entry.message.id });
    }
  }
}
