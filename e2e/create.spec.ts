/** Creating a room and giving the invite away. */
import { expect, test } from './fixtures.ts';

test('a room needs a name and one click; five minutes is what it gets', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  await expect(ann.page.getByRole('timer')).toContainText(/[45]:\d\d|[45] min/);
  expect(await ann.copiesInvite()).toMatch(new RegExp(`^${relay.url}/#[\\w-]{78}$`));
});

test('the choices travel with the invite', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann', lifetime: '24 hours', relayOnly: true, password: 'correct horse' });
  const bob = await person('Bob');
  await bob.opens(await ann.copiesInvite());
  await expect(bob.button('Join room')).toBeVisible();
  await expect(bob.page.getByRole('main')).toContainText(/relay only/i);
  await expect(bob.textbox('Room password')).toBeVisible();
});

test('a room can live until everyone has left', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann', lifetime: 'Until everyone has left' });
  await expect(ann.page.getByRole('timer')).toHaveCount(0);
});

test('a name is remembered only when asked', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  expect(await stored(ann.page)).not.toContain('Ann');
  await ann.page.goto('about:blank');
  await ann.opens(relay.url);
  await expect(ann.textbox('Your name')).toHaveValue('');
  await ann.createsRoom({ name: 'Ann', rememberName: true });
  await ann.page.goto('about:blank');
  await ann.opens(relay.url);
  await expect(ann.textbox('Your name')).toHaveValue('Ann');
});

test('the invite is copied, shown as a QR code, and offered to the share sheet', async ({ person, relay, browserName }) => {
  test.skip(browserName !== 'chromium', 'reading the clipboard needs a grant that only Chromium gives');
  const ann = await person('Ann', {
    context: { permissions: ['clipboard-read', 'clipboard-write'] },
    before: () => {
      Object.defineProperty(navigator, 'share', { value: async (data: ShareData) => void Object.assign(window, { shared: data }) });
      Object.defineProperty(navigator, 'canShare', { value: () => true });
    },
  });
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  expect(await ann.page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await expect(ann.page.getByRole('img', { name: /QR/ })).toBeVisible();
  await ann.button(/share/i).click();
  expect(JSON.stringify(await ann.page.evaluate(() => (window as unknown as { shared: unknown }).shared))).toContain(link);
});

/** Everything the page has written to the browser's storage. */
async function stored(page: import('@playwright/test').Page): Promise<string> {
  return await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, databases]);
  });
}
