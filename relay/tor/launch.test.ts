/** What goes wrong with the folder of a tor is a trouble of that tor, with a code, and never the end of the relay. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sweepTorFolder, writeTorrc } from './launch.ts';
import { torFolder } from './torrc.ts';

const root = mkdtempSync(join(tmpdir(), 'hushroom-launch-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('cannot take away what was left there', () => {
  const places = torFolder(root);
  mkdirSync(places.control);
  expect(() => sweepTorFolder(places)).toThrow(expect.objectContaining({ code: 'no-folder' }));
});

it('cannot put the configuration in its place', async () => {
  const places = torFolder(root);
  const program = join(root, 'tor-program');
  writeFileSync(program, '#!/bin/sh\necho Tor 0.4.8.10\n');
  chmodSync(program, 0o700);
  mkdirSync(join(places.torrc, 'in-the-way'), { recursive: true });
  await expect(writeTorrc(program, places, [])).rejects.toMatchObject({ code: 'no-folder' });
});
