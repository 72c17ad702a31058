/**
 * A visit to the relay's own onion as a stranger's tor would make it: by a circuit that nothing else uses, from SOCKS to the answer of
 * `/healthz`.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Isolation } from './isolation.ts';
import { dialSocks } from './socks.ts';
import type { SocksPlace } from './tor.ts';
import { onionPort } from './torrc.ts';

export const probeMs = 10_000;

const isolation = new Isolation(['session']);

/** Rejects where no answer comes in time. */
export async function probeOnion(socks: SocksPlace | null, host: string, limitMs = probeMs): Promise<void> {
  if (socks === null) throw new Error('this tor has no SOCKS port');
  const endBy = performance.now() + limitMs;
  const key = isolation.key({ session: randomBytes(16).toString('hex') }, 0);
  const socket = await dialSocks(socks, host, onionPort, key, limitMs);
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), endBy - performance.now());
  try {
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const status = await firstLine(socket);
    if (!/^HTTP\/1\.1 200 /.test(status)) throw new Error('something else answers there');
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function firstLine(socket: Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket) {
    text += (bytes as Buffer).toString('latin1');
    if (text.includes('\r\n') || text.length > 1000) break;
  }
  return text;
}
