/** A relay as an onion service on the private network: what people reach, and what happens when its tor is in trouble. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { Asking } from '../../e2e/tornet/ask.ts';
import { throughSocks } from '../../e2e/tornet/socks.ts';
import { newRoomKey, TestClient } from '../testing/client.ts';
import { base64OfBase32, OnionRelay } from '../testing/onion-relay.ts';
import { Isolation } from './isolation.ts';
import { addClient, clientNames, revokeClient } from './onion-clients.ts';
import { OwnTor } from './process.ts';
import { dialSocks, SocksError } from './socks.ts';

const network = inject('torNetwork');
const [guest, system] = network.clients;
const web = mkdtempSync(join(tmpdir(), 'hushroom-web-'));
writeFileSync(join(web, 'index.html'), '<!doctype html><title>page</title>');
const usual = { webRoot: web, torExtra: network.memberFile };

const running: OnionRelay[] = [];
const others: OwnTor[] = [];
const folders: string[] = [];

function dataDir(): string {
  const made = mkdtempSync(join(tmpdir(), 'hushroom-onion-'));
  folders.push(made);
  return made;
}

async function start(settings: Record<string, unknown> = {}): Promise<OnionRelay> {
  const relay = new OnionRelay({
    ...usual,
    ...(settings['onionEphemeral'] === true ? {} : { onion: true, dataDir: dataDir() }),
    ...settings,
  });
  running.push(relay);
  return await relay.start();
}

/** Tries until there is a circuit: what somebody does who was told the address. */
async function visit(host: string, user = { name: 'visitor', password: String(Math.random()) }): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    try {
      return await throughSocks(guest!, host, 80, user);
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

/** The whole answer to a GET over the onion. */
async function get(host: string, path: string): Promise<string> {
  const socket = await visit(host);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  return text;
}

async function dial(relay: OnionRelay, inst?: Uint8Array, user?: { name: string; password: string }): Promise<TestClient> {
  return new TestClient(0, inst, `http://${relay.host}`, undefined, await visit(relay.host, user));
}

const isRefused = async (client: TestClient): Promise<boolean> => (await client.closed) === 4010;

afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.close()));
  await Promise.all(others.splice(0).map((tor) => tor.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('an onion relay', () => {
  it('can be found only by the clients on its list, as soon as there is one', async () => {
    const relay = await (await start()).reachable();
    const { key, isApplied } = await addClient(relay.config, 'ann');
    expect(isApplied).toBe(true);
    expect(clientNames(relay.config)).toEqual(['ann']);
    const file = join(relay.config.dataDir, 'tor/onion/authorized_clients/ann.auth');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^descriptor:x25519:[a-z2-7]{52}\n$/i);
    await expect(addClient(relay.config, 'ann')).rejects.toThrow(/already/);
    await expect(addClient(relay.config, '../ann')).rejects.toThrow(/letters/);
    const isLetIn = (withKey: boolean): Promise<boolean> => visitsAfresh(relay.host, withKey ? base64OfBase32(key) : null);
    // The descriptor that only clients can read has to reach the directories first.
    expect(await until(async () => !(await isLetIn(false)))).toBe(true);
    expect(await until(() => isLetIn(true))).toBe(true);
    expect(await isLetIn(false)).toBe(false);
    expect(await revokeClient(relay.config, 'ann')).toBe(true);
    await expect(revokeClient(relay.config, 'ann')).rejects.toThrow(/no client/);
    expect(await until(() => isLetIn(false))).toBe(true);
  });

  it('shows its address when a visit through the Tor network has come back, and keeps it', async () => {
    const settings = { dataDir: dataDir() };
    const first = await (await start(settings)).reachable();
    const { host } = first;
    const told = first.events.map(([event]) => event);
    expect(told.indexOf('tor-ready')).toBeLessThan(told.indexOf('onion-published'));
    expect(told.indexOf('onion-published')).toBeLessThan(told.indexOf('onion-reachable'));
    expect(told.filter((event) => event === 'tor-bootstrap').length).toBeGreaterThan(3);
    expect(first.relay.counters.levels).toMatchObject({ torBootstrapPercent: 100, onionReachable: 1 });
    expect(first.relay.counters.onionProbes).toBeGreaterThan(0);
    expect(first.relay.counters.torCircuitsBuilt).toBeGreaterThan(0);
    expect(first.relay.counters.torStreams).toBeGreaterThan(0);
    expect(first.relay.counters.torCircuitsShared).toBe(0);
    const metrics = await (await fetch(`http://localhost:${first.relay.port}/metrics`)).text();
    expect(metrics).toContain('hushroom_tor_daemons{state="ready"} 1\n');
    expect(metrics).toMatch(/^hushroom_tor_probe_seconds_count [1-9]/m);
    const options = (await first.tor.tor.control!.ask('GETCONF HiddenServiceOptions')).lines.map(({ text }) => text);
    expect(options).toContain('HiddenServicePoWDefensesEnabled=1');
    expect(options).toContain('HiddenServiceMaxStreams=64');
    expect(options).toContain('HiddenServiceExportCircuitID=haproxy');
    const folder = join(settings.dataDir, 'tor', 'onion');
    expect(statSync(settings.dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'hs_ed25519_secret_key')).mode & 0o777).toBe(0o600);
    await first.close();
    const second = await (await start(settings)).reachable();
    expect(second.host).toBe(host);
  });

  it('is the page and the relay under its onion name, and says so on the clearnet', async () => {
    const relay = await (await start()).reachable();
    const page = await get(relay.host, '/');
    expect(page).toContain('<title>page</title>');
    expect(page).toContain(`connect-src 'self' ws://${relay.host};`);
    expect(page).not.toMatch(/Strict-Transport-Security|Onion-Location/i);
    const here = await fetch(`http://localhost:${relay.relay.port}/`);
    expect(here.headers.get('onion-location')).toBe(`http://${relay.host}/`);
    const mangled = await fetch(`http://localhost:${relay.relay.port}/%23secret`);
    expect(mangled.headers.get('onion-location')).toBe(`http://${relay.host}/`);
    const about = (await (await fetch(`http://localhost:${relay.relay.port}/relay.json`)).json()) as Record<string, unknown>;
    expect(about).toMatchObject({ onion: `http://${relay.host}`, relayKey: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await get(relay.host, '/metrics')).toMatch(/^HTTP\/1\.1 404 /);
    const room = newRoomKey();
    const [ann, ben] = [await dial(relay), await dial(relay)];
    for (const client of [ann, ben]) {
      await client.join(room);
      await client.next('joined');
    }
    expect(relay.relay.gauges().socketsOverOnion).toBe(2);
    ann.send(ben.inst, Buffer.from('over six relays'));
    expect(await ben.texts(1)).toEqual(['over six relays']);
    const cat = await TestClient.join(relay.relay.port, room);
    cat.send(ann.inst, Buffer.from('from the clearnet'));
    expect(await ann.texts(1)).toEqual(['from the clearnet']);
  });

  it('limits each circuit by itself', async () => {
    const relay = await (await start({ connectionsPerAddress: 2 })).reachable();
    const [one, other] = [
      { name: 'one', password: '1' },
      { name: 'other', password: '2' },
    ];
    const here = await Promise.all([1, 2].map(() => dial(relay, undefined, one)));
    for (const client of here) await client.next('challenge');
    expect(await isRefused(await dial(relay, undefined, one))).toBe(true);
    await (await dial(relay, undefined, other)).next('challenge');
    expect(relay.relay.counters.drops.connectionsOfAddress).toBe(1);
  });

  it('stores nothing of an ephemeral one, and has another address each time', async () => {
    const first = await (await start({ onionEphemeral: true })).reachable();
    const { host } = first;
    expect(await get(host, '/healthz')).toContain('ok');
    const { folder } = first.tor.own!.folder;
    const files = readdirSync(folder, { recursive: true }) as string[];
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((name) => /secret|onion/.test(name))).toEqual([]);
    await first.close();
    expect(existsSync(folder)).toBe(false);
    const second = await (await start({ onionEphemeral: true })).reachable();
    expect(second.host).not.toBe(host);
  });

  it('uses a tor that was there, keeps the key itself, and takes the onion back when it goes', async () => {
    const settings = { dataDir: dataDir(), torControl: `${system!.address}:${system!.controlPort}` };
    const first = await (await start(settings)).reachable();
    const { host } = first;
    expect(statSync(join(settings.dataDir, 'onion-key')).mode & 0o777).toBe(0o600);
    expect(await get(host, '/metrics')).toMatch(/^HTTP\/1\.1 404 /);
    // The control connection breaks: the onion is told again.
    const from = first.events.length;
    first.tor.tor.control!.close();
    await first.says('tor-trouble', { trouble: 'control-closed' }, from);
    await first.says('onion-published', {}, from);
    await first.close();
    const asking = await Asking.at(system!);
    expect((await asking.ask('GETINFO onions/current')).join(' ')).not.toContain(host.replace('.onion', ''));
    // Of an onion that is added no tor names the circuits: when one does, the crowd of admission.ts has had its time.
    await expect(asking.ask('ADD_ONION NEW:ED25519-V3 Flags=DiscardPK ExportCircuitID=haproxy Port=80,127.0.0.1:9')).rejects.toThrow('512');
    asking.end();
    const second = await (await start(settings)).reachable();
    expect(second.host).toBe(host);
  });

  it('tells visitors apart by the circuits that another’s tor names, and says where it does not', async () => {
    const folder = dataDir();
    const door = `unix:${join(folder, 'door')}`;
    let words = ['HiddenServiceExportCircuitID haproxy'];
    const lines = () => [`%include ${network.memberFile}`, `HiddenServiceDir ${folder}/hushroom`, `HiddenServicePort 80 ${door}`, ...words];
    const theirs = await OwnTor.start({ folder, program: 'tor', lines });
    others.push(theirs);
    await new Promise<void>((resolve) => theirs.watch({ onControl: () => resolve() }));
    const onionName = readFileSync(join(folder, 'hushroom', 'hostname'), 'utf8').trim();
    const torControl = `unix:${theirs.folder.control}`;
    const settings = { torControl, torCookie: theirs.folder.cookie, onionName, connectionsPerAddress: 1 };
    const relay = await (await start({ ...settings, onionDoor: door })).reachable();
    const one = { name: 'one', password: '1' };
    await (await dial(relay, undefined, one)).next('challenge');
    expect(await isRefused(await dial(relay, undefined, one))).toBe(true);
    await (await dial(relay, undefined, { name: 'other', password: '2' })).next('challenge');
    expect(relay.relay.counters.torTroubles['no-circuit-ids']).toBe(0);
    words = [];
    await theirs.reload();
    relay.tor.tor.control!.close();
    await relay.says('tor-trouble', { trouble: 'no-circuit-ids' });
    for (let i = 0; i < 3; i++) await (await dial(relay, undefined, one)).next('challenge');
    const elsewhere = await start({ ...settings, onionDoor: `unix:${join(folder, 'other-door')}` });
    await elsewhere.says('tor-trouble', { trouble: 'no-such-onion' });
  });
});

