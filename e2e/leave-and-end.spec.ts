/** Leaving, the end of a room, and forgetting everything. */
import { inviteFragment, parseInvite } from '../shared/wire/invite.ts';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test('leaving wipes the page', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('a secret between us');
  await bob.sees('a secret between us');
  await bob.leaves();
  await expect(bob.page.getByText('a secret between us')).toHaveCount(0);
  await expect(bob.page.getByText('You have left')).toBeVisible();
  expect(await bob.page.content()).not.toContain('a secret between us');
  await bob.page.goBack().catch(() => undefined);
  expect(await bob.page.content()).not.toContain('a secret between us');
});

test('at expiry the relay closes the room and every page wipes itself and says so', async ({ person, relay }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const invite = await ann.copiesInvite();
  const expiresAt = Math.floor(Date.now() / 1000) + 20;
  const link = `${relay.url}/${inviteFragment({ ...parseInvite(invite).invite, expiresAt })}`;
  await ann.page.goto('about:blank');
  for (const guest of [ann, bob]) {
    await guest.opens(link);
    await guest.joins(guest.name);
  }
  await ann.seesPeople({ Bob: /direct|relayed/ });
  await ann.says('soon over');
  await bob.sees('soon over');
  const timer = bob.page.getByRole('timer');
  await expect(timer).toContainText(/[01]:\d\d/);
  const shown = await timer.textContent();
  await expect(timer).not.toHaveText(shown!);
  for (const guest of [ann, bob]) {
    await expect(guest.page.getByRole('main')).toContainText('The time is up', { timeout: 30_000 });
    expect(await guest.page.content()).not.toContain('soon over');
    await expect(guest.textbox('Message')).toHaveCount(0);
  }
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt * 1000);
  const late = await person('Late');
  await late.opens(link);
  await expect(late.page.getByRole('main')).toContainText('This room has ended');
});

test('"Forget everything" wipes the page, its storage and its caches', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay, { choices: { rememberName: true } });
  await ann.says('burn this');
  await bob.sees('burn this');
  await ann.forgets();
  await ann.isGone();
  const page = await ann.context.newPage();
  await page.goto(`${relay.url}/healthz`);
  const left = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cookies: document.cookie,
  }));
  expect(left).toEqual({ local: {}, session: {}, databases: [], caches: [], workers: 0, cookies: '' });
  await bob.seesNobodyCalled('Ann');
});

test('a key forgets everything too', async ({ person, relay, isMobile }) => {
  test.skip(isMobile, 'a phone has no such key');
  const { ann, bob } = await meet(person, relay);
  await ann.says('burn this as well');
  await bob.sees('burn this as well');
  for (let press = 0; press < 3; press++) await ann.page.keyboard.press('Escape');
  await ann.isGone();
  await bob.seesNobodyCalled('Ann');
});
