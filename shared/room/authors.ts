/**
 * Everyone whose records we have (protocol.md "Passing on"): members, ourselves, and for ten minutes those who have left. What an
 * author signed outlives its presence, so that a text whose author went before everyone had it is fetched from whoever has it.
 *
 * Kept of one author: the newest records with their signatures, bounded in number and time. Content that was erased or has vanished
 * is overwritten; its hash stays, so that its number is known to be no gap.
 */
import { equal, hex, wipe } from '../bytes.ts';
import type { SignedRecord } from '../group/signed.ts';
import { limits } from '../limits.ts';
import { tagOf } from './info.ts';
import type { Author, KeptRecord, Living, Turn } from './state.ts';
import type { PeerId } from './types.ts';

/** Authors who have left that are remembered at once. */
const departedAuthors = limits.members;

export function newAuthor(inst: Uint8Array, staticKey: Uint8Array, name: string, metAt: number): Author {
  return {
    id: hex(inst) as PeerId,
    inst,
    staticKey,
    name,
    tag: tagOf(staticKey),
    keys: new Map(),
    records: new Map(),
    latest: null,
    numbers: { next: new Map(), gaps: new Map(), marked: false },
    unfinished: new Map(),
    waiting: 0,
    leftAt: Number.POSITIVE_INFINITY,
    metAt,
    askAt: 0,
    asked: 0,
  };
}

/**
 * Takes a new member's records from now on; where the same page had only fallen silent, on with those we have. Of what it said meanwhile we
 * expect nothing.
 */
export function enrol({ room }: Turn, author: Author): Author {
  const known = room.authors.get(author.id);
  if (known === undefined || !equal(known.staticKey, author.staticKey)) {
    room.authors.set(author.id, author);
    return author;
  }
  known.numbers.next.clear();
  known.numbers.gaps.clear();
  known.unfinished.clear();
  known.leftAt = Number.POSITIVE_INFINITY;
  return known;
}

export function isDeparted({ leftAt }: Author): boolean {
  return leftAt !== Number.POSITIVE_INFINITY;
}

export function isSamePerson(a: Author, b: Author): boolean {
  return a === b || equal(a.staticKey, b.staticKey);
}

// ---------------------------------------------------------------- records

export function recordKey(gen: number, seq: number): string {
  return `${gen} ${seq}`;
}

export function keepRecord({ room, env }: Turn, author: Author, signed: SignedRecord, spk: Uint8Array, saidAt: number): KeptRecord {
  const { gen, seq, id, digest, sig, content } = signed;
  const record: KeptRecord = {
    gen,
    seq,
    id,
    digest,
    sig,
    content,
    author,
    spk,
    saidAt,
    keptAt: env.now,
    sealedAt: author === room.myself ? env.now : saidAt,
  };
  author.records.set(recordKey(gen, seq), record);
  const { latest } = author;
  if (latest === null || gen > latest.gen || (gen === latest.gen && seq > latest.seq)) author.latest = record;
  trimRecords(room, author, env.now);
  return record;
}

/** Overwrites what the records said. Who and when stays. */
export function eraseRecords(records: readonly KeptRecord[]): void {
  for (const record of records) {
    if (record.content !== null) wipe(record.content);
    record.content = null;
  }
}

/** In a room that shares its history the log keeps content for longer. */
function trimRecords({ history }: Living, { records }: Author, now: number): void {
  for (const [key, record] of records) {
    if (records.size <= limits.keptRecords && record.keptAt + limits.keptRecordMs > now) return;
    records.delete(key);
    if (history === null) eraseRecords([record]);
  }
}

/** Forgets authors and records whose time is over. */
export function tidyAuthors({ room, env }: Turn): void {
  let departed = 0;
  for (const author of [...room.authors.values()].reverse()) {
    trimRecords(room, author, env.now);
    if (!isDeparted(author)) continue;
    departed++;
    if (departed <= departedAuthors && author.leftAt + limits.keptRecordMs > env.now) continue;
    room.authors.delete(author.id);
    if (room.history === null) eraseRecords([...author.records.values()]);
  }
}
