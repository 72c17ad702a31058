/**
 * What the operator's side keeps: accounts, sessions, tokens, changed settings and the audit log, in one SQLite file of the data folder (0600).
 * There is no table of rooms and nothing that could fill one. Writes are small and rare, so they are synchronous and durable
 * at once; a queue in front would only add a way to lose them.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RelayError } from '../errors.ts';

/** The nth entry brings a database of version n to version n + 1. Entries are never changed once released. */
const steps = [
  `create table accounts (
     id integer primary key, name text not null unique collate nocase, role text not null, password text not null,
     totp text, totp_step integer not null default 0, failures integer not null default 0, locked_until integer not null default 0, created integer not null
   ) strict;
   create table recovery_codes (account integer not null references accounts on delete cascade, hash text not null, primary key (account, hash)) strict;
   create table passkeys (
     id text primary key, account integer not null references accounts on delete cascade, public_key blob not null, counter integer not null, label text not null, created integer not null
   ) strict;
   create table sessions (
     hash text primary key, account integer not null references accounts on delete cascade, csrf text not null, created integer not null, seen integer not null, address text not null
   ) strict;
   create table tokens (
     id text primary key, account integer not null references accounts on delete cascade, label text not null, scopes text not null, source text,
     created integer not null, expires integer not null, revoked integer not null default 0, uses integer not null default 0, used integer
   ) strict;
   create table settings (name text primary key, value text not null) strict;
   create table kept (name text primary key, value text not null) strict;
   create table audit (
     number integer primary key, at integer not null, actor text not null, action text not null, outcome text not null, detail text not null, previous text not null, hash text not null
   ) strict;`,
] as const;

/** Opens the file in `folder`, or a database in memory for null. Throws `RelayError` `bad-data-folder`: damaged, or of a newer version. */
export function openDatabase(folder: string | null): DatabaseSync {
  const path = folder === null ? ':memory:' : join(folder, 'console.sqlite');
  try {
    const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 2000 });
    if (folder !== null) chmodSync(path, 0o600);
    database.exec('pragma journal_mode = delete; pragma synchronous = full; pragma secure_delete = on');
    const { user_version: version } = database.prepare('pragma user_version').get() as { user_version: number };
    if (version > steps.length) throw new Error(`it is of version ${version}, and this relay knows ${steps.length}`);
    for (let at = version; at < steps.length; at++) database.exec(`begin; ${steps[at]} pragma user_version = ${at + 1}; commit`);
    return database;
  } catch (cause) {
    throw new RelayError('bad-data-folder', `${path} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** Runs `work` whole or not at all. */
export function together<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}
