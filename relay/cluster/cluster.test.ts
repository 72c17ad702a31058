/** N processes as one relay, over a real redis-server: what is said, who comes and goes, and what dies. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { relayErrors } from '../../shared/wire/relay.ts';
import { configOf } from '../config.ts';
import { jsonLog } from '../log.ts';
import { type Relay, startRelay } from '../relay.ts';
import { newRoomKey, TestClient } from '../testing/client.ts';
import { TestRedis } from '../testing/redis.ts';
import { RelayProcess } from '../testing/relay-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const secret = 'a secret of sixteen or more';
let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(async () => {
  await redis.stop();
});

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Process extends Relay {
  readonly lines: string[];
}

/** One process of the cluster, within this one. */
async function start(settings: Readonly<Record<string, unknown>> = {}): Promise<Process> {
  const lines: string[] = [];
  const relay = await startRelay(
    configOf({ webRoot: 'none', host: '127.0.0.1', port: 0, drainSeconds: 1, cluster: redis.url, clusterSecret: secret, ...settings }),
    jsonLog('info', (line) => lines.push(line)),
  );
  ends.push(() => relay.close());
  return Object.assign(relay, { lines });
}

/** One that can be killed. */
async function spawned(...flags: readonly string[]): Promise<RelayProcess> {
  const relay = await RelayProcess.start([`--cluster=${redis.url}`, `--cluster-secret=${secret}`, ...flags]);
  ends.push(() => relay.kill());
  return relay;
}

/** Resolves once `holds`; the test's own time limit ends it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe('a cluster', () => {
  it('lets members of different processes see and hear each other, in one order for all', async () => {
    const [first, second, third] = [await start(), await start(), await start()];
    const room = newRoomKey();
    const ann = await TestClient.join(first.port, room);
    const bob = new TestClient(second.port);
    await bob.join(room);
    expect((await bob.next('joined')).members.map((inst) => Buffer.from(inst))).toEqual([ann.inst]);
    expect(Buffer.from((await ann.next('came')).inst)).toEqual(bob.inst);
    const cid = await TestClient.join(third.port, room);
    await bob.next('came');
    for (const text of numbers(1, 50)) {
      ann.send(null, Buffer.from(`ann ${text}`));
      bob.send(null, Buffer.from(`bob ${text}`));
    }
    const heard = await cid.texts(100);
    expect(heard.filter((text) => text.startsWith('ann'))).toEqual(numbers(1, 50).map((text) => `ann ${text}`));
    const ofBob = heard.filter((text) => text.startsWith('bob'));
    expect(await ann.texts(50)).toEqual(ofBob);
    cid.send(ann.inst, Buffer.from('to ann alone'));
    expect(await ann.texts(1)).toEqual(['to ann alone']);
    cid.send(ann.inst, Buffer.alloc(12_000, 'x'));
    expect((await ann.texts(1))[0]).toHaveLength(12_000);
    cid.send(null, Buffer.from('last'));
    await bob.texts(51);
    expect(bob.left()).toEqual([]);
    await cid.close(1000);
    expect(Buffer.from((await ann.next('left')).inst)).toEqual(cid.inst);
    await bob.die();
    expect(Buffer.from((await ann.next('away')).inst)).toEqual(bob.inst);
  });

  it('has one seat for a page: the newest socket has it, wherever it is', async () => {
    const [first, second] = [await start(), await start()];
    const room = newRoomKey();
    const ann = await TestClient.join(first.port, room);
    const bob = await TestClient.join(second.port, room);
    await ann.next('came');
    const moved = new TestClient(second.port, ann.inst);
    await moved.join(room);
    const joined = await moved.next('joined');
    expect(joined.resumed).toBe(true);
    expect(joined.members).toHaveLength(1);
    expect((await ann.next('error')).code).toBe(relayErrors.taken);
    bob.send(ann.inst, Buffer.from('found'));
    expect(await moved.texts(1)).toEqual(['found']);
  });

  it('fills a room once, and knows one end of it', async () => {
    const [first, second] = [await start({ roomMembers: 2 }), await start({ roomMembers: 2 })];
    const room = newRoomKey();
    await TestClient.join(first.port, room);
    await TestClient.join(second.port, room);
    const third = new TestClient(second.port);
    await third.join(room);
    expect((await third.next('error')).code).toBe(relayErrors.full);
    const other = new TestClient(second.port);
    await other.join(room, { expiresAt: Math.floor(Date.now() / 1000) + 60 });
    expect((await other.next('error')).code).toBe(relayErrors.badExpiry);
  });

  it('keeps what a member missed whose process was killed in the middle of a stream, and gives it once', async () => {
    const [doomed, other] = [await spawned(), await start()];
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(doomed.port, room), await TestClient.join(doomed.port, room)];
    const cid = await TestClient.join(other.port, room);
    await ann.next('came');
    // 1 to 400 from another process, 401 and on from the doomed one itself.
    for (const text of numbers(1, 200)) cid.send(null, Buffer.from(text));
    for (const text of numbers(1001, 1100)) bob.send(null, Buffer.from(text));
    const before = await ann.texts(40);
    for (const text of numbers(201, 300)) cid.send(null, Buffer.from(text));
    await doomed.kill();
    await ann.closed;
    before.push(...ann.left());
    for (const text of numbers(301, 400)) cid.send(null, Buffer.from(text));
    const back = new TestClient(other.port, ann.inst);
    await back.join(room, { lastRecv: ann.received });
    expect((await back.next('joined')).resumed).toBe(true);
    cid.send(ann.inst, Buffer.from('the end'));
    const all = before;
    while (all.at(-1) !== 'the end') all.push(...(await back.texts(1)));
    expect(all.filter((text) => Number(text) < 1000)).toEqual(numbers(1, 400));
    // What bob's process took and gave to anybody, it gave to all.
    const ofBob = (await cid.texts(0)).concat(cid.left()).filter((text) => Number(text) > 1000);
    expect(all.filter((text) => Number(text) > 1000)).toEqual(ofBob);
    expect(new Set(all).size).toBe(all.length);
  });
});
