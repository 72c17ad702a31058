/** N processes as one relay, over a real redis-server: what is said, who comes and goes, and what dies. */
import { randomBytes } from 'node:crypto';
import { createClient } from '@redis/client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeToDesk } from '../../shared/wire/desk.ts';
import { relayErrors } from '../../shared/wire/relay.ts';
import { configOf } from '../config.ts';
import { jsonLog } from '../log.ts';
import { type Relay, startRelay } from '../relay.ts';
import { newRoomKey, TestClient } from '../testing/client.ts';
import { TestRedis } from '../testing/redis.ts';
import { RelayProcess } from '../testing/relay-process.ts';
import { until } from '../testing/until.ts';

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
    configOf({
      webRoot: 'none',
      host: '127.0.0.1',
      port: 0,
      drainSeconds: 1,
      listing: false,
      cluster: redis.url,
      clusterSecret: secret,
      ...settings,
    }),
    jsonLog('info', (line) => lines.push(line)),
  );
  ends.push(() => relay.close());
  return Object.assign(relay, { lines });
}

/** One that can be killed. */
async function spawned(...flags: readonly string[]): Promise<RelayProcess> {
  const relay = await RelayProcess.start([`--cluster=${redis.url}`, `--cluster-secret=${secret}`, '--listing=no', ...flags]);
  ends.push(() => relay.kill());
  return relay;
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
    expect(first.counters.clusterEntries).toBeGreaterThanOrEqual(50);
    expect(first.counters.clusterBatches).toBeGreaterThan(0);
    expect(first.counters.clusterBatches).toBeLessThanOrEqual(first.counters.clusterEntries);
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
    const ofBob = cid.left().filter((text) => Number(text) > 1000);
    expect(ofBob.length).toBeGreaterThan(0);
    expect(all.filter((text) => Number(text) > 1000)).toEqual(ofBob);
    expect(new Set(all).size).toBe(all.length);
  });

  it('shows the members of a killed process as away, and takes them for gone when their time is over', async () => {
    const [doomed, other] = [await spawned('--grace-seconds=8'), await start({ graceSeconds: 8 })];
    const room = newRoomKey();
    const [ann, cid] = [await TestClient.join(doomed.port, room), await TestClient.join(other.port, room)];
    await doomed.kill();
    expect(Buffer.from((await cid.next('away')).inst)).toEqual(ann.inst);
    expect(Buffer.from((await cid.next('left')).inst)).toEqual(ann.inst);
    const back = new TestClient(other.port, ann.inst);
    await back.join(room, { lastRecv: 0 });
    expect((await back.next('joined')).resumed).toBe(false);
  });

  it('hands members over when a process is stopped', async () => {
    const [first, second] = [await start(), await start()];
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(first.port, room), await TestClient.join(second.port, room)];
    await ann.next('came');
    const stopped = first.close();
    expect((await ann.next('error')).code).toBe(relayErrors.shutdown);
    await stopped;
    await bob.next('away');
    bob.send(null, Buffer.from('meanwhile'));
    const back = new TestClient(second.port, ann.inst);
    await back.join(room, { lastRecv: ann.received });
    expect(await back.texts(1)).toEqual(['meanwhile']);
  });

  it('ends a room at its second everywhere', async () => {
    const [first, second] = [await start(), await start()];
    const room = newRoomKey();
    const expiresAt = Math.ceil(Date.now() / 1000) + 4;
    const [ann, bob] = [await TestClient.join(first.port, room, { expiresAt }), await TestClient.join(second.port, room, { expiresAt })];
    for (const client of [ann, bob]) expect((await client.next('error')).code).toBe(relayErrors.expired);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt * 1000);
    const late = new TestClient(first.port, ann.inst);
    await late.join(room, { expiresAt });
    expect((await late.next('error')).code).toBe(relayErrors.expired);
  });

  it('goes on within each process while the engine is gone, says so, and is one again when it is back', async () => {
    const [first, second] = [await start(), await start()];
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(first.port, room), await TestClient.join(first.port, room)];
    const cid = await TestClient.join(second.port, room);
    for (const client of [ann, bob]) await client.next('came');
    ann.send(null, Buffer.from('before'));
    for (const client of [bob, cid]) expect(await client.texts(1)).toEqual(['before']);
    await redis.kill();
    // Pages are told who is out of reach, the operator by log, metric and readiness.
    expect(Buffer.from((await ann.next('away')).inst)).toEqual(cid.inst);
    expect(first.lines.join('')).toContain('"event":"cluster-down"');
    expect(first.counters.levels.clusterUp).toBe(0);
    expect(await (await fetch(`http://127.0.0.1:${first.port}/readyz`)).text()).toBe(
      'ready, but alone: the engine of the cluster is gone\n',
    );
    expect(first.gauges().clusterProcesses).toBe(0);
    ann.send(null, Buffer.from('among us'));
    expect(await bob.texts(1)).toEqual(['among us']);
    const dan = await TestClient.join(first.port, room);
    await ann.next('came');
    ann.send(dan.inst, Buffer.from('you too'));
    expect(await dan.texts(1)).toEqual(['you too']);
    await redis.start();
    await ann.next('came');
    await until(() => first.counters.levels.clusterUp === 1 && second.counters.levels.clusterUp === 1);
    // What was said to who was out of reach has waited.
    expect(await cid.texts(1)).toEqual(['among us']);
    await until(() => first.gauges().clusterProcesses >= 2);
    await dan.next('came');
    cid.send(null, Buffer.from('back'));
    for (const client of [ann, bob, dan]) expect(await client.texts(1)).toEqual(['back']);
    // And the counts are right again: a resume elsewhere brings what is missing and nothing else.
    await bob.die();
    await cid.next('away');
    cid.send(null, Buffer.from('for later'));
    const back = new TestClient(second.port, bob.inst);
    await back.join(room, { lastRecv: bob.received });
    expect(await back.texts(1)).toEqual(['for later']);
    expect(back.left()).toEqual([]);
  });

  it('counts what waits for an engine that has stopped for a moment', async () => {
    const relay = await start();
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(relay.port, room), await TestClient.join(relay.port, room)];
    await ann.next('came');
    process.kill(redis.pid, 'SIGSTOP');
    ann.send(null, Buffer.alloc(5000));
    await until(() => relay.gauges().clusterWaitingBytes > 5000);
    process.kill(redis.pid, 'SIGCONT');
    expect((await bob.texts(1))[0]).toHaveLength(5000);
    await until(() => relay.gauges().clusterWaitingBytes === 0);
  });

  it('starts without its engine, and finds it later', async () => {
    await redis.kill();
    const alone = await start();
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(alone.port, room), await TestClient.join(alone.port, room)];
    ann.send(null, Buffer.from('alone'));
    expect(await bob.texts(1)).toEqual(['alone']);
    await redis.start();
    await until(() => alone.counters.levels.clusterUp === 1);
    const second = await start();
    const cid = await TestClient.join(second.port, room);
    cid.send(null, Buffer.from('together'));
    for (const client of [ann, bob]) expect(await client.texts(1)).toEqual(['together']);
  });

  it('shows whoever looks into the engine no room, no address and no secret', async () => {
    const first = await start();
    const room = newRoomKey();
    const ann = await TestClient.join(first.port, room);
    const bob = await TestClient.join(first.port, room);
    ann.send(null, Buffer.from('sealed by pages'));
    await bob.texts(1);
    const client = await createClient({ url: redis.url }).connect();
    const names = (await client.sendCommand(['KEYS', '*'])) as string[];
    client.destroy();
    expect(names.length).toBeGreaterThan(2);
    for (const text of [Buffer.from(room.pub).toString('latin1'), Buffer.from(room.pub).toString('hex'), '127.0.0.1', secret])
      expect(names.join(' ')).not.toContain(text);
  });

  it('counts an address once, whichever process it comes to', async () => {
    const settings = { connectionsPerAddress: 3 };
    const [first, second] = [await start(settings), await start(settings)];
    const room = newRoomKey();
    const ann = await TestClient.join(first.port, room);
    await TestClient.join(first.port, room);
    await TestClient.join(second.port, room);
    const fourth = new TestClient(second.port);
    expect((await fourth.next('error')).code).toBe(relayErrors.busy);
    await ann.close();
    const fifth = new TestClient(second.port);
    expect((await fifth.next('challenge')).powBits).toBe(0);
  });

  it('loses nothing that anybody was given when the process of its author is killed, whatever is sent again', async () => {
    const [doomed, other] = [await spawned(), await start()];
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(doomed.port, room), await TestClient.join(doomed.port, room)];
    const cid = await TestClient.join(other.port, room);
    await ann.next('came');
    for (const text of numbers(1, 500)) ann.send(null, Buffer.from(text));
    const heard = await cid.texts(1);
    await doomed.kill();
    await Promise.all([ann.closed, bob.closed]);
    const backs = [new TestClient(other.port, ann.inst), new TestClient(other.port, bob.inst)] as const;
    await backs[0].join(room, { lastRecv: ann.received });
    await backs[1].join(room, { lastRecv: bob.received });
    await backs[0].next('joined');
    // As pages do: what nobody has acknowledged is said again.
    while (heard.at(-1) !== 'sign') {
      if (heard.length === 1) backs[0].send(cid.inst, Buffer.from('sign'));
      heard.push(...(await cid.texts(1)));
    }
    const taken = heard.slice(0, -1);
    expect(taken).toEqual(numbers(1, taken.length));
    for (const text of numbers(taken.length + 1, 500)) backs[0].send(null, Buffer.from(text));
    const ofBob = [...bob.left()];
    while (ofBob.length < 500) ofBob.push(...(await backs[1].texts(1)));
    expect(ofBob).toEqual(numbers(1, 500));
    expect(await cid.texts(500 - taken.length)).toEqual(numbers(taken.length + 1, 500));
  });

  it('is not harmed by whatever else comes on its channel', async () => {
    const relay = await start();
    const room = newRoomKey();
    const [ann, bob] = [await TestClient.join(relay.port, room), await TestClient.join(relay.port, room)];
    const client = await createClient({ url: redis.url }).connect();
    const channels = (await client.sendCommand(['PUBSUB', 'CHANNELS', 'hushroom:to:*'])) as string[];
    for (let i = 0; i < 500; i++) {
      const junk = randomBytes(1 + Math.floor(Math.random() * 80));
      junk[0] = i % 9;
      for (const channel of channels) await client.publish(channel, junk);
    }
    client.destroy();
    await until(() => relay.counters.drops.engine > 100);
    ann.send(null, Buffer.from('unharmed'));
    expect(await bob.texts(1)).toEqual(['unharmed']);
  });

  it('refuses the errands of an address that has asked at another process for all it may', async () => {
    const settings = { errandsPerMinutePerAddress: 6 };
    const [first, second] = [await start(settings), await start(settings)];
    const claim = async ({ port }: Relay): Promise<number> => {
      const caller = new TestClient(port);
      await caller.next('challenge');
      caller.write(encodeToDesk({ type: 'claim', nameplate: 1, inst: caller.inst, pow: 0 }));
      return (await caller.next('error')).code;
    };
    // Three each: two are all that six are good for, and the third counts against whom it comes to next.
    for (const relay of [first, first]) expect(await claim(relay)).toBe(relayErrors.gone);
    await until(async () => (await claim(second)) === relayErrors.busy);
  });

  it('shows the engine its password, and says so where that is the wrong one', async () => {
    const locked = await TestRedis.start('--requirepass', 'hunter2');
    ends.push(() => locked.stop());
    const inside = await start({ cluster: locked.url.replace('//', '//:hunter2@') });
    expect(inside.counters.levels.clusterUp).toBe(1);
    const out = await start({ cluster: locked.url.replace('//', '//:hunter3@') });
    expect(out.counters.levels.clusterUp).toBe(0);
    expect(out.lines.join('')).toContain('WRONGPASS');
    expect(out.lines.join('')).not.toContain('hunter3');
  });
});
