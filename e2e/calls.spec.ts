/** Calls: voices, pictures and screens between real browsers with made-up devices, and what is said where there are none. */
import { hasNoFault } from './axe.ts';
import { both, captured, comesIn, hears, madeUpDevices, starts, tile, watches } from './calling.ts';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test.use({ launchOptions: madeUpDevices });

test('two people call: voices, pictures and a screen flow over verified connections, and leaving frees the devices', async ({
  person,
  relay,
}) => {
  const { ann, bob } = await meet(person, relay, both);
  await starts(ann);
  await expect(bob.log).toContainText(/Ann .*has started a call/);
  expect(await captured(bob), 'nothing is touched before a press').toEqual([]);
  await hasNoFault(bob.page, 'a call to join');
  await comesIn(bob);
  for (const [one, other] of [
    [ann, 'Bob'],
    [bob, 'Ann'],
  ] as const) {
    await expect(tile(one, other)).toContainText('verified');
    await hears(one);
  }

  await ann.button('Mute').click();
  await expect(tile(bob, 'Ann')).toContainText('muted');
  await ann.button('Unmute').click();
  await expect(tile(bob, 'Ann')).not.toContainText('muted');

  await ann.button('Turn camera on').click();
  await expect(bob.page.getByLabel('Video of Ann')).toBeVisible();
  await watches(bob);
  await ann.button('Turn camera off').click();
  await expect(bob.page.getByLabel('Video of Ann')).toHaveCount(0);
  expect(await captured(ann)).toContain('video ended');

  await bob.button('Share screen').click();
  await expect(ann.page.getByLabel('Screen of Bob')).toBeVisible();
  await watches(ann);
  await hasNoFault(ann.page, 'a call with a screen');

  await bob.button('Leave call').click();
  await expect(tile(ann, 'Bob')).toHaveCount(0);
  expect((await captured(bob)).filter((track) => track.endsWith('live'))).toEqual([]);
  await ann.leaves();
  await expect(ann.page.getByRole('heading', { name: /left/i })).toBeVisible();
  expect((await captured(ann)).filter((track) => track.endsWith('live'))).toEqual([]);
});

test('a room that is relay only says why there are no calls, and touches no device', async ({ person, relay }) => {
  const { ann } = await meet(person, relay, { ...both, choices: { relayOnly: true } });
  await ann.page.getByRole('button', { name: 'Call', exact: true }).click();
  await expect(ann.dialog).toContainText('In this room everything goes through the relay');
  await expect(ann.dialog.getByRole('button', { name: 'Start call' })).toHaveCount(0);
  await hasNoFault(ann.page, 'no calls here');
  expect(await captured(ann)).toEqual([]);
});
