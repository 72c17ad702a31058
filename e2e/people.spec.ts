/** Who is there, and how each is reached. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test('a direct path is taken where one can be had', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.seesPeople({ Bob: 'direct' });
  await bob.seesPeople({ Ann: 'direct' });
  await ann.says('straight to you');
  await bob.sees('straight to you');
});

test('a relay-only room never makes a peer connection', async ({ person, relay }) => {
  const watch = () => {
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        console.error('a peer connection was made');
      }
    };
  };
  const { ann, bob } = await meet(person, relay, { choices: { relayOnly: true }, ann: { before: watch }, bob: { before: watch } });
  await ann.says('by the relay');
  await bob.sees('by the relay');
  await ann.seesPeople({ Bob: 'relayed' });
  await bob.seesPeople({ Ann: 'relayed' });
});

test('two Bobs are told apart', async ({ person, relay }) => {
  const { ann, bob, link } = await meet(person, relay);
  const second = await person('Bob again');
  await second.opens(link);
  await second.joins('Bob');
  await ann.opensPeople();
  await expect(ann.person('Bob')).toHaveCount(2);
  const entries = await ann.person('Bob').allTextContents();
  const tags = entries.map((entry) => /\b[0-9a-f]{8}\b/i.exec(entry.replaceAll(/\s/g, ' '))?.[0]);
  await ann.closesPanel();
  expect(tags[0]).toBeTruthy();
  expect(new Set(tags).size).toBe(2);
  await bob.says('I am the first');
  await second.sees('I am the first');
  await second.says('I am the second');
  await ann.sees('I am the second');
  const shown = await Promise.all(['I am the first', 'I am the second'].map((text) => ann.message(text).textContent()));
  const tagOf = (entry: string | null) => tags.find((tag) => entry!.includes(tag!.slice(0, 4)));
  expect(new Set(shown.map(tagOf)).size).toBe(2);
});

test('a name is what its owner chose, shown as text', async ({ person, relay }) => {
  const { ann, link } = await meet(person, relay);
  const eve = await person('Eve');
  await eve.opens(link);
  await eve.joins('<b>Eve</b> 🦊');
  await ann.seesPeople({ '<b>Eve</b> 🦊': /direct|relayed/ });
  await ann.opensPeople();
  await expect(ann.people.locator('b')).toHaveCount(0);
});

test('who leaves is gone from the list, and the log says so', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await bob.leaves();
  await ann.seesNobodyCalled('Bob');
  await expect(ann.log).toContainText(/Bob.*left/);
});

test('who vanishes without a word is shown as reconnecting', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await bob.page.goto('chrome://crash').catch(() => undefined);
  await ann.seesPeople({ Bob: 'reconnecting' }, 60_000);
});
