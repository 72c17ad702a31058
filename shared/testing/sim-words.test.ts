import { expect, test } from 'vitest';
import { testInvite } from './sim-check.ts';
import { rideWords } from './sim-words.ts';

test.each([1, 2, 3, 4, 5])('seed %i: through a storm, everyone ends with the same messages', { timeout: 120_000 }, (seed) => {
  for (const direct of [false, true]) {
    const { verdict } = rideWords({ seed, members: 4, stormMs: 45_000, direct }, testInvite);
    console.log(`seed ${seed}${direct ? ', direct links' : ''}: ${JSON.stringify(verdict)}`);
    expect(verdict.compared).toBeGreaterThan(0);
  }
});

test.each([6, 7])('seed %i: where messages vanish, none is anywhere after its time', { timeout: 120_000 }, (seed) => {
  const { sim } = rideWords({ seed, members: 4, stormMs: 45_000, direct: true }, { ...testInvite, vanishS: 15 });
  for (const page of sim.living) {
    const { state } = page.room;
    if (state.name === 'ended') continue;
    const contents = [...state.authors.values()].flatMap(({ records }) =>
      [...records.values()].filter(({ content }) => content?.[0] === 0x40),
    );
    expect([page.shown.length, state.log.entries.length, contents.length]).toEqual([0, 0, 0]);
  }
});

test.each([8, 9])('seed %i: newcomers who are handed the past see it as the others do', { timeout: 120_000 }, (seed) => {
  const { sim, verdict } = rideWords({ seed, members: 3, stormMs: 30_000, direct: false }, { ...testInvite, history: true });
  expect(verdict.compared).toBeGreaterThan(0);
  const newcomer = sim.open('Late');
  sim.run(30_000);
  const before = sim.living[0]!.shown.filter(({ deleted }) => !deleted).map(({ text }) => text);
  expect(newcomer.texts).toEqual(before);
});
