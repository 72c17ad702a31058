/**
 * Who did what on the operator's side, as a chain: each entry's hash covers the one before it, so that an entry that was changed, removed from
 * the middle or put in is found. The last hash is also kept under a key that lies in another file of the data folder, which shows
 * a cut tail. Who owns the whole host can forge all of it; against that only a copy elsewhere helps (the export has the hashes).
 *
 *   hash = SHA-256(previous || number || at || actor || action || outcome || detail), fields as a JSON array, hexadecimal
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { together } from './database.ts';

export interface AuditEntry {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** An account's name, a token's id, or the part of the relay that acted by itself. */
  readonly actor: string;
  readonly action: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Values as JSON: settings, counts, names of accounts. Never an address outside of sign-ins, never a secret. */
  readonly detail: string;
  readonly previous: string;
  readonly hash: string;
}

export type AuditVerdict =
  | { readonly intact: true; readonly entries: number }
  /** The first entry that does not fit, or the one after the last where the tail is missing. */
  | { readonly intact: false; readonly number: number; readonly why: 'changed' | 'missing' | 'tail' };

const beginning = '0'.repeat(64);
const mostDetail = 2000;

export class Audit {
  readonly #database: DatabaseSync;
  readonly #key: Uint8Array;
  readonly #now: () => number;
  readonly #heard = new Set<(entry: AuditEntry) => void>();

  constructor(database: DatabaseSync, key: Uint8Array, now: () => number) {
    this.#database = database;
    this.#key = key;
    this.#now = now;
  }

  append(actor: string, action: string, outcome: AuditEntry['outcome'], values: Readonly<Record<string, unknown>> = {}): AuditEntry {
    const entry = together(this.#database, () => {
      const last = this.#last();
      const fields = {
        number: this.#nextNumber(last),
        at: this.#now(),
        actor,
        action,
        outcome,
        detail: JSON.stringify(values).slice(0, mostDetail),
        previous: last?.hash ?? this.#kept('audit-anchor')?.split(' ')[1] ?? beginning,
      };
      const entry = { ...fields, hash: hashOf(fields) };
      this.#database
        .prepare('insert into audit (number, at, actor, action, outcome, detail, previous, hash) values (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(entry.number, entry.at, actor, action, outcome, entry.detail, entry.previous, entry.hash);
      this.#keep('audit-head', this.#sealed(entry.number, entry.hash));
      return entry;
    });
    for (const listener of this.#heard) listener(entry);
    return entry;
  }

  /** Newest first, below `before`. */
  entries(before: number, most: number): AuditEntry[] {
    return this.#database
      .prepare('select * from audit where number < ? order by number desc limit ?')
      .all(Math.min(before, Number.MAX_SAFE_INTEGER), most) as unknown as AuditEntry[];
  }

  verify(): AuditVerdict {
    const anchor = this.#kept('audit-anchor')?.split(' ');
    let number = Number(anchor?.[0] ?? 0);
    let hash = anchor?.[1] ?? beginning;
    if (anchor !== undefined && !this.#isSealed(anchor.join(' '), number, hash))
      return { intact: false, number: number + 1, why: 'changed' };
    let entries = 0;
    for (const row of this.#database.prepare('select * from audit order by number').iterate() as unknown as Iterable<AuditEntry>) {
      if (row.number !== number + 1) return { intact: false, number: number + 1, why: 'missing' };
      if (row.previous !== hash || hashOf(row) !== row.hash) return { intact: false, number: row.number, why: 'changed' };
      number = row.number;
      hash = row.hash;
      entries++;
    }
    const head = this.#kept('audit-head');
    if (head === undefined ? number > 0 : !this.#isSealed(head, number, hash)) return { intact: false, number: number + 1, why: 'tail' };
    return { intact: true, entries };
  }

  /** Lets go of entries older than `keepMs`; the chain goes on from the last of them. */
  prune(keepMs: number): number {
    return together(this.#database, () => {
      const last = this.#database
        .prepare('select number, hash from audit where at < ? order by number desc limit 1')
        .get(this.#now() - keepMs) as { number: number; hash: string } | undefined;
      if (last === undefined) return 0;
      this.#keep('audit-anchor', this.#sealed(last.number, last.hash));
      return Number(this.#database.prepare('delete from audit where number <= ?').run(last.number).changes);
    });
  }

  /** Calls `listener` with every entry from now on; returns what ends this. */
  heard(listener: (entry: AuditEntry) => void): () => void {
    this.#heard.add(listener);
    return () => this.#heard.delete(listener);
  }

  /** Where the end was cut off, a number is left out: what comes behind must not heal the chain. */
  #nextNumber(last: { number: number; hash: string } | undefined): number {
    const head = this.#kept('audit-head');
    const isWhole = last === undefined ? head === undefined : head !== undefined && this.#isSealed(head, last.number, last.hash);
    return isWhole ? (last?.number ?? 0) + 1 : Math.max(last?.number ?? 0, Number.parseInt(head ?? '0', 10) || 0) + 2;
  }

  #last(): { number: number; hash: string } | undefined {
    const row = this.#database.prepare('select number, hash from audit order by number desc limit 1').get() as
      | { number: number; hash: string }
      | undefined;
    if (row !== undefined) return row;
    const anchor = this.#kept('audit-anchor')?.split(' ');
    return anchor === undefined ? undefined : { number: Number(anchor[0]), hash: anchor[1] as string };
  }

  #sealed(number: number, hash: string): string {
    return `${number} ${hash} ${createHmac('sha256', this.#key).update(`${number} ${hash}`).digest('hex')}`;
  }

  #isSealed(kept: string, number: number, hash: string): boolean {
    const [wanted, found] = [Buffer.from(this.#sealed(number, hash)), Buffer.from(kept)];
    return wanted.length === found.length && timingSafeEqual(wanted, found);
  }

  #kept(name: string): string | undefined {
    return (this.#database.prepare('select value from kept where name = ?').get(name) as { value: string } | undefined)?.value;
  }

  #keep(name: string, value: string): void {
    this.#database.prepare('insert into kept values (?, ?) on conflict (name) do update set value = excluded.value').run(name, value);
  }
}

function hashOf({ previous, number, at, actor, action, outcome, detail }: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, number, at, actor, action, outcome, detail]))
    .digest('hex');
}
