/** Which pages may talk to this relay, and to whom its own pages may talk (decision 106). */
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { relayPath, relaySubprotocol } from '../shared/wire/relay.ts';
import { configOf } from './config.ts';
import { jsonLog } from './log.ts';
import { startRelay } from './relay.ts';
import { securityHeaders } from './security-headers.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The status of an upgrade that a page of this origin asks for; 101 where it gets its socket. */
async function dialFrom(port: number, origin: string | undefined): Promise<number> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${relayPath}`, relaySubprotocol, origin === undefined ? {} : { origin });
  ws.on('error', () => {});
  const status = await Promise.race([
    once(ws, 'open').then(() => 101),
    once(ws, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
  ]);
  ws.terminate();
  return status;
}

it('pages of this relay and of its fellows get a socket, those of others none, and programs are no pages', async () => {
  const lines: string[] = [];
  const relay = await startRelay(
    configOf({ webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1, fellows: 'https://chat.example.net' }),
    jsonLog('info', (line) => lines.push(line)),
  );
  ends.push(() => relay.close());
  const own = `http://127.0.0.1:${relay.port}`;
  for (const origin of [own, 'https://chat.example.net', undefined]) expect(await dialFrom(relay.port, origin)).toBe(101);
  for (const origin of ['https://evil.example', 'http://chat.example.net', 'null', `${own}1`])
    expect(await dialFrom(relay.port, origin)).toBe(403);
  expect(relay.counters.drops.badUpgrade).toBe(4);
  expect(lines.filter((line) => line.includes('foreign-page'))).toHaveLength(1);
  expect(lines.join()).not.toContain('evil');
  expect(await (await fetch(`${own}/relay.json`)).json()).toMatchObject({ fellows: ['https://chat.example.net'] });
});

it('a page may reach its own relay and the fellows; one that came over Tor, only onions', () => {
  const onion = `http://${'a'.repeat(56)}.onion`;
  const otherOnion = `http://${'b'.repeat(56)}.onion`;
  const connects = (origins: readonly string[]): string =>
    /connect-src ([^;]*)/.exec(securityHeaders(origins, ['https://chat.example.net', otherOnion])['Content-Security-Policy']!)![1]!;
  expect(connects(['https://chat.example.org'])).toBe(
    `'self' wss://chat.example.org wss://chat.example.net ${otherOnion.replace('http', 'ws')}`,
  );
  expect(connects([onion])).toBe(`'self' ${onion.replace('http', 'ws')} ${otherOnion.replace('http', 'ws')}`);
});
