/** What stays and what goes: coming back after a reload, the conversation as a file, messages that vanish, the past for newcomers. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';

const openExport = join(import.meta.dirname, '../web/open-export.ts');

async function opensKeep({ page, dialog }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await dialog.getByText('Keep or save this room').click();
  await expect(page.getByRole('heading', { name: 'Keep or save this room' })).toBeVisible();
}

async function keeps(person: Person, choice: RegExp): Promise<void> {
  await opensKeep(person);
  await person.page.getByRole('radio', { name: choice }).check();
  await person.page.keyboard.press('Escape');
  await expect(person.dialog).toHaveCount(0);
}

test('whoever kept the room comes back after a reload as the same, verified person, and sees what was said', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.verifies('Bob');
  await ann.theyMatch();
  await ann.closesPanel();
  await bob.verifies('Ann');
  await bob.theyMatch();
  await bob.closesPanel();
  await bob.says('before the reload');
  await ann.sees('before the reload');
  await keeps(ann, /^I can come back, and the messages stay/);
  await expect.poll(() => keptBytes(ann)).toBeGreaterThan(0);
  const size = await keptBytes(ann);
  await ann.says('and kept');
  await bob.sees('and kept');
  await expect.poll(() => keptBytes(ann)).toBeGreaterThan(size + 100);

  await ann.page.reload();
  await expect(ann.page.getByText('You are Ann there')).toBeVisible();
  await ann.button('Come back').click();
  await ann.sees('before the reload');
  await ann.sees('and kept');
  await ann.seesPeople({ Bob: /verified/i });
  await bob.seesPeople({ Ann: /verified/i });
  await ann.says('here I am again');
  await bob.sees('here I am again');

  await ann.leaves();
  await expect.poll(() => kept(ann)).toBe(0);
});

test('after a move, in a room with a password, whoever kept it comes back, lets in who knows the password, and the host is the host still', async ({
  person,
  relay,
}) => {
  const password = 'three blue hats';
  const { ann, bob } = await meet(person, relay, { choices: { password, lifetime: '5 minutes' } });
  for (const one of [ann, bob]) await keeps(one, /^I can come back(?!,)/);
  await ann.opensRoomSheet();
  await ann.button('More time').click();
  await expect(bob.log).toContainText('The room has more time');
  await ann.closesPanel();
  await ann.button('Invite').click();
  const link = await ann.textbox('Invite link').inputValue();
  await ann.closesPanel();
  for (const one of [ann, bob]) {
    await expect.poll(() => keptBytes(one)).toBeGreaterThan(0);
    await one.says(`${one === ann ? 'Ann' : 'Bob'} is here`);
  }
  await bob.sees('Ann is here');
  await ann.page.reload();
  await ann.button('Come back').click();
  await bob.seesPeople({ Ann: /Host/ });
  await bob.page.reload();
  await bob.button('Come back').click();
  await ann.seesPeople({ Bob: /direct|relayed/ });

  const cem = await person('Cem');
  await cem.opens(link);
  await cem.joins('Cem', password);
  await cem.says('with the password');
  for (const one of [ann, bob]) await one.sees('with the password');
  await ann.opensAbout('Cem');
  await ann.button('Make host').click();
  await expect(bob.log).toContainText(/Cem .* is the host now/);
  for (const one of [ann, bob]) {
    await one.leaves();
    await expect.poll(() => kept(one)).toBe(0);
  }
});

/** The sizes of the rooms kept in the person's browser. To look at a database that is not there yet would make it, and an empty one. */
const keptSizes = async (): Promise<number[]> => {
  const databases = await indexedDB.databases();
  if (!databases.some(({ name }) => name === 'hushroom')) return [];
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('hushroom');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const rows = opening.result.transaction('rooms').objectStore('rooms').getAll();
      rows.onsuccess = () => {
        opening.result.close();
        resolve(rows.result.map(({ sealed }: { sealed: ArrayBuffer }) => sealed.byteLength));
      };
    };
  });
};

/** How much is kept: a message is more than a hundred bytes of it, with who said it and when. */
async function keptBytes({ page }: Person): Promise<number> {
  const sizes = await page.evaluate(keptSizes);
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function kept({ page }: Person): Promise<number> {
  return (await page.evaluate(keptSizes)).length;
}

test('a conversation is saved as text, and encrypted so that only the passphrase opens it', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await bob.says('for the file');
  await ann.sees('for the file');
  await opensKeep(ann);
  const plain = ann.page.waitForEvent('download');
  await ann.button('Save as plain text').click();
  expect(readFileSync(await (await plain).path(), 'utf8')).toContain('): for the file\n');

  await ann.textbox('Passphrase').fill('four green cats sleeping');
  const sealed = ann.page.waitForEvent('download');
  await ann.button('Save encrypted').click();
  const file = await (await sealed).path();
  expect(readFileSync(file).includes('for the file')).toBe(false);
  const opens = (passphrase: string) =>
    execFileSync(process.execPath, [openExport, file], { input: `${passphrase}\n`, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  expect(opens('four green cats sleeping')).toContain('): for the file\n');
  expect(() => opens('four green cats')).toThrow('the passphrase is another one');
});

test('newcomers see what was said before where the room says so', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.address());
  await ann.page.getByText('How long messages live').click();
  await ann.page.getByRole('checkbox', { name: /^Newcomers see what was said before/ }).check();
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  const bob = await person('Bob');
  await bob.opens(link);
  await bob.joins('Bob');
  await ann.says('before Cem came');
  await bob.sees('before Cem came');
  const cem = await person('Cem');
  await cem.opens(link);
  await expect(cem.page.getByText('Newcomers see what was said before')).toBeVisible();
  await cem.joins('Cem');
  await cem.sees('before Cem came');
});

test('where messages vanish they go from every screen by themselves', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.address());
  await ann.page.getByText('How long messages live').click();
  await ann.page.getByRole('combobox', { name: 'Each message vanishes' }).selectOption('30 seconds after it was sent');
  await ann.createsRoom({ name: 'Ann' });
  const bob = await person('Bob');
  await bob.opens(await ann.copiesInvite());
  await bob.joins('Bob');
  await ann.says('gone in a moment');
  await bob.sees('gone in a moment');
  for (const reader of [ann, bob]) await expect(reader.message('gone in a moment')).toHaveCount(0, { timeout: 40_000 });
});
