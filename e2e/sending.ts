/** How people in the stories send files and save them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Download, Locator } from '@playwright/test';
import type { Person } from './fixtures.ts';

export interface Sent {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export const noise = (name: string, bytes: number, mimeType = 'application/octet-stream'): Sent => ({
  name,
  mimeType,
  buffer: Buffer.alloc(bytes, createHash('sha512').update(name).digest()),
});
export const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

export async function attaches(person: Person, files: readonly Sent[]): Promise<void> {
  const chooser = person.page.waitForEvent('filechooser');
  await person.button('Attach').click();
  await person.button('Files and pictures').click();
  await (await chooser).setFiles([...files]);
}

export const entry = (person: Person, text: string): Locator => person.log.getByRole('article').filter({ hasText: text });

export async function saves(person: Person, name: string): Promise<Buffer> {
  const begun = person.page.waitForEvent('download', { timeout: 60_000 });
  await person.button(`Save ${name}`).click();
  return contents(await begun);
}

export async function contents(download: Download): Promise<Buffer> {
  return readFileSync(await download.path());
}

export async function sends(person: Person, ...files: Sent[]): Promise<void> {
  await attaches(person, files);
  await person.button(files.length === 1 ? 'Send file' : `Send ${files.length} files`).click();
}
