/**
 * What is done to messages after they were said (protocol.md "Changes"): reactions, edits, deletion. Records come in any order, and all
 * members must end with the same, so each kind is a rule about sets and not about sequences:
 *
 *   deletion by the author is final          of several edits by the author the one with the highest key counts
 *   of one person's words on one emoji the one with the highest key counts; of its emoji the newest `limits.reactionsOfOne`
 *
 * The key is (lamport as signed, instance, generation, number), not the counter as we accepted it, which may differ from page to page.
 * A change whose message is not here waits for it; what a member may not do is refused and counted.
 */
import { hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { eraseRecords, isSamePerson } from './authors.ts';
import { tellChanged } from './delivery.ts';
import { mentioning, mentionOf } from './mentions.ts';
import { acceptLamport, compareKeys, type LogEntry, type MessageLog, type ReactionMark } from './order.ts';
import type { Change, Turn } from './state.ts';
import type { MessageId, Reaction } from './types.ts';

/** Throws `ProtocolError` where the author of the change may not make it. */
export function heardChange(turn: Turn, change: Change): void {
  acceptLamport(turn.room.log, change.key.lamport); // what we say after it sorts after it
  const entry = turn.room.log.byId.get(change.target as MessageId);
  if (entry === undefined) {
    wait(turn, change);
    return;
  }
  if (!applyChange(turn, entry, change)) return;
  tellChanged(turn, entry.message.id, entry);
  turn.room.side.part?.changed(turn, change.records);
}

/** True where it changed the message. */
function applyChange(turn: Turn, entry: LogEntry, change: Change): boolean {
  const { does, author, key, records } = change;
  if (does.type !== 'react' && !isSamePerson(author, entry.author)) {
    eraseRecords(records);
    throw new ProtocolError('misuse', `${does.type} of another’s message`);
  }
  if (entry.message.deleted) {
    eraseRecords(records);
    return false;
  }
  switch (does.type) {
    case 'react':
      return mark(turn, entry, { author, emoji: does.emoji, on: does.on, key, record: records[0] ?? null });
    case 'edit':
      if (entry.edit !== null && compareKeys(entry.edit.key, key) >= 0) {
        eraseRecords(records);
        return false;
      }
      if (entry.edit !== null) eraseRecords(entry.edit.records);
      entry.edit = { key, records };
      setText(turn, entry, does.text, does.mentions);
      return true;
    case 'erase':
      eraseEntry(turn.room.log, entry);
      return true;
  }
}

export function setText(turn: Turn, entry: LogEntry, text: string, who: readonly Uint8Array[]): void {
  const { mentions: _, mentionsMe: __, ...message } = entry.message;
  entry.message = { ...message, text, ...mentioning(who.map((one) => mentionOf(turn, one))), edited: true };
}

/** What was said goes, the line stays and says so. */
export function eraseEntry(log: MessageLog, entry: LogEntry): void {
  wipeEntry(entry);
  log.reactions -= entry.reactions?.size ?? 0;
  entry.edit = null;
  entry.reactions = null;
  const { id, from, name, tag, delivery, missingBefore } = entry.message;
  entry.message = {
    ...{ id, from, name, tag, text: '', deleted: true },
    ...(delivery === undefined ? {} : { delivery }),
    ...(missingBefore === undefined ? {} : { missingBefore }),
  };
}

/** Overwrites all content of a message that we hold. */
export function wipeEntry({ records, edit, reactions }: LogEntry): void {
  eraseRecords(records);
  if (edit !== null) eraseRecords(edit.records);
  for (const { record } of reactions?.values() ?? []) if (record !== null) eraseRecords([record]);
}

// ---------------------------------------------------------------- reactions

/** Takes one word on one emoji. True where the message shows something else afterwards. */
export function mark(turn: Turn, entry: LogEntry, word: ReactionMark): boolean {
  const { room } = turn;
  const { log } = room;
  entry.reactions ??= new Map();
  const { reactions } = entry;
  const person = hex(word.author.staticKey);
  const name = `${person} ${word.emoji}`;
  const before = reactions.get(name);
  if (before !== undefined && compareKeys(before.key, word.key) >= 0) return false;
  log.reactions += before === undefined ? 1 : 0;
  reactions.set(name, word);
  const own = [...reactions].filter(([other]) => other.startsWith(person));
  keepNewest(log, reactions, own, limits.reactionsOfOne);
  if (reactions.size > limits.reactionsOnMessage) keepNewest(log, reactions, [...reactions], limits.reactionsOnMessage);
  if (log.reactions > limits.reactionsInRoom) thinOut(turn);
  showReactions(room.myself.staticKey, entry);
  return true;
}

/** The newest by key, whatever the order they came in: so everyone keeps the same. */
function keepNewest(log: MessageLog, reactions: Map<string, ReactionMark>, among: [string, ReactionMark][], most: number): void {
  if (among.length <= most) return;
  among.sort(([, a], [, b]) => compareKeys(a.key, b.key));
  for (const [name] of among.slice(0, among.length - most)) {
    reactions.delete(name);
    log.reactions--;
  }
}

/** Too many in the whole room: those on the oldest messages go, a sixteenth at once. */
function thinOut(turn: Turn): void {
  const { log, myself } = turn.room;
  const most = limits.reactionsInRoom - limits.reactionsInRoom / 16;
  for (const entry of log.entries) {
    if (log.reactions <= most) return;
    if (entry.reactions === null) continue;
    log.reactions -= entry.reactions.size;
    entry.reactions = null;
    showReactions(myself.staticKey, entry);
    tellChanged(turn, entry.message.id, entry);
  }
}

function showReactions(myKey: Uint8Array, entry: LogEntry): void {
  const { reactions: _, ...message } = entry.message;
  const reactions = reactionsOf(entry, hex(myKey));
  entry.message = reactions.length === 0 ? message : { ...message, reactions };
}

function reactionsOf({ reactions }: LogEntry, myKey: string): Reaction[] {
  const marks = [...(reactions?.values() ?? [])].filter(({ on }) => on).sort((a, b) => compareKeys(a.key, b.key));
  const shown = new Map<string, { emoji: string; mine: boolean; by: Reaction['by'][number][] }>();
  for (const { author, emoji } of marks) {
    const reaction = shown.get(emoji) ?? { emoji, mine: false, by: [] };
    const mine = hex(author.staticKey) === myKey;
    reaction.mine ||= mine;
    reaction.by.push({ peer: mine ? 'me' : author.id, name: author.name, tag: author.tag });
    shown.set(emoji, reaction);
  }
  return [...shown.values()];
}

// ---------------------------------------------------------------- changes that came first

function wait({ room }: Turn, change: Change): void {
  const { waiting } = room;
  change.author.waiting++;
  waiting.set(change.target, [...(waiting.get(change.target) ?? []), change]);
  if (change.author.waiting <= limits.waitingChanges) return;
  for (const changes of waiting.values()) {
    const oldest = changes.find(({ author }) => author === change.author);
    if (oldest === undefined) continue;
    dropWaiting(waiting, oldest);
    return;
  }
}

function dropWaiting(waiting: Map<string, Change[]>, change: Change): void {
  const left = (waiting.get(change.target) ?? []).filter((other) => other !== change);
  if (left.length === 0) waiting.delete(change.target);
  else waiting.set(change.target, left);
  change.author.waiting--;
  eraseRecords(change.records);
}

/** What was done to a message before it came here. */
export function applyWaiting(turn: Turn, entry: LogEntry): void {
  const changes = turn.room.waiting.get(entry.message.id) ?? [];
  turn.room.waiting.delete(entry.message.id);
  for (const change of changes) {
    change.author.waiting--;
    try {
      applyChange(turn, entry, change);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      turn.out.push({ type: 'drop', code: error.code, where: 'group' });
    }
  }
}

/** Forgets changes whose message has not come for long. */
export function tidyChanges({ room, env }: Turn): void {
  for (const changes of [...room.waiting.values()]) {
    for (const change of changes) if (change.since + limits.waitingChangeMs <= env.now) dropWaiting(room.waiting, change);
  }
}
