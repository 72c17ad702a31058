/** What directories answer to a list of clients, which a real one does only when two changes fall into one second. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { FakeTor, offers } from '../testing/fake-tor.ts';
import { Control } from './control.ts';
import { publishList } from './onion-clients.ts';

const name = 'a'.repeat(56);
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A tor that tells these results of its uploads, one for each reload, and the files that it read at each. */
async function published(...results: readonly string[]): Promise<{ isPublished: boolean; lists: string[][]; left: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'hushroom-clients-'));
  const lists: string[][] = [];
  const fake = await FakeTor.start((command) => {
    if (command.startsWith('PROTOCOLINFO')) return offers('NULL');
    if (command !== 'SIGNAL RELOAD') return ['250 OK'];
    const result = results[Math.min(lists.push(readdirSync(folder)), results.length) - 1];
    return ['250 OK', `650 HS_DESC ${result}`];
  });
  const control = await Control.open(fake.place);
  ends.push(
    () => control.close(),
    () => fake.close(),
    () => rmSync(folder, { recursive: true }),
  );
  const isPublished = await publishList(control, folder, `${name}.onion`, 0);
  return { isPublished, lists, left: readdirSync(folder) };
}

const uploaded = `UPLOADED ${name} UNKNOWN $AA~a`;
const refused = `FAILED ${name} NO_AUTH $AA~a x REASON=UPLOAD_REJECTED`;
const renewed = ['.renewal.auth'];

it('is there once a directory has taken it', async () => {
  expect(await published(uploaded)).toEqual({ isPublished: true, lists: [[]], left: [] });
});

it('that is refused is sent again, with a key of nobody on it and then without', async () => {
  expect(await published(refused, uploaded)).toEqual({ isPublished: true, lists: [[], renewed, []], left: [] });
  expect(await published(refused, refused, uploaded)).toEqual({ isPublished: true, lists: [[], renewed, []], left: [] });
});

it('that is always refused is said to be so, and leaves nothing behind', async () => {
  const { isPublished, lists, left } = await published(refused);
  expect([isPublished, lists.length, left]).toEqual([false, 6, []]);
});
