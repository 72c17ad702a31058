/** The operator's page: from the printed secret to a running console, what each role is shown, and every screen by axe. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { fits, hasNoFault } from './axe.ts';
import { test as base, expect } from './fixtures.ts';
import { checkout } from './places.ts';
import { freePort, Program } from './process.ts';

interface RelayWithConsole {
  readonly url: string;
  readonly secret: string;
  readonly chat: string;
  /** Ends it and starts it again on the same folder. */
  restart(): Promise<void>;
}

/** A relay with a console on a folder of its own. */
async function relayWithConsole(settings: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hushroom-console-'));
  const ports = ['--port', String(await freePort()), '--console-port', String(await freePort())];
  const start = () =>
    new Program(process.execPath, [checkout('dist/relay/main.js'), '--console', '--data-dir', folder, ...ports], { env: settings });
  let relay = start();
  const [, url = '', secret = ''] = /open (\S+) and give it (\S+)/.exec(await relay.says(/give it/)) ?? [];
  const { address } = JSON.parse(await relay.says(/"listening"/)) as { address: string };
  const panel: RelayWithConsole = {
    url,
    secret,
    chat: address,
    restart: async () => {
      await relay.end('SIGTERM');
      relay = start();
      await relay.says(/"console"/);
    },
  };
  const end = async () => {
    await relay.end('SIGTERM');
    rmSync(folder, { recursive: true });
  };
  return { panel, end };
}

const test = base.extend<{ panel: RelayWithConsole }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  panel: async ({}, use) => {
    const { panel, end } = await relayWithConsole();
    await use(panel);
    await end();
  },
});

const password = 'seven odd lamps hum';
const go = (page: Page, place: string) => page.getByRole('navigation').getByRole('button', { name: place }).click();

async function becomesOwner(page: Page, { url, secret }: RelayWithConsole): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Setup secret').fill(secret);
  await page.getByLabel('Name').fill('olga');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make the owner' }).click();
  await expect(page.getByText('Running since')).toBeVisible();
}

