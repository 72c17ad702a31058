/** What one does in a room all day: search, drafts, several rooms, the menu, the keyboard, being told. */
import { readFileSync } from 'node:fs';
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';

async function opensMenu(person: Person, choice: string): Promise<void> {
  await person.button('Menu').click();
  await person.page.getByRole('option', { name: choice }).click();
}

test('search finds what was said and goes from match to match', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  for (const text of ['the Red door', 'a blue door', 'a red roof', 'nothing']) await ann.says(text);
  await bob.sees('nothing');
  await opensMenu(bob, 'Search in this room');
  const field = bob.page.getByRole('searchbox', { name: 'Search in this room' });
  await field.fill('red');
  await expect(bob.page.getByText('1 of 2')).toBeVisible();
  await expect(bob.log.locator('mark')).toHaveText(['Red', 'red']);
  await bob.button('Older match').click();
  await expect(bob.page.getByText('2 of 2')).toBeVisible();
  await field.fill('green');
  await expect(bob.page.getByText('Nothing', { exact: true })).toBeVisible();
  await bob.button('Close search').click();
  await expect(bob.log.locator('mark')).toHaveCount(0);
  await expect(bob.textbox('Message')).toBeFocused();
});

test('several rooms are open at once; each keeps its draft and counts what is unread', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await bob.textbox('Message').fill('half a thought');
  await opensMenu(bob, 'Open another room');
  await bob.createsRoom({ name: 'Bob' });
  await expect(bob.textbox('Message')).toHaveValue('');
  await ann.says('are you there?');
  const rooms = bob.page.getByRole('navigation', { name: 'Rooms' });
  await rooms.getByRole('button', { name: /^Ann 1 new message/ }).click();
  await expect(bob.textbox('Message')).toHaveValue('half a thought');
  await bob.sees('are you there?');
  await rooms.getByRole('button', { name: 'Only you' }).click();
  await bob.leaves();
  await bob.button('Open a new room').click();
  await rooms.getByRole('button', { name: 'Ann' }).click();
  await bob.button('Send').click();
  await ann.sees('half a thought');
});

test('a notification comes when nobody looks, and says neither who nor what', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay, {
    bob: {
      context: { permissions: ['notifications'] },
      before: () => {
        const told: unknown[] = [];
        Object.assign(window, { told });
        class Recorded {
          static readonly permission = 'granted';
          static readonly requestPermission = async () => 'granted';
          constructor(title: string, options: { body: string }) {
            told.push([title, options.body]);
          }
        }
        Object.assign(window, { Notification: Recorded });
      },
    },
  });
  await opensMenu(bob, 'Settings');
  await bob.page.getByRole('checkbox', { name: 'Notifications', exact: true }).check();
  await expect(bob.page.getByRole('checkbox', { name: 'Notifications', exact: true })).toBeChecked();
  await bob.closesPanel();
  const told = () => bob.page.evaluate(() => (window as unknown as { told: unknown[] }).told);
  await ann.says('while you look');
  await bob.sees('while you look');
  await bob.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await ann.says('while you are away');
  await expect.poll(told).toEqual([['Hushroom', 'Someone wrote in a room.']]);
});

test('everything can be done from the keyboard, and the keys are listed', async ({ person, relay, isMobile }) => {
  test.skip(isMobile, 'a phone has none');
  const { ann, bob } = await meet(person, relay);
  await ann.says('first');
  await bob.sees('first');
  await bob.page.keyboard.press('Control+k');
  await expect(bob.dialog).toBeVisible();
  await bob.page.keyboard.type('short');
  await bob.page.keyboard.press('Enter');
  await expect(bob.page.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible();
  await bob.page.keyboard.press('Escape');
  await bob.log.focus();
  await bob.page.keyboard.press('ArrowUp');
  await expect(bob.message('first')).toBeFocused();
  await bob.page.keyboard.press('Enter');
  await expect(bob.page.getByRole('heading', { name: 'What to do with this message' })).toBeVisible();
  await bob.page.keyboard.press('Escape');
  await expect(bob.dialog).toHaveCount(0);
  await expect(bob.message('first')).toBeFocused();
});

test('the relay is told of in live numbers, and what is protected in plain words', async ({ person, relay }) => {
  const { ann } = await meet(person, relay);
  await opensMenu(ann, 'What does the relay know about me?');
  await expect(ann.dialog).toContainText('32 bytes that say nothing');
  const sent = async () => Number(/([\d.,]+) kB sent/.exec((await ann.dialog.textContent()) ?? '')?.[1]);
  expect(await sent()).toBeGreaterThan(0);
  await expect(ann.dialog.getByText(/^[12] of 1|^[01] of 1 people/)).toBeVisible();
  await ann.closesPanel();
  await opensMenu(ann, 'What is protected, and what is not');
  await expect(ann.dialog.getByRole('heading', { name: 'Not protected' })).toBeVisible();
});

test('a room that was asked to stay is entered again after a reload, as the same person', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('remember me');
  await bob.sees('remember me');
  await opensMenu(bob, 'Keep or save this room');
  await bob.page.getByRole('radio', { name: /^I can come back, and the messages stay/ }).check();
  await expect(bob.page.getByText('This browser keeps it now.')).toBeVisible();
  await bob.closesPanel();
  await bob.page.reload();
  await expect(bob.page.getByRole('heading', { name: 'Rooms kept here' })).toBeVisible();
  await expect(bob.page.getByText('You are Bob there')).toBeVisible();
  await bob.button('Come back').click();
  await bob.sees('remember me');
  await bob.says('I am back');
  await ann.sees('I am back');
});

test('the conversation is saved as a file', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('for the record');
  await bob.sees('for the record');
  await opensMenu(bob, 'Keep or save this room');
  const [plain] = await Promise.all([bob.page.waitForEvent('download'), bob.button('Save as plain text').click()]);
  expect(readFileSync(await plain.path(), 'utf8')).toContain('for the record');
  await bob.textbox('Passphrase').fill('correct horse battery');
  const [sealed] = await Promise.all([bob.page.waitForEvent('download'), bob.button('Save encrypted').click()]);
  expect(sealed.suggestedFilename()).toBe('conversation.hushroom');
  expect(readFileSync(await sealed.path()).includes('for the record')).toBe(false);
});
