import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Isolation, type IsolationKey } from './isolation.ts';
import { dialSocks } from './socks.ts';
import type { SocksPlace } from './tor.ts';

const key = new Isolation(['destination']).key({ destination: 'a.onion' }, 0);
const long = 60_000;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A proxy that says `answers` one after another, each when it has been told something, and keeps what it was told. */
async function proxy(...answers: (Buffer | 'end')[]): Promise<{ place: SocksPlace; told: Buffer[] }> {
  const told: Buffer[] = [];
  const server = createServer((socket: Socket) => {
    ends.push(() => socket.destroy());
    socket.on('error', () => {});
    const left = [...answers];
    socket.on('data', (bytes: Buffer) => {
      told.push(bytes);
      const answer = left.shift();
      if (answer === 'end') socket.end();
      else if (answer !== undefined) socket.write(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return { place: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, told };
}

const greeting = Buffer.of(5, 2);
const welcome = Buffer.of(1, 0);
const connected = Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0);

const codeOf = (dialling: Promise<unknown>): Promise<unknown> =>
  dialling.then(
    () => 'connected',
    (error: { code?: string }) => error.code ?? error,
  );

describe('dialling through SOCKS', () => {
  it('offers a password and nothing else, and gives the key of this stream', async () => {
    const { place, told } = await proxy(greeting, welcome, connected);
    const socket = await dialSocks(place, 'a.onion', 80, key, long);
    ends.push(() => socket.destroy());
    expect(told[0]).toEqual(Buffer.of(5, 1, 2));
    expect(told[1]!.toString('latin1')).toBe(`\x01\x20${key.user}\x20${key.password}`);
    expect(told[2]!.toString('latin1')).toBe('\x05\x01\x00\x03\x07a.onion\x00\x50');
  });

  it('hands over bytes that came with the last answer', async () => {
    const { place } = await proxy(greeting, welcome, Buffer.concat([connected, Buffer.from('early')]));
    const socket = await dialSocks(place, 'a.onion', 80, key, long);
    ends.push(() => socket.destroy());
    expect(String(((await once(socket, 'data')) as [Buffer])[0])).toBe('early');
  });

  it('reads answers that come in pieces, with an address of any type', async () => {
    for (const address of [Buffer.of(1, 1, 2, 3, 4), Buffer.of(3, 3, 97, 98, 99), Buffer.concat([Buffer.of(4), Buffer.alloc(16)])]) {
      const answer = Buffer.concat([Buffer.of(5, 0, 0), address, Buffer.of(0, 80), Buffer.from('!')]);
      const server = createServer((socket) => {
        const all = Buffer.concat([greeting, welcome, answer]);
        let at = 0;
        const next = (): void => {
          if (at < all.length) socket.write(all.subarray(at, ++at), next);
        };
        next();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = await dialSocks({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, 'a.onion', 80, key, long);
      expect(String(((await once(socket, 'data')) as [Buffer])[0])).toBe('!');
      socket.destroy();
      server.close();
    }
  });

  it('does not dial without an isolation key', async () => {
    const { place, told } = await proxy(greeting, welcome, connected);
    for (const none of [undefined, null, {}, { user: key.user, password: key.password, tag: '' }])
      await expect(dialSocks(place, 'a.onion', 80, none as unknown as IsolationKey, long)).rejects.toThrow(TypeError);
    expect(told).toEqual([]);
  });

  it('does not go on where the proxy wants no password: streams would be mixed', async () => {
    for (const answer of [Buffer.of(5, 0), Buffer.of(5, 255), Buffer.of(4, 2), Buffer.from('HT')]) {
      const { place, told } = await proxy(answer, welcome, connected);
      expect(await codeOf(dialSocks(place, 'a.onion', 80, key, long))).toBe('not-socks');
      expect(told).toHaveLength(1);
    }
  });

  it('says why it failed', async () => {
    const failed = (status: number): Buffer => Buffer.of(5, status, 0, 1, 0, 0, 0, 0, 0, 0);
    const cases: [unknown, ...(Buffer | 'end')[]][] = [
      ['not-socks', greeting, Buffer.of(1, 1)],
      ['not-allowed', greeting, welcome, failed(2)],
      ['unreachable', greeting, welcome, failed(4)],
      ['unreachable', greeting, welcome, failed(0xf0)],
      ['no-proxy', 'end'],
      ['no-proxy', greeting, 'end'],
      ['not-socks', greeting, welcome, Buffer.of(9, 9, 9, 9)],
    ];
    for (const [code, ...answers] of cases)
      expect(await codeOf(dialSocks((await proxy(...answers)).place, 'a.onion', 80, key, long))).toBe(code);
    expect(await codeOf(dialSocks({ path: '/nowhere/socks' }, 'a.onion', 80, key, long))).toBe('no-proxy');
  });

  it('gives up at its deadline', async () => {
    const { place } = await proxy();
    expect(await codeOf(dialSocks(place, 'a.onion', 80, key, 20))).toBe('timed-out');
  });

  it('refuses names that do not fit', async () => {
    const { place } = await proxy(greeting, welcome, connected);
    await expect(dialSocks(place, 'a'.repeat(256), 80, key, long)).rejects.toThrow(RangeError);
  });
});
