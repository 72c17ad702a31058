/** What the browser is told, what leaves the page, and what the relay writes down. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test('the page comes with strict headers', async ({ relay }) => {
  const answer = await fetch(relay.url);
  const headers = Object.fromEntries(answer.headers);
  const policy = Object.fromEntries(
    headers['content-security-policy']!.split(';').map((part) => {
      const [name, ...rest] = part.trim().split(/\s+/);
      return [name, rest.join(' ')];
    }),
  );
  expect(policy['default-src']).toBe("'none'");
  expect(policy['script-src']).toBe("'self'");
  expect(policy['require-trusted-types-for']).toBe("'script'");
  expect(policy['frame-ancestors']).toBe("'none'");
  expect(policy['base-uri']).toBe("'none'");
  expect(policy['form-action']).toBe("'none'");
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['permissions-policy']).toMatch(/camera=\(self\)/);
  expect(headers['strict-transport-security']).toBeUndefined();
  expect(headers['set-cookie']).toBeUndefined();
});

test('assets are immutable and compressed beforehand; the page itself is never stale', async ({ relay }) => {
  const page = await (await fetch(relay.url)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)![1]!;
  const asset = await fetch(relay.url + script, { headers: { 'accept-encoding': 'br' } });
  expect(asset.headers.get('cache-control')).toMatch(/max-age=31536000.*immutable/);
  expect(asset.headers.get('content-encoding')).toBe('br');
  await asset.text();
  for (const path of ['/', '/sw.js']) {
    const answer = await fetch(relay.url + path);
    expect(answer.headers.get('cache-control')).toMatch(/no-cache/);
    await answer.text();
  }
});

test('a whole conversation asks nobody but the relay, and names no secret to it', async ({ person, startRelay }) => {
  const relay = await startRelay();
  const { ann, bob, link } = await meet(person, relay, { choices: { password: 'correct horse' } });
  const secret = link.split('#')[1]!;
  await ann.says('the fox jumps at midnight');
  await bob.sees('the fox jumps at midnight');
  await ann.verifies('Bob');
  await ann.theyMatch();
  await bob.leaves();
  await ann.seesNobodyCalled('Bob');

  const { host } = new URL(relay.url);
  for (const one of [ann, bob]) {
    expect(one.requests.length).toBeGreaterThan(0);
    for (const url of one.requests) {
      if (url.startsWith('blob:') || url.startsWith('data:')) continue;
      expect(new URL(url).host, url).toBe(host);
      // Playwright shows the first address as it was typed; the fragment never leaves the browser.
      expect(url.split('#')[0]).not.toContain(secret);
    }
    expect(one.page.url()).not.toContain('#');
  }
  await relay.stop();
  const log = relay.log.join('\n');
  for (const line of relay.log.filter((line) => line.startsWith('{'))) expect(() => JSON.parse(line)).not.toThrow();
  for (const trace of [secret, 'Ann', 'Bob', 'midnight', 'horse', '127.0.0.1', '::1']) expect(log).not.toContain(trace);
});

test('a relay-only room sends no datagram', async ({ person, relay, line }) => {
  const bobsLine = await line();
  bobsLine.countUdp();
  const { ann, bob } = await meet(person, relay, { choices: { relayOnly: true }, bob: { line: bobsLine } });
  await ann.says('by the relay alone');
  await bob.sees('by the relay alone');
  await bob.seesPeople({ Ann: 'relayed' });
  expect(bobsLine.udpPackets()).toBe(0);
});

test('a reload keeps nothing of the room', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('only in memory');
  await bob.sees('only in memory');
  await bob.page.reload();
  await expect(bob.button('Create room')).toBeVisible();
  expect(await bob.page.content()).not.toContain('only in memory');
});
