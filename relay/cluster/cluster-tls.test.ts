/** `cluster: rediss://`: the way to a real redis-server that speaks TLS alone, and to whom the password is shown there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { configOf } from '../config.ts';
import { jsonLog } from '../log.ts';
import { type Relay, startRelay } from '../relay.ts';
import { makeCertificate } from '../testing/certificate.ts';
import { newRoomKey, TestClient } from '../testing/client.ts';
import { TestRedis } from '../testing/redis.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'hushroom-engine-'));
const ours = makeCertificate(folder, 'IP:127.0.0.1');
const ofAnother = makeCertificate(folder, 'DNS:elsewhere.example.org');
/** What this process trusted before: what a test adds by `trusting` stands for NODE_EXTRA_CA_CERTS, which is read once, at the start. */
const authorities = getCACertificates('default');
afterAll(() => rmSync(folder, { recursive: true }));

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  setDefaultCACertificates(authorities);
});

const trusting = (cert: string): void => setDefaultCACertificates([...authorities, cert]);

async function engine({ certPath, keyPath } = ours): Promise<TestRedis> {
  const redis = await TestRedis.startWithTls(certPath, keyPath, '--requirepass', 'hunter2');
  ends.push(() => redis.stop());
  return redis;
}

/** A process of the cluster, and what it logs. It is up, or has been told that it is not, when this resolves. */
async function start(cluster: string): Promise<Relay & { readonly log: () => string }> {
  const lines: string[] = [];
  const settings = {
    webRoot: 'none',
    host: '127.0.0.1',
    port: 0,
    drainSeconds: 1,
    listing: false,
    clusterSecret: 'sixteen letters, or more',
  };
  const relay = await startRelay(
    configOf({ ...settings, cluster }),
    jsonLog('info', (line) => lines.push(line)),
  );
  ends.push(() => relay.close());
  return Object.assign(relay, { log: () => lines.join('\n') });
}

const withPassword = ({ url }: TestRedis, password: string): string => url.replace('//', `//:${password}@`);

it('joins two processes over TLS, where the engine’s certificate is one that they trust', async () => {
  const redis = await engine();
  trusting(ours.cert);
  const [first, second] = [await start(withPassword(redis, 'hunter2')), await start(withPassword(redis, 'hunter2'))];
  expect([first.counters.levels.clusterUp, second.counters.levels.clusterUp]).toEqual([1, 1]);
  const room = newRoomKey();
  const ann = await TestClient.join(first.port, room);
  const bob = await TestClient.join(second.port, room);
  await ann.next('came');
  ann.send(null, Buffer.from('over TLS'));
  expect(await bob.texts(1)).toEqual(['over TLS']);
});

it('is not made to an engine whose certificate nobody vouches for: the log says why, and the password stays here', async () => {
  const relay = await start(withPassword(await engine(), 'hunter2'));
  expect(relay.counters.levels.clusterUp).toBe(0);
  expect(relay.log()).toContain('"why":"DEPTH_ZERO_SELF_SIGNED_CERT"');
  expect(relay.log()).not.toContain('hunter2');
});

it('is not made to an engine whose certificate is for another name', async () => {
  trusting(ofAnother.cert);
  const relay = await start(withPassword(await engine(ofAnother), 'hunter2'));
  expect(relay.counters.levels.clusterUp).toBe(0);
  expect(relay.log()).toContain('"why":"ERR_TLS_CERT_ALTNAME_INVALID"');
});

it('is not made in the clear to an engine that has no TLS', async () => {
  const plain = await TestRedis.start();
  ends.push(() => plain.stop());
  const relay = await start(plain.url.replace('redis', 'rediss'));
  expect(relay.counters.levels.clusterUp).toBe(0);
  expect(relay.log()).toContain('"why":"ETIMEDOUT"');
});

it('is refused with the wrong password, or with none', async () => {
  const redis = await engine();
  trusting(ours.cert);
  const wrong = await start(withPassword(redis, 'hunter3'));
  expect(wrong.counters.levels.clusterUp).toBe(0);
  expect(wrong.log()).toContain('"why":"WRONGPASS"');
  expect(wrong.log()).not.toContain('hunter3');
  const none = await start(redis.url);
  expect(none.counters.levels.clusterUp).toBe(0);
  expect(none.log()).toContain('"why":"NOAUTH"');
});
