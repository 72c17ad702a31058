/**
 * How an operator is told: mail by SMTP with TLS, a Telegram bot, a webhook. Each can go through Tor, and then never goes any other way. A
 * webhook is an address that somebody typed into a web page, so it must not become a way into the host's own network: names are resolved
 * here, an inner address is refused unless the operator allowed it, the connection goes to the address that was judged, and no redirect is
 * followed.
 */
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { isListed, rangeList } from '../address-ranges.ts';
import type { Alert } from './alert-rules.ts';

const common = { throughTor: z.boolean().default(false) };

export const channelSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mail'),
    host: z.hostname(),
    port: z.int().min(1).max(65535),
    user: z.string().max(200),
    password: z.string().max(200),
    from: z.email(),
    to: z.email(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('telegram'),
    token: z.string().regex(/^\d+:[\w-]{30,}$/),
    chat: z.string().regex(/^-?\d+$/),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.url({ protocol: /^https?$/ }),
    /** Signs the body: X-Hushroom-Signature is the HMAC-SHA256 in hexadecimal. */
    secret: z.string().min(16).max(200),
    /** The owner's word that an address of the host's own network is meant. */
    inner: z.boolean().default(false),
    ...common,
  }),
]);

export type Channel = z.infer<typeof channelSchema>;

export type Dial = (host: string, port: number) => Promise<Socket>;

export interface ChannelWays {
  /** Null: this relay has no Tor. */
  readonly throughTor: Dial | null;
  /** Where Telegram's bots are asked; another for tests. */
  readonly telegram: string;
  /** Who may vouch for a mail server besides those whom Node trusts; for tests. */
  readonly authorities?: readonly string[];
}

export class ChannelError extends Error {
  override readonly name = 'ChannelError';
}

const deadlineMs = 20_000;

/** Tells one alert by one channel. Throws `ChannelError` with one sentence. */
export async function tell(channel: Channel, alert: Alert, relay: string, ways: ChannelWays): Promise<void> {
  if (channel.throughTor && ways.throughTor === null)
    throw new ChannelError('this relay has no Tor to go through, and no other way was allowed');
  const dial = channel.throughTor ? (ways.throughTor as Dial) : null;
  const subject = `[${relay}] ${alert.severity} ${alert.change}: ${alert.name}`;
  const text = `${alert.text}.\n\nWhat to do: docs/operating.md#alert-${alert.name}`;
  switch (channel.kind) {
    case 'mail':
      return await sendMail(channel, subject, text, dial, ways.authorities);
    case 'telegram': {
      const url = new URL(`/bot${channel.token}/sendMessage`, ways.telegram);
      return await post(url, JSON.stringify({ chat_id: channel.chat, text: `${subject}\n${text}` }), {}, dial ?? direct);
    }
    case 'webhook': {
      const body = JSON.stringify({ relay, ...alert });
      const signature = createHmac('sha256', channel.secret).update(body).digest('hex');
      return await post(new URL(channel.url), body, { 'X-Hushroom-Signature': signature }, dial ?? (channel.inner ? direct : outer));
    }
  }
}

async function sendMail(
  channel: Extract<Channel, { kind: 'mail' }>,
  subject: string,
  text: string,
  dial: Dial | null,
  authorities?: readonly string[],
): Promise<void> {
  const implicit = channel.port === 465;
  const transport = createTransport({
    host: channel.host,
    port: channel.port,
    secure: implicit,
    requireTLS: !implicit,
    auth: { user: channel.user, pass: channel.password },
    tls: { minVersion: 'TLSv1.2', ...(authorities === undefined ? {} : { ca: [...authorities] }) },
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dial === null
      ? {}
      : {
          getSocket: (_: unknown, done: (error: Error | null, options?: { connection: Socket }) => void) =>
            void dial(channel.host, channel.port).then(
              (connection) => done(null, { connection }),
              (error: Error) => done(error),
            ),
        }),
  });
  try {
    await transport.sendMail({ from: channel.from, to: channel.to, subject, text });
  } catch (cause) {
    throw new ChannelError(`the mail was not taken: ${(cause as Error).message}`, { cause });
  } finally {
    transport.close();
  }
}

async function post(url: URL, body: string, headers: Readonly<Record<string, string>>, dial: Dial): Promise<void> {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const plain = await dial(host, port).catch((cause: Error) => {
    throw new ChannelError(`${url.host} cannot be reached: ${cause.message}`, { cause });
  });
  // A bare address has no server name; its certificate is held against `host` all the same.
  const socket = secure ? tlsConnect({ socket: plain, host, ...(isIP(host) === 0 && { servername: host }), minVersion: 'TLSv1.2' }) : plain;
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => reject(new ChannelError(`${url.host} ${why}`, { cause }));
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      createConnection: () => socket,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers },
      timeout: deadlineMs,
    });
    request.on('timeout', () => request.destroy(new Error('it does not answer')));
    request.on('error', (cause) => fail(`did not take it: ${cause.message}`, cause));
    request.on('response', (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve();
      else fail(`answered ${statusCode}${statusCode >= 300 && statusCode < 400 ? ', and redirects are not followed' : ''}`);
    });
    request.end(body);
  }).finally(() => plain.destroy());
}

// ---------------------------------------------------------------- where a webhook may lead

const inner = rangeList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/127',
  '64:ff9b::/96',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
  '2002::/16',
]);

export const isInner = (address: string): boolean => isListed(inner, address);

const direct: Dial = (host, port) => connected(connect({ host, port, timeout: deadlineMs }));

const outer: Dial = async (host, port) => {
  const addresses = await lookup(host, { all: true });
  const judged = addresses.find(({ address }) => !isInner(address));
  if (judged === undefined || addresses.some(({ address }) => isInner(address)))
    throw new ChannelError('it is an address of this network; the owner has to allow that for this webhook');
  return await connected(connect({ host: judged.address, port, timeout: deadlineMs }));
};

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(new Error('it does not answer')));
    socket.once('error', reject);
  });
}
