import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { backUp, pack, seal, unpack } from './backup.ts';

const scratch = mkdtempSync(join(tmpdir(), 'hushroom-backup-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;
const folder = (): string => {
  const path = join(scratch, String(++made));
  mkdirSync(path, { mode: 0o700 });
  return path;
};

const passphrase = 'a long passphrase';

function dataDirectory(): string {
  const path = folder();
  mkdirSync(join(path, 'onion'), { mode: 0o700 });
  mkdirSync(join(path, 'tor'), { mode: 0o700 });
  writeFileSync(join(path, 'config.json'), '{"port":9000}', { mode: 0o640 });
  writeFileSync(join(path, 'onion/key'), Buffer.from([0, 1, 2, 255]), { mode: 0o600 });
  writeFileSync(join(path, 'tor/state'), 'Guard in EntryGuard', { mode: 0o600 });
  writeFileSync(join(path, 'tor/cached-microdescs'), 'much that tor fetches again');
  symlinkSync('/etc/hostname', join(path, 'elsewhere'));
  return path;
}

const snapshot = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const file = join(parentPath, name);
        const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
        return [file.slice(path.length + 1), `${(statSync(file).mode & 0o777).toString(8)} ${hash}`];
      })
      .sort(),
  );

describe('a backup', () => {
  it('brings back every file that cannot be made again, with its rights, and nothing else', async () => {
    const from = dataDirectory();
    const into = join(folder(), 'new');
    const { files } = await unpack(await pack(from, passphrase), passphrase, into, false);
    expect(files).toEqual(['config.json', 'onion/key', 'tor/state']);
    const { 'tor/cached-microdescs': _, ...kept } = snapshot(from);
    expect(snapshot(into)).toEqual(kept);
    expect(statSync(into).mode & 0o777).toBe(0o700);
  });

  it('holds nothing readable', async () => {
    const bytes = await pack(dataDirectory(), passphrase);
    for (const word of ['config', 'onion', 'port', 'Guard']) expect(bytes.includes(word)).toBe(false);
  });

  it('replaces a file that is there only when told to, and otherwise writes nothing at all', async () => {
    const bytes = await pack(dataDirectory(), passphrase);
    const into = folder();
    writeFileSync(join(into, 'config.json'), 'mine');
    await expect(unpack(bytes, passphrase, into, false)).rejects.toThrow('is there already');
    expect(readdirSync(into)).toEqual(['config.json']);
    await unpack(bytes, passphrase, into, true);
    expect(readFileSync(join(into, 'config.json'), 'utf8')).toBe('{"port":9000}');
  });

  it('keeps the newest seven', async () => {
    const [from, into] = [dataDirectory(), folder()];
    for (let day = 1; day <= 9; day++) await backUp(from, into, passphrase, new Date(Date.UTC(2026, 0, day, 3)));
    expect(readdirSync(into)).toHaveLength(7);
    expect(readdirSync(into).sort()[0]).toBe('hushroom-2026-01-03T030000Z.backup');
  });
});

describe('what cannot be restored', () => {
  it('a short passphrase or an empty folder is refused before anything is made', async () => {
    await expect(pack(dataDirectory(), 'short')).rejects.toThrow('12 characters');
    await expect(pack(folder(), passphrase)).rejects.toThrow('nothing to back up');
  });

  it('another passphrase, any flipped bit and any cut end are refused, and nothing is written', async () => {
    const bytes = await pack(dataDirectory(), passphrase);
    const into = folder();
    await expect(unpack(bytes, 'another passphrase', into, false)).rejects.toThrow('passphrase is wrong');
    const places = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7), cut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(places, async ({ at, bit, cut }) => {
        const bad = cut ? Buffer.from(bytes.subarray(0, at)) : Buffer.from(bytes);
        if (!cut) bad[at]! ^= 1 << bit;
        await expect(unpack(bad, passphrase, into, false)).rejects.toMatchObject({ kind: 'bad-backup' });
      }),
      { numRuns: 12 },
    );
    expect(readdirSync(into)).toEqual([]);
  });

  it.each(['../key', 'a/../../key', '/etc/key', '..', 'a\\..\\key', 'key\0.txt', '.'])(
    'the name %j, which leads out of the folder',
    async (path) => {
      const into = folder();
      const bytes = await seal([{ path, mode: 0o600, content: '' }], passphrase);
      await expect(unpack(bytes, passphrase, into, true)).rejects.toThrow('outside the folder');
      expect(readdirSync(into)).toEqual([]);
    },
  );

  it('more files, more bytes or other rights than a relay has', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ path: String(i), mode: 0o600, content: '' }));
    await expect(seal(many, passphrase)).rejects.toThrow('more than a backup takes');
    const rights = await seal([{ path: 'key', mode: 0o4755, content: '' }], passphrase);
    await expect(unpack(rights, passphrase, folder(), false)).rejects.toThrow('damaged');
    const vast = Buffer.concat([await pack(dataDirectory(), passphrase), Buffer.alloc(100 * 1024 * 1024)]);
    await expect(unpack(vast, passphrase, folder(), false)).rejects.toThrow('larger than any backup');
  });

  it('a name that leads through a link in the folder', async () => {
    const from = folder();
    mkdirSync(join(from, 'gate'));
    writeFileSync(join(from, 'gate/key'), 'x');
    const bytes = await pack(from, passphrase);
    const into = folder();
    symlinkSync(scratch, join(into, 'gate'));
    await expect(unpack(bytes, passphrase, into, false)).rejects.toThrow('is a link');
  });
});