describe('an onion relay whose tor is killed', () => {
  it('keeps its address, loses no message, and its clearnet side does not notice', async () => {
    const relay = await (await start()).reachable();
    const { host } = relay;
    const room = newRoomKey();
    const here = await TestClient.join(relay.relay.port, room);
    const there = await dial(relay);
    await there.join(room);
    await there.next('joined');
    for (let i = 0; i < 10; i++) here.send(there.inst, Buffer.from(`before ${i}`));
    const heard = await there.texts(5);
    const from = relay.events.length;
    process.kill(relay.pid, 'SIGKILL');
    for (let i = 0; i < 10; i++) here.send(there.inst, Buffer.from(`after ${i}`));
    await there.closed;
    await relay.says('tor-trouble', { trouble: 'tor-ended' }, from);
    await relay.says('tor-ready', {}, from);
    expect(here.ws.readyState).toBe(1);
    heard.push(...there.left());
    const back = await dial(relay, there.inst);
    await back.join(room, { lastRecv: there.received });
    expect((await back.next('joined')).resumed).toBe(true);
    heard.push(...(await back.texts(20 - heard.length)));
    expect(heard).toEqual([...Array.from({ length: 10 }, (_, i) => `before ${i}`), ...Array.from({ length: 10 }, (_, i) => `after ${i}`)]);
    expect(relay.host).toBe(host);
    expect(relay.relay.counters).toMatchObject({ torStarts: 1, torTroubles: expect.objectContaining({ 'tor-ended': 1 }) });
  });
});

