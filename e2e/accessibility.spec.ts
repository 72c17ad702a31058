/** Every screen by axe, in light and dark, and the core story with nothing but a keyboard. */
import type { Page } from '@playwright/test';
import { fits, hasNoFault } from './axe.ts';
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds no fault on any screen, ${colorScheme}`, async ({ person, relay }) => {
    test.slow();
    const context = { colorScheme, reducedMotion: 'reduce' as const };
    const ann = await person('Ann', { context });
    await ann.opens(relay.url);
    await expect(ann.button('Create room')).toBeVisible();
    await hasNoFault(ann.page, 'home');
    await fits(ann.page);

    await ann.createsRoom({ name: 'Ann', password: 'correct horse' });
    await hasNoFault(ann.page, 'room, alone');
    const link = await ann.copiesInvite();

    const bob = await person('Bob', { context });
    await bob.opens(link);
    await expect(bob.button('Join room')).toBeVisible();
    await hasNoFault(bob.page, 'preview');
    await fits(bob.page);
    await bob.joins('Bob', 'correct horse');
    await ann.seesPeople({ Bob: /direct|relayed/ });
    await ann.says('Hello https://example.org');
    await bob.sees('Hello https://example.org');
    await ann.seesDelivered('Hello https://example.org');
    await hasNoFault(ann.page, 'room');
    await hasNoFault(bob.page, 'room, reading');
    await fits(bob.page);

    await ann.button('Menu').click();
    await hasNoFault(ann.page, 'menu');
    await ann.page.keyboard.press('Escape');
    for (const panel of [
      'Keep or save this room',
      'Settings',
      'What does the relay know about me?',
      'What is protected, and what is not',
      'Keyboard shortcuts',
    ]) {
      await ann.button('Menu').click();
      await ann.page.getByRole('option', { name: panel }).click();
      await expect(ann.page.getByRole('heading', { name: panel })).toBeVisible();
      await hasNoFault(ann.page, panel);
      await fits(ann.page);
      await ann.closesPanel();
    }
    await ann.says('**marked** `code`\n```js\nlet a = 1;\n```');
    await bob.message('Hello https://example.org').focus();
    await expect(bob.page.getByRole('button', { name: /^(React|What to do with this message)$/ }).first()).toBeVisible();
    await hasNoFault(bob.page, 'room, a message in hand');
    await bob.page.keyboard.press('Enter');
    await expect(bob.dialog).toBeVisible();
    await hasNoFault(bob.page, 'what to do with a message');
    await bob.closesPanel();
    await bob.textbox('Message').fill('look at @A');
    await expect(bob.page.getByRole('option', { name: /Ann/ })).toBeVisible();
    await hasNoFault(bob.page, 'mentioning');
    await bob.textbox('Message').fill('');

    await ann.verifies('Bob');
    await expect(ann.dialog).toBeVisible();
    await hasNoFault(ann.page, 'verify');
    await ann.page.keyboard.press('Escape');

    await bob.leaves();
    await expect(bob.textbox('Message')).toHaveCount(0);
    await hasNoFault(bob.page, 'left');

    await bob.page.goto('about:blank');
    await bob.opens(`${relay.url}/#nonsense`);
    await expect(bob.page.getByRole('main')).toContainText(/invite/i);
    await hasNoFault(bob.page, 'bad link');
  });
}

test('360 px are enough', async ({ person, relay, isMobile }) => {
  test.skip(!isMobile, 'a desk is wider');
  const { ann } = await meet(person, relay, { ann: { context: { viewport: { width: 360, height: 640 } } } });
  await fits(ann.page);
  await expect(ann.textbox('Message')).toBeInViewport();
  await expect(ann.button('Send')).toBeInViewport();
});

test('a soft keyboard never covers where one writes', async ({ person, relay, isMobile }) => {
  test.skip(!isMobile, 'a desk has none');
  const { ann, bob } = await meet(person, relay, {
    ann: {
      // iOS lays the keyboard over the page: the visual viewport becomes lower, the page does not.
      before: () => {
        const view = window.visualViewport as VisualViewport;
        const keyboard = { px: 0 };
        Object.defineProperty(view, 'height', { get: () => innerHeight - keyboard.px });
        Object.assign(window, {
          coverBy: (px: number) => {
            keyboard.px = px;
            view.dispatchEvent(new Event('resize'));
          },
        });
      },
    },
  });
  for (let n = 1; n <= 12; n++) await bob.says(`line ${n}`);
  await ann.sees('line 12');
  const standsAbove = async (person: Person, line: number) => {
    await expect
      .poll(async () => {
        const [field, last, head] = [person.textbox('Message'), person.message('line 12'), person.button('Leave room')];
        const [a, b, c] = [await field.boundingBox(), await last.boundingBox(), await head.boundingBox()];
        return a !== null && b !== null && c !== null && a.y + a.height <= line && b.y + b.height <= a.y && c.y >= 0;
      })
      .toBe(true);
  };
  await standsAbove(ann, 844);
  await ann.page.evaluate('coverBy(336)');
  await standsAbove(ann, 844 - 336);
  await ann.page.evaluate('coverBy(0)');
  await expect.poll(async () => (await ann.textbox('Message').boundingBox())?.y).toBeGreaterThan(600);
  // Android makes the page itself lower (interactive-widget=resizes-content).
  await bob.page.setViewportSize({ width: 390, height: 844 - 320 });
  await standsAbove(bob, 844 - 320);
});

test('the core story with nothing but a keyboard', async ({ person, relay, isMobile }) => {
  test.skip(isMobile, 'a phone has none');
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  const reach = async (page: Page, name: string, role: 'button' | 'textbox') => {
    const target = page.getByRole(role, { name, exact: role === 'button' });
    await expect(target).toBeVisible();
    for (let press = 0; press < 60; press++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${name} cannot be reached with Tab`);
  };
  await ann.opens(relay.url);
  await reach(ann.page, 'Your name', 'textbox');
  await ann.page.keyboard.type('Ann');
  await reach(ann.page, 'Create room', 'button');
  await ann.page.keyboard.press('Enter');
  await ann.isInRoom();
  await reach(ann.page, 'Copy invite link', 'button');
  await ann.page.keyboard.press('Enter');
  const link = await ann.textbox('Invite link').inputValue();

  await bob.opens(link);
  await reach(bob.page, 'Your name', 'textbox');
  await bob.page.keyboard.type('Bob');
  await bob.page.keyboard.press('Enter');
  await bob.isInRoom();
  await ann.seesPeople({ Bob: /direct|relayed/ });
  await reach(bob.page, 'Message', 'textbox');
  await bob.page.keyboard.type('no mouse here');
  await bob.page.keyboard.press('Enter');
  await ann.sees('no mouse here');

  await reach(ann.page, 'Verify', 'button');
  await ann.page.keyboard.press('Enter');
  await reach(ann.page, 'They match', 'button');
  await ann.page.keyboard.press('Enter');
  await ann.seesPeople({ Bob: /verified/i });

  await reach(bob.page, 'Leave room', 'button');
  await bob.page.keyboard.press('Enter');
  await ann.seesNobodyCalled('Bob');
});

test('the page speaks German to those who prefer it', async ({ person, relay }) => {
  const ann = await person('Ann', { context: { locale: 'de-DE' } });
  await ann.opens(relay.url);
  await expect(ann.page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(ann.page.getByRole('button', { name: /raum/i }).first()).toBeVisible();
});
