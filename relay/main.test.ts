/** The program from outside: settings, exit codes, signals, what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { newRoomKey, TestClient } from './testing/client.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const web = mkdtempSync(join(tmpdir(), 'hushroom-web-'));
writeFileSync(join(web, 'index.html'), '<!doctype html><title>page</title>');
afterAll(() => rmSync(web, { recursive: true }));

interface Run {
  readonly child: ChildProcess;
  readonly out: string[];
  readonly err: string[];
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (bytes: Buffer) => out?.push(bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => err?.push(bytes.toString()));
  return { child, out: out as string[], err: err as string[], exit: once(child, 'close').then(([code]) => code as number | null) };
}

async function listening(started: Run): Promise<{ address: string; port: number }> {
  for (;;) {
    const line = started.out
      .join('')
      .split('\n')
      .find((text) => text.includes('"listening"'));
    if (line !== undefined) return JSON.parse(line);
    await once(started.child.stdout!, 'data');
  }
}
// Processes and sockets on a busy machine: the limit is there to end a hang, not to time anything.
vi.setConfig({ testTimeout: 60_000 });

describe('the relay as a program', () => {
  it('writes its log into a file where it is told to, and nothing else anywhere', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hushroom-log-')), 'relay.log');
    const relay = run(['--port', '0', '--web-root', web, '--log-file', file]);
    const events = () =>
      (existsSync(file) ? readFileSync(file, 'utf8') : '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { event: string }).event);
    await vi.waitFor(() => expect(events()).toEqual(['listening']), { timeout: 50_000 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    relay.child.kill('SIGTERM');
    expect(await relay.exit).toBe(0);
    expect(events()).toEqual(['listening', 'stopping', 'stopped']);
    expect([...relay.out, ...relay.err]).toEqual([]);
  });

  it('says where it listens, serves the page, tells members when it is stopped, and exits with 0', async () => {
    const relay = run(['--port', '0', '--web-root', web]);
    const { address, port } = await listening(relay);
    expect(address).toBe(`http://localhost:${port}`);
    expect(await (await fetch(`${address}/`)).text()).toContain('<title>page</title>');
    const ann = await TestClient.join(port, newRoomKey());
    relay.child.kill('SIGTERM');
    expect(await ann.closed).toBe(1012);
    expect(await relay.exit).toBe(0);
    expect(
      relay.out
        .join('')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).event),
    ).toEqual(['listening', 'stopping', 'stopped']);
    expect(relay.err.join('')).toBe('');
  });

  it('ends with its tor when it is stopped while that still bootstraps', async () => {
    const tor = fileURLToPath(new URL('testing/stuck-tor.sh', import.meta.url));
    const relay = run(['--port', '0', '--web-root', 'none', '--onion-ephemeral', '--tor-path', tor], { NODE: process.execPath });
    await listening(relay);
    while (!relay.out.join('').includes('"percent":50')) await once(relay.child.stdout!, 'data');
    relay.child.kill('SIGTERM');
    expect(await relay.exit).toBe(0);
    expect(relay.err.join('')).toBe('');
  });

  it('says in one sentence that a port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const relay = run(['--port', String(port), '--web-root', 'none']);
    expect(await relay.exit).toBe(1);
    expect(relay.err.join('')).toBe(`hushroom: port ${port} is taken; stop the program that has it, or choose another with --port\n`);
    holder.close();
  });

  it('says in one sentence what else keeps it from starting', async () => {
    const cases: [string[], Record<string, string>, RegExp][] = [
      [['--web-root', '/nowhere'], {}, /^hushroom: the folder \/nowhere cannot be read; .*\n$/],
      [['--web-root', mkdtempSync(join(tmpdir(), 'hushroom-empty-'))], {}, /^hushroom: there is no built page in .*\n$/],
      [
        ['--tls-cert', '/nowhere/a.pem', '--tls-key', '/nowhere/b.pem', '--web-root', 'none'],
        {},
        /^hushroom: the certificate or key cannot be used: .*\n$/,
      ],
      // Not a name, which would be asked of the network.
      [['--host', '203.0.113.1', '--web-root', 'none'], {}, /^hushroom: cannot listen on 203\.0\.113\.1: EADDRNOTAVAIL; .*\n$/],
      [
        ['--onion-ephemeral', '--tor-path', '/nowhere/tor', '--web-root', 'none'],
        {},
        /^hushroom: no-tor: the program tor could not be started; install it .*\(\/nowhere\/tor: ENOENT\)\n$/,
      ],
      [[], { HUSHROOM_PORT: 'http' }, /^hushroom: HUSHROOM_PORT must be a whole number from 0 to 65535\n$/],
      [
        ['--colour=red'],
        { HUSHROOM_BURST: '0' },
        /^hushroom: these settings cannot be used:\n {2}--colour is no flag.*\n {2}HUSHROOM_BURST must be .*\n$/,
      ],
    ];
    const runs = cases.map(([args, env]) => run(args, env));
    for (const [i, relay] of runs.entries()) {
      expect(await relay.exit).toBe(1);
      expect(relay.err.join('')).toMatch(cases[i]![2]);
      expect(relay.out.join('')).toBe('');
    }
  });

  it('explains itself', async () => {
    const asked = run(['--help']);
    expect(await asked.exit).toBe(0);
    expect(asked.out.join('')).toContain('--slow-reader-bytes, HUSHROOM_SLOW_READER_BYTES (4194304)');
  });
});
