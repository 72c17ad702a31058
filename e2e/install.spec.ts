/** The page as an installed program: it opens without a network, and a new version waits until it is wanted. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { chromiumOptions } from './launch.ts';
import { meet } from './meet.ts';
import { checkout } from './places.ts';

const workerIsReady = () => navigator.serviceWorker.ready.then((registration) => registration.active !== null);

test('the browser finds it installable', async ({ relay }) => {
  const profile = mkdtempSync(join(tmpdir(), 'hushroom-profile-'));
  // Installability is only judged outside of private contexts.
  const context = await chromium.launchPersistentContext(profile, chromiumOptions());
  const page = await context.newPage();
  await page.goto(relay.url);
  await page.evaluate(workerIsReady);
  const devtools = await context.newCDPSession(page);
  expect(await devtools.send('Page.getInstallabilityErrors')).toEqual({ installabilityErrors: [] });
  const manifest = await devtools.send('Page.getAppManifest');
  expect(manifest.errors).toEqual([]);
  expect(JSON.parse(manifest.data!)).toMatchObject({ name: 'Hushroom', display: 'standalone' });
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});

test('the shell opens with the relay gone and says that it is offline', async ({ person, startRelay }) => {
  const relay = await startRelay();
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.page.evaluate(workerIsReady);
  await relay.kill();
  await ann.page.reload();
  await expect(ann.button('Create room')).toBeVisible();
  await ann.context.setOffline(true);
  await ann.page.reload();
  await expect(ann.page.getByRole('status')).toContainText('offline');
});

test('the offline shell keeps no invite', async ({ person, relay }) => {
  const { bob, link } = await meet(person, relay);
  await bob.page.evaluate(workerIsReady);
  const kept = await bob.page.evaluate(async () => {
    const addresses: string[] = [];
    for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) addresses.push(request.url);
    return addresses;
  });
  expect(kept.length).toBeGreaterThan(0);
  for (const address of kept) expect(address).not.toContain(link.split('#')[1]);
});

test('a new version is offered in the middle of a chat, and never forced', async ({ person, startRelay }) => {
  const site = mkdtempSync(join(tmpdir(), 'hushroom-site-'));
  cpSync(checkout('dist'), site, { recursive: true });
  const relay = await startRelay({ program: join(site, 'relay/main.js') });
  const { ann, bob } = await meet(person, relay);
  await ann.page.evaluate(workerIsReady);
  const worker = readdirSync(join(site, 'web')).find((name) => name === 'sw.js')!;
  for (const name of readdirSync(join(site, 'web')).filter((name) => name.startsWith(worker))) rmSync(join(site, 'web', name));
  writeFileSync(join(site, 'web', worker), `${readFileSync(checkout('dist/web/sw.js'), 'utf8')}\n// another version\n`);
  await relay.stop();
  await relay.start();
  await ann.page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  await expect(ann.page.getByText(/^A new version is ready/)).toBeVisible();
  await ann.says('still here');
  await bob.sees('still here');
  rmSync(site, { recursive: true, force: true });
});
