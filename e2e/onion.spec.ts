/**
 * Rooms over a real onion, in a private Tor network: browsers whose only way is SOCKS to a Tor client, plain ones beside them, and one that
 * goes there through a gateway. The onion's relay and the gateway are the built program with Tors of their own.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { test as base, expect, type Person, type Seat } from './fixtures.ts';
import { chromiumOptions } from './launch.ts';
import { Relay } from './relay.ts';

interface Onions {
  /** A relay with an onion and an ordinary address. */
  onionRelay: { readonly relay: Relay; readonly onion: string };
  /** An ordinary relay that takes pages to onions. */
  gateway: Relay;
  /** A browser that reaches nothing but what its Tor client reaches. Everything that it connects to is recorded, and looked at in the end. */
  torBrowser: Browser;
}

const test = base.extend<object, Onions>({
  onionRelay: [
    async ({ torNetwork }, use) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'hushroom-onion-'));
      const settings = { HUSHROOM_ONION: 'yes', HUSHROOM_DATA_DIR: dataDir, HUSHROOM_TOR_EXTRA: torNetwork.view.memberFile };
      const relay = await Relay.start({ settings });
      const { address } = JSON.parse(await relay.says(/onion-reachable/, 90_000)) as { address: string };
      await use({ relay, onion: address });
      await relay.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 150_000 },
  ],

  gateway: [
    async ({ torNetwork }, use) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'hushroom-gateway-'));
      const settings = { HUSHROOM_GATEWAY: 'yes', HUSHROOM_DATA_DIR: dataDir, HUSHROOM_TOR_EXTRA: torNetwork.view.memberFile };
      const relay = await Relay.start({ settings });
      await relay.says(/tor-ready/, 90_000);
      await use(relay);
      await relay.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 150_000 },
  ],

  torBrowser: [
    async ({ torNetwork }, use) => {
      const [client] = torNetwork.view.clients;
      const door = `${client!.address}:${client!.socksPort}`;
      const folder = mkdtempSync(join(tmpdir(), 'hushroom-netlog-'));
      const record = join(folder, 'net.json');
      const browser = await chromium.launch(
        chromiumOptions({
          args: ['--proxy-bypass-list=<-loopback>', `--log-net-log=${record}`],
          proxy: { server: `socks5://${door}` },
        }),
      );
      await use(browser);
      await browser.close();
      expect(touched(record)).toEqual([door]);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 150_000 },
  ],
});

/** Every address that a browser opened a TCP connection to, or sent a datagram to, by its own record of all that it did on the network. */
function touched(record: string): string[] {
  const { constants, events } = JSON.parse(readFileSync(record, 'utf8')) as {
    constants: { logEventTypes: Record<string, number> };
    events: { type: number; params?: { address?: string } }[];
  };
  // Connecting a datagram socket sends nothing (Chromium asks in this way whether there is IPv6): what counts is what was sent.
  const { TCP_CONNECT_ATTEMPT, UDP_BYTES_SENT } = constants.logEventTypes;
  const told = ({ type, params }: (typeof events)[number]): string[] =>
    type === UDP_BYTES_SENT ? ['a datagram'] : type === TCP_CONNECT_ATTEMPT && params?.address ? [params.address] : [];
  return [...new Set(events.flatMap(told))];
}

test.describe.configure({ timeout: 180_000 });

/** Counts every direct connection that the page would try. */
const countsDirect = (): void => {
  const counted = window as unknown as { directs: number; RTCPeerConnection: typeof RTCPeerConnection };
  counted.directs = 0;
  counted.RTCPeerConnection = new Proxy(RTCPeerConnection, {
    construct(target, values) {
      counted.directs++;
      return Reflect.construct(target, values) as object;
    },
  });
};
const directs = (person: Person): Promise<number> => person.page.evaluate(() => (window as unknown as { directs: number }).directs);

/** The badge beside "Connected". */
const status = (person: Person) => person.page.getByRole('status').filter({ hasText: 'Connected' });

test('two people who come over the onion talk, see that they do, and make no direct connection', async ({
  person,
  onionRelay,
  torBrowser,
}) => {
  const seat: Seat = { browser: torBrowser, before: countsDirect };
  const [ann, bob] = [await person('Ann', seat), await person('Bob', seat)];
  await ann.page.goto(onionRelay.onion, { timeout: 60_000 });
  await ann.createsRoom({ name: 'Ann' });
  await expect(status(ann)).toContainText('over Tor', { timeout: 30_000 });
  const link = await ann.copiesInvite();
  expect(new URL(link).origin).toBe(onionRelay.onion);
  await bob.page.goto(link, { timeout: 60_000 });
  await expect(bob.page.getByText('you – Tor – relay – room')).toBeVisible();
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: 'relayed' }, 30_000);
  await ann.says('over the onion');
  await bob.sees('over the onion');
  await bob.says('and back');
  await ann.sees('and back');
  await ann.seesDelivered('over the onion');
  for (const each of [ann, bob]) {
    expect(await directs(each)).toBe(0);
    expect(new Set(each.requests.map((url) => new URL(url).host))).toEqual(new Set([new URL(onionRelay.onion).host]));
  }
});

