/** From a page through a gateway, its pool and a real Tor network to a relay behind an onion; and what the operator sees of it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { viaPath } from '../../shared/wire/relay.ts';
import { systemClock } from '../clock.ts';
import { configOf } from '../config.ts';
import type { LogFields } from '../log.ts';
import { newCounters } from '../metrics.ts';
import { onionName } from '../onion-name.ts';
import { type Relay, startRelay } from '../relay.ts';
import { newRoomKey, TestClient } from '../testing/client.ts';
import { until } from '../testing/until.ts';
import type { Control } from './control.ts';
import { Isolation } from './isolation.ts';
import { Onward, onwardSocksFlags } from './onward.ts';
import { OwnTor } from './process.ts';
import { dialSocks } from './socks.ts';

const network = inject('torNetwork');
const folder = mkdtempSync(join(tmpdir(), 'hushroom-onward-'));
const settings = { webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1 };

const ownTor = (name: string, socksFlags: readonly string[] = onwardSocksFlags): Promise<OwnTor> =>
  OwnTor.start({ folder: join(folder, name), program: 'tor', socksFlags, lines: () => [`%include ${network.memberFile}`] });

let home: Relay;
let gateway: Relay;
let onward: Onward;
let hosting: OwnTor;
let onion: string;
const told: [string, LogFields][] = [];

async function ready(tor: OwnTor): Promise<Control> {
  await new Promise<void>((resolve) => {
    if (tor.state.name === 'ready') resolve();
    tor.watch({ onState: ({ name }) => name === 'ready' && resolve() });
  });
  return tor.control!;
}

async function publish(control: Control, port: number): Promise<string> {
  let uploaded: () => void = () => {};
  const up = new Promise<void>((resolve) => {
    uploaded = resolve;
  });
  await control.listen(['HS_DESC'], ({ words }) => words[1] === 'UPLOADED' && uploaded());
  const { lines } = await control.ask(`ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port=80,127.0.0.1:${port}`);
  await up;
  return `${lines[0]!.text.split('=')[1]}.onion`;
}

const ends: (() => unknown)[] = [];
beforeAll(async () => {
  home = await startRelay(configOf(settings), () => {});
  hosting = await ownTor('hosting');
  onion = await publish(await ready(hosting), home.port);
  home.haveOnion(`http://${onion}`);
  gateway = await startRelay(
    configOf({ ...settings, gateway: true, torDaemons: 2 }),
    (event, fields = {}) => told.push([event, fields]),
    systemClock,
    async (relay) => {
      onward = await Onward.start({
        ...relay,
        settings: configOf({ torDaemons: 2 }),
        startTor: (index) => ownTor(`daemon-${index}`),
        // The home relay's onion does as well: what is asked is whether this daemon reaches an onion at all.
        ownOnion: () => onion,
      });
      return onward;
    },
  );
  await until(() => onward.pool.daemons.every(({ state, latencyMs }) => ['ready', 'slow'].includes(state) && latencyMs !== null));
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
  await gateway.close();
  await home.close();
  await hosting.close();
  rmSync(folder, { recursive: true, force: true });
});

async function page(): Promise<TestClient> {
  const { relayKey } = (await (await fetch(`http://127.0.0.1:${home.port}/relay.json`)).json()) as { relayKey: string };
  const client = new TestClient(gateway.port, randomBytes(16), `http://${onion}`, {
    url: `ws://127.0.0.1:${gateway.port}${viaPath}${onion}`,
    relayKey: Buffer.from(relayKey, 'base64url'),
  });
  ends.push(() => client.die());
  return client;
}

describe('the way onward through a real Tor network', () => {
  it('takes pages to a relay behind an onion, the first after a while and the next at once', async () => {
    const room = newRoomKey();
    const first = await page();
    await first.join(room);
    await first.next('joined');
    await until(() => onward.pool.circuits.slots.idle >= 2);
    const second = await page();
    await second.join(room);
    await second.next('joined');
    await first.next('came');
    second.send(null, Buffer.from('through two circuits'));
    expect(await first.texts(1)).toEqual(['through two circuits']);
    const { counters } = gateway;
    expect(counters).toMatchObject({ torPoolMisses: 1, torPoolHits: 1, gatewayOpened: 2, torCircuitsShared: 0 });
    expect(counters.torCircuitsBuilt).toBeGreaterThan(0);
    expect(counters.torStreams).toBeGreaterThanOrEqual(4);
    expect(counters.torStreamsOpened).toBeGreaterThanOrEqual(3);
    expect(onward.byState.torDaemons).toMatchObject({ stopped: 0, starting: 0 });
    expect(onward.byState.torSlots['taken']).toBe(2);
  });

  it('says that there is no way to an onion that does not exist, and names it to nobody', async () => {
    const nowhere = onionName(newRoomKey().pub);
    await expect(onward.lead(nowhere, 'visitor')).rejects.toThrow();
    const [, fields] = told.find(([event]) => event === 'no-way')!;
    expect(fields['destination']).toMatch(/^[0-9a-f]{8}$/);
    expect(JSON.stringify(told)).not.toContain(nowhere.slice(0, 56));
    expect(gateway.counters.torStreamsFailed).toBeGreaterThan(0);
  });

  it('lets nothing out to the clearnet, not even a name to be resolved', async () => {
    const key = new Isolation().key({ destination: 'x', credential: 'x', session: 'x' }, 0);
    for (const host of ['example.org', '127.0.0.1', '192.0.2.1'])
      await expect(dialSocks({ path: join(folder, 'daemon-0/socks.sock') }, host, 80, key, 20_000)).rejects.toThrow();
  });

  it('takes to new circuits when it is told, and says when that took effect', async () => {
    const before = gateway.counters.torNewnyms;
    await onward.pool.rotateAll();
    const afterMs = await onward.pool.rotateAll();
    expect(gateway.counters.torNewnyms).toBe(before + 4);
    // Tor puts the second one off until ten seconds after the first.
    expect(afterMs).toBeGreaterThan(3000);
  });
});

describe('the watch over isolation, on a real tor', () => {
  it('sees no circuit with two keys where isolation is on, and the alarm where it is off', async () => {
    const seen: string[] = [];
    const counters = newCounters();
    const tor = await ownTor('watched', ['NoIsolateSOCKSAuth', 'OnionTrafficOnly']);
    ends.push(() => tor.close());
    const isolation = new Isolation();
    const loose = await Onward.start({
      settings: configOf({ torDaemons: 1 }),
      clock: systemClock,
      log: (event) => seen.push(event),
      counters,
      startTor: () => Promise.resolve(tor),
      ownOnion: () => null,
    });
    ends.push(() => loose.close());
    const control = await ready(tor);
    const streams = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const key = isolation.key({ destination: onion, credential: 'c', session: String(i) }, 0);
        (await dialSocks(tor.socks, onion, 80, key, 60_000)).destroy();
      }
      // Events come in order: what was asked after them is answered after them.
      await control.info('version');
    };
    await streams(3);
    expect(counters.torStreams).toBeGreaterThanOrEqual(3);
    expect(counters.torCircuitsShared).toBeGreaterThan(0);
    expect(seen).toContain('isolation-broken');
  });
});
