import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { newCounters } from '../metrics.ts';
import { FakeClock } from '../testing/clock.ts';
import { timed } from '../testing/timed.ts';
import type { Line } from './circuits.ts';
import type { Control, EventListener } from './control.ts';
import type { TorError } from './errors.ts';
import { TorError as Trouble } from './errors.ts';
import { Isolation } from './isolation.ts';
import { countedBy } from './onward.ts';
import { type PoolDoors, type PooledTor, TorPool } from './pool.ts';
import type { TorListener, TorState } from './tor.ts';
import { Watchers } from './watchers.ts';

const own = 'own.onion';
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Tells of NEWNYM when it takes effect, as tor does. */
class FakeControl {
  signals: string[] = [];
  #listeners = new Set<EventListener>();

  signal(name: string): Promise<void> {
    this.signals.push(name);
    return Promise.resolve();
  }

  listen(_: readonly string[], listener: EventListener): Promise<() => Promise<void>> {
    this.#listeners.add(listener);
    return Promise.resolve(() => Promise.resolve(void this.#listeners.delete(listener)));
  }

  takeEffect(): void {
    for (const listener of this.#listeners) listener({ name: 'SIGNAL', words: ['SIGNAL', 'NEWNYM'], fields: new Map(), data: null });
  }
}

class FakeTor implements PooledTor {
  readonly index: number;
  readonly socks: { path: string };
  readonly exits = null;
  readonly fakeControl = new FakeControl();
  readonly watchers = new Watchers();
  restarts: TorError[] = [];
  isClosed = false;

  constructor(index: number) {
    this.index = index;
    this.socks = { path: `socks ${index}` };
  }

  get state(): TorState {
    return this.watchers.state;
  }

  get control(): Control {
    return this.fakeControl as unknown as Control;
  }

  watch(listener: TorListener): () => void {
    return this.watchers.add(listener);
  }

  restart(why: TorError): void {
    this.restarts.push(why);
    this.watchers.turn({ name: 'failing', trouble: why });
    this.watchers.turn({ name: 'starting' });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

class FakeLine implements Line {
  readonly daemon: number;
  isOpen = true;
  readonly #gone: (() => void)[] = [];

  constructor(daemon: number) {
    this.daemon = daemon;
  }

  probe = (): Promise<void> => Promise.resolve();
  hand = (): PassThrough => new PassThrough();

  onClose(gone: () => void): void {
    this.#gone.push(gone);
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const gone of this.#gone) gone();
  }
}

function pool() {
  const clock = new FakeClock();
  const tors: FakeTor[] = [];
  const lines: FakeLine[] = [];
  const counters = newCounters();
  /** Daemons whose streams fail, and how long a stream takes to stand. */
  const bad = new Set<number>();
  const ms = new Map<number, number>();
  const doors: { -readonly [Name in keyof PoolDoors]: PoolDoors[Name] } = {
    start: (index) => {
      const tor = new FakeTor(index);
      tors[index] = tor;
      return Promise.resolve(tor);
    },
    dial: (socks) => {
      const index = Number((socks as { path: string }).path.split(' ')[1]);
      clock.pass(ms.get(index) ?? 10);
      return bad.has(index) ? Promise.reject(new Error('no way')) : Promise.resolve(new PassThrough());
    },
    line: (_, __, daemon) => {
      const line = new FakeLine(daemon);
      lines.push(line);
      return Promise.resolve(line);
    },
    ownOnion: () => own,
    dialOut: null,
  };
  const torPool = new TorPool(
    doors,
    new Isolation(),
    { idleInAll: 100, rotateMs: 600_000 },
    clock,
    countedBy(counters, clock, () => {}),
  );
  const pass = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      clock.pass(1000);
      torPool.tick();
      await settled();
    }
  };
  /** So many daemons that are ready. */
  const ready = async (count: number): Promise<void> => {
    await torPool.scale(count);
    for (const tor of tors) tor.watchers.turn({ name: 'ready' });
    await pass(1);
  };
  const states = (): string[] => torPool.daemons.map(({ state }) => state);
  return { torPool, doors, clock, tors, lines, counters, bad, ms, pass, ready, states };
}

describe('the pool of daemons', () => {
  it('tells how each is doing, from its start on', async () => {
    const { torPool, tors, states, pass, ms } = pool();
    await torPool.scale(1);
    expect(states()).toEqual(['stopped']);
    const turn = (state: TorState): void => tors[0]!.watchers.turn(state);
    turn({ name: 'starting' });
    expect(states()).toEqual(['starting']);
    turn({ name: 'bootstrapping', percent: 40, waitsFor: 'descriptors' });
    expect(torPool.daemons[0]).toMatchObject({ state: 'bootstrapping', percent: 40 });
    turn({ name: 'ready' });
    expect(states()).toEqual(['ready']);
    ms.set(0, 501);
    await pass(61);
    expect(torPool.daemons[0]).toMatchObject({ state: 'slow', latencyMs: 501 });
    ms.set(0, 50);
    await pass(60);
    expect(torPool.daemons[0]).toMatchObject({ state: 'ready', latencyMs: 50 });
    turn({ name: 'failing', trouble: new Trouble('tor-ended') });
    expect(states()).toEqual(['failing']);
  });

  it('asks each daemon once a minute, by a stream to the own onion', async () => {
    const { counters, ready, pass } = pool();
    await ready(2);
    expect(await timed(counters.seconds.torProbe)).toBe(2);
    await pass(59);
    expect(await timed(counters.seconds.torProbe)).toBe(2);
    await pass(2);
    expect(await timed(counters.seconds.torProbe)).toBe(4);
  });

  it('restarts one whose streams fail three times in a row, and not before its backoff is over again', async () => {
    const { tors, counters, bad, states, ready, pass } = pool();
    await ready(1);
    bad.add(0);
    await pass(61);
    expect(states()).toEqual(['failing']);
    await pass(60);
    expect(tors[0]!.restarts).toEqual([]);
    await pass(60);
    expect(tors[0]!.restarts.map(({ code }) => code)).toEqual(['onion-unreachable']);
    expect(counters.torRestarts).toBe(1);
    await pass(600);
    // It has not come back: there is nothing to ask, and nothing to restart.
    expect(tors[0]!.restarts).toHaveLength(1);
    tors[0]!.watchers.turn({ name: 'ready' });
    for (let i = 0; i < 20; i++) {
      const before = tors[0]!.restarts.length;
      await pass(60);
      expect(tors[0]!.restarts.length - before).toBeLessThanOrEqual(1);
      if (tors[0]!.restarts.length > before) tors[0]!.watchers.turn({ name: 'ready' });
    }
    expect(tors[0]!.restarts.length).toBeLessThanOrEqual(6);
  });

  it('restarts one because its operator says so, and not twice at once', async () => {
    const { torPool, tors, ready, clock } = pool();
    await ready(1);
    torPool.restart(0);
    expect(tors[0]!.restarts).toHaveLength(1);
    expect(() => torPool.restart(0)).toThrow('a moment ago');
    clock.pass(31_000);
    torPool.restart(0);
    expect(tors[0]!.restarts).toHaveLength(2);
    expect(() => torPool.restart(1)).toThrow(RangeError);
  });

  it('lets nothing out to the clearnet where exits are off', async () => {
    const { torPool, ready } = pool();
    await ready(1);
    await expect(torPool.dialOut('example.org', 443)).rejects.toThrow('exits are off');
  });

  it('restarts no daemon while another is down: trouble that all have is not theirs', async () => {
    const { tors, bad, ready, pass } = pool();
    await ready(2);
    bad.add(0).add(1);
    await pass(190);
    expect(tors.map(({ restarts }) => restarts.length)).toEqual([1, 0]);
  });

  it('asks a daemon that has just come up every few seconds, and is patient with what it cannot reach yet', async () => {
    const { tors, counters, bad, states, ready, pass } = pool();
    bad.add(0);
    await ready(1);
    await pass(30);
    expect(states()).toEqual(['ready']);
    bad.clear();
    await pass(6);
    expect(await timed(counters.seconds.torProbe)).toBe(1);
    bad.add(0);
    tors[0]!.watchers.turn({ name: 'starting' });
    tors[0]!.watchers.turn({ name: 'ready' });
    await pass(130);
    expect(tors[0]!.restarts).toEqual([]);
    await pass(60);
    expect(tors[0]!.restarts).toHaveLength(1);
  });

  it('forgives a failure that does not last', async () => {
    const { tors, bad, states, ready, pass } = pool();
    await ready(1);
    for (let i = 0; i < 5; i++) {
      bad.add(0);
      await pass(120);
      bad.clear();
      await pass(60);
      expect(states()).toEqual(['ready']);
    }
    expect(tors[0]!.restarts).toEqual([]);
  });

  it('takes the daemon with the fewest lines, a slow one only where there is no other', async () => {
    const { torPool, lines, ms, ready, pass } = pool();
    await ready(2);
    for (let i = 0; i < 6; i++) await torPool.circuits.take(`d${i}`, 'ann');
    await settled();
    const [on0, on1] = [0, 1].map((index) => torPool.circuits.linesOn(index));
    expect(Math.abs(on0! - on1!)).toBeLessThanOrEqual(1);
    ms.set(0, 900);
    await pass(61);
    const before = lines.length;
    await torPool.circuits.take('new', 'ann');
    expect(lines.slice(before).map(({ daemon }) => daemon)).not.toContain(0);
    await torPool.scale(1);
    await torPool.circuits.take('newer', 'ann');
    expect(lines.at(-1)!.daemon).toBe(0);
  });

  it('has no way where no daemon is ready', async () => {
    const { torPool } = pool();
    await torPool.scale(1);
    await expect(torPool.circuits.take('a', 'ann')).rejects.toThrow('no daemon is ready');
    await torPool.scale(0);
    await expect(torPool.circuits.take('a', 'ann')).rejects.toThrow('no daemon is ready');
  });

  it('makes what was idle on a daemon that ended anew on another', async () => {
    const { torPool, tors, lines, ready, pass } = pool();
    await ready(2);
    torPool.circuits.warm('a', 'ann');
    await settled();
    tors[0]!.watchers.turn({ name: 'failing', trouble: new Trouble('tor-ended') });
    await pass(6);
    const open = lines.filter(({ isOpen }) => isOpen);
    expect(open.length).toBeGreaterThanOrEqual(2);
    expect(new Set(open.map(({ daemon }) => daemon))).toEqual(new Set([1]));
  });

  it('drains a daemon before it goes: nothing new, and time for what is in use', async () => {
    const { torPool, tors, states, ready, pass } = pool();
    await ready(2);
    const taken = await Promise.all([1, 2, 3, 4].map((i) => torPool.circuits.take(`d${i}`, 'ann')));
    const onSecond = taken.filter(({ daemon }) => daemon === 1);
    expect(onSecond.length).toBeGreaterThan(0);
    await torPool.scale(1);
    expect(states()).toEqual(['ready', 'draining']);
    await pass(30);
    expect(tors[1]!.isClosed).toBe(false);
    expect(torPool.circuits.linesOn(1)).toBe(onSecond.length);
    expect((await torPool.circuits.take('new', 'ann')).daemon).toBe(0);
    for (const line of onSecond) line.destroy();
    await pass(1);
    expect(tors[1]!.isClosed).toBe(true);
    expect(states()).toEqual(['ready']);
  });

  it('does not wait for ever for what is in use, and keeps a daemon that is wanted again', async () => {
    const { torPool, tors, states, ready, pass } = pool();
    await ready(1);
    await torPool.circuits.take('a', 'ann');
    await torPool.scale(0);
    await pass(60);
    await torPool.scale(1);
    expect(states()).toEqual(['ready']);
    expect(tors[0]!.isClosed).toBe(false);
    await torPool.scale(0);
    await pass(301);
    expect(tors[0]!.isClosed).toBe(true);
  });

  it('scales to a hundred and no further', async () => {
    const { torPool } = pool();
    await torPool.scale(100);
    expect(torPool.daemons).toHaveLength(100);
    for (const count of [101, -1, 1.5, Number.NaN]) expect(() => torPool.scale(count)).toThrow(RangeError);
    await torPool.close();
    expect(torPool.daemons).toEqual([]);
  });

  it('rotates all, and says after how long that took effect; who asks meanwhile gets the same', async () => {
    const { torPool, clock, tors, lines, counters, ready } = pool();
    await ready(2);
    torPool.circuits.warm('a', 'ann');
    await settled();
    const before = lines.filter(({ isOpen }) => isOpen);
    const rotations = Promise.all([torPool.rotateAll(), torPool.rotateAll()]);
    await settled();
    clock.pass(4000);
    for (const { fakeControl } of tors) fakeControl.takeEffect();
    const [one, two] = await rotations;
    expect(one).toBeGreaterThanOrEqual(4000);
    expect(two).toBe(one);
    await settled();
    expect(tors.map(({ fakeControl }) => fakeControl.signals)).toEqual([['NEWNYM'], ['NEWNYM']]);
    expect(counters.torNewnyms).toBe(2);
    for (const line of before) expect(line.isOpen).toBe(false);
  });

  it('rotates one daemon, or one destination, alone', async () => {
    const { torPool, tors, lines, ready } = pool();
    await ready(2);
    for (const destination of ['a', 'b', 'c']) torPool.circuits.warm(destination, 'ann');
    await settled();
    const before = lines.filter(({ isOpen }) => isOpen);
    const rotating = torPool.rotateDaemon(1);
    await settled();
    tors[1]!.fakeControl.takeEffect();
    await rotating;
    await settled();
    expect(tors[0]!.fakeControl.signals).toEqual([]);
    for (const line of before) expect(line.isOpen).toBe(line.daemon === 0);
    expect(() => torPool.rotateDaemon(7)).toThrow(RangeError);
    const onA = lines.filter(({ isOpen }) => isOpen).length;
    expect(torPool.rotateKey('a')).toBe(true);
    await settled();
    expect(lines.filter(({ isOpen }) => isOpen)).toHaveLength(onA);
    expect(torPool.rotateKey('nowhere')).toBe(false);
  });

  it('rotates the others although one daemon does not, and says so', async () => {
    const { torPool, tors, lines, ready } = pool();
    await ready(2);
    torPool.circuits.warm('a', 'ann');
    await settled();
    const before = lines.filter(({ isOpen }) => isOpen);
    tors[1]!.fakeControl.signal = () => Promise.reject(new Trouble('control-closed'));
    const refused = expect(torPool.rotateAll()).rejects.toMatchObject({ code: 'control-closed' });
    await settled();
    tors[0]!.fakeControl.takeEffect();
    await refused;
    await settled();
    for (const line of before) expect(line.isOpen).toBe(false);
  });

  it('starts no daemon in the folder of one that is still ending', async () => {
    const { torPool, tors, ready, pass } = pool();
    await ready(2);
    const old = tors[1]!;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    old.close = () => ended;
    await torPool.scale(1);
    await pass(1);
    const scaling = torPool.scale(2);
    await settled();
    expect(tors[1]).toBe(old);
    end();
    await scaling;
    expect(tors[1]).not.toBe(old);
    expect(torPool.daemons).toHaveLength(2);
  });

  it('closes only when a daemon that was ending has ended, and a daemon that does not end well ends nothing else', async () => {
    const { torPool, tors, ready, pass } = pool();
    await ready(2);
    const { promise: ended, reject } = Promise.withResolvers<void>();
    tors[1]!.close = () => ended;
    await torPool.scale(1);
    await pass(1);
    let isClosed = false;
    const closing = torPool.close().then(() => {
      isClosed = true;
    });
    await settled();
    expect(isClosed).toBe(false);
    reject(new Error('its folder is gone'));
    await closing;
  });

  it('lets go of a stream and a line that come after their probe was given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { doors, lines, pass, ready } = pool();
      const { dial, line } = doors;
      const late = Promise.withResolvers<PassThrough>();
      doors.dial = () => late.promise;
      await ready(1);
      await vi.advanceTimersByTimeAsync(10_000);
      const socket = new PassThrough();
      late.resolve(socket);
      await settled();
      expect(socket.destroyed).toBe(true);
      doors.dial = dial;
      const lateLine = Promise.withResolvers<Line>();
      doors.line = () => lateLine.promise;
      await pass(5);
      await vi.advanceTimersByTimeAsync(10_000);
      doors.line = line;
      lateLine.resolve(await line(new PassThrough(), own, 0));
      await settled();
      expect(lines.map(({ isOpen }) => isOpen)).toEqual([false]);
    } finally {
      vi.useRealTimers();
    }
  });
});
