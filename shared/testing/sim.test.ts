import { expect, test } from 'vitest';
import { ride } from './sim.ts';
import { testInvite } from './sim-check.ts';

// 4, 6 and 12 once failed: a socket that died silently while nobody else was there, an ACK that never emptied its queue, keys of a
// generation that were lost with the session that carried them.
test.each([1, 2, 3, 4, 5, 6, 12, 16])('seed %i: a room keeps its promises through a storm', { timeout: 120_000 }, (seed) => {
  for (const direct of [false, true]) {
    const verdict = ride({ seed, members: 2 + (seed % 4), stormMs: 60_000, direct }, testInvite);
    console.log(`seed ${seed}${direct ? ', direct links' : ''}: ${JSON.stringify(verdict)}`);
    expect(verdict.deliveries).toBeGreaterThan(0);
  }
});

test('a seed gives the same run again', () => {
  const lines = [1, 2].map(() => {
    const log: string[] = [];
    const verdict = ride({ seed: 7, members: 2, stormMs: 20_000, direct: true }, testInvite, (line) => log.push(line));
    return [...log, JSON.stringify(verdict)];
  });
  expect(lines[0]).toEqual(lines[1]);
});
