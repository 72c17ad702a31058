/**
 * Messages of others on their way into the log (protocol.md "Messages"), and keys of what they will say. The counter gives the place; what
 * a text refers to is looked up and may be missing.
 */
import { hex } from '../bytes.ts';
import type { WholeText } from '../group/assemble.ts';
import { learnGeneration } from '../group/receiver.ts';
import type { Skdm } from '../wire/peer.ts';
import { eraseRecords } from './authors.ts';
import { applyWaiting } from './changes.ts';
import { mentioning, mentionOf } from './mentions.ts';
import { expectFrom, expectUpTo } from './numbers.ts';
import { acceptLamport, insertEntry, type LogEntry, messageEvent } from './order.ts';
import { heardDigest } from './roster-check.ts';
import { type Author, type KeptRecord, type Member, type Peer, type Turn, tell } from './state.ts';
import type { Message, MessageId, PassedOn } from './types.ts';

/** SKDM: the keys of what this member says from now on. Duplicates are ignored; one that its successor overtook still opens what it is for. */
export function heardGeneration(turn: Turn, peer: Peer, member: Member, skdm: Skdm): void {
  heardDigest(turn, peer, member, skdm.digest);
  const { author } = member;
  const { generations } = member.receiver;
  const newest = generations.at(-1)?.gen ?? 0;
  if (skdm.gen <= newest && (skdm.gen < (generations[0]?.gen ?? 0) || generations.some(({ gen }) => gen === skdm.gen))) return;
  learnGeneration(member.receiver, skdm, turn.env.now);
  author.keys.set(skdm.gen, skdm.spk);
  for (const gen of author.keys.keys()) {
    if (author.keys.size <= keptKeys) break;
    author.keys.delete(gen);
  }
  if (skdm.gen < newest) return;
  if (skdm.previous !== null && newest > 0) {
    if (skdm.gen - 1 > newest) expectFrom(author, skdm.gen - 1, 0); // its keys were lost, and we were there
    expectUpTo(turn, author, skdm.gen - 1, skdm.previous.lastSeq);
  }
  expectFrom(author, skdm.gen, skdm.seq);
}

/** Signing keys of one author; more than receivers keep chains, since what is passed on may be older. */
const keptKeys = 64;

/** A text or the offer of a file. */
export type Told = Omit<WholeText, 'parts' | 'edits'> & Pick<Message, 'file'>;

/** A whole message. */
export function heardText(turn: Turn, author: Author, whole: Told, records: readonly KeptRecord[], passedOn: PassedOn | null): void {
  const { room, env } = turn;
  const id = hex(whole.id) as MessageId;
  if (room.log.byId.has(id)) return;
  const mentions = whole.mentions.map((who) => mentionOf(turn, who));
  const entry: LogEntry = {
    message: {
      id,
      from: author.id,
      name: author.name,
      tag: author.tag,
      text: whole.text,
      ...(whole.file === undefined ? {} : { file: whole.file }),
      ...(whole.reply === null ? {} : { reply: hex(whole.reply) as MessageId }),
      ...(whole.action ? { action: true } : {}),
      ...mentioning(mentions),
      ...(passedOn === null ? {} : { passedOn }),
    },
    key: { lamport: acceptLamport(room.log, whole.lamport), inst: author.id, gen: whole.gen, seq: whole.seq },
    saidAt: Math.min(records[0]?.saidAt ?? env.now, env.now - whole.ageS * 1000),
    author,
    records,
    edit: null,
    reactions: null,
  };
  if (env.now >= entry.saidAt + room.vanishMs) eraseRecords(records);
  else showEntry(turn, entry);
}

/** Puts a message in its place and tells the view, with all that was done to it before it came. */
export function showEntry(turn: Turn, entry: LogEntry): void {
  const { room, env } = turn;
  room.vanishAt = Math.min(room.vanishAt, entry.saidAt + room.vanishMs);
  const { place, forgotten } = insertEntry(room.log, entry);
  for (const old of forgotten) tell(turn, { type: 'message-forgotten', id: old.message.id });
  applyWaiting(turn, entry);
  tell(turn, messageEvent(entry, place, env.now, room.vanishMs));
}
