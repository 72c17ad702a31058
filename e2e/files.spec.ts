/** Files: from one person's disk to the other's, whatever happens on the way. */
import { writeFile } from 'node:fs/promises';
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';
import { contents, digest, entry, noise, type Sent, saves, sends } from './sending.ts';

/** Large files are asked for by a dialog of the browser's own, which nobody can answer here; without it they become downloads. */
const withoutDialog = () => {
  delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker;
};

/** Large ones lie on a disk, as people's do. */
async function sendsFromDisk(person: Person, { name, buffer }: Sent): Promise<void> {
  const path = test.info().outputPath(name);
  await writeFile(path, buffer);
  await person.page.locator('input[type=file][multiple]').setInputFiles(path);
  await person.button('Send file').click();
}

for (const relayOnly of [false, true]) {
  test(`several files ${relayOnly ? 'through the relay alone' : 'over a direct link'}`, async ({ person, relay }) => {
    const { ann, bob } = await meet(person, relay, { choices: { relayOnly } });
    const path = relayOnly ? /relayed/i : /direct/i;
    await ann.seesPeople({ Bob: path });
    await bob.seesPeople({ Ann: path });
    const [letter, data] = [noise('letter.txt', 5000, 'text/plain'), noise('data.dat', 3_000_000)];
    await sends(ann, letter, data);
    for (const file of [letter, data]) {
      expect(digest(await saves(bob, file.name)), file.name).toBe(digest(file.buffer));
      await expect(entry(ann, file.name)).toContainText('Bob has it');
    }
  });
}

/** So that there is time to press something while a file is on its way. */
const slowly = { settings: { HUSHROOM_BYTES_PER_SECOND: '4194304', HUSHROOM_BURST: '1' } };

test('a file is paused, goes on, is given up, and is fetched again', async ({ person, startRelay }) => {
  const { ann, bob } = await meet(person, await startRelay(slowly), { choices: { relayOnly: true }, bob: { before: withoutDialog } });
  const film = noise('film.mkv', 30_000_000);
  await sendsFromDisk(ann, film);
  await bob.button('Save film.mkv').click();
  await expect(bob.page.getByRole('progressbar', { name: 'Progress of film.mkv' })).toBeVisible();
  await bob.button('Pause').click();
  await expect(entry(bob, 'film.mkv')).toContainText('Paused');
  await expect(entry(ann, 'film.mkv')).toContainText('Bob: stopped at');
  await bob.says('one moment');
  await ann.sees('one moment');
  await bob.button('Resume').click();
  await expect(bob.button('Pause')).toBeVisible();
  await bob.button('Cancel').click();
  expect(digest(await saves(bob, 'film.mkv'))).toBe(digest(film.buffer));
});

test('what nobody wants any more is withdrawn, also from who is getting it', async ({ person, startRelay }) => {
  const { ann, bob } = await meet(person, await startRelay(slowly), { choices: { relayOnly: true } });
  await sendsFromDisk(ann, noise('film.mkv', 30_000_000));
  await bob.button('Save film.mkv').click();
  await bob.button('Pause').click();
  await expect(entry(ann, 'film.mkv')).toContainText('Bob: stopped at');
  await ann.button('Stop sharing').click();
  await expect(entry(bob, 'film.mkv')).toContainText('No longer shared.');
  await expect(entry(ann, 'film.mkv')).toContainText('No longer shared.');
});

test('100 MB go to the disk while people talk', async ({ person, relay }) => {
  test.setTimeout(180_000);
  const { ann, bob } = await meet(person, relay, { bob: { before: withoutDialog } });
  await ann.seesPeople({ Bob: 'direct' });
  await bob.seesPeople({ Ann: 'direct' });
  const large = noise('large.dat', 100_000_000);
  await sendsFromDisk(ann, large);
  const begun = bob.page.waitForEvent('download', { timeout: 60_000 });
  await bob.button('Save large.dat').click();
  const download = await begun;
  expect(download.suggestedFilename()).toBe('large.dat');
  await ann.says('is it coming?');
  await bob.sees('is it coming?');
  await bob.says('it is');
  await ann.sees('it is');
  expect(digest(await contents(download))).toBe(digest(large.buffer));
  await expect(entry(bob, 'large.dat')).toContainText('Saved');
  await expect(entry(ann, 'large.dat')).toContainText('Bob has it');
});

