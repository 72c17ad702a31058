/** Pictures and voice notes: what is seen and heard of them, and what is not told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fits, hasNoFault } from './axe.ts';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';
import { bomb, photograph, place } from './photograph.ts';
import { checkout } from './places.ts';
import { attaches, entry, noise, saves, sends } from './sending.ts';

test('a picture is seen by the others without where it was taken, upright, and larger when opened', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  const taken = await photograph(ann.page, 1200, 800);
  expect(taken.includes(place)).toBe(true);
  await attaches(ann, [{ name: 'garden.jpg', mimeType: 'image/jpeg', buffer: taken }]);
  await expect(ann.page.getByRole('region', { name: 'Files to send' })).toContainText('Place, camera and other hidden data are removed.');
  await ann.button('Send file').click();
  const saved = await saves(bob, 'garden.jpg');
  expect(saved.includes(place)).toBe(false);
  expect(saved.length).toBeGreaterThan(taken.length - 200);
  const shown = bob.log.getByRole('img', { name: 'garden.jpg' });
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])).toEqual([480, 720]);
  await bob.button('Open picture garden.jpg').click();
  const viewer = bob.page.getByRole('dialog', { name: 'Pictures' });
  await expect
    .poll(() => viewer.getByRole('img', { name: 'garden.jpg' }).evaluate((image: HTMLImageElement) => image.naturalHeight))
    .toBe(1200);
  await bob.page.keyboard.press('Escape');
  await expect(viewer).toHaveCount(0);

  // AVIF and HEIC keep their length, and every coded byte its place.
  const told = readFileSync(checkout('shared/testing/heif/told.avif'));
  expect(told.includes('secret words')).toBe(true);
  await attaches(ann, [{ name: 'told.avif', mimeType: 'image/avif', buffer: told }]);
  await expect(ann.page.getByRole('region', { name: 'Files to send' })).toContainText('Place, camera and other hidden data are removed.');
  await ann.button('Send file').click();
  const clean = await saves(bob, 'told.avif');
  expect(clean.includes('secret words')).toBe(false);
  const drawn = (avif: Buffer) =>
    bob.page.evaluate(
      async (bytes) => {
        const { width, height } = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/avif' }));
        return [width, height];
      },
      [...avif],
    );
  expect(await drawn(clean)).toEqual(await drawn(told));
});

test('pictures sent at once stand side by side, and the viewer goes from one to the next', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  const buffer = await photograph(ann.page, 300, 200);
  await sends(ann, ...['one', 'two', 'three'].map((name) => ({ name: `${name}.jpg`, mimeType: 'image/jpeg', buffer })));
  const tile = (name: string) => bob.button(`Open picture ${name}.jpg`);
  for (const name of ['one', 'two', 'three']) await expect(tile(name)).toBeVisible();
  await expect
    .poll(async () => {
      const boxes = await Promise.all(['one', 'two', 'three'].map((name) => tile(name).boundingBox()));
      return new Set(boxes.map((box) => Math.round(box?.y ?? -1))).size;
    })
    .toBe(1);
  await hasNoFault(bob.page, 'pictures side by side');
  await tile('one').click();
  const viewer = bob.page.getByRole('dialog', { name: 'Pictures' });
  await expect(viewer).toContainText('one.jpg 1 of 3');
  await bob.button('Next picture').click();
  await expect(viewer).toContainText('two.jpg 2 of 3');
  await bob.page.keyboard.press('Escape');
  await expect(viewer).toHaveCount(0);
});

/** Pictures this large are not fetched before they are opened. */
const largePicture = 9_000_000;

