/** Coming in without a link: by a code over the phone, by the list and a knock, by the camera, by what another program shares. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { hasNoFault } from './axe.ts';
import { expect, type Person, test } from './fixtures.ts';
import { chromiumOptions } from './launch.ts';
import { filmCode } from './picture.ts';
import type { Relay } from './relay.ts';

const spokenCode = async (person: Person): Promise<string> => {
  await person.button(/^Make (a spoken|another) code$/).click();
  const code = person.page.getByRole('status', { name: 'Spoken code' });
  await expect(code).toHaveText(/^\d+-[a-z]+-[a-z]+-[a-z]+$/);
  return (await code.textContent()) ?? '';
};

/** The start page asks for a name as well: first the invite must be there. */
const joinsWhenInvited = async (person: Person): Promise<void> => {
  await expect(person.button('Join room')).toBeVisible();
  await person.joins(person.name);
};

const typesCode = async (person: Person, code: string): Promise<void> => {
  await person.textbox('Type a spoken code').fill(code);
  await person.button('Use code').click();
};

/** Makes the room one is in visible to everyone. */
const lists = async (person: Person, title: string, way = 'By knocking'): Promise<void> => {
  await person.page.keyboard.press('Control+k');
  await person.page.getByRole('option', { name: 'The list of rooms' }).click();
  await person.textbox('Title').fill(title);
  await person.textbox('Topic').fill('Whatever comes');
  await person.page.getByRole('radio', { name: new RegExp(`^${way}`) }).check();
  await person.button('Put into the list').click();
  await expect(person.page.getByText('This room is in the list.')).toBeVisible();
};

const looksAround = async (person: Person, relay: Relay): Promise<void> => {
  await person.opens(relay.url);
  await person.button('Rooms listed here').click();
  await expect(person.page.getByRole('heading', { name: 'Rooms listed here' })).toBeVisible();
};

const entry = (person: Person, title: string) =>
  person.page.getByRole('list', { name: 'Listed rooms' }).getByRole('listitem').filter({ hasText: title });

const knocks = async (person: Person, title: string, name: string): Promise<void> => {
  await entry(person, title).getByRole('button', { name: 'Knock' }).click();
  await person.dialog.getByRole('textbox', { name: 'Your name' }).fill(name);
  await person.dialog.getByRole('button', { name: 'Knock' }).click();
};

test('a code read out over the phone brings somebody in, once', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const code = await spokenCode(ann);
  await hasNoFault(ann.page, 'a code');

  const bob = await person('Bob');
  await bob.opens(relay.url);
  const [number, ...words] = code.split('-') as [string, string, string, string];
  const field = bob.textbox('Type a spoken code');
  await field.pressSequentially(`${number} ${words[0].slice(0, 3).toUpperCase()}`);
  await bob.page.getByRole('group', { name: 'Words that fit' }).getByRole('button', { name: words[0] }).click();
  await expect(field).toHaveValue(`${number}-${words[0]}-`);
  await hasNoFault(bob.page, 'typing a code');
  await field.pressSequentially(`${words[1]} ${words[2].slice(0, 3)}`);
  await bob.page.keyboard.press('Enter');
  await joinsWhenInvited(bob);
  await ann.says('that was quick');
  await bob.sees('that was quick');
  await ann.seesPeople({ Bob: /direct|relayed/ });

  const cat = await person('Cat');
  await cat.opens(relay.url);
  await typesCode(cat, code);
  await expect(cat.page.getByText(/^There is no such code/)).toBeVisible();
});

test('one wrong word burns a code, its maker is told, and another one works', async ({ person, relay }) => {
  const [ann, mallory, bob] = [await person('Ann'), await person('Mallory'), await person('Bob')];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const code = await spokenCode(ann);
  await mallory.opens(relay.url);
  await typesCode(mallory, 'seven crystal windows');
  await expect(mallory.page.getByText(/^That is not a code/)).toBeVisible();
  const [number, first, second, third] = code.split('-');
  await typesCode(mallory, [number, first, second, third === 'zebra' ? 'zodiac' : 'zebra'].join(' '));
  await expect(mallory.page.getByText(/^The words did not fit/)).toBeVisible();
  await expect(ann.page.getByText(/wrong words, so the code is burned/)).toBeVisible();

  await bob.opens(relay.url);
  await typesCode(bob, code);
  await expect(bob.page.getByText(/^There is no such code/)).toBeVisible();
  await typesCode(bob, await spokenCode(ann));
  await joinsWhenInvited(bob);
  await ann.seesPeople({ Bob: /direct|relayed/ });
});

