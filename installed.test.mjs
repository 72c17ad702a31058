import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isInstalled } from './installed.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hushroom-installed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ws = { version: '8.0.0', integrity: 'sha512-a' };
const other = { version: '1.0.0', integrity: 'sha512-b', optional: true };
const lock = (name, packages) => {
  const file = join(folder, name);
  writeFileSync(file, typeof packages === 'string' ? packages : JSON.stringify({ packages }));
  return file;
};
const judged = (wanted, installed) =>
  isInstalled(lock('wanted.json', { '': { name: 'hushroom' }, ...wanted }), lock('there.json', installed));

describe('what is installed', () => {
  it('is up to date where every package is there as it is wanted, whatever the times of the files', () => {
    expect(judged({ 'node_modules/ws': ws }, { 'node_modules/ws': ws })).toBe(true);
    utimesSync(join(folder, 'there.json'), 0, 0);
    expect(isInstalled(join(folder, 'wanted.json'), join(folder, 'there.json'))).toBe(true);
  });

  it('is not where a package is missing, is of another version, or of other bytes', () => {
    expect(judged({ 'node_modules/ws': ws }, {})).toBe(false);
    expect(judged({ 'node_modules/ws': ws }, { 'node_modules/ws': { ...ws, version: '8.0.1' } })).toBe(false);
    expect(judged({ 'node_modules/ws': ws }, { 'node_modules/ws': { ...ws, integrity: 'sha512-c' } })).toBe(false);
    expect(judged({ 'node_modules/a/node_modules/ws': ws }, { 'node_modules/ws': ws })).toBe(false);
  });

  it('may be without what is optional, but not have it in another version', () => {
    expect(judged({ 'node_modules/o': other }, {})).toBe(true);
    expect(judged({ 'node_modules/o': other }, { 'node_modules/o': { ...other, version: '2.0.0' } })).toBe(false);
  });

  it('may have more', () => {
    expect(judged({ 'node_modules/ws': ws }, { 'node_modules/ws': ws, 'node_modules/more': other })).toBe(true);
  });

  it('is nothing where nothing says what was installed, or only half a file does', () => {
    expect(isInstalled(lock('wanted.json', { 'node_modules/ws': ws }), join(folder, 'nowhere.json'))).toBe(false);
    expect(isInstalled(lock('wanted.json', { 'node_modules/ws': ws }), lock('half.json', '{"packages":{"node_mod'))).toBe(false);
  });
});
