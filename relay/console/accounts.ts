/**
 * The people who may operate this relay. There is none at first: the first start prints a setup secret, good for 15 minutes and one owner. A
 * sign-in needs the password and, where it is set up, a second step: a code of an app (TOTP, RFC 6238), a recovery code, or a
 * passkey, which is both steps at once. Five failures lock the account for 15 minutes, whichever step failed, and raise an alert.
 */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Secret, TOTP } from 'otpauth';
import { together } from './database.ts';
import { checkPassword, hashPassword, type PasswordFault, passwordFault } from './passwords.ts';

/** Each may do what the ones after it may: `owner` accounts and addresses, `operator` the relay, `viewer` look. */
export const roles = ['owner', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];
export const mayAct = (role: Role, needed: Role): boolean => roles.indexOf(role) <= roles.indexOf(needed);

export interface Account {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly hasTotp: boolean;
  readonly recoveryCodes: number;
  readonly passkeys: number;
}

export type SignIn =
  | { readonly result: 'in'; readonly account: Account }
  /** The password is right, and a code is wanted. */
  | { readonly result: 'code-wanted' }
  | { readonly result: 'refused' }
  | { readonly result: 'locked'; readonly retryS: number; readonly justNow: boolean };

export type AccountFault = PasswordFault | 'name-taken' | 'bad-name' | 'last-owner';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
  readonly totp: string | null;
  readonly totp_step: number;
  readonly failures: number;
  readonly locked_until: number;
}

const mostFailures = 5;
const lockMs = 15 * 60_000;
const setupMs = 15 * 60_000;
const recoveryCount = 10;
const totpPeriodS = 30;

