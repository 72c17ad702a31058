import { describe, expect, it } from 'vitest';
import { checkCounters, exposition, gauges, metricNames, newCounters } from './metrics.ts';

describe('metrics', () => {
  it('have a counter for every reason, or the relay does not start', () => {
    checkCounters(newCounters());
    const lacking = newCounters();
    delete (lacking.drops as Partial<typeof lacking.drops>).nobody;
    expect(() => checkCounters(lacking)).toThrow(/nobody/);
  });

  it('are read at the time of the scrape, under the names that are documented', async () => {
    const counters = newCounters();
    const byState = { torSlots: { idle: 2 }, torDaemons: { ready: 1 } };
    const registry = exposition(
      counters,
      () => Object.fromEntries(Object.keys(gauges).map((name) => [name, 5])) as never,
      () => byState,
    );
    counters.joins = 3;
    counters.drops.connectsOfAddress = 4;
    const text = await registry.metrics();
    expect(text).toContain('hushroom_joins_total 3\n');
    expect(text).toContain('hushroom_drops_total{reason="connects-of-address"} 4\n');
    expect(text).toContain('hushroom_rooms 5\n');
    expect(text).toContain('hushroom_tor_slots{state="idle"} 2\n');
    expect(text).toContain('hushroom_tor_daemons{state="ready"} 1\n');
    for (const name of metricNames) expect(text).toContain(`# TYPE ${name} `);
    expect(text.match(/^# TYPE /gm)?.length).toBe(metricNames.length);
  });
});
