import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressBehind, areHere, proxyList } from './proxies.ts';

const from = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('who asks', () => {
  it.each([
    ['127.0.0.1', '2001:db8::7'],
    ['::1', '198.51.100.7'],
    ['::ffff:127.0.0.1', '203.0.113.1, 198.51.100.7'],
  ])('is what a proxy at %s wrote last: %s', (peer, forwarded) => {
    expect(addressBehind(proxyList(['loopback']), from(peer, forwarded))).toBe(forwarded.split(', ').at(-1));
  });

  it.each([
    ['wrote nothing', undefined],
    ['wrote an empty header', ''],
    ['wrote no address', '198.51.100.7, unknown'],
  ])('is the proxy itself where it %s', (_, forwarded) => {
    expect(addressBehind(proxyList(['10.0.0.0/8']), from('10.1.2.3', forwarded))).toBe('10.1.2.3');
  });

  it('is the peer where that is no proxy that was named', () => {
    for (const peer of ['198.51.100.1', '10.0.0.1', 'fe80::1%eth0'])
      expect(addressBehind(proxyList(['loopback', '10.0.0.2']), from(peer, '203.0.113.1'))).toBe(peer);
    expect(addressBehind(proxyList([]), from('127.0.0.1', '203.0.113.1'))).toBe('127.0.0.1');
    expect(addressBehind(proxyList(['loopback']), from(undefined, '203.0.113.1'))).toBe('');
  });

  it('may be said by everybody on private networks, and by nobody else, where that is the word', () => {
    const proxies = proxyList(['private']);
    for (const peer of ['10.0.0.1', '172.31.255.255', '::ffff:192.168.1.1', 'fd00::1'])
      expect(addressBehind(proxies, from(peer, '203.0.113.1'))).toBe('203.0.113.1');
    for (const peer of ['172.32.0.1', '100.64.0.1', '127.0.0.1', '2001:db8::1'])
      expect(addressBehind(proxies, from(peer, '203.0.113.1'))).toBe(peer);
  });
});

it('proxies are on this computer only where every one of them is', () => {
  expect(areHere(['loopback', '127.0.0.2', '::1'])).toBe(true);
  for (const elsewhere of ['10.0.0.1', 'private', '127.0.0.0/1']) expect(areHere(['loopback', elsewhere])).toBe(false);
});
