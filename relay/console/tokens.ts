/**
 * Tokens for programs: `hr1.ID.SCOPES.EXPIRES.MAC`, signed, so that a made-up or stretched one is refused without a look at the database, and listed
 * there, so that one can be revoked and its uses are counted. A token may do what its scopes say and its account may, whichever is less.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { covers } from '../address-ranges.ts';

/** `read` looks, `operate` acts on relay and Tor, `audit` reads the audit log. Accounts and tokens themselves are for people alone. */
export const scopes = ['read', 'operate', 'audit'] as const;
export type Scope = (typeof scopes)[number];

export interface Token {
  readonly id: string;
  readonly account: number;
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Address or range it works from; null: anywhere. */
  readonly source: string | null;
  readonly created: number;
  readonly expires: number;
  readonly revoked: boolean;
  readonly uses: number;
  /** When it was last used, milliseconds since 1970. */
  readonly used: number | null;
}

export interface TokenWish {
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly minutes: number;
  readonly source: string | null;
}

export type TokenFault = 'unknown' | 'expired' | 'revoked' | 'wrong-source';

export class Tokens {
  readonly #database: DatabaseSync;
  readonly #key: Uint8Array;
  readonly #now: () => number;

  constructor(database: DatabaseSync, key: Uint8Array, now: () => number) {
    this.#database = database;
    this.#key = key;
    this.#now = now;
  }

  /** The token's text, which nobody can be shown again. */
  make(account: number, { label, scopes: wanted, minutes, source }: TokenWish): { readonly text: string; readonly token: Token } {
    const id = randomBytes(12).toString('base64url');
    const now = this.#now();
    const body = ['hr1', id, wanted.join('+'), Math.floor((now + minutes * 60_000) / 1000)].join('.');
    this.#database
      .prepare('insert into tokens (id, account, label, scopes, source, created, expires) values (?, ?, ?, ?, ?, ?, ?)')
      .run(id, account, label, wanted.join('+'), source, now, now + minutes * 60_000);
    return { text: `${body}.${this.#mac(body)}`, token: this.#get(id) as Token };
  }

  /** Counts a use. */
  use(text: string, address: string): Token | TokenFault {
    const at = text.lastIndexOf('.');
    const body = text.slice(0, at);
    const [wanted, found] = [Buffer.from(this.#mac(body)), Buffer.from(text.slice(at + 1))];
    if (text.length > 256 || at < 0 || wanted.length !== found.length || !timingSafeEqual(wanted, found)) return 'unknown';
    const token = this.#get(body.split('.')[1] ?? '');
    if (token === undefined) return 'unknown';
    if (token.revoked) return 'revoked';
    if (token.expires <= this.#now()) return 'expired';
    if (token.source !== null && !covers(token.source, address)) return 'wrong-source';
    this.#database.prepare('update tokens set uses = uses + 1, used = ? where id = ?').run(this.#now(), token.id);
    return token;
  }

  /** Whether one that was used is good still; this is no use of it. */
  isGood(id: string): boolean {
    const token = this.#get(id);
    return token !== undefined && !token.revoked && token.expires > this.#now();
  }

  revoke(id: string): boolean {
    return Number(this.#database.prepare('update tokens set revoked = 1 where id = ?').run(id).changes) === 1;
  }

  all(): Token[] {
    return (this.#database.prepare('select * from tokens order by created desc limit 1000').all() as unknown as Row[]).map(tokenOf);
  }

  #get(id: string): Token | undefined {
    const row = this.#database.prepare('select * from tokens where id = ?').get(id) as Row | undefined;
    return row && tokenOf(row);
  }

  #mac(body: string): string {
    return createHmac('sha256', this.#key).update(`token ${body}`).digest('base64url');
  }
}

interface Row extends Omit<Token, 'scopes' | 'revoked'> {
  readonly scopes: string;
  readonly revoked: number;
}

function tokenOf({ scopes: names, revoked, ...rest }: Row): Token {
  return { ...rest, scopes: names.split('+') as Scope[], revoked: revoked !== 0 };
}
