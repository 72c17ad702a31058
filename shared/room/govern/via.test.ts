/** People who share no relay (protocol.md "Who decides", VIA): whoever sits at both carries between them. */
import { expect, test } from 'vitest';
import { enter } from '../../testing/govern-kit.ts';
import { checkRoom, testInvite } from '../../testing/sim-check.ts';
import { Sim } from '../../testing/sim-world.ts';

test.each([1, 2, 3, 4])('Ann at one relay and Bob at another talk through Cem, who is at both (seed %i)', (seed) => {
  const sim = new Sim({ seed, invite: testInvite, direct: false, relays: 2 });
  const cem = enter(sim, 'Cem');
  const ann = enter(sim, 'Ann', 'guest');
  ann.partition(1);
  const bob = enter(sim, 'Bob', 'guest');
  bob.partition(0);
  const ms = sim.until(() => ann.sees(bob) && bob.sees(ann), 'Ann and Bob to meet', 40_000);
  console.log(`seed ${seed}: met through a member after ${(ms / 1000).toFixed(1)} s`);
  expect(ms).toBeLessThanOrEqual(20_000);
  expect([ann.people.get(bob.id)?.path, bob.people.get(ann.id)?.path, ann.people.get(cem.id)?.path]).toEqual([
    'carried',
    'carried',
    'relayed',
  ]);
  ann.say('from one relay');
  bob.say('from the other');
  sim.run(10_000);
  for (const page of [ann, bob, cem]) expect(page.texts.toSorted()).toEqual(['from one relay', 'from the other']);
  sim.run(120_000);
  checkRoom(sim);
  const dan = enter(sim, 'Dan');
  sim.until(() => sim.living.every((page) => page.people.size === 3), 'Dan to be here', 40_000);
  cem.kill();
  sim.run(150_000);
  ann.say('through Dan');
  sim.run(5000);
  expect([bob.texts.at(-1), dan.texts.at(-1), ann.people.get(bob.id)?.path]).toEqual(['through Dan', 'through Dan', 'carried']);
});
