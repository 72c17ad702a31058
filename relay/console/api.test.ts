/** What each role and token may, what a change does, and that nothing sent to any route breaks it (the routes are read from the OpenAPI document). */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Browser, ConsoleUnderTest, goodPassword } from '../testing/operable.ts';

const open: ConsoleUnderTest[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function signedIn(settings = {}): Promise<{ panel: ConsoleUnderTest; owner: Browser }> {
  const panel = await new ConsoleUnderTest(settings).start();
  open.push(panel);
  return { panel, owner: await panel.owner() };
}

/** A browser signed in as a new account of that role. */
async function as(role: 'operator' | 'viewer', panel: ConsoleUnderTest, owner: Browser): Promise<Browser> {
  await owner.post('/api/accounts', { name: role, role, password: goodPassword });
  const browser = panel.browser();
  await browser.signIn(role, goodPassword);
  return browser;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly hasBody: boolean;
}

async function operations(owner: Browser): Promise<Operation[]> {
  const { body } = await owner.get('/api/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  return Object.entries(body.paths as Record<string, Record<string, { requestBody?: object }>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      hasBody: requestBody !== undefined,
    })),
  );
}

describe('rights', () => {
  it('a viewer looks and does nothing', async () => {
    const { panel, owner } = await signedIn();
    const viewer = await as('viewer', panel, owner);
    for (const path of ['/api/state', '/api/history', '/api/settings', '/api/sessions'])
      expect((await viewer.get(path)).status, path).toBe(200);
    for (const [method, path, body] of [
      ['PUT', '/api/daemons', { count: 3 }],
      ['POST', '/api/rotation', { what: 'all' }],
      ['PATCH', '/api/settings', { rooms: 5 }],
      ['GET', '/api/audit', undefined],
      ['GET', '/api/exports/audit/json', undefined],
      ['GET', '/api/channels', undefined],
      ['POST', '/api/tokens', { label: 'x', scopes: ['read'] }],
      ['GET', '/api/accounts', undefined],
    ] as const)
      expect((await viewer.ask(method, path, body)).status, path).toBe(403);
    expect(panel.relay.asked).toEqual([]);
  });

  it('an operator runs the relay and is kept from accounts, addresses and channels', async () => {
    const { panel, owner } = await signedIn();
    const operator = await as('operator', panel, owner);
    expect((await operator.put('/api/daemons', { count: 3 })).status).toBe(204);
    expect((await operator.post('/api/rotation', { what: 'all' })).body).toEqual({ inMs: 10_000 });
    expect((await operator.post('/api/daemons/2/restart')).status).toBe(204);
    expect(panel.relay.asked).toEqual(['scale 3', 'rotate all', 'restart 2']);
    for (const [method, path, body] of [
      ['GET', '/api/accounts', undefined],
      ['POST', '/api/accounts', { name: 'eve', role: 'owner', password: goodPassword }],
      ['PUT', '/api/allowed', { ranges: [] }],
      ['PUT', '/api/channels', { channels: [] }],
    ] as const)
      expect((await operator.ask(method, path, body)).status, path).toBe(403);
  });

  it('taken from an account end its sessions; the last owner cannot go', async () => {
    const { panel, owner } = await signedIn();
    const operator = await as('operator', panel, owner);
    const accounts = (await owner.get('/api/accounts')).body as { id: number; name: string }[];
    const idOf = (name: string): number => accounts.find((one) => one.name === name)!.id;
    expect((await owner.patch(`/api/accounts/${idOf('operator')}`, { role: 'viewer' })).status).toBe(204);
    expect((await operator.get('/api/state')).status).toBe(401);
    expect((await owner.delete(`/api/accounts/${idOf('olga')}`)).body.sentence).toContain('last owner');
    expect((await owner.patch(`/api/accounts/${idOf('olga')}`, { role: 'viewer' })).status).toBe(422);
  });

  it('every route but the door, setup and sign-in refuses who is not signed in', async () => {
    const { panel, owner } = await signedIn();
    for (const { method, path } of await operations(owner)) {
      if (/^\/api\/(door|setup|session(\/passkey.*)?)$/.test(path) && method !== 'DELETE') continue;
      panel.clock.now += 2000;
      const answer = await panel.browser().ask(method, path.replaceAll(/\{\w+\}/g, '1'), method === 'GET' ? undefined : {});
      expect(answer.status, `${method} ${path}`).toBe(401);
    }
  });
});

