/** The core story across engines: Chromium with Firefox, and WebKit, which has no WebRTC here. */
import { firefox } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';
import { firefoxPath } from './places.ts';
import { WebKit } from './webkit.ts';

test.describe.configure({ timeout: 120_000 });

test('Chromium and Firefox talk, whoever made the room', async ({ person, relay }) => {
  const fox = await firefox.launch({ channel: 'moz-firefox', executablePath: firefoxPath, args: [] });
  for (const circumstances of [{ ann: { browser: fox } }, { bob: { browser: fox } }]) {
    const { ann, bob } = await meet(person, relay, circumstances);
    await ann.seesPeople({ Bob: 'direct' });
    await bob.seesPeople({ Ann: 'direct' });
    await ann.says('across engines');
    await bob.sees('across engines');
    await ann.seesDelivered('across engines');
    await bob.says('ä'.repeat(1500));
    await ann.sees('ä'.repeat(1500));
  }
  await fox.close();
});

test('WebKit talks through the relay', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  const webkit = await WebKit.open();
  try {
    await webkit.goto(link);
    await webkit.type('Your name', 'Wanda');
    await webkit.click('Join room');
    await ann.seesPeople({ Wanda: 'relayed' }, 30_000);
    await ann.says('hello WebKit');
    await webkit.sees('hello WebKit');
    await ann.seesDelivered('hello WebKit');
    await webkit.type('Message', 'hello Chromium');
    await webkit.click('Send');
    await ann.sees('hello Chromium');
    expect(await webkit.evaluate<string>('return location.href')).toBe(`${relay.url}/`);
  } finally {
    await webkit.close();
  }
});
