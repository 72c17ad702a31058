import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { newCounters } from '../metrics.ts';
import { FakeClock } from '../testing/clock.ts';
import { timed } from '../testing/timed.ts';
import { Circuits, type Line, leastIdle, mostIdle } from './circuits.ts';
import { Isolation, type IsolationKey, type IsolationLevel } from './isolation.ts';
import { countedBy } from './onward.ts';

class FakeLine implements Line {
  readonly daemon: number;
  readonly destination: string;
  readonly key: IsolationKey;
  isOpen = true;
  /** How a probe ends: after so many ms, or never well. */
  probes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #gone: (() => void)[] = [];

  constructor(destination: string, key: IsolationKey, daemon: number) {
    this.destination = destination;
    this.key = key;
    this.daemon = daemon;
  }

  probe(): Promise<void> {
    return new Promise((resolve, reject) => this.probes.push({ resolve, reject }));
  }

  onClose(gone: () => void): void {
    this.#gone.push(gone);
  }

  hand(): PassThrough {
    return new PassThrough();
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const gone of this.#gone) gone();
  }
}

interface Making {
  readonly destination: string;
  readonly key: IsolationKey;
  readonly resolve: (line: Line) => void;
  readonly reject: (error: Error) => void;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function pool({ levels, idleInAll = 100, rotateMs = 600_000 }: { levels?: IsolationLevel[]; idleInAll?: number; rotateMs?: number } = {}) {
  const clock = new FakeClock();
  const counters = newCounters();
  const makings: Making[] = [];
  const lines: FakeLine[] = [];
  const state = { daemon: 0 };
  const circuits = new Circuits(
    (destination, key) => new Promise((resolve, reject) => makings.push({ destination, key, resolve, reject })),
    new Isolation(levels),
    { idleInAll, rotateMs },
    clock,
    countedBy(counters, clock, () => {}),
    () => 0.5,
  );
  /** Finishes what is being made, and what that sets off. */
  const make = async (): Promise<void> => {
    while (makings.length > 0) {
      for (const { destination, key, resolve } of makings.splice(0)) {
        const line = new FakeLine(destination, key, state.daemon);
        lines.push(line);
        resolve(line);
      }
      await settled();
    }
  };
  const fail = async (): Promise<void> => {
    for (const { reject } of makings.splice(0)) reject(new Error('no way'));
    await settled();
  };
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.pass(Math.min(1000, left));
      circuits.tick();
    }
  };
  /** As `pass`, with everything made and every probe answered. */
  const live = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      pass(1000);
      await make();
      for (const line of lines) for (const { resolve } of line.probes.splice(0)) resolve();
      await settled();
    }
  };
  const open = (): FakeLine[] => lines.filter(({ isOpen }) => isOpen);
  return { circuits, clock, counters, makings, lines, state, make, fail, pass, live, open };
}

