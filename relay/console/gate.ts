/**
 * Before anybody is asked who they are: from where they come, and how often. The allow-list of addresses is the owner's; one that would lock out
 * the person who sets it is refused, and a verb on the host (`hushroom-relay console allow-all`) takes it away.
 */
import type { BlockList } from 'node:net';
import type { DatabaseSync } from 'node:sqlite';
import { isListed, rangeList } from '../address-ranges.ts';
import { TokenBucket } from '../token-bucket.ts';

const requestsPerMinute = 60;
const signInsPerMinute = 5;
/** Addresses that are remembered; beyond them the oldest are let go. */
const mostVisitors = 1000;

export class Gate {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #requests = new Map<string, TokenBucket>();
  readonly #signIns = new Map<string, TokenBucket>();

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** The ranges from which the console answers; empty: from everywhere. */
  allowed(): string[] {
    const row = this.#database.prepare("select value from kept where name = 'allowed'").get() as { value: string } | undefined;
    return row === undefined ? [] : (JSON.parse(row.value) as string[]);
  }

  /** `from`: who sets it. Throws RangeError where an entry is no range. */
  allow(ranges: readonly string[], from: string): 'done' | 'locks-you-out' {
    const list = listOf(ranges);
    if (list !== null && !isListed(list, from)) return 'locks-you-out';
    this.#database
      .prepare("insert into kept values ('allowed', ?) on conflict (name) do update set value = excluded.value")
      .run(JSON.stringify(ranges));
    return 'done';
  }

  /** Asks the database each time: the verb on the host may have taken the list away. */
  admits(address: string): boolean {
    const list = listOf(this.allowed());
    return list === null || isListed(list, address);
  }

  /** Seconds to wait; 0: go on. */
  request(address: string): number {
    return this.#take(this.#requests, address, requestsPerMinute);
  }

  signIn(address: string): number {
    return this.#take(this.#signIns, address, signInsPerMinute);
  }

  #take(buckets: Map<string, TokenBucket>, address: string, perMinute: number): number {
    const bucket = buckets.get(address) ?? new TokenBucket(perMinute / 60, perMinute, this.#now());
    buckets.delete(address);
    buckets.set(address, bucket);
    if (buckets.size > mostVisitors) buckets.delete(buckets.keys().next().value as string);
    if (bucket.take(1, this.#now()) >= 0) return 0;
    const waitS = Math.ceil(bucket.debtMs(this.#now()) / 1000);
    bucket.take(-1, this.#now()); // what was refused is not counted: waiting is enough
    return waitS;
  }
}

function listOf(ranges: readonly string[]): BlockList | null {
  return ranges.length === 0 ? null : rangeList(ranges);
}
