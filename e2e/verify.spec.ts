/** Comparing seven emoji. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';
import type { Person } from './person.ts';

async function emojiOf(reader: Person, other: string): Promise<string[]> {
  await reader.verifies(other);
  const items = reader.page.getByRole('list', { name: 'Seven emoji' }).getByRole('listitem');
  await expect(items).toHaveCount(7);
  return (await items.allTextContents()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

test('both see the same seven emoji with their names, and "they match" marks the other as verified', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  const seen = await emojiOf(ann, 'Bob');
  expect(await emojiOf(bob, 'Ann')).toEqual(seen);
  for (const emoji of seen) expect(emoji).toMatch(/\p{Emoji}.*[A-Za-z]{3,}/u);

  await ann.theyMatch();
  await ann.seesPeople({ Bob: /verified/i });
  await bob.page.keyboard.press('Escape');
  await bob.opensPeople();
  await expect(bob.person('Ann')).not.toContainText(/verified/i);
  await bob.closesPanel();
  await bob.verifies('Ann');
  await bob.theyMatch();
  await bob.seesPeople({ Ann: /verified/i });
});

test('a mismatch says what to do and marks the person', async ({ person, relay }) => {
  const { ann } = await meet(person, relay);
  await ann.verifies('Bob');
  await ann.button('They do not match').click();
  await expect(ann.page.getByText('Someone may be in between')).toBeVisible();
  await ann.closesPanel();
  await ann.seesPeople({ Bob: /Emoji did not match/ });
});

test('every pair has emoji of its own', async ({ person, relay }) => {
  const { ann, link } = await meet(person, relay);
  const carol = await person('Carol');
  await carol.opens(link);
  await carol.joins('Carol');
  await ann.seesPeople({ Carol: /direct|relayed/ });
  const withBob = await emojiOf(ann, 'Bob');
  await ann.page.keyboard.press('Escape');
  await expect(ann.dialog).toHaveCount(0);
  expect(await emojiOf(ann, 'Carol')).not.toEqual(withBob);
});
