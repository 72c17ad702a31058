/**
 * A gateway, its tor, a relay behind an onion and a whole Tor network, in a network namespace of their own where every packet is captured.
 * Prints, as JSON, each packet that was not from loopback to loopback or had to do with a name: before, and after this program asked for
 * one itself, which shows that the capture would have seen it. Run by e2e/enclosed.sh.
 */
import { spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TorNetwork } from '../../e2e/tornet/network.ts';
import { viaPath } from '../../shared/wire/relay.ts';
import { systemClock } from '../clock.ts';
import { configOf } from '../config.ts';
import { onionName } from '../onion-name.ts';
import { startRelay } from '../relay.ts';
import { Isolation } from '../tor/isolation.ts';
import { Onward } from '../tor/onward.ts';
import { dialSocks } from '../tor/socks.ts';
import { startOnion, startTor } from '../tor/start.ts';
import { newRoomKey, TestClient } from './client.ts';

const strangers = '(ip and not (src net 127.0.0.0/8 and dst net 127.0.0.0/8)) or port 53 or port 853 or (ip6 and (tcp or udp)) or arp';
const capture = spawn('tcpdump', ['-i', 'any', '-n', '-l', '--immediate-mode', strangers], { stdio: ['ignore', 'pipe', 'pipe'] });
const packets: string[] = [];
capture.stdout.setEncoding('utf8').on('data', (text: string) => packets.push(...text.trim().split('\n')));
await once(capture.stderr, 'data');

const folder = mkdtempSync(join(tmpdir(), 'hushroom-captured-'));
const network = await TorNetwork.start({ clients: 0 });
const settings = { webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1, torExtra: network.view.memberFile };

const homeConfig = configOf({ ...settings, onion: true, dataDir: join(folder, 'home') });
const homeTor = await startTor(homeConfig);
const home = await startRelay(homeConfig, () => {});
let isReachable: (origin: string) => void = () => {};
const reachable = new Promise<string>((resolve) => {
  isReachable = resolve;
});
const haveOnion = (origin: string): void => {
  home.haveOnion(origin);
  isReachable(origin);
};
const homeOnion = await startOnion(homeConfig, () => {}, { ...home, haveOnion }, homeTor);

const config = configOf({ ...settings, gateway: true, dataDir: join(folder, 'gateway') });
const tor = await startTor(config);
let onward!: Onward;
const gateway = await startRelay(
  config,
  () => {},
  systemClock,
  async (doors) => {
    onward = await Onward.start({ ...doors, settings: config, startTor: (index) => tor.startTor(index) });
    return onward;
  },
);
const onion = await reachable;
while (tor.tor.state.name !== 'ready') await new Promise((resolve) => setTimeout(resolve, 50));

const said = (await (await fetch(`http://127.0.0.1:${home.port}/relay.json`)).json()) as { relayKey: string };
const page = new TestClient(gateway.port, undefined, onion, {
  url: `ws://127.0.0.1:${gateway.port}${viaPath}${new URL(onion).host}`,
  relayKey: Buffer.from(said.relayKey, 'base64url'),
});
await page.join(newRoomKey());
await page.next('joined');
const failures: string[] = [];
const fails = (what: Promise<unknown>): Promise<void> => what.then(() => {}).catch((error: Error) => void failures.push(error.message));
await fails(onward.lead(onionName(newRoomKey().pub), 'visitor'));
const key = new Isolation(['destination']).key({ destination: 'clearnet' }, 0);
for (const host of ['leak.example', '198.51.100.1']) await fails(dialSocks(tor.tor.socks!, host, 80, key, 20_000));
const before = [...packets];

const resolver = new Resolver({ timeout: 200, tries: 1 });
resolver.setServers(['10.99.0.254']);
await resolver.resolve4('leak.example').catch(() => {});
while (packets.length === before.length) await new Promise((resolve) => setTimeout(resolve, 50));

console.log(JSON.stringify({ failures, before, after: packets.length - before.length }));
page.ws.terminate();
await homeOnion.close();
await Promise.all([gateway.close(), home.close()]);
await Promise.all([tor.close(), homeTor.close()]);
await network.stop();
capture.kill();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
