/**
 * Every line that can stand in the audit log, written by what it tells. The list of them is read from the source, so that a new line has to
 * be written here too. The one of a channel that takes nothing is in alert-watch.test.ts.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterEach, expect, it } from 'vitest';
import { Authenticator } from '../testing/authenticator.ts';
import { type Answer, ConsoleUnderTest, goodPassword } from '../testing/operable.ts';
import type { AuditEntry } from './audit.ts';
import { openDatabase } from './database.ts';
import { recover } from './recover.ts';

const folder = mkdtempSync(join(tmpdir(), 'hushroom-lines-'));
const open: ConsoleUnderTest[] = [];
afterEach(async () => {
  for (const panel of open.splice(0)) await panel.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<ConsoleUnderTest> {
  const panel = await new ConsoleUnderTest({ dataDir: folder }).start();
  open.push(panel);
  return panel;
}

/** `action outcome` of every call that appends a line; the two whose action is put together while they run are looked for by name. */
function linesOfTheSource(): string[] {
  const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const text = sources.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');
  const written = [...text.matchAll(/audit\.append\([^,]+, '([a-z.-]+)', '(\w+)'/g)].map(([, action, outcome]) => `${action} ${outcome}`);
  const acted = [...text.matchAll(/acted\(context, '([a-z.]+)'/g)].flatMap(([, action]) => [`${action} done`, `${action} failed`]);
  return [...new Set([...written, ...acted])].toSorted();
}

it('every line of the audit log is written by what it tells', async () => {
  let panel = await start();
  // Requests a minute are bounded; what happens here takes its time.
  const later = (): void => {
    panel.clock.now += 60_000;
  };
  await panel.browser().post('/api/setup', { secret: 'a guess', name: 'eve', password: goodPassword });
  const owner = await panel.owner();
  const codeAt = (secret: string): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: panel.clock.now });
  const { secret } = (await owner.post('/api/totp')).body;
  await owner.put('/api/totp', { secret, code: codeAt(secret), password: goodPassword });
  await owner.delete('/api/totp', { password: goodPassword });

  later();

  const origin = `http://localhost:${panel.port}`;
  const passkey = new Authenticator(origin);
  const laptop = panel.browser(origin);
  await laptop.signIn('olga', goodPassword);
  const add = async (): Promise<Answer> => {
    const { body } = await laptop.post('/api/passkeys/options', { password: goodPassword });
    return await laptop.post('/api/passkeys', { label: 'laptop', answer: passkey.register(body) });
  };
  expect((await add()).status).toBe(204);
  const byPasskey = async (): Promise<Answer> =>
    await laptop.post('/api/session/passkey', passkey.signIn((await laptop.post('/api/session/passkey/options')).body));
  const { status, body } = await byPasskey();
  expect(status).toBe(200);
  laptop.csrf = body.csrf;
  const another = await laptop.post('/api/passkeys', { label: 'stale', answer: passkey.register({ challenge: 'of another time' }) });
  expect(another.status).toBe(422);
  const [{ id: known }] = (await laptop.get('/api/passkeys')).body;
  expect((await laptop.delete(`/api/passkeys/${known}`)).status).toBe(204);
  expect((await byPasskey()).status).toBe(401);
  later();

  await owner.post('/api/accounts', { name: 'vera', role: 'viewer', password: goodPassword });
  const vera = (await owner.get('/api/accounts')).body.find(({ name }: { name: string }) => name === 'vera').id;
  later();
  const viewer = panel.browser();
  await viewer.signIn('vera', 'wrong');
  await viewer.signIn('vera', goodPassword);
  await viewer.put('/api/daemons', { count: 2 });
  await viewer.delete('/api/session');
  await owner.patch(`/api/accounts/${vera}`, { role: 'operator' });
  await owner.delete(`/api/accounts/${vera}`);
  later();

  const { id } = (await owner.post('/api/tokens', { label: 'backup', scopes: ['read'] })).body;
  await owner.delete(`/api/tokens/${id}`);
  const program = panel.browser();
  program.headers = { authorization: 'Bearer hr1.made.up.1.AAAA' };
  await program.get('/api/state');

  await owner.put('/api/allowed', { ranges: [] });
  await owner.patch('/api/settings', { rooms: 7 });
  await owner.patch('/api/settings', { port: 1 });
  for (const refuse of [null, new Error('no')]) {
    panel.relay.refuse = refuse;
    await owner.put('/api/daemons', { count: 2 });
    await owner.post('/api/rotation', { what: 'all' });
  }
  await owner.post('/api/daemons/0/restart');
  const { tor } = panel.relay;
  panel.relay.tor = null;
  await owner.post('/api/daemons/0/restart');
  panel.relay.tor = tor;
  later();

  // A channel that takes what it is told, once, and then no more.
  const nobody = { kind: 'webhook', url: 'http://127.0.0.1:1/', secret: 'a secret of some length', inner: true, throughTor: false };
  const hook = createServer((_, response) => void response.end()).listen(0, '127.0.0.1');
  await new Promise((listening) => hook.once('listening', listening));
  const url = `http://127.0.0.1:${(hook.address() as { port: number }).port}/`;
  await owner.put('/api/channels', { channels: [{ ...nobody, url }] });
  await owner.post('/api/channels/0/test');
  hook.closeAllConnections();
  await new Promise((closed) => hook.close(closed));
  await owner.post('/api/channels/0/test');
  await owner.get('/api/exports/metrics/json');

  for (let i = 0; i < 5; i++) await panel.browser().signIn('olga', 'wrong');
  // The watch has to look before there is something to put away. Once a second is often enough for the bound on requests.
  const putAway = async (): Promise<number> => {
    panel.clock.now += 1000;
    return (await owner.post('/api/alerts/failed-sign-ins/dismiss')).status;
  };
  await expect.poll(putAway).toBe(204);
  await owner.delete('/api/sessions');
  later();
  await owner.put('/api/password', { current: goodPassword, next: 'nine calm owls sing' });
  await recover(folder, ['allow-all'], () => {}, Date.now);
  await recover(folder, ['reset', 'olga'], () => {}, Date.now);

  // Started again with a setting of before that no longer fits.
  await open.pop()!.close();
  const database = openDatabase(folder);
  const had = database.prepare('select name from settings').all();
  expect(had).toEqual([{ name: 'rooms' }]);
  database.exec(`update settings set value = '"many"'`);
  database.close();
  panel = await start();
  await open.pop()!.close();

  const kept = openDatabase(folder);
  const entries = kept.prepare('select * from audit').all() as unknown as AuditEntry[];
  kept.close();
  const seen = new Set(entries.map(({ action, outcome }) => `${action} ${outcome}`));
  const missing = linesOfTheSource().filter((line) => !seen.has(line));
  expect(missing).toEqual(['alert.tell failed']);
  expect([...seen]).toEqual(expect.arrayContaining(['alert.raised done', 'PUT /api/daemons refused']));
  expect(entries.some(({ detail }) => JSON.parse(detail).locked === true)).toBe(true);
});