describe('a relay in a place where Tor is blocked', () => {
  const blocked = {
    torExtra: network.censoredFile,
    transports: 'obfs4=/usr/bin/obfs4proxy',
    bridges: network.bridgeLines.map((line) => `Bridge ${line}`),
    bootstrapSeconds: 5,
  };

  it('says that it does not get on, tries its bridges, and is reachable over obfs4', async () => {
    const relay = await start(blocked);
    await relay.says('tor-trouble', { trouble: 'bootstrap-stalls' });
    expect(await relay.says('tor-bridges')).toEqual({ bridges: 1 });
    const { pid } = relay;
    await relay.reachable();
    expect(relay.pid).toBe(pid);
    expect(relay.relay.counters).toMatchObject({ torBridgeUses: 1, torStarts: 0 });
    expect(readFileSync(relay.tor.own!.folder.torrc, 'utf8')).toContain('UseBridges 1');
  });

  it('goes by its bridges alone where it is told to', async () => {
    const relay = await (await start({ ...blocked, bridgeUse: 'always' })).reachable();
    expect(relay.relay.counters).toMatchObject({ torBridgeUses: 0 });
    expect(relay.relay.counters.torTroubles['bootstrap-stalls']).toBe(0);
  });

  it('is given its bridges while it runs, is kept from wrong ones, and can be told to go without', async () => {
    const relay = await start({ ...blocked, bridges: [], bridgeUse: 'off' });
    await relay.says('tor-trouble', { trouble: 'bootstrap-stalls' });
    const { pid } = relay;
    const bridges = relay.tor.bridges!;
    const torrc = (): string => readFileSync(relay.tor.own!.folder.torrc, 'utf8');
    const wrong = [...network.bridgeLines, `obfs4 127.0.0.1:1 ${'Z'.repeat(40)} cert=x iat-mode=0`];
    await expect(bridges.change({ bridges: wrong, bridgeUse: 'always' })).rejects.toThrow('tor does not accept bridge 2 of the list');
    expect(torrc()).not.toContain('Bridge');
    await bridges.change({ bridges: network.bridgeLines, bridgeUse: 'when-needed' });
    expect(bridges.view).toMatchObject({ areUsed: true, why: 'needed', list: [{ transport: 'obfs4' }] });
    await relay.reachable();
    expect(relay.pid).toBe(pid);
    await bridges.change({ bridges: network.bridgeLines, bridgeUse: 'off' });
    expect(torrc()).not.toContain('Bridge');
    expect(await relay.tor.tor.control!.ask('GETCONF UseBridges')).toMatchObject({ lines: [{ text: 'UseBridges=0' }] });
    expect(relay.pid).toBe(pid);
  });
});

/** What became of an attempt. */
/** Whether somebody gets in whose tor has never asked for this onion, and has that client key. */
async function visitsAfresh(host: string, key: string | null): Promise<boolean> {
  const tor = await OwnTor.start({ folder: dataDir(), program: 'tor', lines: () => [`%include ${network.memberFile}`] });
  try {
    await new Promise<void>((resolve) => {
      if (tor.state.name === 'ready') resolve();
      tor.watch({ onState: ({ name }) => name === 'ready' && resolve() });
    });
    if (key !== null) await tor.control!.ask(`ONION_CLIENT_AUTH_ADD ${host.replace('.onion', '')} x25519:${key}`);
    const once = { destination: host, credential: 'visitor', session: 'once' };
    (await dialSocks(tor.socks!, host, 80, new Isolation().key(once, 0), 30_000)).destroy();
    return true;
  } catch (error) {
    if (error instanceof SocksError) return false;
    throw error;
  } finally {
    await tor.close();
  }
}

/** This ends with the test's own limit. */
async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  while (!(await isSo()));
  return true;
}
