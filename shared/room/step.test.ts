import { expect, test } from 'vitest';
import { type Page, Sim } from '../testing/sim.ts';
import { checkRoom } from '../testing/sim-check.ts';
import type { Invite } from '../wire/invite.ts';

const invite: Invite = {
  secret: new Uint8Array(32).fill(7),
  expiresAt: 0,
  relayOnly: false,
  password: false,
  relays: [],
};

const active = (page: Page) => page.events.some((event) => event.type === 'phase' && event.phase.name === 'active');

test('two pages that open one link talk through the relay', () => {
  const sim = new Sim({ seed: 1, invite, direct: false });
  const ann = sim.open('Ann');
  sim.run(500);
  ann.say('anyone here?');
  const bob = sim.open('Bob');
  sim.until(() => ann.sees(bob) && bob.sees(ann), 'both to see each other');
  bob.say('hello');
  sim.run(3000);
  expect(bob.shown.map(({ text }) => text)).toEqual(['anyone here?', 'hello']);
  expect(ann.shown.map(({ text }) => text)).toEqual(['anyone here?', 'hello']);
  expect(ann.shown[0]?.delivery).toEqual({ state: 'delivered', of: 1 });
  expect(bob.shown[1]?.delivery).toEqual({ state: 'delivered', of: 1 });
  expect(active(ann) && active(bob)).toBe(true);
  expect(ann.people.get(bob.id)?.sas).toEqual(bob.people.get(ann.id)?.sas);
  expect([...ann.drops, ...bob.drops]).toEqual([]);
  checkRoom(sim);
});