test('in a row, a picture that cannot be had says why and can be tried again', async ({ person, relay }, info) => {
  const { ann, bob } = await meet(person, relay);
  const jpeg = await photograph(ann.page, 300, 200);
  const paths = ['one', 'two', 'three'].map((name) => info.outputPath(`${name}.jpg`));
  for (const path of paths) writeFileSync(path, Buffer.concat([jpeg], largePicture));
  await ann.page.locator('input[type=file][multiple]').setInputFiles(paths);
  const keeps = ann.page.getByRole('checkbox', { name: 'Keep hidden data (place, camera)' });
  await expect(keeps).toHaveCount(3);
  for (const keep of await keeps.all()) await keep.check();
  await ann.button('Send 3 files').click();
  await expect(bob.button('Open picture three.jpg')).toBeVisible();
  writeFileSync(paths[1]!, 'something else');
  await bob.button('Open picture two.jpg').click();
  await bob.dialog.getByRole('button', { name: 'Close' }).click();
  const failed = bob.log.getByRole('article').filter({ hasText: 'It can no longer be read where it is.' });
  await expect(failed).toBeVisible();
  await hasNoFault(bob.page, 'a failed picture in a row');
  await fits(bob.page);
  await failed.getByRole('button', { name: 'Try again' }).click();
  await expect(bob.log).toContainText('No longer shared.');
  await expect(bob.button('Open picture one.jpg')).toBeVisible();
});

test('hidden data stay in a picture for who wants it so', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await attaches(ann, [{ name: 'here.jpg', mimeType: 'image/jpeg', buffer: await photograph(ann.page, 300, 200) }]);
  await ann.page.getByRole('checkbox', { name: 'Keep hidden data (place, camera)' }).check();
  await ann.button('Send file').click();
  expect((await saves(bob, 'here.jpg')).includes(place)).toBe(true);
});

test('a picture that claims to be a football field is not decoded, and can be saved', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await sends(ann, { name: 'bomb.png', mimeType: 'image/png', buffer: bomb() });
  await expect(bob.button('Save bomb.png')).toBeVisible();
  await expect(bob.log.getByRole('img')).toHaveCount(0);
  await bob.says('still here');
  await ann.sees('still here');
});

test('a voice note is recorded, sent and heard', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay, { ann: { context: { permissions: ['microphone'] } } });
  await ann.button('Attach').click();
  await ann.button('Voice note').click();
  await expect(ann.dialog).toContainText('Recording, 0:02');
  await ann.button('Send voice note').click();
  await bob.button('Play').click();
  await expect(bob.button('Pause playing')).toBeVisible();
  await expect(bob.button('Play')).toBeVisible({ timeout: 15_000 });
});

test('a microphone that is refused is told, and nothing is sent', async ({ person, relay }) => {
  const { ann } = await meet(person, relay);
  await ann.button('Attach').click();
  await ann.button('Voice note').click();
  await expect(ann.dialog.getByRole('alert')).toContainText('The microphone is not available.');
  await ann.button('Discard').click();
  await expect(ann.dialog).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds no fault in anything about files, ${colorScheme}`, async ({ person, relay }) => {
    const context = { colorScheme, reducedMotion: 'reduce' as const };
    const { ann, bob } = await meet(person, relay, { ann: { context: { ...context, permissions: ['microphone'] } }, bob: { context } });
    await ann.button('Attach').click();
    await hasNoFault(ann.page, 'menu');
    await ann.page.keyboard.press('Escape');
    const garden = { name: 'garden.jpg', mimeType: 'image/jpeg', buffer: await photograph(ann.page, 600, 400) };
    await attaches(ann, [garden, noise('setup.exe', 3000), noise('empty.txt', 0)]);
    await expect(ann.page.getByRole('checkbox', { name: /^Keep hidden data/ })).toBeVisible();
    await hasNoFault(ann.page, 'tray');
    await fits(ann.page);
    await ann.button('Send 2 files').click();
    await ann.button('Remove empty.txt').click();
    await ann.button('Attach').click();
    await ann.button('Voice note').click();
    await expect(ann.dialog).toContainText('Recording, 0:01');
    await hasNoFault(ann.page, 'recorder');
    await ann.button('Send voice note').click();
    await expect(bob.button('Play')).toBeVisible();
    await expect(entry(ann, 'garden.jpg')).toContainText('Bob has it');
    await hasNoFault(ann.page, 'sent');
    await hasNoFault(bob.page, 'received');
    await fits(bob.page);
    await bob.button('Open picture garden.jpg').click();
    await expect(bob.dialog).toBeVisible();
    await hasNoFault(bob.page, 'viewer');
  });
}
