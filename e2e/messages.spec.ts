/** What becomes of a message after it was said: answered, felt about, changed, deleted; who is meant, who writes, who has read. */
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';

/** By hover and a button on a desk; by a tap and a sheet on a phone. */
async function does(person: Person, text: string, action: string, isMobile: boolean): Promise<void> {
  const line = person.message(text);
  if (isMobile) {
    await line.getByText(text, { exact: true }).tap();
    await line.getByRole('button', { name: 'What to do with this message' }).click();
    await person.dialog.getByRole('button', { name: action }).click();
  } else {
    await line.hover();
    await line.getByRole('button', { name: action, exact: true }).click();
  }
}

/** A finger goes down on a message, along the line by so many pixels, and up. */
async function draws(person: Person, text: string, along: number): Promise<void> {
  const box = await person.message(text).getByText(text, { exact: true }).boundingBox();
  const devtools = await person.page.context().newCDPSession(person.page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x = 0) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: (box?.x ?? 0) + 40 + x, y: (box?.y ?? 0) + 12 }],
    });
  await touch('touchStart');
  for (let step = 1; step <= 6; step++) await touch('touchMove', (along * step) / 6);
  await touch('touchEnd');
  await devtools.detach();
}

test('a reply shows what it answers and leads there', async ({ person, relay, isMobile }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('shall we meet at eight?');
  await bob.sees('shall we meet at eight?');
  await does(bob, 'shall we meet at eight?', 'Reply', isMobile);
  await expect(bob.page.getByText('Reply to Ann')).toBeVisible();
  await bob.says('eight is fine');
  const answer = ann.log.getByRole('article').filter({ hasText: 'eight is fine' });
  await expect(answer.getByRole('button', { name: 'Answers Ann' })).toContainText('shall we meet at eight?');
  await answer.getByRole('button', { name: 'Answers Ann' }).click();
  await expect(ann.message('shall we meet at eight?').first()).toHaveClass(/pointed/);

  if (!isMobile) return;
  await draws(ann, 'eight is fine', 40);
  await expect(ann.page.getByText('Reply to Bob')).toHaveCount(0);
  await draws(ann, 'eight is fine', 110);
  await expect(ann.page.getByText('Reply to Bob')).toBeVisible();
  await ann.says('at eight then');
  await expect(bob.log.getByRole('article').filter({ hasText: 'at eight then' })).toContainText('eight is fine');
});

test('a reaction is counted for all and can be taken back', async ({ person, relay, isMobile }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('cake?');
  await bob.sees('cake?');
  await does(bob, 'cake?', isMobile ? 'More emoji' : 'React', isMobile);
  await bob.dialog.getByRole('button', { name: '🎂' }).click();
  await expect(ann.message('cake?').getByRole('button', { name: '🎂 by Bob' })).toBeVisible();
  await ann.message('cake?').getByRole('button', { name: '🎂 by Bob' }).click();
  const both = bob.message('cake?').getByRole('button', { name: /^🎂 by (You and Ann|Ann and You)$/ });
  await expect(both).toContainText('2');
  await both.click();
  await expect(ann.message('cake?').getByRole('button', { name: '🎂 by You' })).toContainText('1');
});

test('an edit replaces the text everywhere and says so; a deletion leaves only that it was', async ({ person, relay, isMobile }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.says('at nein');
  await bob.sees('at nein');
  await does(ann, 'at nein', 'Edit', isMobile);
  await expect(ann.textbox('Message')).toHaveValue('at nein');
  await ann.says('at nine');
  await bob.sees('at nine');
  await bob.doesNotSee('at nein');
  await expect(bob.message('at nine')).toContainText('edited');

  await does(ann, 'at nine', 'Delete for everyone', isMobile);
  await ann.dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await bob.doesNotSee('at nine');
  await bob.sees('This message was deleted.');
  await ann.sees('This message was deleted.');
});

test('whoever is mentioned sees it at once, and /me tells what one does', async ({ person, relay, isMobile }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.textbox('Message').pressSequentially('ask @B');
  await expect(ann.page.getByRole('option', { name: /^B? ?Bob/ })).toBeVisible();
  if (isMobile) await ann.page.getByRole('option', { name: /Bob/ }).click();
  else await ann.page.keyboard.press('Enter');
  await expect(ann.textbox('Message')).toHaveValue('ask @Bob ');
  await ann.button('Send').click();
  const line = bob.log.getByRole('article').filter({ hasText: 'ask @Bob' });
  await expect(line.locator('strong')).toHaveText('@Bob');
  await expect(line).toHaveClass(/to-me/);

  await bob.says('/me nods');
  await expect(ann.log.getByRole('article').filter({ hasText: 'Bob nods' })).toHaveCount(1);
});

test('one sees who writes and who has read, unless one hides it oneself', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.textbox('Message').pressSequentially('slowly');
  await expect(bob.page.getByText('Ann is writing …')).toBeVisible();
  await ann.button('Send').click();
  await expect(bob.page.getByText('Ann is writing …')).toHaveCount(0);
  await expect(ann.message('slowly')).toContainText('read by 1');

  await bob.button('Menu').click();
  await bob.page.getByRole('option', { name: 'Settings' }).click();
  await bob.page.getByRole('checkbox', { name: 'What you have read' }).uncheck();
  await bob.closesPanel();
  await ann.says('unseen');
  await bob.sees('unseen');
  await ann.seesDelivered('unseen');
  await bob.says('seen and answered');
  await ann.sees('seen and answered');
  await expect(ann.message('unseen')).not.toContainText('read by');
});

test('an empty field takes the last message back in hand with the arrow up, and Escape gives it up', async ({
  person,
  relay,
  isMobile,
}) => {
  test.skip(isMobile, 'a phone has no arrows');
  const { ann, bob } = await meet(person, relay);
  await ann.says('tpyo');
  await bob.sees('tpyo');
  await ann.textbox('Message').press('ArrowUp');
  await expect(ann.textbox('Message')).toHaveValue('tpyo');
  await ann.page.keyboard.press('Escape');
  await expect(ann.textbox('Message')).toHaveValue('');
});
