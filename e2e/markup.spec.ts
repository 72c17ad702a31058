/** Markup in messages: what was meant is shown, and what somebody tries to smuggle in stays text. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test('emphasis, lists, quotes, links and code are drawn for both, and code is coloured', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('**loud** and *soft* and `code`\n\n- one\n- two\n\n> said before\n\nsee [here](https://example.org/a)');
  for (const reader of [ann, bob]) {
    await expect(reader.log.locator('strong')).toHaveText('loud');
    await expect(reader.log.locator('em')).toHaveText('soft');
    await expect(reader.log.locator('code')).toHaveText('code');
    await expect(reader.log.getByRole('listitem')).toHaveText(['one', 'two']);
    await expect(reader.log.locator('blockquote')).toHaveText('said before');
    await expect(reader.log.getByRole('link', { name: 'here' })).toHaveAttribute('rel', 'noopener noreferrer nofollow');
    await expect(reader.log.getByText('(example.org)')).toBeVisible();
  }

  await bob.says('```js\nconst answer = 42; // known\n```');
  const code = ann.log.locator('pre');
  await expect(code).toHaveText('const answer = 42; // known');
  await expect(code.getByText('const', { exact: true })).toHaveCSS('font-weight', '600');
});

test('tags, dangerous links and bombs stay text and keep nobody from talking', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('**x** <img src=x onerror="document.title=1"> [a](javascript:alert(1)) ![b](https://example.org/b.png)');
  await expect(bob.log.locator('strong')).toHaveText('x');
  await expect(bob.log.locator('img')).toHaveCount(0);
  await expect(bob.log.getByText('[a](javascript:alert(1))')).toBeVisible();
  expect(await bob.log.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
    'https://example.org/b.png',
  ]);

  await ann.says('>'.repeat(30_000));
  await ann.says('*a **b '.repeat(4000));
  await ann.says(`\`\`\`xml\n${'<a '.repeat(5000)}\n\`\`\``);
  await ann.says('still here');
  await bob.sees('still here');
  await bob.says('so am I');
  await ann.sees('so am I');
});
