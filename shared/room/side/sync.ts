/**
 * Have we all got the same? (protocol.md "Passing on"). SYNC names, for each author, the newest record that its sender has. Whoever lacks it
 * asks for it; whoever has another one of the same number asks for that too, and then holds the proof that its author told two stories.
 *
 * One SYNC in which everyone finds its own view is enough for all: whoever hears one that it agrees with stays silent itself. So a room
 * that agrees pays for one SYNC in twenty messages, however many people there are, and who disagrees always speaks.
 */
import { equal, hex } from '../../bytes.ts';
import { limits } from '../../limits.ts';
import type { Latest } from '../../wire/group.ts';
import { settle } from '../activity.ts';
import { isDeparted, recordKey } from '../authors.ts';
import { expectFrom, expectUpTo } from '../numbers.ts';
import { canSend, sealForAll } from '../seal.ts';
import type { Author, Living, Turn } from '../state.ts';
import { askFor } from './hand-out.ts';

const whoBytes = 8;
const retryMs = 5000;

export function syncDue({ sync }: Living): number {
  return sync.dueAt;
}

export function wakeSync(turn: Turn): void {
  const { room, env } = turn;
  if (env.now < room.sync.dueAt) return;
  if (!canSend(turn)) {
    room.sync.dueAt = env.now + retryMs;
    return;
  }
  settle(room.sync);
  const latest = newestOf(room);
  if (isWorthIt(room)) sealForAll(turn, { type: 'sync', latest }, null, env.now);
}

/** Two people who have only ever been two hear everything from each other. */
function isWorthIt({ authors }: Living): boolean {
  return authors.size > 2;
}

function newestOf({ authors }: Living): Latest[] {
  const newest: Latest[] = [];
  for (const { inst, latest } of authors.values())
    if (latest !== null && newest.length < limits.syncAuthors)
      newest.push({ who: inst.subarray(0, whoBytes), gen: latest.gen, seq: latest.seq, id: latest.id.subarray(0, whoBytes) });
  return newest;
}

export function heardSync(turn: Turn, sender: Author, entries: readonly Latest[]): void {
  const { room } = turn;
  const named = new Set<Author>([sender]); // what it says of itself is older than this very record
  let agreed = true;
  for (const entry of entries) {
    const author = [...room.authors.values()].find(({ inst }) => equal(inst.subarray(0, whoBytes), entry.who));
    if (author === undefined) continue;
    const same = compareView(turn, sender, author, entry);
    if (author !== sender) agreed &&= same;
    named.add(author);
  }
  for (const author of room.authors.values()) agreed &&= author.latest === null || named.has(author);
  if (agreed) settle(room.sync);
}

/** True where both have the same newest record of `author`. */
function compareView(turn: Turn, sender: Author, author: Author, { gen, seq, id }: Latest): boolean {
  const { latest, records, numbers } = author;
  const known = records.get(recordKey(gen, seq));
  if (known !== undefined) {
    if (equal(known.id.subarray(0, whoBytes), id)) return known === latest;
    const peer = turn.room.peers.get(sender.id);
    if (peer?.member && author !== turn.room.myself) askFor(turn, peer, peer.member, author, gen, seq);
    return false;
  }
  const newer = latest === null || gen > latest.gen || (gen === latest.gen && seq > latest.seq);
  if (!newer || author === turn.room.myself) return false;
  // A generation whose keys never came: of someone who is here they are under way, of someone who has left others have them.
  if (isDeparted(author) && !numbers.next.has(gen) && [...numbers.next.keys()].every((other) => other < gen)) expectFrom(author, gen, 0);
  expectUpTo(turn, author, gen, seq);
  turn.room.sync.holders.set(author.id, hex(sender.inst) as Author['id']);
  return false;
}