test('a listed room is found, and whoever knocks is let in', async ({ person, relay, isMobile }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann', lifetime: '1 hour' });
  const title = `Reading circle ${isMobile ? 'on the phone' : 'at the desk'}`;
  await lists(ann, title);
  await hasNoFault(ann.page, 'the listing');
  await ann.closesPanel();
  await expect(ann.page.getByText('Everyone can see this room in the list of its relay.')).toBeVisible();

  const bob = await person('Bob');
  await looksAround(bob, relay);
  await expect(entry(bob, title)).toContainText('1 person inside');
  await expect(entry(bob, title)).toContainText('Whatever comes');
  await bob.page.getByRole('searchbox', { name: 'Search the list' }).fill('nothing like it');
  await expect(bob.page.getByText('No listed room has these words.')).toBeVisible();
  await bob.page.getByRole('searchbox', { name: 'Search the list' }).fill('circle READING');
  await hasNoFault(bob.page, 'the list');
  await knocks(bob, title, 'Bob the visitor');
  await expect(bob.dialog.getByText(/^They have heard you/)).toBeVisible();
  await hasNoFault(bob.page, 'knocking');
  await expect(ann.page.getByText('Bob the visitor wants to come in')).toBeVisible();
  await hasNoFault(ann.page, 'a knock');
  const emoji = await ann.page.getByRole('list', { name: 'Seven emoji that they see as well' }).textContent();
  await expect(bob.dialog.getByRole('list', { name: 'Seven emoji' })).toHaveText(emoji ?? '');
  await ann.button('Let in').click();
  await expect(ann.page.getByText('Bob the visitor wants to come in')).toHaveCount(0);
  await joinsWhenInvited(bob);
  await ann.says('come in, sit down');
  await bob.sees('come in, sit down');
  await expect(bob.page.getByText('Everyone can see this room in the list of its relay.')).toBeVisible();
});

test('a knock can be declined by any member, and a withdrawn room is gone from the list at once', async ({ person, relay, isMobile }) => {
  const context = { colorScheme: 'dark' as const, reducedMotion: 'reduce' as const };
  const [ann, bob] = [await person('Ann', { context }), await person('Bob', { context })];
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const title = `Closed circle ${isMobile ? 'on the phone' : 'at the desk'}`;
  const link = await ann.copiesInvite();
  await lists(ann, title);
  await ann.closesPanel();
  await bob.opens(link);
  await bob.joins('Bob');
  await expect(bob.page.getByText('Everyone can see this room')).toBeVisible();

  const cat = await person('Cat', { context });
  await looksAround(cat, relay);
  await expect(entry(cat, title)).toContainText('2 people inside');
  await hasNoFault(cat.page, 'the list, dark');
  await knocks(cat, title, 'Cat');
  await expect(ann.page.getByText('Cat wants to come in')).toBeVisible();
  await expect(bob.page.getByText('Cat wants to come in')).toBeVisible();
  await hasNoFault(bob.page, 'a knock, dark');
  await bob.button('Decline').click();
  await expect(cat.dialog.getByText('They do not let anyone in right now.')).toBeVisible();
  await expect(ann.page.getByText('Cat wants to come in')).toHaveCount(0);
  await cat.page.keyboard.press('Escape');

  await ann.button('Change').click();
  await ann.button('Take out of the list').click();
  await expect(ann.page.getByText('This room is not in the list.')).toBeVisible();
  await expect(entry(cat, title)).toHaveCount(0);
  await expect(bob.page.getByText('Everyone can see this room')).toHaveCount(0);
});

test('a relay whose operator wants no list says so', async ({ person, startRelay }) => {
  const relay = await startRelay({ settings: { HUSHROOM_LISTING: 'no' } });
  const ann = await person('Ann');
  await looksAround(ann, relay);
  await expect(ann.page.getByText('This relay does not list rooms.')).toBeVisible();
});

interface Filmed {
  tracks?: MediaStreamTrack[];
}

/** Runs in the page: keeps hold of what the camera gave, to see later that it was let go. */
function keepTracks(): void {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    (window as Window & Filmed).tracks = stream.getTracks();
    return stream;
  };
}

test('an invite is scanned with the camera, which then is off again', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const folder = mkdtempSync(join(tmpdir(), 'hushroom-camera-'));
  const film = join(folder, 'code.y4m');
  filmCode(film, await ann.copiesInvite());
  const camera = await chromium.launch(chromiumOptions({ args: [`--use-file-for-fake-video-capture=${film}`] }));
  const bob = await person('Bob', { browser: camera, context: { permissions: ['camera'] }, before: keepTracks });
  await bob.opens(relay.url);
  await bob.button('Scan a QR code').click();
  await expect(bob.dialog).toContainText('never sent or kept');
  await hasNoFault(bob.page, 'before the camera');
  await bob.button('Use the camera').click();
  await joinsWhenInvited(bob);
  await ann.seesPeople({ Bob: /direct|relayed/ });
  expect(await bob.page.evaluate(() => (window as Window & Filmed).tracks?.map(({ readyState }) => readyState))).toEqual(['ended']);
  expect(bob.requests.filter((address) => !address.includes(new URL(relay.url).host) && !address.startsWith('blob:'))).toEqual([]);
  await bob.context.close();
  await camera.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a camera that is not allowed is explained, and the link still works', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.button('Scan a QR code').click();
  await ann.button('Use the camera').click();
  await expect(ann.dialog.getByRole('alert')).toContainText(/camera/);
  await ann.page.keyboard.press('Escape');
  await expect(ann.textbox('Paste an invite link')).toBeVisible();
});

test('what another program shares with the installed page opens, without a word to the relay', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  const bob = await person('Bob');
  await bob.opens(relay.url);
  await bob.page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.active !== null));
  await bob.page.reload();
  const answered = bob.page.waitForResponse((response) => response.url().includes('/share?'));
  await bob.opens(`${relay.url}/share?${new URLSearchParams({ title: 'Come', text: `Talk here: ${link}` })}`);
  expect((await answered).fromServiceWorker()).toBe(true);
  await expect(bob.page).toHaveURL(`${relay.url}/`);
  await joinsWhenInvited(bob);
  await ann.seesPeople({ Bob: /direct|relayed/ });
});
