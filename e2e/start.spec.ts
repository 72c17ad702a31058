/** Starting the product: what happens between a clone and an address that can be opened. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { checkout } from './places.ts';
import { freePort, Program } from './process.ts';

/** The Node that npm finds on a person's machine, which may be older than the one the project runs on. */
const systemPath = (process.env['PATH'] ?? '')
  .split(':')
  .filter((entry) => !entry.includes('node_modules'))
  .join(':');

test.describe('npm start', () => {
  test.describe.configure({ mode: 'serial', timeout: 300_000 });
  let clone: string;
  test.beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), 'hushroom-clone-'));
    execFileSync('git', ['clone', '--quiet', checkout(), clone]);
  });
  test.afterAll(() => rmSync(clone, { recursive: true, force: true }));

  const started: Program[] = [];
  test.afterEach(async () => {
    for (const program of started.splice(0)) await program.end('SIGTERM');
  });

  const npmStart = (...args: string[]) => {
    // npm takes packages from its cache alone: this network leads nowhere.
    const env = { PATH: systemPath, npm_config_offline: 'true' };
    const program = new Program('npm', ['start', '--silent', '--', ...args], { cwd: clone, group: true, env });
    started.push(program);
    return program;
  };

  test('a clean clone installs, builds, serves and says where', async ({ person }) => {
    const port = await freePort();
    const program = npmStart('--port', String(port));
    await program.says(new RegExp(`http://localhost:${port}`), 240_000);
    const ann = await person('Ann');
    await ann.opens(`http://localhost:${port}`);
    await expect(ann.button('Create room')).toBeVisible();
  });

  test('a second start takes under three seconds, also when a checkout has touched what was installed from', async () => {
    const port = await freePort();
    const now = new Date();
    utimesSync(join(clone, 'package-lock.json'), now, now);
    const begun = performance.now();
    const program = npmStart('--port', String(port));
    await program.says(new RegExp(`http://localhost:${port}`));
    const taken = performance.now() - begun;
    console.log(`second npm start: ${Math.round(taken)} ms`);
    expect(program.output).not.toMatch(/Installing|Building/);
    // Generous: the other worker has the machine as well.
    expect(taken).toBeLessThan(6000);
  });

  test('a taken port is one sentence and exit code 1', async () => {
    const taken = createServer().listen(0, 'localhost');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const program = npmStart('--port', String(port));
    expect(await program.ends()).toBe(1);
    expect(complaint(program)).toMatch(new RegExp(`port ${port}`, 'i'));
    taken.close();
  });

  test('an unknown setting is one sentence and exit code 1', async () => {
    const program = npmStart('--colour=green');
    expect(await program.ends()).toBe(1);
    expect(complaint(program)).toMatch(/colour/);
  });

  test('a bad value is one sentence and exit code 1', async () => {
    const program = npmStart('--port', 'eighty');
    expect(await program.ends()).toBe(1);
    expect(complaint(program)).toMatch(/port/i);
  });

  test('a folder that cannot be written is one sentence and exit code 1', async () => {
    // Root may write anywhere, so somebody else tries.
    const folder = mkdtempSync(join(tmpdir(), 'hushroom-readonly-'));
    execFileSync('git', ['clone', '--quiet', checkout(), join(folder, 'clone')]);
    chmodSync(folder, 0o755);
    const program = new Program('npm', ['start', '--silent'], {
      cwd: join(folder, 'clone'),
      entry: ['setpriv', '--reuid', '65534', '--clear-groups', '--'],
      env: { PATH: systemPath, HOME: folder, npm_config_cache: '/tmp/nobody-npm', npm_config_offline: 'true', GIT_CONFIG_COUNT: '0' },
    });
    expect(await program.ends()).toBe(1);
    expect(complaint(program)).toMatch(/cannot be written/);
    rmSync(folder, { recursive: true, force: true });
  });
});

/** The one line that explains the end. */
function complaint(program: Program): string {
  const lines = program.lines.filter((line) => line.trim() !== '');
  expect(lines, program.output).toHaveLength(1);
  return lines[0]!;
}
