import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { Audit } from './audit.ts';
import { openDatabase } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'hushroom-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));
const key = new Uint8Array(32).fill(1);

function filled(count: number): { database: DatabaseSync; audit: Audit; clock: { now: number } } {
  const clock = { now: 1000 };
  const database = openDatabase(null);
  const audit = new Audit(database, key, () => clock.now);
  for (let i = 1; i <= count; i++) {
    clock.now = i * 1000;
    audit.append('olga', 'tor.scale', 'done', { count: i });
  }
  return { database, audit, clock };
}

describe('the audit log', () => {
  it('keeps what was done, newest first, in pages', () => {
    const { audit } = filled(5);
    expect(audit.entries(Number.MAX_SAFE_INTEGER, 2).map(({ number }) => number)).toEqual([5, 4]);
    expect(audit.entries(4, 10).map(({ number }) => number)).toEqual([3, 2, 1]);
    expect(audit.verify()).toEqual({ intact: true, entries: 5 });
  });

  it.each([
    ['a changed word', "update audit set detail = '{}' where number = 3", { number: 3, why: 'changed' }],
    ['a changed time', 'update audit set at = 1 where number = 2', { number: 2, why: 'changed' }],
    ['an entry taken out', 'delete from audit where number = 3', { number: 3, why: 'missing' }],
    ['a tail cut off', 'delete from audit where number > 3', { number: 4, why: 'tail' }],
    ['all of it cut off', 'delete from audit', { number: 1, why: 'tail' }],
    ['the beginning cut off', 'delete from audit where number < 3', { number: 1, why: 'missing' }],
    [
      'an entry put in',
      'insert into audit select 6, at, actor, action, outcome, detail, hash, hash from audit where number = 5',
      { number: 6, why: 'changed' },
    ],
  ])('shows %s', (_, forgery, verdict) => {
    const { database, audit } = filled(5);
    database.exec(forgery);
    expect(audit.verify()).toEqual({ intact: false, ...verdict });
  });

  it('shows a tail that was cut off and written anew, without the key', () => {
    const { database, audit } = filled(5);
    database.exec('delete from audit where number > 3');
    new Audit(database, new Uint8Array(32).fill(2), () => 9000).append('eve', 'nothing', 'done');
    expect(audit.verify()).toMatchObject({ intact: false });
  });

  it.each([
    ['a tail', 'delete from audit where number > 3'],
    ['a tail and what was kept of it', "delete from audit where number > 3; delete from kept where name = 'audit-head'"],
    ['everything', 'delete from audit'],
  ])('still shows, when the relay has written on, that %s was cut off', (_, forgery) => {
    const { database, audit } = filled(5);
    database.exec(forgery);
    for (let i = 0; i < 3; i++) audit.append('relay', 'start', 'done');
    expect(audit.verify()).toMatchObject({ intact: false, why: 'missing' });
  });

  it('lets go of what is old, and the chain still holds, also when all of it went', () => {
    const { audit, clock } = filled(5);
    clock.now = 6000;
    expect(audit.prune(2500)).toBe(3);
    expect(audit.verify()).toEqual({ intact: true, entries: 2 });
    clock.now = 60_000;
    expect(audit.prune(1)).toBe(2);
    expect(audit.verify()).toEqual({ intact: true, entries: 0 });
    expect(audit.append('olga', 'x', 'done').number).toBe(6);
    expect(audit.verify()).toEqual({ intact: true, entries: 1 });
  });

  it('outlives the process', () => {
    const database = openDatabase(folder);
    new Audit(database, key, () => 1).append('olga', 'start', 'done');
    database.close();
    const again = openDatabase(folder);
    expect(new Audit(again, key, () => 2).verify()).toEqual({ intact: true, entries: 1 });
    again.close();
  });

  it('is not opened by a version that does not know its file', () => {
    const path = join(folder, 'console.sqlite');
    const database = new DatabaseSync(path);
    database.exec('pragma user_version = 99');
    database.close();
    expect(() => openDatabase(folder)).toThrow('it is of version 99');
  });
});
