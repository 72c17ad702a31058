import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { onionVisitor, openOnionDoor } from './onion-door.ts';

const folder = mkdtempSync(join(tmpdir(), 'hushroom-door-'));
const path = join(folder, 'door.sock');
const servers: Server[] = [];

/** Says who asked. */
function server(): Server {
  const made = createServer((asked, response) => response.end(String(onionVisitor(asked.socket))));
  servers.push(made);
  return made;
}

afterEach(async () => {
  for (const open of servers.splice(0)) {
    open.closeAllConnections();
    await new Promise((resolve) => open.close(resolve));
  }
});

const get = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** What comes back for these pieces, each sent when the one before has gone. */
async function say(...pieces: readonly string[]): Promise<string> {
  const socket: Socket = connect(path);
  let said = '';
  socket.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  socket.on('error', () => {});
  for (const piece of pieces) await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
  await new Promise((resolve) => socket.once('close', resolve));
  return said.split('\r\n\r\n').at(-1)!;
}

describe('the door of the onion', () => {
  it('tells visitors apart by the circuits that tor names', async () => {
    await openOnionDoor(server(), { path });
    const from = (id: string): string => `PROXY TCP6 fc00:dead:beef:4dad::${id} ::1 300 80\r\n`;
    expect(await say(`${from('1:2c')}${get}`)).toBe('circuit fc00:dead:beef:4dad::1:2c');
    expect(await say(from('FF'), get)).toBe('circuit fc00:dead:beef:4dad::ff');
    expect(await say('PRO', 'XY TCP6 fc00:dead:beef:4dad::7 ::1 3', '00 80\r', '\nGET / HT', get.slice(8))).toBe(
      'circuit fc00:dead:beef:4dad::7',
    );
  });

  it('lets nobody in who does not come from tor', async () => {
    await openOnionDoor(server(), { path });
    for (const line of [
      get,
      'PROXY TCP4 10.0.0.1 10.0.0.2 300 80\r\n',
      'PROXY TCP6 2001:db8::1 ::1 300 80\r\n',
      'PROXY TCP6 fc00:dead:beef:4dad::1::2 ::1 300 80\r\n',
      'PROXY UNKNOWN\r\n',
      'x'.repeat(200),
      `PROXY TCP6 fc00:dead:beef:4dad::1 ::1 300 80 ${'x'.repeat(100)}\r\n`,
    ])
      expect(await say(line, get)).toBe('');
  });

  it('takes all for one crowd where a tor cannot name circuits, whatever they write', async () => {
    const target = await openOnionDoor(server(), 'loopback');
    const ask = (): Promise<string> =>
      new Promise((resolve) => {
        const asking = request(`http://${target}/`, { agent: false }, (response: IncomingMessage) => {
          let text = '';
          response.on('data', (bytes) => {
            text += bytes;
          });
          response.on('end', () => resolve(text));
        });
        asking.end();
      });
    const [one, two] = [await ask(), await ask()];
    expect([one, two]).toEqual(['crowd', 'crowd']);
    let names = true;
    await openOnionDoor(server(), { place: { path }, hasCircuits: () => names });
    const forged = 'PROXY TCP6 fc00:dead:beef:4dad::7 ::1 300 80\r\n';
    expect(await say(`${forged}${get}`)).toBe('circuit fc00:dead:beef:4dad::7');
    expect(await say(get)).toBe('');
    names = false;
    expect(await say(get)).toBe('crowd');
    expect(await say(`${forged}${get}`)).not.toContain('circuit');
  });

  it('takes the place of a socket that a killed relay left', async () => {
    const first = server();
    await openOnionDoor(first, { path });
    await openOnionDoor(server(), { path });
    expect(await say(`PROXY TCP6 fc00:dead:beef:4dad::1 ::1 300 80\r\n${get}`)).toContain('circuit');
  });
});

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