describe('a token', () => {
  async function withToken(wish: object): Promise<{ panel: ConsoleUnderTest; owner: Browser; program: Browser; id: string }> {
    const { panel, owner } = await signedIn();
    const { text, id } = (await owner.post('/api/tokens', { label: 'script', ...wish })).body;
    const program = panel.browser();
    program.headers = { authorization: `Bearer ${text}` };
    return { panel, owner, program, id };
  }

  it('does what its scopes say, is counted, and ends after an hour by default', async () => {
    const { panel, owner, program, id } = await withToken({ scopes: ['read'] });
    expect((await program.get('/api/state')).status).toBe(200);
    expect((await program.put('/api/daemons', { count: 1 })).status).toBe(403);
    expect((await program.get('/api/audit')).status).toBe(403);
    expect((await owner.get('/api/tokens')).body[0]).toMatchObject({ id, uses: 3 });
    panel.clock.now += 60 * 60_000;
    expect((await program.get('/api/state')).status).toBe(401);
  });

  it('can be revoked, and bound to where it is used', async () => {
    const bound = await withToken({ scopes: ['operate'], source: '10.0.0.0/8' });
    expect((await bound.program.put('/api/daemons', { count: 1 })).body.sentence).toContain('wrong-source');
    const { owner, program, id } = await withToken({ scopes: ['operate'], source: '127.0.0.0/8' });
    expect((await program.put('/api/daemons', { count: 1 })).status).toBe(204);
    await owner.delete(`/api/tokens/${id}`);
    expect((await program.put('/api/daemons', { count: 1 })).body.sentence).toContain('revoked');
  });

  it('makes no tokens, accounts or sessions, and does not outlive its account’s rights', async () => {
    const { program } = await withToken({ scopes: ['read', 'operate', 'audit'] });
    expect((await program.post('/api/tokens', { label: 'x', scopes: ['read'] })).status).toBe(403);
    expect((await program.get('/api/accounts')).status).toBe(403);
    expect((await program.put('/api/password', { current: goodPassword, next: 'nine calm owls sing' })).status).toBe(403);
  });

  it('that was stretched, changed or made up is refused', async () => {
    const { program } = await withToken({ scopes: ['read'] });
    const whole = program.headers['authorization']!;
    const [type, id, , expires, mac] = whole.split('.') as [string, string, string, string, string];
    for (const forged of [
      `${type}.${id}.operate.${expires}.${mac}`,
      `${type}.${id}.read.9999999999.${mac}`,
      whole.slice(0, -1),
      'Bearer x',
      'Bearer hr1.a.b.c.d',
    ]) {
      program.headers = { authorization: forged };
      expect((await program.get('/api/state')).status).toBe(401);
    }
  });
});

