import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../testing/certificate.ts';
import { type Channel, isInner, tell } from './alert-channels.ts';
import { type Alert, AlertRules, alertNames, type Observation } from './alert-rules.ts';
import type { DaemonView } from './operable.ts';

const calm: Observation = {
  at: 0,
  daemons: [],
  onionReachable: null,
  certificateUntil: null,
  breaches: 0,
  freeMemory: { bytes: 50, of: 100 },
  freeDisk: { bytes: 50, of: 100 },
  workBits: 0,
  lockedAccounts: 0,
};
const daemon = (state: DaemonView['state'], streams = 3): DaemonView => ({
  id: 0,
  state,
  latencyMs: 1,
  streams,
  restarts: 0,
  bootstrapPercent: 100,
  exit: null,
});
const minute = 60_000;
const day = 24 * 60 * minute;

/** Names of changes when `seen` holds from minute 0 to 10 and all is calm from then to minute 30, looked at every 10 s. */
function changes(seen: Partial<Observation>): string[] {
  const rules = new AlertRules();
  const found: string[] = [];
  for (let at = 0; at <= 30 * minute; at += 10_000) {
    const now = at < 10 * minute ? { ...calm, ...seen } : calm;
    for (const { name, change } of rules.observe({ ...now, at })) found.push(`${name} ${change} ${at / minute}`);
  }
  return found;
}

describe('an alert', () => {
  it.each<[string, Partial<Observation>, string[]]>([
    [
      'daemons-down',
      { daemons: [daemon('ready'), daemon('ready'), daemon('failing')] },
      ['daemons-down raised 1', 'daemons-down cleared 12'],
    ],
    [
      'no-circuit',
      { daemons: [daemon('bootstrapping')] },
      ['daemons-down raised 1', 'no-circuit raised 2', 'no-circuit cleared 11', 'daemons-down cleared 12'],
    ],
    ['onion-unreachable', { onionReachable: false }, ['onion-unreachable raised 3', 'onion-unreachable cleared 12']],
    ['certificate', { certificateUntil: 29 * day }, ['certificate raised 0', 'certificate cleared 10']],
    ['failed-sign-ins', { lockedAccounts: 1 }, ['failed-sign-ins raised 0', 'failed-sign-ins cleared 10']],
    ['isolation-breach', { breaches: 1 }, ['isolation-breach raised 0']],
    ['memory', { freeMemory: { bytes: 9, of: 100 } }, ['memory raised 1', 'memory cleared 15']],
    ['disk', { freeDisk: { bytes: 9, of: 100 } }, ['disk raised 1', 'disk cleared 15']],
    ['flood', { workBits: 12 }, [`flood raised ${10 / 60}`, 'flood cleared 15']],
  ])('%s is raised once after its time and cleared once after its time', (_, seen, wanted) => {
    expect(changes(seen)).toEqual(wanted);
  });

  it('has a rule for every name, and none is raised on a calm day', () => {
    expect(alertNames).toHaveLength(9);
    expect(changes({})).toEqual([]);
  });

  it('is not raised by what comes and goes, nor at its bound', () => {
    const rules = new AlertRules();
    for (let at = 0; at < 30 * minute; at += 10_000) {
      const flaps = (at / 10_000) % 5 === 0;
      expect(rules.observe({ ...calm, at, freeMemory: flaps ? calm.freeMemory : { bytes: 5, of: 100 } })).toEqual([]);
    }
    const fifth = [daemon('failing'), ...Array.from({ length: 4 }, () => daemon('ready'))];
    expect(changes({ daemons: fifth })).toEqual([]);
    expect(changes({ certificateUntil: 30 * day + 10 * minute })).toEqual([]);
  });

  it('that clears by no rule is put away by hand, and comes back if it happens again', () => {
    const rules = new AlertRules();
    rules.observe({ ...calm, breaches: 1 });
    expect(rules.dismiss('isolation-breach')).toBe(true);
    expect(rules.raised).toEqual([]);
    expect(rules.dismiss('isolation-breach')).toBe(false);
    expect(rules.observe({ ...calm, breaches: 2 })).toHaveLength(1);
  });
});

const alert: Alert = { name: 'flood', severity: 'warning', change: 'raised', at: 5, text: 'joins must bring 12 bits of work' };
const ways = { throughTor: null, telegram: 'http://127.0.0.1:1' };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Heard {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function listener(status = 200, headers: Record<string, string> = {}): Promise<{ port: number; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('end', () => {
      heard.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(status, headers).end();
    });
  }).listen(0, '127.0.0.1');
  ends.push(() => server.close());
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, heard };
}

const webhook = (url: string, more: Partial<Extract<Channel, { kind: 'webhook' }>> = {}): Channel => ({
  kind: 'webhook',
  url,
  secret: 'a secret of some length',
  inner: false,
  throughTor: false,
  ...more,
});