test('one room, from the onion and from the ordinary address: the invite carries both', async ({ person, onionRelay, torBrowser }) => {
  const ann = await person('Ann');
  await ann.opens(onionRelay.relay.url);
  await expect(ann.page.getByText('The invite also opens in Tor Browser')).toBeVisible();
  await ann.createsRoom({ name: 'Ann' });
  const torLink = await ann.textbox('The same invite, for Tor Browser').inputValue();
  expect(new URL(torLink).origin).toBe(onionRelay.onion);
  const bob = await person('Bob', { browser: torBrowser, before: countsDirect });
  await bob.page.goto(torLink, { timeout: 60_000 });
  await bob.joins('Bob');
  await expect(status(bob)).toContainText('over Tor', { timeout: 30_000 });
  await expect(status(ann)).not.toContainText('over Tor');
  await ann.seesPeople({ Bob: 'relayed' }, 30_000);
  await ann.says('to the other side');
  await bob.sees('to the other side');
  await bob.says('from the other side');
  await ann.sees('from the other side');
  expect(await directs(bob)).toBe(0);
});

test('a room for Tor alone is refused elsewhere, with the address to open, and no socket is tried', async ({
  person,
  onionRelay,
  gateway,
  torBrowser,
}) => {
  const ann = await person('Ann', { browser: torBrowser, before: countsDirect });
  await ann.page.goto(onionRelay.onion, { timeout: 60_000 });
  await ann.page.getByRole('checkbox', { name: /^Only over Tor/ }).check();
  await ann.createsRoom({ name: 'Ann' });
  const link = await ann.copiesInvite();
  for (const home of [onionRelay.relay.url, gateway.url]) {
    const eve = await person('Eve');
    await eve.opens(home);
    await eve.textbox('Paste an invite link').fill(link);
    await eve.button('Open invite').click();
    await expect(eve.page.getByText('This room can be reached only over Tor')).toBeVisible();
    await expect(eve.page.getByText('It cannot be entered from this page, nor through a gateway.')).toBeVisible();
    expect(await eve.textbox('Open this link in Tor Browser').inputValue()).toBe(link);
    await expect(eve.button('Join room')).toHaveCount(0);
    expect(eve.requests.filter((url) => url.startsWith('ws'))).toEqual([]);
  }
  const bob = await person('Bob', { browser: torBrowser, before: countsDirect });
  await bob.page.goto(link, { timeout: 60_000 });
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: 'relayed' }, 30_000);
  for (const each of [ann, bob]) expect(await directs(each)).toBe(0);
});

test('a plain browser reaches an onion through a gateway, and sees who learns what', async ({
  person,
  onionRelay,
  gateway,
  torBrowser,
}) => {
  const ann = await person('Ann', { browser: torBrowser, before: countsDirect });
  await ann.page.goto(onionRelay.onion, { timeout: 60_000 });
  await ann.createsRoom({ name: 'Ann' });
  // As an invite of a relay that is nowhere but behind its onion.
  const link = await onionLink(await ann.copiesInvite());
  const host = await person('Host', { browser: torBrowser });
  await host.page.goto(link, { timeout: 60_000 });
  await host.joins('Host');
  const bob = await person('Bob', { before: countsDirect });
  await bob.opens(gateway.url);
  await bob.textbox('Paste an invite link').fill(link);
  await bob.button('Open invite').click();
  await expect(bob.page.getByText('you – gateway – Tor – room')).toBeVisible();
  await expect(bob.page.getByText(`${new URL(gateway.url).host} sees your network address and that you go to an onion.`)).toBeVisible();
  await bob.joins('Bob');
  await expect(status(bob)).toContainText('through a gateway', { timeout: 60_000 });
  await host.seesPeople({ Bob: 'relayed' }, 30_000);
  await host.says('through the gateway');
  await bob.sees('through the gateway');
  await bob.says('and back out');
  await host.sees('and back out');
  await bob.seesDelivered('and back out');
  expect(await directs(bob)).toBe(0);
  expect(new Set(bob.requests.map((url) => new URL(url).host))).toEqual(new Set([new URL(gateway.url).host]));
});

/** The same room's options with the onion as its only relay: another room, that exists nowhere else. */
async function onionLink(link: string): Promise<string> {
  const { inviteFragment, parseInvite } = await import('../shared/wire/invite.ts');
  const { invite } = parseInvite(link);
  const onions = invite.relays.filter((relay) => relay.endsWith('.onion'));
  return `${onions[0]}/${inviteFragment({ ...invite, relays: onions })}`;
}
