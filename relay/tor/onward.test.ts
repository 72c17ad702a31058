import { describe, expect, it } from 'vitest';
import { exposition, gauges, metricNames, newCounters } from '../metrics.ts';
import { FakeClock } from '../testing/clock.ts';
import type { Control, EventListener } from './control.ts';
import { countedBy, nothingByState } from './onward.ts';
import { sentence } from './reply.ts';

function counting() {
  const counters = newCounters();
  const clock = new FakeClock();
  const told: string[] = [];
  const events = countedBy(counters, clock, (event) => told.push(event));
  const registry = exposition(
    counters,
    () => Object.fromEntries(Object.keys(gauges).map((name) => [name, 0])) as never,
    () => nothingByState,
  );
  const value = async (name: string): Promise<number> => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await registry.metrics())?.[1]);
  return { events, clock, told, value };
}

/** What tor reports over a control connection. */
async function reports(events: ReturnType<typeof countedBy>) {
  const listeners: EventListener[] = [];
  const control = { listen: (_: unknown, listener: EventListener) => Promise.resolve(listeners.push(listener)) };
  events.control(control as unknown as Control, 0);
  await Promise.resolve();
  return (text: string): void => {
    for (const listener of listeners) listener({ name: text.split(' ')[0] as string, ...sentence(text), data: null });
  };
}

describe('the numbers of the way onward', () => {
  it('move, each by its own event', async () => {
    const { events, value } = counting();
    const moves: [metric: string, happen: () => void, by: number][] = [
      ['hushroom_tor_pool_hits_total', events.hit, 1],
      ['hushroom_tor_pool_misses_total', events.miss, 1],
      ['hushroom_tor_streams_opened_total', () => events.opened(0.5), 1],
      ['hushroom_tor_stream_open_seconds_sum', () => events.opened(0.25), 0.25],
      ['hushroom_tor_wait_seconds_sum', () => events.waited(2), 2],
      ['hushroom_tor_streams_failed_total', events.failed, 1],
      ['hushroom_tor_streams_dead_total', events.dead, 1],
      ['hushroom_tor_answer_seconds_sum', () => events.probed(0.125), 0.125],
      ['hushroom_tor_probe_seconds_sum', () => events.probe(0.5), 0.5],
      ['hushroom_tor_restarts_total', events.restart, 1],
      ['hushroom_tor_newnyms_total', events.newnym, 1],
    ];
    for (const [metric, happen, by] of moves) {
      const before = await value(metric);
      happen();
      expect((await value(metric)) - before, metric).toBeCloseTo(by);
    }
    // That the list above is whole: the rest is tor's own to report, or told by others.
    const elsewhere = /circuit|tor_streams_total|tor_slots|tor_daemons|tor_starts|tor_troubles|tor_bridge|tor_bootstrap/;
    for (const name of metricNames.filter((each) => each.startsWith('hushroom_tor_') && !elsewhere.test(each)))
      expect(
        moves.some(([metric]) => metric.startsWith(name)),
        name,
      ).toBe(true);
  });

  it('move by what tor reports, and a circuit with two keys is an alarm', async () => {
    const { events, clock, told, value } = counting();
    const report = await reports(events);
    report('CIRC 1 LAUNCHED');
    clock.pass(250);
    report('CIRC 1 BUILT $AA~a');
    report('CIRC 2 LAUNCHED');
    report('CIRC 2 FAILED');
    const stream = (id: number, key: string): string =>
      `STREAM ${id} SENTCONNECT 1 a.onion:80 SOCKS_USERNAME="${key}" CLIENT_PROTOCOL=SOCKS5`;
    report('STREAM 3 NEW 0 a.onion:80 SOCKS_USERNAME="k1" CLIENT_PROTOCOL=SOCKS5');
    report(stream(3, 'k1'));
    expect(told).toEqual([]);
    report(stream(4, 'k2'));
    expect(told).toEqual(['isolation-broken']);
    const names = ['circuits_built_total', 'circuit_build_seconds_sum', 'circuits_failed_total', 'streams_total', 'circuits_shared_total'];
    const values = await Promise.all(names.map((name) => value(`hushroom_tor_${name}`)));
    expect(values).toEqual([1, 0.25, 1, 1, 1]);
  });
});
