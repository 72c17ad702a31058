/** Talking: what is said arrives once, whole, as text. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test('two people talk, and what they say is shown as delivered', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('Hello Bob');
  await bob.sees('Hello Bob');
  await ann.seesDelivered('Hello Bob');
  await bob.says('Hello Ann');
  await ann.sees('Hello Ann');
  await bob.seesDelivered('Hello Ann');
});

test('what is typed while alone waits for the first to come', async ({ person, relay }) => {
  const ann = await person('Ann');
  await ann.opens(relay.url);
  await ann.createsRoom({ name: 'Ann' });
  await ann.says('is anybody there?');
  await ann.seesWaiting('is anybody there?');
  const bob = await person('Bob');
  await bob.opens(await ann.copiesInvite());
  await bob.joins('Bob');
  await bob.sees('is anybody there?');
  await ann.seesDelivered('is anybody there?');
});

test('a third person hears what is said from then on, and all see the same order', async ({ person, relay }) => {
  const { ann, bob, link } = await meet(person, relay);
  await ann.says('before Carol');
  await bob.sees('before Carol');
  const carol = await person('Carol');
  await carol.opens(link);
  await carol.joins('Carol');
  await carol.seesPeople({ Ann: /direct|relayed/, Bob: /direct|relayed/ });
  const said = ['one', 'two', 'three', 'four', 'five', 'six'].map((word) => `number ${word}`);
  const speakers = [ann, bob, carol];
  for (const [index, text] of said.entries()) {
    await speakers[index % 3]!.says(text);
    for (const listener of speakers) await listener.sees(text);
  }
  for (const listener of speakers) expect(await listener.order(said)).toEqual(said);
  await carol.doesNotSee('before Carol');
});

test('what two say at the same moment stands in the same order for both', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  const said = Array.from({ length: 8 }, (_, index) => `${index % 2 ? 'Bob' : 'Ann'} says ${index}`);
  await Promise.all([
    (async () => {
      for (const text of said.filter((_, index) => index % 2 === 0)) await ann.says(text);
    })(),
    (async () => {
      for (const text of said.filter((_, index) => index % 2 === 1)) await bob.says(text);
    })(),
  ]);
  for (const text of said) {
    await ann.sees(text);
    await bob.sees(text);
  }
  expect(await ann.order(said)).toEqual(await bob.order(said));
});

test('32 KiB arrive whole', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  const long = 'ä'.repeat(8 * 1024) + 'z'.repeat(16 * 1024);
  await ann.says(long);
  await bob.sees(long);
  await ann.seesDelivered(long);
});

test('markup stays text, links are links, lines are lines, emoji are emoji', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('<img src=x onerror=alert(1)><b>bold</b> 👩‍👩‍👧‍👦');
  await bob.sees('<img src=x onerror=alert(1)><b>bold</b> 👩‍👩‍👧‍👦');
  await expect(bob.log.locator('img, b')).toHaveCount(0);

  await ann.says('look at https://example.org/a?b=c. Or javascript:alert(1)');
  const link = bob.log.getByRole('link');
  await expect(link).toHaveCount(1);
  await expect(link).toHaveAttribute('href', 'https://example.org/a?b=c');
  await expect(link).toHaveAttribute('rel', /noopener/);
  await expect(link).toHaveAttribute('rel', /noreferrer/);

  await ann.textbox('Message').fill('first line\nsecond line');
  await ann.button('Send').click();
  await expect(bob.log.getByText('first line\nsecond line')).toHaveCount(1);
  await expect(bob.log.getByText('first line\nsecond line')).toHaveCSS('white-space', /pre/);
});

test('Enter sends, Shift+Enter breaks the line', async ({ person, relay, isMobile }) => {
  test.skip(isMobile, 'a phone keyboard has a Send button for that');
  const { ann, bob } = await meet(person, relay);
  await ann.textbox('Message').focus();
  await ann.page.keyboard.type('above');
  await ann.page.keyboard.press('Shift+Enter');
  await ann.page.keyboard.type('below');
  await ann.page.keyboard.press('Enter');
  await expect(bob.log.getByText('above\nbelow')).toHaveCount(1);
  await expect(ann.textbox('Message')).toHaveValue('');
});

test('every message has a time', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('what time is it?');
  await bob.sees('what time is it?');
  await expect(bob.message('what time is it?').locator('time')).toHaveText(/\d\d:\d\d/);
  await expect(bob.log.getByText('Today')).toBeVisible();
});

test('unread messages are counted in the title', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await bob.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await ann.says('first');
  await ann.says('second');
  await expect(bob.page).toHaveTitle(/^\(2\)/);
  await bob.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect(bob.page).not.toHaveTitle(/\(\d/);
});

test('the log stays where the reader is', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  for (let line = 0; line < 4; line++) await ann.says(`paragraph ${line}\n${'.\n'.repeat(25)}`);
  await expect(bob.log.getByText(/^paragraph 3/)).toBeInViewport();
  await bob.log.getByText(/^paragraph 0/).scrollIntoViewIfNeeded();
  const reading = await bob.log.getByText(/^paragraph 0/).boundingBox();
  await ann.says('down here');
  await bob.sees('down here');
  expect((await bob.log.getByText(/^paragraph 0/).boundingBox())!.y).toBeCloseTo(reading!.y, 0);
  await expect(bob.message('down here')).not.toBeInViewport();
});