describe('settings', () => {
  it('change at once, all or none, are checked as at the start, and are audited without secrets', async () => {
    const { panel, owner } = await signedIn();
    expect((await owner.patch('/api/settings', { rooms: 7, turnSecret: 'a-secret-for-turn' })).body).toEqual({
      changed: ['rooms', 'turnSecret'],
    });
    expect(panel.settings.current.rooms).toBe(7);
    expect(await owner.patch('/api/settings', { rooms: 8, burst: 'many' })).toMatchObject({
      status: 422,
      body: { sentence: expect.stringContaining('burst') },
    });
    expect(await owner.patch('/api/settings', { workBits: 21, workBitsMax: 3 })).toMatchObject({ status: 422 });
    expect(await owner.patch('/api/settings', { port: 1 })).toMatchObject({
      status: 422,
      body: { sentence: expect.stringContaining('cannot be changed') },
    });
    expect(await owner.patch('/api/settings', JSON.parse('{"__proto__": 1, "constructor": 2}'))).toMatchObject({ status: 422 });
    expect(panel.settings.current.rooms).toBe(7);
    expect((await owner.patch('/api/settings', { rooms: null })).status).toBe(200);
    expect(panel.settings.current.rooms).toBe(20_000);
    expect(JSON.stringify((await owner.get('/api/audit')).body)).not.toContain('a-secret-for-turn');
    expect(JSON.stringify((await owner.get('/api/settings')).body)).not.toContain('a-secret-for-turn');
  });

  it('of bridges are changed by operators, told of without the lines, and vetoed by tor', async () => {
    const { panel, owner } = await signedIn({ transports: 'obfs4=/usr/bin/obfs4proxy' });
    const bridges = ['obfs4 192.0.2.1:443 0123456789ABCDEF0123456789ABCDEF01234567 cert=abc iat-mode=0', 'Bridge 192.0.2.9:443'];
    const told: unknown[] = [];
    panel.settings.onChange(async (next) => {
      if (next.bridges.length > 2) throw new Error('tor does not accept bridge 3 of the list');
      told.push([next.bridgeUse, next.bridges.length]);
    });
    const operator = await as('operator', panel, owner);
    const viewer = await as('viewer', panel, owner);
    expect((await viewer.patch('/api/settings', { bridgeUse: 'off' })).status).toBe(403);
    expect((await operator.patch('/api/settings', { bridges, bridgeUse: 'always' })).body.changed).toEqual(['bridges', 'bridgeUse']);
    for (const [wish, why] of [
      [{ bridges: [...bridges, 'what ever'] }, 'bridges 3 must be like'],
      [{ bridges: [`192.0.2.9:443\nSocksPort 1`] }, 'bridges 1 must be like'],
      [{ bridges: ['snowflake 192.0.2.3:80'] }, 'where the program for bridge 1 is'],
      [{ bridges: [...bridges, '192.0.2.7:443'] }, 'tor does not accept bridge 3 of the list'],
      [{ bridgeUse: 'now' }, 'must be off, when-needed or always'],
      [{ transports: 'obfs4=/bin/sh' }, 'cannot be changed'],
    ] as const)
      expect((await operator.patch('/api/settings', wish)).body.sentence, why).toContain(why);
    expect(told).toEqual([
      ['always', 2],
      ['always', 2],
    ]);
    expect(panel.settings.current.bridges).toEqual([bridges[0], '192.0.2.9:443']);
    const said = JSON.stringify([(await owner.get('/api/audit')).body, (await owner.get('/api/settings')).body]);
    expect(said).not.toMatch(/192\.0\.2\.[1379]:\d+ 0123|cert=abc|192\.0\.2\.[379]/);
    expect((await owner.get('/api/audit')).body.map(({ detail }: { detail: string }) => detail)).toContain(
      '{"bridgeUse":"always","bridges":"(set)"}',
    );
    const view = { use: 'always', areUsed: true, why: 'always', list: [{ transport: 'obfs4', fingerprintEnd: '4567' }] } as const;
    expect((await viewer.get('/api/state')).body.bridges).toBeNull();
    panel.relay.bridgesView = { ...view, transports: ['obfs4'] };
    expect((await viewer.get('/api/state')).body.bridges).toEqual({ ...view, transports: ['obfs4'] });
  });

  it('are as they were when whatever has to carry them out cannot', async () => {
    const { panel, owner } = await signedIn();
    const seen: number[] = [];
    panel.settings.onChange(async ({ rooms }) => void seen.push(rooms));
    panel.settings.onChange(async ({ rooms }) => {
      if (rooms === 9) throw new Error('no room for nine');
    });
    expect((await owner.patch('/api/settings', { rooms: 9 })).body.sentence).toContain('no room for nine');
    expect(panel.settings.current.rooms).toBe(20_000);
    expect(seen).toEqual([9, 20_000]);
  });
});

describe('addresses', () => {
  it('that are allowed are the only ones, and nobody locks themself out', async () => {
    const { owner } = await signedIn();
    expect((await owner.put('/api/allowed', { ranges: ['10.0.0.0/8'] })).body.sentence).toContain('127.0.0.1');
    expect((await owner.put('/api/allowed', { ranges: ['127.0.0.1/33'] })).status).toBe(400);
    expect((await owner.put('/api/allowed', { ranges: ['127.0.0.0/8', 'fd00::/8'] })).status).toBe(204);
    expect((await owner.get('/api/state')).status).toBe(200);
  });
});

describe('failures of the relay', () => {
  it('are told to who asked, and are in the audit log', async () => {
    const { panel, owner } = await signedIn();
    panel.relay.refuse = new Error('no memory for that');
    expect(await owner.put('/api/daemons', { count: 100 })).toMatchObject({ status: 422, body: { sentence: 'no memory for that' } });
    expect((await owner.get('/api/audit')).body[0]).toMatchObject({ action: 'tor.scale', outcome: 'failed' });
    panel.relay.tor = null;
    expect((await owner.post('/api/rotation', { what: 'all' })).body.code).toBe('no-tor');
  });
});

