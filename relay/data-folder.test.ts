import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptSecret, openDataFolder } from './data-folder.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hushroom-data-'));
  folder = join(parent, 'a/b');
});
afterEach(() => rmSync(parent, { recursive: true }));

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('the data folder', () => {
  it('is made for its owner alone, and made so again where it was opened to others', () => {
    openDataFolder(folder);
    expect(mode(folder)).toBe(0o700);
    chmodSync(folder, 0o755);
    openDataFolder(folder);
    expect(mode(folder)).toBe(0o700);
  });

  it('keeps a secret that is drawn once, readable by its owner alone', () => {
    openDataFolder(folder);
    const drawn = keptSecret(folder, 'key', () => Uint8Array.of(1, 2, 3));
    expect(drawn).toEqual(Uint8Array.of(1, 2, 3));
    expect(mode(join(folder, 'key'))).toBe(0o600);
    expect([...keptSecret(folder, 'key', () => Uint8Array.of(9))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual(['key']);
  });

  it('says what is wrong with a place that is no folder', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    expect(() => openDataFolder(join(file, 'x'))).toThrow(/--data-dir/);
    expect(() => keptSecret(join(file, 'x'), 'key', () => Uint8Array.of(1))).toThrow(/--data-dir/);
    expect(existsSync(join(file, 'x'))).toBe(false);
  });
});
