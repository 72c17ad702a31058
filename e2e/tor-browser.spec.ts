/** Firefox ESR set up as Tor Browser sets it up: what people who come over Tor have, at each of its three security levels. */
import { type Browser, firefox } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';
import { firefoxPath } from './places.ts';

/** Tor Browser's own settings, as far as a page can feel them. */
const standard = {
  'privacy.resistFingerprinting': true,
  'privacy.firstparty.isolate': true,
  'browser.privatebrowsing.autostart': true,
  'media.peerconnection.enabled': false,
  'dom.serviceWorkers.enabled': false,
  'dom.push.enabled': false,
  'dom.webnotifications.enabled': false,
  'webgl.disabled': true,
  'network.http.referer.XOriginPolicy': 2,
};
/** What the level "Safer" takes away besides. */
const safer = {
  'javascript.options.ion': false,
  'javascript.options.baselinejit': false,
  'javascript.options.native_regexp': false,
  'javascript.options.asmjs': false,
  'javascript.options.wasm': false,
  'mathml.disabled': true,
  'gfx.font_rendering.graphite.enabled': false,
};

const open = (prefs: Record<string, boolean | number>): Promise<Browser> =>
  firefox.launch({ channel: 'moz-firefox', executablePath: firefoxPath, firefoxUserPrefs: prefs });

test.describe.configure({ timeout: 120_000 });

for (const [level, prefs] of Object.entries({ standard, safer: { ...standard, ...safer } })) {
  test(`at the level ${level} two people talk and ask nobody but the relay`, async ({ person, relay }) => {
    const browser = await open(prefs);
    // Without a compiler a password takes a quarter of a minute, which is no time for a story: the other level has one.
    const choices = level === 'safer' ? {} : { password: 'correct horse' };
    const { ann, bob } = await meet(person, relay, { choices, ann: { browser }, bob: { browser } });
    expect(await ann.page.evaluate(() => [typeof RTCPeerConnection, typeof WebAssembly, 'serviceWorker' in navigator])).toEqual([
      'undefined',
      level === 'safer' ? 'undefined' : 'object',
      false,
    ]);
    await ann.seesPeople({ Bob: 'relayed' });
    await ann.says('as Tor Browser has it');
    await bob.sees('as Tor Browser has it');
    await ann.seesDelivered('as Tor Browser has it');
    await bob.says('and back');
    await ann.sees('and back');
    const origins = new Set([...ann.requests, ...bob.requests].map((url) => new URL(url).host));
    expect([...origins]).toEqual([new URL(relay.url).host]);
    await browser.close();
  });
}

test('at the level safest, where scripts are off, the page says what it needs and why, in two languages', async ({ person, relay }) => {
  const ann = await person('Ann', { context: { javaScriptEnabled: false } });
  await ann.opens(`${relay.url}/#an-invite`);
  await expect(ann.page.getByRole('heading', { level: 1 })).toHaveText('Hushroom needs scripts');
  await expect(ann.page.getByRole('paragraph').first()).toContainText('it is a script that does this');
  await expect(ann.page.getByRole('heading', { name: 'Hushroom braucht Skripte' })).toBeVisible();
  expect(new URL(ann.page.url()).hash).toBe('#an-invite');
  expect(await ann.page.locator('main').evaluate((main) => getComputedStyle(main).display)).toBe('grid');
});
