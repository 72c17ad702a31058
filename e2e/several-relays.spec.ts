/** One room at two relays: either may go, and nobody notices. */
import { inviteFragment, parseInvite } from '../shared/wire/invite.ts';
import { fits, hasNoFault } from './axe.ts';
import { expect, type Person, test } from './fixtures.ts';

test('two people go on talking when either relay is killed, and meet a third at the one that is left', async ({ person, fellows }) => {
  const [first, second] = await fellows(2);
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(first!.url);
  await ann.page.getByText('Carry the room at other relays as well').click();
  await ann.page.getByRole('checkbox', { name: new URL(second!.url).host }).check();
  await ann.createsRoom({ name: 'Ann', relayOnly: true });
  const link = await ann.copiesInvite();
  await bob.opens(link);
  await expect(bob.page.getByText('you – relay – room')).toBeVisible();
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: 'relayed' });
  await ann.opensPeople();
  const relays = ann.page.getByRole('list', { name: 'Relays' }).getByRole('listitem');
  await expect(relays.filter({ hasText: 'connected' })).toHaveCount(2);
  await ann.closesPanel();
  await ann.says('with both');
  await bob.sees('with both');

  await first!.kill();
  await ann.says('without the first');
  await bob.sees('without the first');
  await ann.seesDelivered('without the first', 3000);
  await expect(ann.page.getByRole('status').filter({ hasText: 'Connected' })).toBeVisible();
  await ann.opensPeople();
  await expect(relays.filter({ hasText: 'out of reach' })).toHaveCount(1);
  await ann.seesOf('Bob', 'relayed');
  await ann.closesPanel();

  // The page of the second relay opens the same invite.
  const cem = await person('Cem');
  await cem.opens(link.replace(first!.url, second!.url));
  await cem.joins('Cem');
  await cem.seesPeople({ Ann: 'relayed', Bob: 'relayed' });

  await first!.start();
  await ann.opensPeople();
  await expect(relays.filter({ hasText: 'connected' })).toHaveCount(2, { timeout: 20_000 });
  await ann.closesPanel();
  await second!.kill();
  await bob.says('without the second');
  for (const other of [ann, cem]) await other.sees('without the second');
  await bob.seesDelivered('without the second');
  for (const each of [ann, bob, cem]) expect(await each.order(['with both', 'without the first', 'without the second'])).toBeTruthy();
});

test('two who share no relay talk through one who is at both, and are told how', async ({ person, fellows }) => {
  const [first, second] = await fellows(2);
  const cem = await person('Cem');
  await cem.opens(first!.url);
  await cem.page.getByText('Carry the room at other relays as well').click();
  await cem.page.getByRole('checkbox', { name: new URL(second!.url).host }).check();
  await cem.createsRoom({ name: 'Cem', relayOnly: true });
  const link = await cem.copiesInvite();
  const comes = async (name: string, at: string, never: string): Promise<Person> => {
    const someone = await person(name);
    // Answered by nobody, as by a network that swallows what is for it.
    await someone.page.routeWebSocket(
      (url) => url.host === new URL(never).host,
      () => {},
    );
    await someone.opens(link.replace(first!.url, at));
    await someone.joins(name);
    await someone.seesPeople({ Cem: 'relayed' });
    return someone;
  };
  const ann = await comes('Ann', first!.url, second!.url);
  const bob = await comes('Bob', second!.url, first!.url);
  await ann.seesPeople({ Bob: 'through a member' }, 40_000);
  await bob.seesPeople({ Ann: 'through a member' }, 40_000);
  await ann.says('from the first relay');
  await bob.sees('from the first relay');
  await bob.says('from the second');
  for (const other of [ann, cem]) await other.sees('from the second');
  await ann.seesDelivered('from the first relay');
});

test('an invite to a relay that is no fellow opens that relay’s own page', async ({ person, startRelay, relay }) => {
  const other = await startRelay();
  const ann = await person('Ann');
  await ann.opens(other.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  const bob = await person('Bob');
  await bob.opens(relay.url);
  await bob.textbox('Paste an invite link').fill(link);
  await bob.button('Open invite').click();
  await expect(bob.page.getByText('This room is at another relay.')).toBeVisible();
  await bob.asksToJoin('Bob');
  await bob.page.waitForURL((url) => url.origin === other.url);
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: /direct|relayed/ });
});

test('the screens that tell of relays and onions fit and have no fault', async ({ person, fellows, isMobile }) => {
  const [first, second] = await fellows(2);
  const onion = `http://${'a'.repeat(55)}d.onion`;
  const context = { colorScheme: isMobile ? 'dark' : 'light', reducedMotion: 'reduce' } as const;
  const ann = await person('Ann', { context });
  await ann.opens(first!.url);
  await ann.page.getByText('Carry the room at other relays as well').click();
  await ann.page.getByRole('checkbox', { name: new URL(second!.url).host }).check();
  await hasNoFault(ann.page, 'home, with fellows');
  await fits(ann.page);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  await ann.opensPeople();
  await hasNoFault(ann.page, 'people, with relays');
  const { invite } = parseInvite(link);
  const looks = {
    'preview of two relays': [link, 'you – relay – room'],
    'preview of a stranger': [inviteFragment({ ...invite, relays: ['https://relay.example'] }), 'This room is at another relay.'],
    'preview of an onion': [inviteFragment({ ...invite, relays: [onion] }), 'does not hold the key'],
    'preview of a room for Tor alone': [
      inviteFragment({ ...invite, relays: [onion], relayOnly: true, onionOnly: true }),
      'It cannot be entered from this page',
    ],
  } as const;
  for (const [screen, [text, words]] of Object.entries(looks)) {
    const bob = await person('Bob', { context });
    await bob.opens(text.startsWith('#') ? `${first!.url}/${text}` : text);
    await expect(bob.page.getByText(words)).toBeVisible();
    await hasNoFault(bob.page, screen);
    await fits(bob.page);
  }
});