describe('the pool of circuits', () => {
  it('keeps the least number idle for a destination in use, and refills what is taken', async () => {
    const { circuits, counters, make } = pool();
    const first = circuits.take('a', 'ann');
    await make();
    await first;
    expect(counters).toMatchObject({ torPoolHits: 0, torPoolMisses: 1, torStreamsOpened: 5 });
    expect(await timed(counters.seconds.torStreamOpen)).toBe(5);
    expect(circuits.slots).toEqual({ making: 0, idle: 4, retiring: 0, taken: 1 });
    await circuits.take('a', 'ann');
    expect(counters.torPoolHits).toBe(1);
    expect(circuits.slots.making).toBe(1);
    await make();
    expect(circuits.slots).toMatchObject({ making: 0, idle: 4, taken: 2 });
  });

  it('warms a destination before anyone needs it', async () => {
    const { circuits, counters, make } = pool();
    circuits.warm('a', 'ann');
    await make();
    expect(circuits.slots.idle).toBe(leastIdle);
    await circuits.take('a', 'ann');
    expect(counters).toMatchObject({ torPoolHits: 1, torPoolMisses: 0 });
    expect(await timed(counters.seconds.torWait)).toBe(1);
  });

  it('gives no line twice, and no two lines of one key', async () => {
    const { circuits, make } = pool();
    const taken: Line[] = [];
    for (let i = 0; i < 40; i++) {
      const line = circuits.take(i % 3 === 0 ? 'a' : 'b', `visitor ${i % 5}`);
      if (i % 4 === 0) await make();
      void line.then((made) => taken.push(made));
    }
    await make();
    expect(new Set(taken).size).toBe(40);
    expect(new Set((taken as FakeLine[]).map(({ key }) => key.user)).size).toBe(40);
  });

  it('gives the first line that is ready to the first who waits, whoever it was begun for', async () => {
    const { circuits, makings } = pool();
    const order: string[] = [];
    const one = circuits.take('a', 'ann').then(() => order.push('ann'));
    const two = circuits.take('a', 'bob').then(() => order.push('bob'));
    const last = makings.at(-1)!;
    last.resolve(new FakeLine('a', last.key, 0));
    await one;
    expect(order).toEqual(['ann']);
    const next = makings[0]!;
    next.resolve(new FakeLine('a', next.key, 0));
    await two;
  });

  it('grows where many are taken, to the most and no further, and shrinks when it is calm', async () => {
    const { circuits, make, live } = pool({ rotateMs: 0 });
    for (let i = 0; i < 40; i++) void circuits.take('a', 'ann').then((line) => line.destroy());
    await make();
    expect(circuits.slots.idle).toBe(mostIdle);
    await live(59);
    expect(circuits.slots.idle).toBe(mostIdle);
    await live(300);
    expect(circuits.slots.idle).toBe(leastIdle);
  });

  it('drops the slots that answer slowest when it shrinks', async () => {
    const { circuits, clock, make, pass, open } = pool({ rotateMs: 0 });
    for (let i = 0; i < 3; i++) void circuits.take('a', 'ann').then((line) => line.destroy());
    await make();
    const idle = open();
    const count = idle.length;
    pass(31_000);
    // The first half answers quickly, the others a second later.
    const quick = idle.filter((_, i) => i % 2 === 0).slice(0, Math.floor(count / 2));
    for (const line of quick) for (const { resolve } of line.probes.splice(0)) resolve();
    await settled();
    clock.pass(1000);
    for (const line of idle) for (const { resolve } of line.probes.splice(0)) resolve();
    await settled();
    pass(30_000);
    for (const line of open()) expect(quick).toContain(line);
    expect(open().length).toBeGreaterThanOrEqual(leastIdle);
  });

  it('replaces what is old only when its successor stands, and never cuts a line in use', async () => {
    const { circuits, make, live, pass, open } = pool();
    const taking = circuits.take('a', 'ann');
    await make();
    const busy = (await taking) as FakeLine;
    await live(120);
    const before = open().filter((line) => line !== busy);
    for (let i = 0; i < 10; i++) {
      pass(60_000);
      for (const line of before) for (const { resolve } of line.probes.splice(0)) resolve();
      await settled();
      // Nothing new has been made: the old ones stay.
      for (const line of before) expect(line.isOpen).toBe(true);
    }
    expect(circuits.slots.retiring).toBe(before.length);
    await make();
    for (const line of before) expect(line.isOpen).toBe(false);
    expect(busy.isOpen).toBe(true);
    expect(circuits.slots).toMatchObject({ retiring: 0, idle: before.length });
  });

  it('begins a new key where slots share one and it gets old', async () => {
    const { circuits, live, open } = pool({ levels: ['destination'] });
    circuits.warm('a', '');
    await live(1);
    const [one, two] = open();
    expect(one!.key.user).toBe(two!.key.user);
    await live(700);
    const after = open();
    expect(after).toHaveLength(leastIdle);
    for (const line of after) expect(line.key.user).not.toBe(one!.key.user);
  });

  it('rotates one destination, or all, on demand', async () => {
    const { circuits, make, open } = pool();
    for (const destination of ['a', 'b']) circuits.warm(destination, 'ann');
    await make();
    const before = new Set(open());
    expect(circuits.rotate({ destination: 'a' })).toBe(1);
    await make();
    expect(open().filter((line) => before.has(line) && line.destination === 'a')).toEqual([]);
    expect(open().filter((line) => before.has(line) && line.destination === 'b')).toHaveLength(leastIdle);
    expect(circuits.rotate()).toBe(2);
    await make();
    expect(open().filter((line) => before.has(line))).toEqual([]);
    expect(circuits.rotate({ destination: 'nowhere' })).toBe(0);
  });

  it('asks idle lines whether they live, and replaces the one that only looks so', async () => {
    const { circuits, counters, make, pass, open } = pool();
    circuits.warm('a', 'ann');
    await make();
    const [dead, alive] = open();
    pass(30_000);
    dead!.probes[0]!.reject(new Error('silent'));
    alive!.probes[0]!.resolve();
    await settled();
    expect(dead!.isOpen).toBe(false);
    expect(counters.torStreamsDead).toBe(1);
    expect(await timed(counters.seconds.torAnswer)).toBe(1);
    await make();
    expect(circuits.slots.idle).toBe(leastIdle);
  });

  it('replaces a line that closes, but not in the same breath', async () => {
    const { circuits, counters, make, makings, pass, open } = pool();
    circuits.warm('a', 'ann');
    await make();
    open()[0]!.destroy();
    expect(counters.torStreamsDead).toBe(1);
    pass(1000);
    expect(makings).toEqual([]);
    pass(5000);
    expect(makings).toHaveLength(1);
  });

  it('stays within its bound over all destinations: the one used longest ago gives up its own', async () => {
    const { circuits, make, open } = pool({ idleInAll: 6 });
    for (const destination of ['a', 'b', 'c', 'd']) {
      circuits.warm(destination, 'ann');
      await make();
    }
    expect(circuits.slots.idle).toBe(6);
    expect(new Set(open().map(({ destination }) => destination))).toEqual(new Set(['b', 'c', 'd']));
  });

  it('forgets a destination that nobody wants for half an hour', async () => {
    const { circuits, live, open } = pool();
    circuits.warm('a', 'ann');
    await live(31 * 60);
    expect(open()).toEqual([]);
    expect(circuits.slots).toEqual({ making: 0, idle: 0, retiring: 0, taken: 0 });
  });

  it('tells who waits that there is no way, after some tries, and waits longer each time before it stocks up again', async () => {
    const { circuits, counters, fail, lines, make, makings, pass } = pool();
    const found = circuits.take('a', 'ann');
    await make();
    await found;
    for (const line of lines) line.destroy();
    const refused = circuits.take('a', 'ann').catch((error: Error) => error.message);
    while (makings.length > 0) await fail();
    expect(await refused).toBe('no way');
    expect(counters.torStreamsFailed).toBeGreaterThanOrEqual(3);
    let tries = 0;
    for (let second = 0; second < 60; second++) {
      pass(1000);
      tries += makings.length;
      await fail();
    }
    expect(tries).toBeGreaterThan(0);
    expect(tries).toBeLessThan(40);
    const late = circuits.take('a', 'ann');
    await make();
    await expect(late).resolves.toBeDefined();
  });

  it('forgets a destination that was never reached: whoever names ever new ones keeps the daemons busy with none', async () => {
    const { circuits, fail, makings, pass } = pool();
    for (const destination of ['a', 'b', 'c']) circuits.take(destination, 'ann').catch(() => {});
    while (makings.length > 0) await fail();
    expect(circuits.destinations).toEqual([]);
    pass(60_000);
    expect(makings).toEqual([]);
  });

  it('keeps nothing under the old key that was still being made when the key was rotated', async () => {
    const { circuits, make, makings, open } = pool({ levels: ['destination'] });
    circuits.warm('a', '');
    const old = makings[0]!.key.user;
    expect(circuits.rotate({ destination: 'a' })).toBe(1);
    await make();
    expect(open()).toHaveLength(leastIdle);
    for (const line of open()) expect(line.key.user).not.toBe(old);
  });

  it('lets nobody wait longer than half a minute', async () => {
    const { circuits, pass, make } = pool();
    const late = circuits.take('a', 'ann').catch((error: Error) => error.message);
    pass(20_000);
    const later = circuits.take('a', 'bob');
    pass(11_000);
    expect(await late).toBe('circuits: not in time');
    await make();
    await expect(later).resolves.toBeDefined();
  });

  it('leaves a daemon at once with what is idle, and counts what is still in use there', async () => {
    const { circuits, state, make, open } = pool();
    const taking = circuits.take('a', 'ann');
    await make();
    const busy = (await taking) as FakeLine;
    state.daemon = 1;
    circuits.leave(0);
    await make();
    expect(open().filter(({ daemon }) => daemon === 0)).toEqual([busy]);
    expect(circuits.takenOn(0)).toBe(1);
    busy.destroy();
    expect(circuits.takenOn(0)).toBe(0);
  });

  it('does not serve a taker whose credential the policy needs and does not get', () => {
    const { circuits } = pool();
    expect(() => circuits.take('a', '')).toThrow(TypeError);
  });

  it('keeps credentials apart where sessions are not', async () => {
    const { circuits, make, open } = pool({ levels: ['destination', 'credential'] });
    circuits.warm('a', 'ann');
    circuits.warm('a', 'bob');
    await make();
    expect(new Set(open().map(({ key }) => key.user)).size).toBe(2);
    expect(open()).toHaveLength(2 * leastIdle);
  });

  it('closes everything, refuses who comes after and tells who waits', async () => {
    const { circuits, make, open } = pool();
    const taking = circuits.take('a', 'ann');
    await make();
    await taking;
    const waiting = circuits.take('b', 'ann').catch((error: Error) => error.message);
    circuits.close();
    expect(await waiting).toBe('circuits: closed');
    await make();
    expect(open()).toEqual([]);
    await expect(circuits.take('a', 'ann')).rejects.toThrow();
  });
});
