/**
 * Proxies in front of a listener: of the relay (`proxies`) and of the console (`consoleProxies`). Such a one is believed about who asks, and
 * nobody else is: whoever could make up an address would slip every limit that counts by it (docs/decisions/140).
 */
import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import { isListed, rangeList } from './address-ranges.ts';

/** Words for what nobody knows by heart. */
const networks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};
const loopback = proxyList(['loopback']);

/** Throws RangeError where one of `proxies` is neither such a word nor an address nor a range. */
export function proxyList(proxies: readonly string[]): BlockList {
  return rangeList(proxies.flatMap((proxy) => (Object.hasOwn(networks, proxy) ? networks[proxy]! : [proxy])));
}

/** True where none of them is on another computer. */
export function areHere(proxies: readonly string[]): boolean {
  return proxies.every((proxy) => proxy === 'loopback' || isListed(loopback, proxy));
}

/** What a proxy wrote behind all else is what it saw; what stands before, and all that others write, anybody can make up. */
export function addressBehind(proxies: BlockList, { socket, headers }: IncomingMessage): string {
  const peer = socket.remoteAddress ?? '';
  if (!isListed(proxies, peer)) return peer;
  const entries = String(headers['x-forwarded-for'] ?? '').split(',');
  const last = entries.at(-1)!.trim();
  return isIP(last) === 0 ? peer : last;
}
