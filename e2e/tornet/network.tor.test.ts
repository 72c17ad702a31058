/** The private network itself: what the stories of onions and circuits stand on. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, inject, it } from 'vitest';
import { Asking } from './ask.ts';
import { TorNetwork } from './network.ts';
import { throughSocks } from './socks.ts';

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`);

describe('the private Tor network', () => {
  const network = inject('torNetwork');

  it('is there within a minute', () => {
    expect(network.readyMs).toBeLessThan(60_000);
  });

  it('carries bytes to an onion service of one client from another', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => echo.once('listening', resolve));
    const { port } = echo.address() as { port: number };
    const [host, guest] = network.clients;
    const asking = await Asking.at(host!);
    const uploaded = asking.happens('HS_DESC', /UPLOADED/);
    const [line] = await asking.ask(`ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port=80,127.0.0.1:${port}`);
    const onion = `${line!.split('=')[1]}.onion`;
    await uploaded;
    const socket = await throughSocks(guest!, onion, 80);
    socket.write('through six relays');
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('through six relays');
    socket.destroy();
    asking.end();
    echo.close();
  });

  it('starts a second one beside it, which ends with all that it started', async () => {
    const second = await TorNetwork.start({ bridges: 1 });
    const client = await second.addClient([
      'UseBridges 1',
      'ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy',
      `Bridge ${second.view.bridgeLines[0]}`,
    ]);
    expect(second.log(client.name).join('\n')).toContain('conn_done_pt');
    const pids = [client.pid, ...['authority0', 'relay0', 'exit1', 'bridge0', 'client0'].map((name) => second.pid(name))];
    expect(pids.every(isAlive)).toBe(true);
    await second.stop();
    expect(pids.some(isAlive)).toBe(false);
    expect(existsSync(second.folder)).toBe(false);
    expect(network.clients.every(({ pid }) => isAlive(pid))).toBe(true);
  });
});