async function signsIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** No fault by axe, and nothing to scroll sideways. */
async function isWhole(page: Page, screen: string): Promise<void> {
  await hasNoFault(page, screen);
  await fits(page);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every screen of the console is without a fault, ${colorScheme}`, async ({ page, panel }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(panel.url);
    await expect(page.getByLabel('Setup secret')).toBeVisible();
    await isWhole(page, 'setup');
    await becomesOwner(page, panel);
    for (const place of ['Overview', 'Tor', 'Settings', 'Alerts', 'Audit', 'People', 'API', 'My account']) {
      await go(page, place);
      await expect(page.getByRole('heading', { name: place, level: 2 })).toBeVisible();
      await expect(page.getByRole('alert')).toHaveCount(0);
      await isWhole(page, place);
    }
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
    await isWhole(page, 'door');
  });
}

test('rooms and members are counted as they come and go, and nothing of them is shown', async ({ page, panel, person }) => {
  await becomesOwner(page, panel);
  const count = (name: string) => page.locator('dl div', { hasText: name }).locator('dd');
  await expect(count('Rooms')).toHaveText('0');
  const ann = await person('Ann');
  await ann.opens(panel.chat);
  await ann.createsRoom({ name: 'Ann' });
  await expect(count('Rooms')).toHaveText('1');
  await expect(count('Members')).toHaveText('1');
  await ann.leaves();
  await expect(count('Members')).toHaveText('0');
  await expect(page.locator('body')).not.toContainText('Ann');
});

test('a setting changed in the console holds at once and after a restart, and is in the audit log', async ({ page, panel }) => {
  await becomesOwner(page, panel);
  await go(page, 'Settings');
  await page.getByLabel('roomMembers').fill('many');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('roomMembers must be a whole number from 2 to 64')).toBeVisible();
  await page.getByLabel('roomMembers').fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('roomMembers (changed here)')).toHaveValue('7');
  await go(page, 'Audit');
  await expect(page.getByRole('row', { name: /olga settings done/ }).first()).toContainText('"roomMembers":"7"');
  await page.getByRole('button', { name: 'Check the chain' }).click();
  await expect(page.getByText(/^Whole\. Entries: \d+$/)).toBeVisible();
  // The page says that it is cut off, and comes back by itself: it is signed in still.
  const lost = page.getByText('The connection to the relay is lost');
  const restarted = panel.restart();
  await expect(lost).toBeVisible({ timeout: 60_000 });
  await restarted;
  await expect(lost).toHaveCount(0, { timeout: 60_000 });
  await page.reload();
  await go(page, 'Settings');
  await expect(page.getByLabel('roomMembers (changed here)')).toHaveValue('7');
});

/** What the relay answers to the page's own session, whatever the page shows. */
const asks = (page: Page, requests: readonly (readonly [method: string, path: string, body?: object])[]) =>
  page.evaluate(async (list) => {
    const { csrf } = (await (await fetch('/api/session')).json()) as { csrf: string };
    const headers = { 'X-CSRF': csrf, 'Content-Type': 'application/json' };
    const ask = async ([method, path, body]: (typeof list)[number]) => {
      const answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return `${path} ${answer.status} ${((await answer.json()) as { code: string }).code}`;
    };
    return await Promise.all(list.map(ask));
  }, requests);

test('each role is shown what it may and refused the rest, and a removed one is signed out', async ({ page, panel, browser }) => {
  await becomesOwner(page, panel);
  await go(page, 'People');
  for (const [name, role] of [
    ['otto', 'Operator'],
    ['vera', 'Viewer'],
  ] as const) {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByLabel('Role', { exact: true }).selectOption(role);
    await page.getByRole('button', { name: 'Add an account' }).click();
    await expect(page.getByRole('cell', { name, exact: true })).toBeVisible();
  }
  const places = async (name: string) => {
    const other = await (await browser.newContext()).newPage();
    await signsIn(other, panel.url, name);
    await expect(other.getByText('Running since')).toBeVisible();
    return { other, names: await other.getByRole('navigation').getByRole('button').allInnerTexts() };
  };
  const { names: ofVera, other: vera } = await places('vera');
  expect(ofVera).toEqual(['Overview', 'Tor', 'Settings', 'Alerts', 'My account']);
  await go(vera, 'Settings');
  await expect(vera.getByLabel('roomMembers')).toBeDisabled();
  const { names: ofOtto, other: otto } = await places('otto');
  expect(ofOtto).toEqual(['Overview', 'Tor', 'Settings', 'Alerts', 'Audit', 'API', 'My account']);
  const no = (...paths: string[]) => paths.map((path) => `${path} 403 not-allowed`);
  expect(
    await asks(vera, [
      ['PUT', '/api/daemons', { count: 3 }],
      ['PATCH', '/api/settings', { roomMembers: 3 }],
      ['GET', '/api/audit'],
      ['POST', '/api/accounts', { name: 'eve', role: 'owner', password }],
    ]),
  ).toEqual(no('/api/daemons', '/api/settings', '/api/audit', '/api/accounts'));
  expect(
    await asks(otto, [
      ['POST', '/api/accounts', { name: 'eve', role: 'owner', password }],
      ['PUT', '/api/allowed', { ranges: [] }],
      ['PUT', '/api/channels', { channels: [] }],
    ]),
  ).toEqual(no('/api/accounts', '/api/allowed', '/api/channels'));
  await page.getByRole('button', { name: 'Remove: vera' }).click();
  await expect(vera.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});

test('an operator with a keyboard alone signs in and makes a token, whose text is shown once', async ({ page, panel }) => {
  await becomesOwner(page, panel);
  await page.reload();
  await expect(page.getByText('Running since')).toBeVisible();
  await page.getByRole('navigation').getByRole('button', { name: 'API' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'What it is for' }).focus();
  await page.keyboard.type('backup');
  await page.keyboard.press('Enter');
  const made = page.getByText('it is not shown again:');
  await expect(made).toContainText(/hr1\.[\w-]+\.read\.\d+\.[\w-]+/);
  await go(page, 'Overview');
  await go(page, 'API');
  await expect(page.getByRole('cell', { name: 'backup', exact: true })).toBeVisible();
  await expect(made).toHaveCount(0);
});

test('a passkey signs in without password and code, and is gone when it is removed', async ({ page, panel }) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
  } as const;
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
  await becomesOwner(page, panel);
  await go(page, 'My account');
  await page.getByLabel('Its name').fill('this laptop');
  const form = page.locator('form', { has: page.getByLabel('Its name') });
  await form.getByLabel('Current password').fill(password);
  await form.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('this laptop')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText('Running since')).toBeVisible();
  await go(page, 'My account');
  await page.getByRole('button', { name: 'Remove: this laptop' }).click();
  await expect(page.getByText('this laptop')).toHaveCount(0);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText('no account has this passkey')).toBeVisible();
});

test.describe('Tor', () => {
  test.setTimeout(180_000);

  test('bridges are given, refused, used and removed while the relay runs, and nobody is shown their lines', async ({ page }) => {
    const { panel, end } = await relayWithConsole({ HUSHROOM_ONION: 'yes', HUSHROOM_TRANSPORTS: 'obfs4=/usr/bin/obfs4proxy' });
    const line = (fingerprint: string) => `obfs4 127.0.0.1:9 ${fingerprint} cert=${'a'.repeat(70)} iat-mode=0`;
    try {
      await becomesOwner(page, panel);
      await go(page, 'Tor');
      const bridges = page.getByRole('region', { name: 'Bridges' });
      const list = bridges.getByRole('list', { name: 'Bridges of this relay' });
      const replaceBy = async (text: string) => {
        await bridges.getByLabel('New list').fill(text);
        await bridges.getByRole('button', { name: 'Replace the list' }).click();
      };
      await expect(bridges.getByText('There are none.')).toBeVisible();
      await replaceBy(`${line('0123456789ABCDEF0123456789ABCDEF01234567')}\nwhat ever`);
      await expect(page.getByText('bridges 2 must be like')).toBeVisible();
      await replaceBy(line('Z'.repeat(40)));
      await expect(page.getByText('tor does not accept bridge 1 of the list')).toBeVisible();
      await expect(list).toHaveCount(0);
      await replaceBy(`Bridge ${line('0123456789ABCDEF0123456789ABCDEF01234567')}\n127.0.0.1:9`);
      await expect(list.getByRole('listitem')).toHaveText([/^obfs4 … 4567$/, /^no transport$/]);
      await expect(bridges.getByLabel('New list')).toHaveValue('');
      await bridges.getByLabel('When they are used').selectOption('Always');
      await expect(bridges.getByText('They are always to be used.')).toBeVisible();
      await expect(bridges.getByText('in use', { exact: true })).toBeVisible();
      await isWhole(page, 'Bridges');
      await go(page, 'Audit');
      await expect(page.getByRole('cell', { name: '{"bridgeUse":"always"}' })).toBeVisible();
      await expect(page.locator('body')).not.toContainText(/127\.0\.0\.1:9|aaaaaaaa|89ABCDEF/);
      await go(page, 'Tor');
      await bridges.getByRole('button', { name: 'Remove all' }).click();
      await expect(bridges.getByText('There are none.')).toBeVisible();
      await expect(bridges.getByText('not in use')).toBeVisible();
    } finally {
      await end();
    }
  });

  test('from the first sign-in to a pool that was scaled, rotated, restarted and scaled down', async ({ page, torNetwork }) => {
    const { panel, end } = await relayWithConsole({ HUSHROOM_GATEWAY: 'yes', HUSHROOM_TOR_EXTRA: torNetwork.view.memberFile });
    try {
      await becomesOwner(page, panel);
      await go(page, 'Tor');
      const ready = page.getByRole('row', { name: /ready|slow/ });
      await expect(ready).toHaveCount(1, { timeout: 60_000 });
      await page.getByLabel('Daemons').fill('2');
      await page.getByRole('button', { name: 'Set', exact: true }).click();
      await expect(ready).toHaveCount(2, { timeout: 60_000 });
      await page.getByRole('button', { name: 'New circuits for all' }).click();
      await expect(page.getByText(/^It takes effect in \d+ s$/)).toBeVisible({ timeout: 30_000 });
      await page.getByLabel('Onion').fill(`${'a'.repeat(56)}.onion`);
      await page.getByRole('button', { name: 'New circuits to one relay' }).click();
      await expect(page.getByText('there is no stream to this onion')).toBeVisible();
      await ready.last().getByRole('button', { name: 'Restart' }).click();
      await expect(ready.last().getByRole('cell').nth(4)).toHaveText('1', { timeout: 60_000 });
      await page.getByLabel('Daemons').fill('0');
      await page.getByRole('button', { name: 'Set', exact: true }).click();
      await expect(ready).toHaveCount(0, { timeout: 60_000 });
      await go(page, 'Audit');
      for (const action of ['tor.scale', 'tor.rotate', 'tor.restart'])
        await expect(page.getByRole('cell', { name: action }).first()).toBeVisible();
    } finally {
      await end();
    }
  });
});
