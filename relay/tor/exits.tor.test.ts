/** Out of Tor, through exits in the countries that were asked for, as the server at the other end sees it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { type Config, configOf } from '../config.ts';
import { tell } from '../console/alert-channels.ts';
import { newCounters } from '../metrics.ts';
import { WayOut } from './exits.ts';
import { Isolation } from './isolation.ts';
import { Onward } from './onward.ts';
import type { DaemonView } from './pool.ts';
import { dialSocks } from './socks.ts';
import { type RelayTor, startTor } from './start.ts';

const network = inject('torNetwork');
const folder = mkdtempSync(join(tmpdir(), 'hushroom-exits-'));

/** Tells whoever connects which process he is: on loopback exits do not use the addresses that they have in the network. */
let mirror: Server;
let connections = 0;
let port: number;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  mirror = createServer((socket) => {
    connections++;
    socket.on('error', () => {}).end(commandAt(socket));
  });
  mirror.listen(0, '127.0.0.1');
  await once(mirror, 'listening');
  port = (mirror.address() as AddressInfo).port;
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
  mirror.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The tor that was started last. */
let tor: RelayTor;

async function begin(name: string, settings: Readonly<Record<string, unknown>>): Promise<Onward> {
  const config: Config = configOf({ gateway: true, dataDir: join(folder, name), torExtra: network.memberFile, ...settings });
  const own = await startTor(config);
  tor = own;
  ends.push(() => own.close());
  const onward = await Onward.start({
    settings: config,
    clock: systemClock,
    log: () => {},
    counters: newCounters(),
    startTor: (index) => own.startTor(index),
    ownOnion: () => null,
  });
  ends.push(() => onward.close());
  return onward;
}

async function start(name: string, settings: Readonly<Record<string, unknown>>): Promise<Onward> {
  const onward = await begin(name, settings);
  while (!onward.pool.daemons.every(({ state }) => state === 'ready')) await new Promise((resolve) => setTimeout(resolve, 50));
  return onward;
}

/** The command line of the process at the other end of a connection. Another one may have a connection from the same port to elsewhere. */
function commandAt({ remotePort, localPort }: Socket): string {
  const ends = ['sport', '=', `:${remotePort}`, 'and', 'dport', '=', `:${localPort}`];
  const [, pid] = /pid=(\d+)/.exec(execFileSync('ss', ['-tnpH', ...ends], { encoding: 'utf8' })) ?? [];
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
}

async function seenFrom(onward: Onward): Promise<string> {
  const socket = await onward.pool.dialOut('127.0.0.1', port);
  let said = '';
  socket.setEncoding('latin1').on('data', (text: string) => (said += text));
  await once(socket, 'close');
  return said;
}

describe('exits', () => {
  it('are in the country that was asked for, and the operator sees which one it was', async () => {
    for (const { name, address, country } of network.exits) {
      const onward = await start(`exit-${country}`, { torExits: true, torExitCountries: country });
      for (let i = 0; i < 3; i++) expect(await seenFrom(onward)).toContain(`/${name}.torrc`);
      const seen = (): unknown => onward.pool.daemons[0]!.exit;
      while (seen() === null) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(seen()).toEqual({ address, country });
    }
  });

  it('are none where the country has none: strictly, nothing goes out another way', async () => {
    const came = connections;
    const onward = await begin('exit-nowhere', { torExits: true, torExitCountries: 'aq' });
    const daemon = (): DaemonView => onward.pool.daemons[0]!;
    // It knows the network, and does not get ready for want of an exit that it may use.
    while (daemon().percent < 50) await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(onward.pool.dialOut('127.0.0.1', port)).rejects.toThrow('no daemon is ready');
    const key = new Isolation(['destination']).key({ destination: 'mirror' }, 0);
    await expect(dialSocks(tor.tor.exits!, '127.0.0.1', port, key, 3000)).rejects.toThrow(/timed-out|unreachable/);
    expect(connections).toBe(came);
    expect(daemon().exit).toBeNull();
  });

  it('bring an alert to a webhook from a relay that is hidden and no gateway', async () => {
    const [exit] = network.exits;
    const settings = { onion: true, torExits: true, torExitCountries: exit!.country, torExtra: network.memberFile };
    const own = await startTor(configOf({ ...settings, dataDir: join(folder, 'hidden') }));
    ends.push(() => own.close());
    const out = new WayOut(own.tor, new Isolation());
    await expect(out.dial('127.0.0.1', port)).rejects.toThrow('not ready');
    while (own.tor.state.name !== 'ready') await new Promise((resolve) => setTimeout(resolve, 50));
    const heard: string[] = [];
    const hook = createHttpServer((request, response) => {
      heard.push(commandAt(request.socket));
      request.resume().on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    ends.push(() => hook.close());
    await tell(
      {
        kind: 'webhook',
        url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
        secret: 'of sixteen letters',
        inner: false,
        throughTor: true,
      },
      { name: 'disk', severity: 'warning', change: 'raised', at: 0, text: 'the disk is nearly full' },
      'hidden',
      { throughTor: (host, to) => out.dial(host, to), telegram: '' },
    );
    expect(heard).toEqual([expect.stringContaining(`/${exit!.name}.torrc`)]);
    while (out.seen === null) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(out.seen).toEqual({ address: exit!.address, country: exit!.country });
  });

  it('are off unless the operator wants them', async () => {
    const onward = await start('exit-off', {});
    await expect(seenFrom(onward)).rejects.toThrow('exits are off');
  });
});
