/** The core story across engines: Chromium with Firefox, and WebKit, which has no WebRTC here. */
import { writeFile } from 'node:fs/promises';
import { firefox } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';
import { firefoxPath } from './places.ts';
import { contents, digest, entry, noise } from './sending.ts';
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

test('Firefox, which cannot be asked for a place on the disk, gets a large file as a download that never lies in memory', async ({
  person,
  relay,
}, info) => {
  const fox = await firefox.launch({ channel: 'moz-firefox', executablePath: firefoxPath, args: [] });
  const { ann, bob } = await meet(person, relay, { bob: { browser: fox } });
  expect(await bob.page.evaluate(() => 'showSaveFilePicker' in window)).toBe(false);
  await bob.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const large = noise('large.dat', 34_000_000);
  const path = info.outputPath('large.dat');
  await writeFile(path, large.buffer);
  await ann.page.locator('input[type=file][multiple]').setInputFiles(path);
  await ann.button('Send file').click();
  const begun = bob.page.waitForEvent('download', { timeout: 60_000 });
  await bob.button('Save large.dat').click();
  const download = await begun;
  expect(download.suggestedFilename()).toBe('large.dat');
  await expect(entry(bob, 'large.dat')).toContainText('Saved', { timeout: 60_000 });
  await expect(entry(ann, 'large.dat')).toContainText('Bob has it');
  expect(digest(await contents(download))).toBe(digest(large.buffer));
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
