import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('nothing but tor touches the network, and no name is ever looked up outside it: every packet is captured', () => {
  const { stdout, stderr } = spawnSync(at('../../e2e/enclosed.sh'), [process.execPath, at('../testing/captured.ts')], {
    encoding: 'utf8',
    // A network of its own, also where the tests run in one.
    env: { ...process.env, E2E_ENCLOSED: '' },
  });
  expect(stdout, stderr).not.toBe('');
  const { failures, before, after } = JSON.parse(stdout) as { failures: string[]; before: string[]; after: number };
  expect(before).toEqual([]);
  expect(after).toBeGreaterThan(0);
  expect(failures).toHaveLength(3);
  expect(failures.slice(1).every((message) => /^(?:not-allowed|unreachable)/.test(message))).toBe(true);
});
