/**
 * Signed-in browsers. The cookie holds 32 random bytes, the database their hash: who reads the file cannot sign in. A session ends 30 minutes after
 * its last request and 7 days after its first, and its name changes at every sign-in and change of rights (no fixation). Requests that
 * change anything bring the session's second secret in a header, which a page of another origin cannot read (no CSRF).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

export interface Session {
  readonly account: number;
  /** To be sent as X-CSRF with what changes anything. */
  readonly csrf: string;
}

export interface SessionView {
  readonly id: string;
  readonly created: number;
  readonly seen: number;
  /** Where it was last used from: shown to its own account only. */
  readonly address: string;
  readonly mine: boolean;
}

export const idleMs = 30 * 60_000;
export const mostMs = 7 * 24 * 60 * 60_000;
const mostSessions = 20;

export class Sessions {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** The cookie's value. */
  open(account: number, address: string): string {
    const cookie = randomBytes(32).toString('base64url');
    const now = this.#now();
    this.#database
      .prepare('insert into sessions (hash, account, csrf, created, seen, address) values (?, ?, ?, ?, ?, ?)')
      .run(hashOf(cookie), account, randomBytes(32).toString('base64url'), now, now, address);
    this.#database
      .prepare(
        'delete from sessions where account = ?1 and hash not in (select hash from sessions where account = ?1 order by seen desc limit ?2)',
      )
      .run(account, mostSessions);
    return cookie;
  }

  /** The session behind a cookie, whose idle time begins anew; undefined where it is none, or ended. */
  use(cookie: string | undefined, address: string): Session | undefined {
    if (cookie === undefined || cookie.length > 64) return undefined;
    this.sweep();
    const row = this.#database
      .prepare('update sessions set seen = ?, address = ? where hash = ? returning account, csrf')
      .get(this.#now(), address, hashOf(cookie)) as { account: number; csrf: string } | undefined;
    return row && { account: row.account, csrf: row.csrf };
  }

  /** Whether there is one still. To be looked at keeps none alive: only what a person does. */
  isThere(cookie: string): boolean {
    const now = this.#now();
    const row = this.#database
      .prepare('select 1 from sessions where hash = ? and seen > ? and created > ?')
      .get(hashOf(cookie), now - idleMs, now - mostMs);
    return row !== undefined;
  }

  isCsrf(session: Session, sent: string | undefined): boolean {
    const [wanted, found] = [Buffer.from(session.csrf), Buffer.from(sent ?? '')];
    return wanted.length === found.length && timingSafeEqual(wanted, found);
  }

  end(cookie: string): void {
    this.#database.prepare('delete from sessions where hash = ?').run(hashOf(cookie));
  }

  /** Ends every session of an account, or every one but that of `cookie`. */
  endAll(account: number, butCookie?: string): void {
    this.#database
      .prepare('delete from sessions where account = ? and hash is not ?')
      .run(account, butCookie === undefined ? null : hashOf(butCookie));
  }

  of(account: number, cookie: string): SessionView[] {
    this.sweep();
    const mine = hashOf(cookie);
    const rows = this.#database.prepare('select * from sessions where account = ? order by seen desc').all(account) as {
      hash: string;
      created: number;
      seen: number;
      address: string;
    }[];
    return rows.map(({ hash, created, seen, address }) => ({ id: hash.slice(0, 12), created, seen, address, mine: hash === mine }));
  }

  sweep(): void {
    const now = this.#now();
    this.#database.prepare('delete from sessions where seen <= ? or created <= ?').run(now - idleMs, now - mostMs);
  }
}

const hashOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');
