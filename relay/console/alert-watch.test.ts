/** Each alert, raised by what a relay shows (and its host, where that is what it is about), and gone when it shows it no more. */
import { afterEach, expect, it, vi } from 'vitest';
import { FakeRelay } from '../testing/operable.ts';
import { type AlertName, alertNames } from './alert-rules.ts';
import { AlertWatch } from './alert-watch.ts';
import { Audit } from './audit.ts';
import { openDatabase } from './database.ts';
import type { DaemonView } from './operable.ts';

const host = vi.hoisted(() => ({ freeMemory: 50, freeDisk: 50 }));
vi.mock('node:os', async (original) => ({ ...(await original<object>()), freemem: () => host.freeMemory, totalmem: () => 100 }));
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<object>()),
  statfs: () => Promise.resolve({ bavail: host.freeDisk, blocks: 100, bsize: 4096 }),
}));
afterEach(() => Object.assign(host, { freeMemory: 50, freeDisk: 50 }));

const minute = 60_000;
const failed = (error: Error): never => {
  throw error;
};
const daemon = (state: DaemonView['state']): DaemonView => ({
  ...{ id: 0, state, latencyMs: 1, streams: 1, restarts: 0, bootstrapPercent: 100, exit: null },
});
const onion = { address: 'http://a.onion', reachable: true, bootstrapPercent: 100, waitsFor: '' };

interface Watched {
  readonly relay: FakeRelay;
  readonly alerts: AlertWatch;
  readonly clock: { now: number };
}

/** What happens, and how it ends. */
const events: Record<AlertName, [happens: (watched: Watched) => void, ends: (watched: Watched) => void]> = {
  'daemons-down': [
    ({ relay }) => relay.list.splice(0, 9, daemon('ready'), daemon('ready'), daemon('failing')),
    ({ relay }) => relay.list.splice(0, 9, daemon('ready'), daemon('ready'), daemon('ready')),
  ],
  'no-circuit': [({ relay }) => relay.list.splice(0, 9, daemon('bootstrapping')), ({ relay }) => relay.list.splice(0, 9, daemon('ready'))],
  'onion-unreachable': [
    ({ relay }) => Object.assign(relay, { onionView: { ...onion, reachable: false } }),
    ({ relay }) => Object.assign(relay, { onionView: onion }),
  ],
  certificate: [
    ({ relay, clock }) => Object.assign(relay, { certificate: clock.now + 29 * 24 * 60 * minute }),
    ({ relay, clock }) => Object.assign(relay, { certificate: clock.now + 90 * 24 * 60 * minute }),
  ],
  'failed-sign-ins': [({ alerts }) => alerts.accountLocked(), ({ clock }) => Object.assign(clock, { now: clock.now + 15 * minute })],
  'isolation-breach': [({ relay }) => Object.assign(relay, { breached: 1 }), ({ alerts }) => alerts.dismiss('isolation-breach')],
  memory: [() => Object.assign(host, { freeMemory: 9 }), () => Object.assign(host, { freeMemory: 50 })],
  disk: [() => Object.assign(host, { freeDisk: 9 }), () => Object.assign(host, { freeDisk: 50 })],
  flood: [({ relay }) => Object.assign(relay.seen, { workBits: 12 }), ({ relay }) => Object.assign(relay.seen, { workBits: 0 })],
};

it.each(alertNames)('%s is raised when its event lasts, written into the audit log, and over when that is', async (name) => {
  const [relay, database, clock] = [new FakeRelay(), openDatabase(null), { now: Date.UTC(2026, 0, 1) }];
  const now = (): number => clock.now;
  const audit = new Audit(database, new Uint8Array(32), now);
  const ways = { throughTor: null, telegram: '' };
  const alerts = new AlertWatch({ relay, database, audit, ways, folder: '/', now, pause: () => Promise.resolve(), failed });
  const isRaised = (): boolean => alerts.raised.some((alert) => alert.name === name);
  const lookFor = async (minutes: number): Promise<void> => {
    for (const until = clock.now + minutes * minute; clock.now < until; clock.now += 10_000) await alerts.look();
  };
  const [happens, ends] = events[name];
  await lookFor(1);
  expect(isRaised()).toBe(false);
  happens({ relay, alerts, clock });
  await lookFor(4);
  expect(isRaised()).toBe(true);
  ends({ relay, alerts, clock });
  await lookFor(6);
  expect(isRaised()).toBe(false);
  const lines = audit.entries(Number.POSITIVE_INFINITY, 9).filter(({ detail }) => JSON.parse(detail).name === name);
  // Put away by hand, it is a line of who did that.
  const cleared = name === 'isolation-breach' ? [] : ['alert.cleared'];
  expect(lines.map(({ action }) => action)).toEqual([...cleared, 'alert.raised']);
});

it('an isolation breach that was put away is told again where another one happens, and not before', async () => {
  const [relay, database, now] = [new FakeRelay(), openDatabase(null), () => 0];
  const audit = new Audit(database, new Uint8Array(32), now);
  const ways = { throughTor: null, telegram: '' };
  const alerts = new AlertWatch({ relay, database, audit, ways, folder: null, now, pause: () => Promise.resolve(), failed });
  const texts = (): string[] => alerts.raised.map(({ text }) => text);
  relay.breached = 3;
  await alerts.look();
  expect(texts()).toEqual(['a Tor circuit carried two isolation keys, 3 times']);
  alerts.dismiss('isolation-breach');
  await alerts.look();
  expect(texts()).toEqual([]);
  relay.breached = 4;
  await alerts.look();
  expect(texts()).toEqual(['a Tor circuit carried two isolation keys, 1 times']);
});

it('a channel that does not take an alert is tried three times, and then that is a line of the audit log', async () => {
  const [relay, database, now] = [new FakeRelay(), openDatabase(null), () => 0];
  const audit = new Audit(database, new Uint8Array(32), now);
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
  const ways = { throughTor: null, telegram: '' };
  const alerts = new AlertWatch({ relay, database, audit, ways, folder: null, now, pause, failed });
  alerts.setChannels([
    { kind: 'webhook', url: 'https://hook.example/', secret: 'a secret of some length', inner: false, throughTor: true },
  ]);
  relay.breached = 1;
  await alerts.look();
  expect(pauses).toHaveLength(2);
  expect(alerts.untold).toBe(1);
  expect(audit.entries(Number.POSITIVE_INFINITY, 1)[0]).toMatchObject({ action: 'alert.tell', outcome: 'failed' });
});

it('a look that cannot be taken is told and ends nothing, and the next one is taken', async () => {
  const [relay, database, now] = [new FakeRelay(), openDatabase(null), () => 0];
  const heard: string[] = [];
  const watch = { relay, database, audit: new Audit(database, new Uint8Array(32), now), ways: { throughTor: null, telegram: '' } };
  const alerts = new AlertWatch({
    ...watch,
    folder: null,
    now,
    pause: () => Promise.resolve(),
    failed: ({ message }) => heard.push(message),
  });
  relay.certificateUntil = () => {
    throw new Error('it is being replaced');
  };
  alerts.accountLocked();
  await vi.waitFor(() => expect(heard).toEqual(['it is being replaced']));
  relay.certificateUntil = () => null;
  relay.breached = 1;
  await alerts.look();
  expect(alerts.raised.map(({ name }) => name)).toContain('isolation-breach');
});
