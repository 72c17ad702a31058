import { describe, expect, it, vi } from 'vitest';
import { progressIn, troubleIn } from './bootstrap.ts';
import { sentence } from './reply.ts';
import { watchForStall } from './stall.ts';
import type { Tor, TorState } from './tor.ts';
import { Watchers } from './watchers.ts';

const event = (text: string) => sentence(`STATUS_CLIENT ${text}`);

describe('the bootstrap of tor', () => {
  it('is read from its events, and from nothing else', () => {
    expect(progressIn(event('NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY="Asking for relay descriptors"'))).toEqual({
      percent: 45,
      waitsFor: 'Asking for relay descriptors',
    });
    for (const other of ['NOTICE CIRCUIT_ESTABLISHED', 'NOTICE BOOTSTRAP PROGRESS=101', 'NOTICE BOOTSTRAP', 'NOTICE BOOTSTRAP PROGRESS=-1'])
      expect(progressIn(event(other))).toBeUndefined();
  });

  it('is complained of only where tor recommends to, without the address it failed at', () => {
    const failed =
      'WARN BOOTSTRAP PROGRESS=10 TAG=conn SUMMARY="Connected" WARNING="No route" REASON=NOROUTE COUNT=10 HOSTADDR="192.0.2.1:443"';
    expect(troubleIn(event(`${failed} RECOMMENDATION=ignore`))).toBeUndefined();
    const trouble = troubleIn(event(`${failed} RECOMMENDATION=warn`));
    expect(trouble?.code).toBe('bootstrap-stalls');
    expect(trouble?.detail).toBe('conn: NOROUTE');
    expect(trouble?.message).not.toContain('192.0.2.1');
  });

  it('tells of a clock that is off by a quarter of an hour or more', () => {
    expect(troubleIn(event('WARN CLOCK_SKEW SKEW=-3600 SOURCE=CONSENSUS'))).toMatchObject({
      code: 'clock-off',
      detail: 'by about 60 minutes',
    });
    expect(troubleIn(event('WARN CLOCK_SKEW SKEW=60 SOURCE=OR:192.0.2.1:443'))).toBeUndefined();
    expect(troubleIn(event('WARN CLOCK_SKEW'))).toBeUndefined();
  });
});

describe('a stall', () => {
  it('is told after so long without progress, anew after each progress, and never of a tor that is ready', () => {
    vi.useFakeTimers();
    const watchers = new Watchers();
    const tor = {
      get state() {
        return watchers.state;
      },
      watch: (listener: Parameters<Tor['watch']>[0]) => watchers.add(listener),
    } as Tor;
    const told: string[] = [];
    const at = (percent: number): TorState => ({ name: 'bootstrapping', percent, waitsFor: 'more' });
    const stop = watchForStall(tor, 60, (where) => told.push(where));
    watchers.turn({ name: 'starting' });
    vi.advanceTimersByTime(59_000);
    watchers.turn(at(10));
    vi.advanceTimersByTime(59_000);
    watchers.turn(at(50));
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(['50 %: more']);
    watchers.turn(at(50));
    vi.advanceTimersByTime(120_000);
    expect(told).toHaveLength(1);
    watchers.turn(at(75));
    vi.advanceTimersByTime(60_000);
    expect(told.at(-1)).toBe('75 %: more');
    watchers.turn({ name: 'ready' });
    vi.advanceTimersByTime(600_000);
    expect(told).toHaveLength(2);
    stop();
    watchers.turn({ name: 'starting' });
    vi.advanceTimersByTime(600_000);
    expect(told).toHaveLength(2);
    vi.useRealTimers();
  });
});
