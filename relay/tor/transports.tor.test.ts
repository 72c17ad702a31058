/**
 * Ways into Tor other than obfs4 (onion.tor.test.ts), as far as they go on loopback. Their disguises are not ours to test; that tor accepts
 * the lines which the settings become, starts the program, and hands it the bridge's arguments, is.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { OnionRelay } from '../testing/onion-relay.ts';

const network = inject('torNetwork');
const [door] = network.bridgeDoors as [string];
const folder = mkdtempSync(join(tmpdir(), 'hushroom-transports-'));
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
afterEach(async () => {
  for (const end of ends.splice(1).reverse()) await end();
});

async function start(name: string, transports: string, bridge: string): Promise<OnionRelay> {
  const blocked = { torExtra: network.censoredFile, bridgeUse: 'always' };
  const relay = new OnionRelay({ ...blocked, onion: true, dataDir: join(folder, name), transports, bridges: `Bridge ${bridge}` });
  ends.push(() => relay.close());
  return await relay.start();
}

describe('a transport', () => {
  it.each([
    ['webtunnel', `url=https://site.example/${'path'.repeat(70)} ver=0.0.1`],
    ['snowflake', 'url=https://broker.example/ fronts=a.example,b.example ice=stun:c.example:3478,stun:d.example:3478'],
  ])('%s is started with the bridge’s arguments, and the onion is reachable through it', async (name, words) => {
    const told = join(folder, `${name}.log`);
    const program = `${process.execPath} ${new URL('../testing/stand-in-transport.ts', import.meta.url).pathname}`;
    const relay = await start(name, `${name}=${program} ${told} -log x,y`, `${name} ${door} ${words}`);
    await relay.reachable();
    const [begun, ...asked] = readFileSync(told, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(begun).toEqual({ versions: '1', transports: name, hasStateFolder: true, rest: ['-log', 'x,y'] });
    expect(asked[0]).toEqual({ to: door.split(' ')[0], arguments: words.replaceAll(' ', ';') });
    expect(relay.relay.counters.torTroubles['bad-torrc']).toBe(0);
  });

  it('snowflake, Debian’s own, asks the broker of its bridge for a way', async () => {
    const asked: string[] = [];
    const broker = createServer((request, response) => {
      let body = '';
      request.on('data', (bytes) => {
        body += bytes;
      });
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${body}`);
        response.writeHead(503).end();
      });
    }).listen(0, '127.0.0.1');
    await once(broker, 'listening');
    ends.push(() => broker.close());
    const { port } = broker.address() as AddressInfo;
    // Nobody answers at that STUN server; without one it does not start.
    const bridge = `snowflake ${door} fingerprint=${door.split(' ')[1]} url=http://127.0.0.1:${port}/ ice=stun:127.0.0.1:9`;
    const relay = await start('debian', 'snowflake=/usr/bin/snowflake-client -keep-local-addresses', bridge);
    const [, response] = await once(broker, 'request');
    await once(response, 'finish');
    expect(asked[0]).toMatch(/^POST \/client /);
    expect(asked[0]).toContain(door.split(' ')[1]);
    expect(relay.relay.counters.torTroubles['bad-torrc']).toBe(0);
  });
});
