/** Holds operator-security.md to the tests: every test that it names is there. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const tests = new Map(
  ['../relay/', '../relay/console/'].flatMap((folder) =>
    readdirSync(new URL(folder, import.meta.url))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => [name, read(`${folder}${name}`)] as const),
  ),
);
const rows = [...read('operator-security.md').matchAll(/\| `(\S+\.test\.ts)` (.*) \|$/gm)].map(
  ([, file = '', name = '']) => [file, name] as const,
);

it('names at least twenty', () => expect(rows.length).toBeGreaterThanOrEqual(20));

it.each(rows)('%s has the test "%s"', (file, name) => {
  expect(tests.get(file), file).toContain(name);
});
