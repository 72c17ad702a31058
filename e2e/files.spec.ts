/** Files: from one person's disk to the other's, whatever happens on the way. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Download } from '@playwright/test';
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';

interface Sent {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const noise = (name: string, bytes: number, mimeType = 'application/octet-stream'): Sent => ({
  name,
  mimeType,
  buffer: Buffer.alloc(bytes, createHash('sha512').update(name).digest()),
});
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function attaches(person: Person, files: readonly Sent[]): Promise<void> {
  const chooser = person.page.waitForEvent('filechooser');
  await person.button('Attach').click();
  await person.button('Files and pictures').click();
  await (await chooser).setFiles([...files]);
}

async function sends(person: Person, ...files: Sent[]): Promise<void> {
  await attaches(person, files);
  await person.button(files.length === 1 ? 'Send file' : `Send ${files.length} files`).click();
}

async function saves(person: Person, name: string): Promise<Buffer> {
  const begun = person.page.waitForEvent('download', { timeout: 60_000 });
  await person.button(`Save ${name}`).click();
  return contents(await begun);
}

async function contents(download: Download): Promise<Buffer> {
  return readFileSync(await download.path());
}

for (const relayOnly of [false, true]) {
  test(`several files ${relayOnly ? 'through the relay alone' : 'over a direct link'}`, async ({ person, relay }) => {
    const { ann, bob } = await meet(person, relay, { choices: { relayOnly } });
    const path = relayOnly ? /relayed/i : /direct/i;
    await ann.seesPeople({ Bob: path });
    await bob.seesPeople({ Ann: path });
    const [letter, data] = [noise('letter.txt', 5000, 'text/plain'), noise('data.bin', 3_000_000)];
    await sends(ann, letter, data);
    for (const file of [letter, data]) {
      expect(digest(await saves(bob, file.name)), file.name).toBe(digest(file.buffer));
      await expect(ann.log.getByRole('article').filter({ hasText: file.name })).toContainText('Bob has it');
    }
  });
}