describe('a webhook', () => {
  it('gets the alert, signed', async () => {
    const { port, heard } = await listener();
    await tell(webhook(`http://127.0.0.1:${port}/hook`, { inner: true }), alert, 'chat.example.org', ways);
    const [{ path, headers, body }] = heard as [Heard];
    expect(path).toBe('/hook');
    expect(JSON.parse(body)).toEqual({ relay: 'chat.example.org', ...alert });
    expect(headers['x-hushroom-signature']).toBe(createHmac('sha256', 'a secret of some length').update(body).digest('hex'));
  });

  it.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://0.0.0.0:PORT/',
    'http://169.254.169.254/',
    'http://10.0.0.1/',
    'http://[fd00::1]/',
  ])('at %s does not lead into the own network unless that is allowed', async (url) => {
    const { port, heard } = await listener();
    await expect(tell(webhook(url.replace('PORT', String(port))), alert, 'x', ways)).rejects.toThrow(/address of this network|ENOTFOUND/);
    expect(heard).toEqual([]);
  });

  it.each([
    ['IP:127.0.0.1', 'told'],
    ['DNS:localhost', 'IP: 127.0.0.1 is not in the cert'],
  ])('at a bare address, with a certificate for %s: %s', async (names, outcome) => {
    const folder = mkdtempSync(join(tmpdir(), 'hushroom-alerts-'));
    const authorities = getCACertificates('default');
    const { key, cert } = makeCertificate(folder, names);
    setDefaultCACertificates([...authorities, cert]);
    const server = createTlsServer({ key, cert }, (request, response) => request.resume().on('end', () => response.end())).listen(
      0,
      '127.0.0.1',
    );
    ends.push(() => {
      server.close();
      setDefaultCACertificates(authorities);
      rmSync(folder, { recursive: true });
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const telling = tell(webhook(`https://127.0.0.1:${port}/`, { inner: true }), alert, 'x', ways);
    expect(await telling.then(() => 'told', String)).toContain(outcome);
  });

  it('follows no redirect, which could lead anywhere', async () => {
    const target = await listener();
    const { port } = await listener(302, { location: `http://127.0.0.1:${target.port}/` });
    await expect(tell(webhook(`http://127.0.0.1:${port}/`, { inner: true }), alert, 'x', ways)).rejects.toThrow(
      'redirects are not followed',
    );
    expect(target.heard).toEqual([]);
  });

  it('that is to go through Tor goes that way or not at all', async () => {
    const { port, heard } = await listener();
    const channel = webhook('http://hook.example/', { throughTor: true });
    await expect(tell(channel, alert, 'x', ways)).rejects.toThrow('no Tor to go through');
    const dialled: string[] = [];
    const throughTor = (host: string, to: number) => {
      dialled.push(`${host}:${to}`);
      const socket = connect(port, '127.0.0.1');
      return once(socket, 'connect').then(() => socket);
    };
    await tell(channel, alert, 'x', { ...ways, throughTor });
    expect(dialled).toEqual(['hook.example:80']);
    expect(heard).toHaveLength(1);
  });

  it.each([
    '127.0.0.1',
    '10.255.255.255',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '2002:a00:1::',
    'ff02::1',
  ])('counts %s as an inner address', (address) => expect(isInner(address)).toBe(true));
  it.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2606:4700::1111'])('counts %s as an outer one', (address) =>
    expect(isInner(address)).toBe(false),
  );
});

describe('Telegram', () => {
  it('gets the alert as a message to the chat', async () => {
    const { port, heard } = await listener();
    const channel: Channel = { kind: 'telegram', token: `1:${'a'.repeat(35)}`, chat: '-5', throughTor: false };
    await tell(channel, alert, 'chat.example.org', { ...ways, telegram: `http://127.0.0.1:${port}` });
    expect(heard[0]?.path).toBe(`/bot1:${'a'.repeat(35)}/sendMessage`);
    expect(JSON.parse(heard[0]?.body ?? '')).toMatchObject({ chat_id: '-5', text: expect.stringContaining('12 bits of work') });
  });
});

describe('mail', () => {
  it('is not sent where the server offers no TLS: the password would be readable', async () => {
    const said: string[] = [];
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 mail.example ESMTP\r\n');
      socket.on('data', (bytes) => {
        said.push(...bytes.toString().trim().split('\r\n'));
        const [verb = ''] = bytes.toString().split(/\s/);
        socket.write(/^EHLO/i.test(verb) ? '250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n' : '502 no\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const channel: Channel = {
      kind: 'mail',
      host: '127.0.0.1',
      port,
      user: 'u',
      password: 'pass-of-mail',
      from: 'a@example.org',
      to: 'b@example.org',
      throughTor: false,
    };
    await expect(tell(channel, alert, 'x', ways)).rejects.toThrow('the mail was not taken');
    expect(said.some((line) => /^(AUTH|MAIL|DATA)/i.test(line))).toBe(false);
    server.close();
  });
});
