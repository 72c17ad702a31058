/** Mail to a real SMTP server with TLS: what arrives, by whom, over what, and what is not sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../testing/certificate.ts';
import { type Channel, channelSchema, tell } from './alert-channels.ts';
import type { Alert } from './alert-rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'hushroom-mail-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ours = makeCertificate(folder, 'IP:127.0.0.1,DNS:mail.example.org');
const foreign = makeCertificate(folder, 'DNS:elsewhere.example.org');

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string;
  readonly secure: boolean;
  readonly text: string;
}

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((done) => server.close(() => done()));
});

async function mailServer(options: SMTPServerOptions): Promise<{ port: number; mails: Mail[]; tried: string[] }> {
  const [mails, tried]: [Mail[], string[]] = [[], []];
  const server = new SMTPServer({
    disableReverseLookup: true,
    onAuth: ({ username = '', password = '' }, { secure }, done) => {
      tried.push(`${username} ${password} ${secure}`);
      if (password === 'pass of mail') done(null, { user: username });
      else done(new Error('wrong'));
    },
    onData: (stream, session, done) => {
      let text = '';
      stream.on('data', (bytes) => {
        text += String(bytes);
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : (mailFrom?.address ?? '');
        mails.push({ from, to: rcptTo.map(({ address }) => address), user: String(session.user), secure: session.secure, text });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  servers.push(server);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  return { port: (server.server.address() as AddressInfo).port, mails, tried };
}

const alert: Alert = { name: 'flood', severity: 'warning', change: 'raised', at: 5, text: 'joins must bring 12 bits of work' };
type MailChannel = Extract<Channel, { kind: 'mail' }>;
const mail = (port: number, more: Partial<MailChannel> = {}): MailChannel => ({
  kind: 'mail',
  host: '127.0.0.1',
  port,
  user: 'relay',
  password: 'pass of mail',
  from: 'relay@example.org',
  to: 'olga@example.org',
  throughTor: false,
  ...more,
});
const waysWith = (ca: string | null) => ({
  throughTor: null,
  telegram: 'http://127.0.0.1:1',
  ...(ca === null ? {} : { authorities: [ca] }),
});

describe('mail', () => {
  it('arrives over STARTTLS from who signed in, and says what happened and what to do', async () => {
    const { port, mails, tried } = await mailServer(ours);
    await tell(mail(port), alert, 'chat.example.org', waysWith(ours.cert));
    expect(tried).toEqual(['relay pass of mail true']);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ from: 'relay@example.org', to: ['olga@example.org'], user: 'relay', secure: true });
    const [head = '', ...rest] = mails[0]!.text.split('\r\n\r\n');
    const body = rest.join('\n');
    expect(head).toMatch(/^Subject: \[chat\.example\.org\] warning raised: flood$/m);
    expect(body).toContain('joins must bring 12 bits of work');
    expect(body).toContain('#alert-flood');
  });

  it('is not sent to a server whose certificate nobody vouches for, or is for another name: not even the password', async () => {
    const { port, tried } = await mailServer(ours);
    await expect(tell(mail(port), alert, 'x', waysWith(null))).rejects.toThrow(/the mail was not taken: .*self-signed certificate/);
    const other = await mailServer(foreign);
    await expect(tell(mail(other.port), alert, 'x', waysWith(foreign.cert))).rejects.toThrow(/the mail was not taken: .*altnames/);
    expect([...tried, ...other.tried]).toEqual([]);
  });

  it('is not sent by TLS that is too old', async () => {
    const { port, tried } = await mailServer({ ...ours, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
    await expect(tell(mail(port), alert, 'x', waysWith(ours.cert))).rejects.toThrow('the mail was not taken');
    expect(tried).toEqual([]);
  });

  it('that a server refuses is told as that', async () => {
    const { port } = await mailServer(ours);
    await expect(tell(mail(port, { password: 'another' }), alert, 'x', waysWith(ours.cert))).rejects.toThrow(
      /the mail was not taken: Invalid login/,
    );
  });

  it('has no line more than ours, whatever is written into a name, an address or a text', async () => {
    for (const wrong of [
      { from: 'a@example.org\r\nBcc: eve@example.org' },
      { to: 'a@example.org, eve@example.org' },
      { to: 'a@example.org\nBcc: eve@example.org' },
      { host: 'mail.example.org\r\nX: y' },
    ])
      expect(channelSchema.safeParse({ ...mail(465), ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    const { port, mails } = await mailServer(ours);
    const hostile: Alert = { ...alert, text: 'a\r\n.\r\nMAIL FROM:<eve@example.org>\r\nb' };
    await tell(mail(port), hostile, 'x]\r\nBcc: eve@example.org\r\n\r\nsurprise', waysWith(ours.cert));
    expect(mails).toHaveLength(1);
    expect(mails[0]!.to).toEqual(['olga@example.org']);
    const [head = ''] = mails[0]!.text.split('\r\n\r\n');
    expect(head.split('\r\n').filter((line) => /^bcc:/i.test(line))).toEqual([]);
    expect(head).not.toContain('\r\n\r\nsurprise');
    expect(mails[0]!.text).toContain('MAIL FROM:<eve@example.org>');
  });

  it('that is to go through Tor goes that way, with TLS to the name that was asked for, or not at all', async () => {
    const { port, mails } = await mailServer(ours);
    const channel = mail(587, { host: 'mail.example.org', throughTor: true });
    await expect(tell(channel, alert, 'x', waysWith(ours.cert))).rejects.toThrow('no Tor to go through');
    const dialled: string[] = [];
    const throughTor = (host: string, to: number): Promise<Socket> => {
      dialled.push(`${host}:${to}`);
      const socket = connect(port, '127.0.0.1');
      return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
    };
    await tell(channel, alert, 'x', { ...waysWith(ours.cert), throughTor });
    expect(dialled).toEqual(['mail.example.org:587']);
    expect(mails).toHaveLength(1);
    const noWay = () => Promise.reject(new Error('no circuit'));
    await expect(tell(channel, alert, 'x', { ...waysWith(ours.cert), throughTor: noWay })).rejects.toThrow('no circuit');
    expect(mails).toHaveLength(1);
  });

  it('goes by TLS from the first byte at port 465', async () => {
    const { port, mails } = await mailServer({ ...ours, secure: true });
    const throughTor = (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1');
      return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
    };
    const channel = mail(465, { host: 'mail.example.org', throughTor: true });
    await tell(channel, alert, 'x', { ...waysWith(ours.cert), throughTor });
    expect(mails[0]).toMatchObject({ secure: true, user: 'relay' });
  });
});
