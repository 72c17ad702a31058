/** Who gets in, for how long, and what is refused at the door (ASVS V2, V3, V4; docs/operator-security.md). */
import { type IncomingMessage, request } from 'node:http';
import { Secret, TOTP } from 'otpauth';
import { afterEach, describe, expect, it } from 'vitest';
import { type Browser, ConsoleUnderTest, goodPassword } from '../testing/operable.ts';

const open: ConsoleUnderTest[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function console_(settings = {}): Promise<ConsoleUnderTest> {
  const one = await new ConsoleUnderTest(settings).start();
  open.push(one);
  return one;
}
const minute = 60_000;

describe('the first owner', () => {
  it('is made by the printed secret, once', async () => {
    const panel = await console_();
    expect((await panel.browser().get('/api/door')).body).toEqual({ setup: true });
    const wrong = await panel.browser().post('/api/setup', { secret: 'guess', name: 'olga', password: goodPassword });
    expect(wrong.status).toBe(422);
    const owner = await panel.owner();
    expect((await owner.get('/api/session')).body).toMatchObject({ name: 'olga', role: 'owner' });
    const again = await panel.browser().post('/api/setup', { secret: panel.setupSecret, name: 'eve', password: goodPassword });
    expect(again).toMatchObject({ status: 422, body: { sentence: 'there is an owner already' } });
  });

  it('is not made after 15 minutes', async () => {
    const panel = await console_();
    panel.clock.now += 15 * minute;
    expect((await panel.browser().post('/api/setup', { secret: panel.setupSecret, name: 'olga', password: goodPassword })).status).toBe(
      422,
    );
  });

  it.each([
    ['short', 'tiny words'],
    ['common', 'password1234'],
    ['the name in it', 'olgaolgaolga'],
  ])('does not get a password that is %s', async (_, password) => {
    const panel = await console_();
    const answer = await panel.browser().post('/api/setup', { secret: panel.setupSecret, name: 'olga', password });
    expect(answer.status).toBe(422);
    expect(answer.body.sentence).toMatch(/^The password/);
  });
});

describe('a session', () => {
  it('has a cookie that scripts cannot read and other sites cannot send', async () => {
    const panel = await console_();
    const answer = await panel.browser().post('/api/setup', { secret: panel.setupSecret, name: 'olga', password: goodPassword });
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^operator=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('has the __Host- prefix and Secure where the console is https', async () => {
    const panel = await console_({ consoleOrigins: 'https://op.example.org' });
    const answer = await new Promise<IncomingMessage>((answered) => {
      const body = JSON.stringify({ secret: panel.setupSecret, name: 'olga', password: goodPassword });
      const headers = { host: 'op.example.org', 'content-type': 'application/json', 'content-length': body.length };
      request({ port: panel.port, path: '/api/setup', method: 'POST', headers }, (response) => answered(response.resume())).end(body);
    });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-operator=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  });

  it('is not to be had by a name that was bound to this address', async () => {
    const panel = await console_({ consoleOrigins: 'https://op.example.org' });
    expect((await panel.browser().get('/api/door')).body.code).toBe('wrong-origin');
  });

  it('ends after 30 minutes without a request, and after 7 days with them', async () => {
    const panel = await console_();
    const owner = await panel.owner();
    panel.clock.now += 29 * minute;
    expect((await owner.get('/api/state')).status).toBe(200);
    panel.clock.now += 30 * minute;
    expect((await owner.get('/api/state')).status).toBe(401);
    const later = panel.browser();
    await later.signIn('olga', goodPassword);
    for (let hours = 0; hours < 7 * 24 * 60; hours += 25) {
      panel.clock.now += 25 * minute;
      if ((await later.get('/api/door')).status === 200) await later.get('/api/state');
    }
    panel.clock.now += 25 * minute;
    expect((await later.get('/api/state')).status).toBe(401);
  });

  it('gets another name at every sign-in: one that was planted before is worth nothing', async () => {
    const panel = await console_();
    await panel.owner();
    const victim = panel.browser();
    victim.cookies.set('operator', 'A'.repeat(43));
    await victim.signIn('olga', goodPassword);
    expect(victim.cookies.get('operator')).not.toBe('A'.repeat(43));
    const planter = panel.browser();
    planter.cookies.set('operator', 'A'.repeat(43));
    expect((await planter.get('/api/session')).status).toBe(401);
  });

  it('ends at sign-out, everywhere else at "sign out everywhere", and everywhere at a change of password', async () => {
    const panel = await console_();
    const [here, there] = [await panel.owner(), panel.browser()];
    await there.signIn('olga', goodPassword);
    expect((await here.delete('/api/sessions')).status).toBe(204);
    expect((await there.get('/api/session')).status).toBe(401);
    expect((await here.get('/api/session')).status).toBe(200);
    await there.signIn('olga', goodPassword);
    const next = 'nine calm owls sing';
    const changed = await here.put('/api/password', { current: goodPassword, next });
    expect(changed.status).toBe(200);
    here.csrf = changed.body.csrf;
    expect((await there.get('/api/session')).status).toBe(401);
    const old = here.cookies.get('operator');
    await here.delete('/api/session');
    const thief = panel.browser();
    thief.cookies.set('operator', old as string);
    expect((await thief.get('/api/session')).status).toBe(401);
  });

  it('changes nothing for a page of another site: without its CSRF secret, or with another Origin', async () => {
    const panel = await console_();
    const owner = await panel.owner();
    owner.headers = { origin: 'https://evil.example' };
    expect(await owner.put('/api/daemons', { count: 5 })).toMatchObject({ status: 403, body: { code: 'wrong-origin' } });
    owner.headers = {};
    owner.csrf = 'guess';
    expect(await owner.put('/api/daemons', { count: 5 })).toMatchObject({ status: 403, body: { code: 'wrong-csrf' } });
    expect(panel.relay.asked).toEqual([]);
  });
});

describe('guessing', () => {
  it('locks the account for 15 minutes after five failures, tells it, and alerts', async () => {
    const panel = await console_();
    await panel.owner();
    const guesser = panel.browser();
    for (let i = 0; i < 4; i++) {
      expect((await guesser.signIn('olga', 'wrong')).status).toBe(401);
      panel.clock.now += minute;
    }
    expect(await guesser.signIn('olga', 'wrong')).toMatchObject({ status: 423, body: { code: 'locked', retryS: 900 } });
    panel.clock.now += 14 * minute;
    expect((await guesser.signIn('olga', goodPassword)).status).toBe(423);
    panel.clock.now += minute;
    expect((await guesser.signIn('olga', goodPassword)).status).toBe(200);
    const { body } = await guesser.get('/api/audit');
    expect(body.map(({ action, outcome }: { action: string; outcome: string }) => `${action} ${outcome}`)).toContain('alert.raised done');
  });

  it('is slowed to five tries a minute, whoever is guessed', async () => {
    const panel = await console_();
    const guesser = panel.browser();
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await guesser.signIn(`name${i}`, 'wrong')).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
    panel.clock.now += minute;
    expect((await guesser.signIn('name7', 'wrong')).status).toBe(401);
  });

  it('cannot tell a name that exists from one that does not', async () => {
    const panel = await console_();
    await panel.owner();
    const [known, unknown] = [await panel.browser().signIn('olga', 'wrong'), await panel.browser().signIn('nobody', 'wrong')];
    expect(known.body).toEqual(unknown.body);
    expect(known.status).toBe(unknown.status);
  });

  it('ends at 60 requests a minute in general', async () => {
    const panel = await console_();
    const owner = await panel.owner();
    const statuses = [];
    for (let i = 0; i < 62; i++) statuses.push((await owner.get('/api/state')).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
    panel.clock.now += 1000;
    expect((await owner.get('/api/state')).status).toBe(200);
  });
});

describe('behind a proxy', () => {
  const from = (panel: ConsoleUnderTest, forwarded: string): Browser =>
    Object.assign(panel.browser(), { headers: { 'x-forwarded-for': forwarded } });

  it('everyone has limits of their own, and the audit log their addresses', async () => {
    const panel = await console_({ consoleProxies: '10.0.0.0/8, 127.0.0.1' });
    await panel.owner();
    const guesser = from(panel, '198.51.100.1');
    for (let i = 0; i < 5; i++) await guesser.signIn(`name${i}`, 'wrong');
    expect((await guesser.signIn('olga', goodPassword)).status).toBe(429);
    const olga = from(panel, '198.51.100.2');
    expect((await olga.signIn('olga', goodPassword)).status).toBe(200);
    const addresses = (await olga.get('/api/audit')).body.map(({ detail }: { detail: string }) => JSON.parse(detail).address);
    expect(addresses).toEqual(expect.arrayContaining(['198.51.100.1', '198.51.100.2']));
  });

  it.each([
    ['what the visitor wrote before what the proxy wrote', '127.0.0.1', (i: number) => `203.0.113.${i}, 198.51.100.1`],
    ['what is no address', '127.0.0.1', (i: number) => `somebody-${i}`],
    ['who is no proxy', '10.0.0.1', (i: number) => `203.0.113.${i}`],
    ['anybody, where no proxy is named', '', (i: number) => `203.0.113.${i}`],
  ])('%s is not believed: a forged header slips no limit', async (_, consoleProxies, forged) => {
    const panel = await console_({ consoleProxies });
    const statuses = [];
    for (let i = 1; i <= 6; i++) statuses.push((await from(panel, forged(i)).signIn(`name${i}`, 'wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('the list of addresses means the visitor, not the proxy', async () => {
    const panel = await console_({ consoleProxies: '127.0.0.1' });
    const owner = await panel.owner();
    owner.headers = { 'x-forwarded-for': '198.51.100.1' };
    expect((await owner.put('/api/allowed', { ranges: ['127.0.0.1'] })).body.sentence).toContain('198.51.100.1');
    expect((await owner.put('/api/allowed', { ranges: ['198.51.100.0/24'] })).status).toBe(204);
    expect((await owner.get('/api/state')).status).toBe(200);
    expect((await from(panel, '203.0.113.1').get('/api/door')).body.code).toBe('not-allowed');
  });
});

describe('the second step', () => {
  const codeAt = (secret: string, at: number): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });

  async function withApp(): Promise<{ panel: ConsoleUnderTest; secret: string; codes: string[] }> {
    const panel = await console_();
    const owner = await panel.owner();
    const { secret } = (await owner.post('/api/totp')).body;
    const { codes } = (await owner.put('/api/totp', { secret, code: codeAt(secret, panel.clock.now), password: goodPassword })).body;
    panel.clock.now += minute;
    return { panel, secret, codes };
  }

  it('is asked for once it is set up, and a code of it is good once', async () => {
    const { panel, secret } = await withApp();
    expect(await panel.browser().signIn('olga', goodPassword)).toMatchObject({ status: 401, body: { sentence: 'code-wanted' } });
    const code = codeAt(secret, panel.clock.now);
    expect((await panel.browser().signIn('olga', goodPassword, code)).status).toBe(200);
    expect((await panel.browser().signIn('olga', goodPassword, code)).status).toBe(401);
  });

  it('can be one of ten recovery codes, each once', async () => {
    const { panel, codes } = await withApp();
    expect(codes).toHaveLength(10);
    expect((await panel.browser().signIn('olga', goodPassword, codes[3])).status).toBe(200);
    expect((await panel.browser().signIn('olga', goodPassword, codes[3])).status).toBe(401);
    const browser = panel.browser();
    await browser.signIn('olga', goodPassword, codes[4]?.toUpperCase().replace('-', ' '));
    expect((await browser.get('/api/session')).body).toMatchObject({ hasTotp: true, recoveryCodes: 8 });
  });

  it('is not set up by a wrong code, nor taken away without the password', async () => {
    const panel = await console_();
    const owner = await panel.owner();
    const { secret } = (await owner.post('/api/totp')).body;
    expect((await owner.put('/api/totp', { secret, code: '000000', password: goodPassword })).status).toBe(422);
    expect((await owner.delete('/api/totp', { password: 'wrong' })).status).toBe(422);
  });
});
