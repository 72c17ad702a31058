/** Opening a link: what it shows, what it never does, and what a bad link says. */
import { inviteFragment, parseInvite } from '../shared/wire/invite.ts';
import { expect, test } from './fixtures.ts';

test('the link shows what is about to happen and joins on one button', async ({ person, relay }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann', lifetime: '1 hour' });
  await bob.opens(await ann.copiesInvite());
  const preview = bob.page.getByRole('main');
  await expect(preview).toContainText('localhost');
  await expect(preview).toContainText(/direct/i);
  await expect(preview).toContainText(/(59|60|61) min|1 hour/i);
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: /direct|relayed/ });
  await bob.seesPeople({ Ann: /direct|relayed/ });
});

test('loading a link joins nothing and burns nothing', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  for (let visit = 0; visit < 3; visit++) {
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    await answer.text();
  }
  const bob = await person('Bob');
  await bob.opens(link);
  await expect(bob.button('Join room')).toBeVisible();
  expect(bob.framesSent).toBe(0);
  await ann.seesNobodyCalled('Bob');
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: /direct|relayed/ });
});

test('the secret leaves the address bar and the history before anything else', async ({ person, relay }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  expect(ann.page.url()).not.toContain('#');
  await bob.opens(link);
  await expect(bob.button('Join room')).toBeVisible();
  expect(bob.page.url()).toBe(`${relay.url}/`);
  await bob.joins('Bob');
  await bob.page.goto('about:blank');
  await bob.page.goBack();
  expect(bob.page.url()).not.toContain('#');
});

test('a link whose # a messenger has escaped is repaired in the page', async ({ person, relay }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  await bob.opens(link.replace('#', '%23'));
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: /direct|relayed/ });
  expect(bob.page.url()).toBe(`${relay.url}/`);
  expect(relay.log.join('\n')).not.toContain(link.split('#')[1]);
});

test('a link can be pasted on the first screen', async ({ person, relay }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  await bob.opens(relay.url);
  await bob.page.getByRole('textbox', { name: 'Paste an invite link' }).fill(await ann.copiesInvite());
  await bob.page.keyboard.press('Enter');
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: /direct|relayed/ });
});

test.describe('a link that cannot be used says why and leads on', () => {
  const cases: Record<string, { spoil: (secret: string) => string; says: string }> = {
    cut: { spoil: (secret) => secret.slice(0, 30), says: 'This invite is incomplete' },
    edited: {
      spoil: (secret) => secret.slice(0, 20) + (secret[20] === 'A' ? 'B' : 'A') + secret.slice(21),
      says: 'This invite has been changed',
    },
    wrong: { spoil: () => '/not/a/room', says: 'This is not an invite' },
    expired: {
      spoil: (secret) => inviteFragment({ ...parseInvite(secret).invite, expiresAt: Math.floor(Date.now() / 1000) - 1 }).slice(1),
      says: 'This room has ended',
    },
  };
  for (const [fault, { spoil, says }] of Object.entries(cases)) {
    test(fault, async ({ person, relay }) => {
      const ann = await person('Ann');
      await ann.opens(relay.url);
      await ann.createsRoom({ name: 'Ann' });
      const [before, secret] = (await ann.copiesInvite()).split('#') as [string, string];
      const bob = await person('Bob');
      await bob.opens(`${before}#${spoil(secret)}`);
      await expect(bob.page.getByRole('main')).toContainText(says);
      await expect(bob.button('Join room')).toHaveCount(0);
      await bob.page
        .getByRole('button', { name: /To the start page|Open a new room/ })
        .first()
        .click();
      await expect(bob.button('Create room')).toBeVisible();
    });
  }
});

test('a wrong password is told and can be tried again', async ({ person, relay }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann', password: 'correct horse' });
  const link = await ann.copiesInvite();
  await bob.opens(link);
  await bob.asksToJoin('Bob', 'wrong horse');
  await expect(bob.page.getByText(/^The password did not fit/).first()).toBeVisible({ timeout: 20_000 });
  await bob.page.goto('about:blank');
  await bob.opens(link);
  await bob.joins('Bob', 'correct horse');
  await ann.seesPeople({ Bob: /direct|relayed/ });
  await bob.says('let me in');
  await ann.sees('let me in');
});

test('a full room says so', async ({ person, startRelay }) => {
  const relay = await startRelay({ settings: { HUSHROOM_ROOM_MEMBERS: '2' } });
  const [ann, bob, eve] = [await person('Ann'), await person('Bob'), await person('Eve')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  await bob.opens(link);
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: /direct|relayed/ });
  await eve.opens(link);
  await eve.asksToJoin('Eve');
  await expect(eve.page.getByRole('main')).toContainText('This room is full');
});