export class Accounts {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  #setup: { readonly hash: Buffer; readonly until: number } | null = null;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#database.prepare('select 1 from accounts limit 1').get() === undefined;
  }

  // ---------------------------------------------------------------- the first owner

  /** A secret to be printed once; good for one owner within 15 minutes, and in place of any before it. */
  newSetupSecret(): string {
    const secret = randomBytes(16).toString('base64url');
    this.#setup = { hash: digest(secret), until: this.#now() + setupMs };
    return secret;
  }

  /** True while a setup secret is good. */
  get awaitsSetup(): boolean {
    return this.#setup !== null && this.#now() < this.#setup.until;
  }

  /** Uses up the secret where it is right. */
  takeSetup(secret: string): boolean {
    if (this.#setup === null || !this.awaitsSetup || !timingSafeEqual(this.#setup.hash, digest(secret))) return false;
    this.#setup = null;
    return true;
  }

  // ---------------------------------------------------------------- accounts

  async add(name: string, role: Role, password: string): Promise<Account | AccountFault> {
    if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u.test(name)) return 'bad-name';
    if (this.#byName(name) !== undefined) return 'name-taken';
    const fault = await passwordFault(password, [name]);
    if (fault !== undefined) return fault;
    const hash = await hashPassword(password);
    // Somebody may have taken the name while the hash was made.
    if (this.#byName(name) !== undefined) return 'name-taken';
    const { lastInsertRowid } = this.#database
      .prepare('insert into accounts (name, role, password, created) values (?, ?, ?, ?)')
      .run(name, role, hash, this.#now());
    return this.get(Number(lastInsertRowid)) as Account;
  }

  get(id: number): Account | undefined {
    const row = this.#database.prepare('select * from accounts where id = ?').get(id) as Row | undefined;
    return row && this.#account(row);
  }

  all(): Account[] {
    return (this.#database.prepare('select * from accounts order by name').all() as unknown as Row[]).map((row) => this.#account(row));
  }

  setRole(id: number, role: Role): 'done' | 'last-owner' {
    if (role !== 'owner' && this.#isLastOwner(id)) return 'last-owner';
    this.#database.prepare('update accounts set role = ? where id = ?').run(role, id);
    return 'done';
  }

  remove(id: number): 'done' | 'last-owner' {
    if (this.#isLastOwner(id)) return 'last-owner';
    this.#database.prepare('delete from accounts where id = ?').run(id);
    return 'done';
  }

  async setPassword(id: number, password: string): Promise<'done' | PasswordFault> {
    const fault = await passwordFault(password, [this.get(id)?.name ?? '']);
    if (fault !== undefined) return fault;
    const hash = await hashPassword(password);
    this.#database.prepare('update accounts set password = ?, failures = 0, locked_until = 0 where id = ?').run(hash, id);
    return 'done';
  }

  /** True where `password` is the account's: asked again before what a stolen session must not do. */
  async isPassword(id: number, password: string): Promise<boolean> {
    const row = this.#database.prepare('select * from accounts where id = ?').get(id) as Row | undefined;
    return await checkPassword(password, row?.password);
  }

  // ---------------------------------------------------------------- signing in

  /** `code`: six digits of an app or a recovery code; undefined in the first try. */
  async signIn(name: string, password: string, code: string | undefined): Promise<SignIn> {
    const row = this.#byName(name);
    const locked = this.#lock(row);
    const right = await checkPassword(password, row?.password);
    if (locked !== undefined) return locked;
    if (row === undefined || !right) return this.#failed(row);
    if (row.totp !== null) {
      if (code === undefined || code === '') return { result: 'code-wanted' };
      if (!this.#takeCode(row.id, code)) return this.#failed(row);
    }
    this.#database.prepare('update accounts set failures = 0, locked_until = 0 where id = ?').run(row.id);
    return { result: 'in', account: this.get(row.id) as Account };
  }

  /** After a passkey's signature was good. */
  signInByPasskey(id: number): SignIn {
    const row = this.#database.prepare('select * from accounts where id = ?').get(id) as Row | undefined;
    const locked = this.#lock(row);
    if (locked !== undefined) return locked;
    return row === undefined ? { result: 'refused' } : { result: 'in', account: this.#account(row) };
  }

  // ---------------------------------------------------------------- second steps

  /** A new secret for an app, to be confirmed by a code of it. */
  newTotp(id: number): { readonly secret: string; readonly uri: string } {
    const totp = totpOf(new Secret({ size: 20 }).base32, this.get(id)?.name);
    return { secret: totp.secret.base32, uri: totp.toString() };
  }

  /** Sets the app up if `code` is one of it now; gives the recovery codes, which are shown once. */
  confirmTotp(id: number, secret: string, code: string): readonly string[] | undefined {
    const delta = totpOf(secret).validate({ token: code, window: 1, timestamp: this.#now() });
    if (delta === null) return undefined;
    const step = Math.floor(this.#now() / 1000 / totpPeriodS) + delta;
    const codes = Array.from({ length: recoveryCount }, newRecoveryCode);
    together(this.#database, () => {
      this.#database.prepare('update accounts set totp = ?, totp_step = ? where id = ?').run(secret, step, id);
      this.#database.prepare('delete from recovery_codes where account = ?').run(id);
      for (const one of codes) this.#database.prepare('insert into recovery_codes values (?, ?)').run(id, codeHash(one));
    });
    return codes;
  }

  removeTotp(id: number): void {
    together(this.#database, () => {
      this.#database.prepare('update accounts set totp = null where id = ?').run(id);
      this.#database.prepare('delete from recovery_codes where account = ?').run(id);
    });
  }

  /** A code is good once: a TOTP step that was used, and every step before it, is not taken again (RFC 6238, 5.2). */
  #takeCode(id: number, code: string): boolean {
    const row = this.#database.prepare('select * from accounts where id = ?').get(id) as unknown as Row;
    const digits = code.replaceAll(/\s/g, '');
    if (/^\d{6}$/.test(digits)) {
      const delta = totpOf(row.totp as string).validate({ token: digits, window: 1, timestamp: this.#now() });
      const step = Math.floor(this.#now() / 1000 / totpPeriodS) + (delta ?? 0);
      if (delta === null || step <= row.totp_step) return false;
      this.#database.prepare('update accounts set totp_step = ? where id = ?').run(step, id);
      return true;
    }
    return (
      Number(this.#database.prepare('delete from recovery_codes where account = ? and hash = ?').run(id, codeHash(code)).changes) === 1
    );
  }

  // ---------------------------------------------------------------- inside

  #failed(row: Row | undefined): SignIn {
    if (row === undefined) return { result: 'refused' };
    // Counted in the database and not by what was read before the slow hash: a hundred guesses at once are a hundred failures.
    const { failures } = this.#database
      .prepare('update accounts set failures = failures + 1 where id = ? returning failures')
      .get(row.id) as { failures: number };
    if (failures < mostFailures) return { result: 'refused' };
    this.#database.prepare('update accounts set failures = 0, locked_until = ? where id = ?').run(this.#now() + lockMs, row.id);
    return { result: 'locked', retryS: lockMs / 1000, justNow: true };
  }

  #lock(row: Row | undefined): SignIn | undefined {
    if (row === undefined || row.locked_until <= this.#now()) return undefined;
    return { result: 'locked', retryS: Math.ceil((row.locked_until - this.#now()) / 1000), justNow: false };
  }

  #byName(name: string): Row | undefined {
    return this.#database.prepare('select * from accounts where name = ?').get(name) as Row | undefined;
  }

  #isLastOwner(id: number): boolean {
    const owners = this.#database.prepare("select id from accounts where role = 'owner'").all() as { id: number }[];
    return owners.length === 1 && owners[0]?.id === id;
  }

  #account({ id, name, role, totp }: Row): Account {
    const count = (table: 'recovery_codes' | 'passkeys'): number =>
      (this.#database.prepare(`select count(*) as n from ${table} where account = ?`).get(id) as { n: number }).n;
    return { id, name, role, hasTotp: totp !== null, recoveryCodes: count('recovery_codes'), passkeys: count('passkeys') };
  }
}

function totpOf(secret: string, label = ''): TOTP {
  return new TOTP({
    issuer: 'Hushroom relay',
    label,
    secret: Secret.fromBase32(secret),
    period: totpPeriodS,
    digits: 6,
    algorithm: 'SHA1',
  });
}

/** Ten letters and digits without look-alikes, 48 bits. */
function newRecoveryCode(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const code = Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('');
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const codeHash = (code: string): string => digest(code.toLowerCase().replaceAll(/[\s-]/g, '')).toString('hex');
