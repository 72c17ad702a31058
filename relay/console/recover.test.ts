import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConsoleUnderTest, goodPassword } from '../testing/operable.ts';
import { recover } from './recover.ts';

let folder = '';
let panel: ConsoleUnderTest;
const said: string[] = [];
const verb = (...args: string[]): Promise<number> => recover(folder, args, (line) => said.push(line), Date.now);
beforeEach(async () => {
  said.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'hushroom-recover-'));
  panel = await new ConsoleUnderTest({ dataDir: folder }).start();
});
afterEach(async () => {
  await panel.close();
  rmSync(folder, { recursive: true });
});

it('the owner of the host gets a new password for an account, beside the running relay; old sessions end', async () => {
  const owner = await panel.owner();
  expect(await verb('reset', 'Olga')).toBe(0);
  expect((await owner.get('/api/session')).status).toBe(401);
  expect((await panel.browser().signIn('olga', goodPassword)).status).toBe(401);
  const password = / with (\S+) now/.exec(said[0] ?? '')?.[1] ?? '';
  expect((await panel.browser().signIn('olga', password)).status).toBe(200);
  await expect(verb('reset', 'nobody')).rejects.toThrow('there are: olga');
});

it('the owner of the host takes the allow-list away', async () => {
  const owner = await panel.owner();
  await owner.put('/api/allowed', { ranges: ['127.0.0.1'] });
  expect(await verb('allow-all')).toBe(0);
  expect((await owner.get('/api/allowed')).body).toEqual({ ranges: [] });
});

it('whether the audit log is whole is told with an exit code', async () => {
  await panel.owner();
  expect(await verb('audit')).toBe(0);
  expect(said.at(-1)).toMatch(/^Whole: \d+ entries\.$/);
});

it('a folder without a console is said to be one', async () => {
  await expect(recover(tmpdir(), ['audit'], () => {}, Date.now)).rejects.toThrow('there is no console');
});