test('the path dies in the middle: the file goes on through the relay', async ({ person, relay, line }) => {
  test.setTimeout(180_000);
  const bobsLine = await line();
  const { ann, bob } = await meet(person, relay, { bob: { line: bobsLine } });
  await ann.seesPeople({ Bob: 'direct' });
  await bob.seesPeople({ Ann: 'direct' });
  const film = noise('film.mkv', 31_000_000);
  await sendsFromDisk(ann, film);
  const begun = bob.page.waitForEvent('download', { timeout: 120_000 });
  await bob.button('Save film.mkv').click();
  await expect(entry(bob, 'film.mkv')).toContainText(/[1-9]\d* %/);
  bobsLine.swallow('udp');
  expect(digest(await contents(await begun))).toBe(digest(film.buffer));
});

test('names are made harmless, and programs are warned of', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  const names: [string, string][] = [
    ['photo\u202Egnp.exe', 'photognp.exe'],
    [`${'long'.repeat(55)}.txt`, `${'long'.repeat(55).slice(0, 113)}….txt`],
  ];
  await sends(ann, ...names.map(([name]) => noise(name, 100, 'text/plain')));
  for (const [, clean] of names) {
    const begun = bob.page.waitForEvent('download');
    await bob.button(`Save ${clean}`).click();
    expect((await begun).suggestedFilename()).toBe(clean);
  }
  await expect(entry(bob, 'photognp.exe')).toContainText('This is a program.');
});

test('with nothing but a keyboard a file is chosen, looked at and sent', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  await ann.textbox('Message').focus();
  await ann.page.keyboard.press('Shift+Tab');
  await expect(ann.button('Attach')).toBeFocused();
  // Asked for two keys before it comes: a key is quicker than the browser's promise to give choosers away.
  const chooser = ann.page.waitForEvent('filechooser');
  await ann.page.keyboard.press('Enter');
  await expect(ann.button('Files and pictures')).toBeFocused();
  await ann.page.keyboard.press('Enter');
  await (await chooser).setFiles([noise('keys.txt', 20, 'text/plain')]);
  await expect(ann.button('Send file')).toBeFocused();
  await ann.page.keyboard.press('Enter');
  await expect(bob.button('Save keys.txt')).toBeVisible();
});

test('a file is dropped on the page, another is pasted', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay);
  for (const [type, name] of [
    ['drop', 'dropped.txt'],
    ['paste', 'pasted.txt'],
  ] as const) {
    await ann.page.evaluate(
      ([kind, file]) => {
        const data = new DataTransfer();
        data.items.add(new File(['hello'], file!, { type: 'text/plain' }));
        const event =
          kind === 'drop'
            ? new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data })
            : new ClipboardEvent('paste', { bubbles: true, clipboardData: data });
        document.body.dispatchEvent(event);
      },
      [type, name] as const,
    );
    await ann.button('Send file').click();
    expect(String(await saves(bob, name))).toBe('hello');
  }
});

test('a page that is loaded anew goes on with a file where it was, in a room that shares its history', async ({ person, relay }) => {
  test.setTimeout(180_000);
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.opens(relay.address());
  await ann.page.getByText('Messages').first().click();
  await ann.page.getByRole('checkbox', { name: /^Newcomers see what was said before/ }).check();
  await ann.createsRoom({ name: 'Ann', relayOnly: true });
  const link = await ann.copiesInvite();
  await bob.opens(relay.address(undefined, link));
  await bob.joins('Bob');
  await bob.seesPeople({ Ann: 'relayed' });
  const film = noise('film.mkv', 40_000_000);
  await sendsFromDisk(ann, film);
  await bob.button('Save film.mkv').click();
  await expect(entry(bob, 'film.mkv')).toContainText(/[4-9]\d %/, { timeout: 30_000 });
  await bob.page.reload();
  const before = ann.framesSent;
  await bob.opens(link);
  await bob.joins('Bob');
  expect(digest(await saves(bob, 'film.mkv'))).toBe(digest(film.buffer));
  // 2450 frames are the whole; what had come before is not sent again.
  expect(ann.framesSent - before).toBeLessThan(2000);

  // Nothing of it stays where the person forgets everything, nor of one that is still being written.
  await sendsFromDisk(ann, noise('sequel.mkv', 40_000_000));
  await bob.button('Save sequel.mkv').click();
  await expect(entry(bob, 'sequel.mkv')).toContainText(/[1-9]\d %/, { timeout: 30_000 });
  await bob.forgets();
  await bob.isGone();
  const page = await bob.context.newPage();
  await page.goto(`${relay.url}/healthz`);
  const left = await page.evaluate(async () => {
    const names: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names;
  });
  expect(left).toEqual([]);
});
