import { describe, expect, it } from 'vitest';
import { type Gauges, gauges, newCounters } from '../metrics.ts';
import { History } from './history.ts';

const quiet = Object.fromEntries(Object.keys(gauges).map((name) => [name, 0])) as Gauges;

describe('the charts', () => {
  it('show rates between two samples, and every socket on the way on which it came', () => {
    const history = new History();
    const counters = newCounters();
    expect(history.read({ counters, gauges: quiet }, 0)).toBeNull();
    counters.messagesIn += 50;
    counters.bytesIn += 1000;
    counters.bytesOut += 3000;
    counters.refusals[10] = 5;
    const seen: Gauges = {
      ...quiet,
      rooms: 2,
      seats: 7,
      sockets: 12,
      socketsOverOnion: 7,
      socketsOverGateways: 2,
      waitingPipes: 1,
      gatewayStreams: 3,
    };
    expect(history.read({ counters, gauges: seen }, 9_999)).toBeNull();
    const sample = history.read({ counters, gauges: seen }, 10_000);
    expect(sample).toEqual({
      at: 10_000,
      rooms: 2,
      members: 7,
      messagesPerSecond: 5,
      bytesInPerSecond: 100,
      bytesOutPerSecond: 300,
      refusedPerSecond: 0.5,
      overClearnet: 5,
      overOnion: 4,
      overGateways: 2,
      takenOnward: 3,
    });
    expect(history.hour()).toEqual([sample]);
  });

  it('are of an hour in steps of ten seconds, and of a day in steps of two minutes', () => {
    const history = new History();
    const counters = newCounters();
    for (let at = 0; at <= 26 * 3_600_000; at += 5000) history.read({ counters, gauges: quiet }, at);
    const spanOf = (samples: readonly { at: number }[]): [number, number] => [
      samples.length,
      (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0),
    ];
    expect(spanOf(history.hour())).toEqual([360, 359 * 10_000]);
    expect(spanOf(history.day())).toEqual([720, 719 * 120_000]);
  });
});