describe('what is sent to any route', () => {
  it('never breaks it: a JSON answer below 500, and the next request works', async () => {
    const { panel, owner } = await signedIn();
    const all = await operations(owner);
    expect(all.length).toBeGreaterThan(30);
    const part = fc.oneof(
      fc.constantFrom('0', '1', '-1', '99999999999999999999', '%00', '..%2f..%2fetc', '%ff', 'constructor', 'a'.repeat(3000)),
      fc.string(),
    );
    const body = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.string(),
      fc.constantFrom('{', '[]', '"', 'null', `{"a":${'['.repeat(5000)}`, '{"name":"a\\u0000b","password":"x"}'),
    );
    const asks = fc.record({ at: fc.nat(all.length - 1), part, body, query: fc.string() });
    await fc.assert(
      fc.asyncProperty(asks, async ({ at, part: text, body: sent, query }) => {
        panel.clock.now += 60_000;
        const { method, path, hasBody } = all[at]!;
        if (path === '/api/session' && method === 'DELETE') return;
        const filled = path.replaceAll(/\{\w+\}/g, () => encodeURI(text).replaceAll(/[?#]/g, '') || '0');
        const answer = await owner.ask(method, `${filled}?${encodeURIComponent(query)}`, hasBody ? sent : undefined);
        expect(answer.status, `${method} ${filled}`).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.body).toMatchObject({ code: expect.any(String), sentence: expect.any(String) });
      }),
      { numRuns: 400 },
    );
    const again = panel.browser();
    panel.clock.now += 16 * 60_000;
    expect((await again.signIn('olga', goodPassword)).status).toBe(200);
  });

  it('does not split headers, nor answer bodies above 64 KiB', async () => {
    const { owner } = await signedIn();
    const answer = await owner.get('/api/exports/daemons/csv%0d%0aX-Evil:%201');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-evil')).toBeNull();
    expect((await owner.patch('/api/settings', { turnUrls: 'a'.repeat(70_000) })).status).toBe(400);
  });
});

describe('the live stream', () => {
  it('tells the state, then alerts and audit lines as they happen, and ends with the session', async () => {
    const { panel, owner } = await signedIn();
    const response = await fetch(`http://127.0.0.1:${panel.port}/api/live`, {
      headers: { cookie: `operator=${owner.cookies.get('operator')}` },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let said = '';
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(said)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended without ${pattern}: ${said}`);
        said += value;
      }
    };
    await until(/event: state\ndata: \{"at":/);
    await owner.put('/api/daemons', { count: 4 });
    await until(/event: audit\ndata: .*tor\.scale/);
    await owner.delete('/api/session');
    await until(/event: signed-out/);
    await reader.cancel();
  });

  it('keeps no session alive: a page that was left open is signed out after 30 minutes like any other', async () => {
    const { panel, owner } = await signedIn();
    const response = await fetch(`http://127.0.0.1:${panel.port}/api/live`, {
      headers: { cookie: `operator=${owner.cookies.get('operator')}` },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let said = '';
    const states = () => said.match(/event: state/g)?.length ?? 0;
    const read = async (): Promise<void> => {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended: ${said}`);
      said += value;
    };
    while (states() < 1) await read();
    panel.clock.now += 29 * 60_000;
    while (states() < 3) await read();
    expect(said).not.toContain('signed-out');
    panel.clock.now += 60_000;
    while (!said.includes('event: signed-out')) await read();
    expect((await owner.get('/api/state')).status).toBe(401);
  });

  it('counts as one use of a token, however long it is heard, and ends when that is revoked', async () => {
    const { panel, owner } = await signedIn();
    const { body } = await owner.post('/api/tokens', { label: 'watch', scopes: ['read'] });
    const response = await fetch(`http://127.0.0.1:${panel.port}/api/live`, { headers: { authorization: `Bearer ${body.text}` } });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let said = '';
    while ((said.match(/event: state/g)?.length ?? 0) < 2) said += (await reader.read()).value ?? '';
    const [token] = (await owner.get('/api/tokens')).body as { id: string; uses: number }[];
    expect(token?.uses).toBe(1);
    await owner.delete(`/api/tokens/${token?.id}`);
    while (!said.includes('event: signed-out')) said += (await reader.read()).value ?? '';
    expect((await reader.read()).done).toBe(true);
  });
});
