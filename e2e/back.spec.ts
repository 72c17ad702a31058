/** The back button: a browser that keeps the page as it was brings the room back with it. */
import { chromium } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { chromiumOptions } from './launch.ts';
import { meet } from './meet.ts';

test('whoever goes to another page and back is in the room as before, and has missed nothing', async ({ person, relay }) => {
  // Playwright switches the back/forward cache off unless it is told not to.
  const browser = await chromium.launch(chromiumOptions({ ignoreDefaultArgs: ['--disable-back-forward-cache'] }));
  const { ann, bob } = await meet(person, relay, { bob: { browser }, choices: { relayOnly: true } });
  await bob.says('before I go');
  await ann.sees('before I go');
  await bob.page.evaluate(() =>
    window.addEventListener('pageshow', ({ persisted }) => document.body.setAttribute('data-kept', String(persisted))),
  );
  await bob.page.goto(`${relay.url}/healthz`);
  await ann.says('while you are away');
  await ann.seesUndelivered('while you are away');
  await bob.page.goBack({ waitUntil: 'commit' });
  await expect(bob.page.locator('body')).toHaveAttribute('data-kept', 'true');
  await bob.sees('before I go');
  await bob.sees('while you are away');
  await ann.seesDelivered('while you are away');
  await bob.says('here again');
  await ann.sees('here again');
  await ann.seesPeople({ Bob: 'relayed' });
  await browser.close();
});
