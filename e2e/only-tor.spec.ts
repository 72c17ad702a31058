/**
 * A world in a network namespace: a private Tor network, a relay behind its onion, and browsers that know only SOCKS. Every packet is
 * captured that is not between Tor's own doors, also on an interface that leads nowhere and has the default route, where a leak would go.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { test as base, expect } from './fixtures.ts';
import { chromiumOptions } from './launch.ts';
import { Namespace } from './namespace.ts';
import { here } from './places.ts';
import { Program } from './process.ts';
import { Relay } from './relay.ts';
import type { NetworkView } from './tornet/network.ts';

/** The interface that leads nowhere. */
const nowhere = '198.51.100.1';

interface Parts {
  readonly network: Program;
  readonly relay: Relay;
  readonly browser: Browser;
  readonly capture: Program;
}

class TorWorld {
  readonly onion: string;
  readonly #namespace: Namespace;
  readonly #folder: string;
  readonly #parts: Parts;

  private constructor(namespace: Namespace, folder: string, onion: string, parts: Parts) {
    this.#namespace = namespace;
    this.#folder = folder;
    this.onion = onion;
    this.#parts = parts;
  }

  static async open(): Promise<TorWorld> {
    const namespace = await Namespace.open();
    namespace.run('ip', 'link', 'add', 'nowhere', 'type', 'veth', 'peer', 'name', 'end');
    namespace.run('ip', 'link', 'set', 'end', 'up');
    namespace.run('ip', 'addr', 'add', `${nowhere}/24`, 'dev', 'nowhere');
    namespace.run('ip', 'link', 'set', 'nowhere', 'up');
    namespace.run('ip', 'route', 'add', 'default', 'via', '198.51.100.254', 'dev', 'nowhere');
    const { entry } = namespace;
    const network = new Program(process.execPath, [here('tornet', 'serve.ts')], { entry });
    const view = JSON.parse(await network.says(/^\{/, 60_000)) as NetworkView;
    const [client] = view.clients;
    // Everything but neighbour discovery and what begins or ends at one of the Tor network's five ports.
    const ports = `${client!.socksPort - 2}-${client!.socksPort + 2}`;
    const strangers = `not arp and not icmp6 and not (tcp and portrange ${ports})`;
    const capture = new Program('tcpdump', ['-i', 'any', '-n', '-q', '-l', '--immediate-mode', strangers], { entry });
    await capture.says(/listening on/);
    const folder = mkdtempSync(join(tmpdir(), 'hushroom-only-tor-'));
    const settings = { HUSHROOM_ONION: 'yes', HUSHROOM_DATA_DIR: folder, HUSHROOM_TOR_EXTRA: view.memberFile };
    const relay = await Relay.start({ namespace, settings });
    const { address } = JSON.parse(await relay.says(/onion-reachable/, 60_000)) as { address: string };
    const browser = await chromium.launch(
      chromiumOptions({
        namespace,
        args: ['--proxy-bypass-list=<-loopback>'],
        proxy: { server: `socks5://${client!.address}:${client!.socksPort}` },
      }),
    );
    return new TorWorld(namespace, folder, address, { network, relay, browser, capture });
  }

  get browser(): Browser {
    return this.#parts.browser;
  }

  get relay(): Relay {
    return this.#parts.relay;
  }

  /** Packets that were none of Tor's. */
  get strangers(): readonly string[] {
    return this.#parts.capture.lines.filter((line) => / IP6? /.test(line));
  }

  /** Somebody asks for a name outside of Tor, which must show: there is no other proof that anything would. */
  async leak(): Promise<void> {
    const asking = new Program(process.execPath, ['-e', `require('dns').resolve4('leak.example', () => {})`], {
      entry: this.#namespace.entry,
    });
    await this.#parts.capture.says(/ IP6? /);
    await asking.end();
  }

  /** The relay's own tor dies. */
  killTor(): void {
    const isIts = (pid: number): boolean => {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.startsWith('tor\0') && command.includes(this.#folder);
    };
    for (const pid of this.#namespace.processes().filter(isIts)) process.kill(pid, 'SIGKILL');
  }

  async close(): Promise<void> {
    const { network, relay, browser, capture } = this.#parts;
    await browser.close();
    await relay.stop();
    await capture.end('SIGTERM');
    await network.end('SIGTERM');
    await this.#namespace.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const test = base.extend<object, { torWorld: TorWorld }>({
  torWorld: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
    async ({}, use) => {
      const world = await TorWorld.open();
      await use(world);
      await world.close();
    },
    { scope: 'worker', timeout: 150_000 },
  ],
});

test.describe.configure({ timeout: 180_000 });

test('two pages without WebRTC talk, also when tor is killed between them, and nothing but Tor touches the network', async ({
  person,
  torWorld,
}) => {
  const seat = { browser: torWorld.browser, before: () => Reflect.deleteProperty(window, 'RTCPeerConnection') };
  const [ann, bob] = [await person('Ann', seat), await person('Bob', seat)];
  await ann.page.goto(torWorld.onion, { timeout: 60_000 });
  await ann.createsRoom({ name: 'Ann' });
  await bob.page.goto(await ann.copiesInvite(), { timeout: 60_000 });
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: 'relayed' }, 30_000);
  await ann.says('before');
  await bob.sees('before');
  const lines = torWorld.relay.log.length;
  torWorld.killTor();
  const meanwhile = ['one of Ann', 'two of Ann', 'three of Ann'];
  for (const text of meanwhile) await ann.says(text);
  await bob.says('one of Bob');
  for (const text of meanwhile) await bob.sees(text, 120_000);
  await ann.sees('one of Bob', 120_000);
  expect(await bob.order(meanwhile)).toEqual(meanwhile);
  expect(torWorld.relay.log.slice(lines).join('\n')).toContain('tor-ended');
  expect(new URL(ann.page.url()).origin).toBe(torWorld.onion);
  expect(torWorld.strangers).toEqual([]);
  await torWorld.leak();
});
