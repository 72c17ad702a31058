/** The console's own onion on the private network: who finds it, who does not, and what the console sees of a visitor. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort, Program } from '../e2e/process.ts';
import { type Config, configOf } from './config.ts';
import { examine } from './doctor.ts';
import { base64OfBase32 } from './testing/onion-relay.ts';
import { Isolation } from './tor/isolation.ts';
import { addClient, clientNames, onionHost, revokeClient } from './tor/onion-clients.ts';
import { OwnTor } from './tor/process.ts';
import { dialSocks, SocksError } from './tor/socks.ts';

const network = inject('torNetwork');
const dataDir = mkdtempSync(join(tmpdir(), 'hushroom-console-onion-'));
const program = new URL('main.ts', import.meta.url).pathname;
let config: Config;
let relay: Program;
let secret = '';

const strangers: { tor: OwnTor; folder: string }[] = [];
afterEach(async () => {
  for (const { tor, folder } of strangers.splice(0)) {
    await tor.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

beforeAll(async () => {
  const [port, consolePort] = [await freePort(), await freePort()];
  config = configOf({ port, console: true, consolePort, consoleOnion: true, dataDir, torExtra: network.memberFile });
  const flags = ['--port', `${port}`, '--console', '--console-port', `${consolePort}`, '--console-onion', '--data-dir', dataDir];
  relay = new Program(process.execPath, [program, ...flags, '--tor-extra', network.memberFile, '--web-root', 'none']);
  secret = /give it (\S+)/.exec(await relay.says(/give it/))![1]!;
  await relay.says(/"event":"console-onion"/);
});

afterAll(async () => {
  await relay.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

const host = (): string => onionHost(config, 'console-onion')!;

/** Where somebody gets whose tor has never asked for this onion, with this key or with none; null: nowhere. */
async function visitAfresh(key: string | null): Promise<Socket | null> {
  const folder = mkdtempSync(join(tmpdir(), 'hushroom-stranger-'));
  const tor = await OwnTor.start({ folder, program: 'tor', lines: () => [`%include ${network.memberFile}`] });
  strangers.push({ tor, folder });
  await new Promise<void>((resolve) => {
    if (tor.state.name === 'ready') resolve();
    tor.watch({ onState: ({ name }) => name === 'ready' && resolve() });
  });
  if (key !== null) await tor.control!.ask(`ONION_CLIENT_AUTH_ADD ${host().replace('.onion', '')} x25519:${base64OfBase32(key)}`);
  const once = new Isolation().key({ destination: host(), credential: 'visitor', session: 'once' }, 0);
  return await dialSocks(tor.socks!, host(), 80, once, 30_000).catch((error: unknown) => {
    if (error instanceof SocksError) return null;
    throw error;
  });
}

/** The descriptor with a new list has to reach the directories first; this ends with the test's own limit. */
async function visitUntil(key: string, gets: 'in' | 'nowhere'): Promise<Socket | null> {
  for (;;) {
    const socket = await visitAfresh(key);
    if ((socket === null) === (gets === 'nowhere')) return socket;
  }
}

function ask(socket: Socket, method: string, path: string, headers: Record<string, string>, body?: object) {
  return new Promise<{ status: number; cookie: string; text: string }>((resolve, reject) => {
    const sent = request({ createConnection: () => socket, method, path, headers: { Host: host(), Connection: 'keep-alive', ...headers } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (bytes) => {
        text += String(bytes);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, cookie: String(response.headers['set-cookie'] ?? ''), text }));
    });
    if (body !== undefined) sent.setHeader('Content-Type', 'application/json');
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What the door says to somebody on this very host who writes tor's line in front. */
function knock(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(join(dataDir, 'tor', 'console.sock'));
    let said = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      said += String(bytes);
    });
    socket.on('close', () => resolve(said.split('\r\n')[0]!));
    socket.write('PROXY TCP6 fc00:dead:beef:4dad::1 ::1 300 80\r\n');
    socket.write(`GET /api/door HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`);
  });
}

const doctors = async (): Promise<string | null | undefined> =>
  (await examine(config)).find(({ what }) => what === 'the onion of the console')?.fault;

describe('the onion of the console', () => {
  it('is found by nobody while nobody is listed, and its door answers nobody', async () => {
    expect(clientNames(config, 'console-onion')).toEqual([]);
    const list = join(dataDir, 'tor/console-onion/authorized_clients');
    expect(readdirSync(list)).toEqual(['.nobody.auth']);
    expect(statSync(join(list, '.nobody.auth')).mode & 0o777).toBe(0o600);
    expect(await visitAfresh(null)).toBeNull();
    expect(await knock()).toBe('');
    expect(await doctors()).toBe('nobody may find it; hushroom-relay console-clients add NAME');
  });

  it('lets in who is listed and nobody else, is none of the relay’s names, and sees a circuit where others have an address', async () => {
    const { key, isApplied } = await addClient(config, 'olga', 'console-onion');
    expect(isApplied).toBe(true);
    expect(clientNames(config)).toEqual([]);
    const socket = (await visitUntil(key, 'in'))!;
    expect(await visitAfresh(null)).toBeNull();
    expect(await doctors()).toBeNull();

    const origin = { Origin: `http://${host()}` };
    const elsewhere = await ask(socket, 'GET', '/api/door', { Host: 'chat.example.org' });
    expect(elsewhere.status).toBe(403);
    const owner = { secret, name: 'olga', password: 'seven odd lamps hum' };
    const made = await ask((await visitUntil(key, 'in'))!, 'POST', '/api/setup', origin, owner);
    expect(made.status).toBe(200);
    expect(made.cookie).toMatch(/^operator=/);
    expect(made.cookie).toMatch(/HttpOnly; SameSite=Strict/i);
    const cookie = made.cookie.split(';')[0]!;
    const sessions = await ask((await visitUntil(key, 'in'))!, 'GET', '/api/sessions', { Cookie: cookie });
    expect(JSON.parse(sessions.text)[0].address).toMatch(/^fc00:dead:beef:4dad:/);
    // The relay shows its own names to everybody; this one is not among them.
    const shown = await (await fetch(`http://localhost:${config.port}/relay.json`)).text();
    expect(shown).not.toContain('.onion');
    expect(relay.output).not.toContain(host());
  });

  it('is found by nobody again when the last one is revoked', async () => {
    const names = clientNames(config, 'console-onion');
    expect(names).toEqual(['olga']);
    const { key } = await addClient(config, 'otto', 'console-onion');
    for (const name of ['olga', 'otto']) expect(await revokeClient(config, name, 'console-onion')).toBe(true);
    expect(await knock()).toBe('');
    await visitUntil(key, 'nowhere');
    expect(await visitAfresh(null)).toBeNull();
  });

  it('keeps its name over a restart, and is not written into the configuration without its lock', async () => {
    const before = host();
    expect(readFileSync(join(dataDir, 'tor/torrc'), 'utf8')).toContain('console-onion');
    rmSync(join(dataDir, 'tor/console-onion/authorized_clients'), { recursive: true });
    await relay.end('SIGTERM');
    const flags = ['--port', `${config.port}`, '--console', '--console-port', `${config.consolePort}`, '--console-onion'];
    relay = new Program(process.execPath, [
      program,
      ...flags,
      ...['--data-dir', dataDir, '--tor-extra', network.memberFile, '--web-root', 'none'],
    ]);
    await relay.says(/"event":"console-onion"/);
    expect(host()).toBe(before);
    expect(readdirSync(join(dataDir, 'tor/console-onion/authorized_clients'))).toEqual(['.nobody.auth']);
    expect(await visitAfresh(null)).toBeNull();
  });
});
