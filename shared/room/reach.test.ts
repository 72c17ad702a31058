/** Rooms at more than one relay (protocol.md "Several relays"): any one of them may go, and nobody should notice. */
import { describe, expect, test } from 'vitest';
import { ride } from '../testing/sim.ts';
import { allMet, checkRoom, meet, testInvite } from '../testing/sim-check.ts';
import { type Page, Sim } from '../testing/sim-world.ts';
import { encodeFromRelay, relayErrors } from '../wire/relay.ts';

const bothRelays = { relays: 2 };

/** Runs until everything said has been delivered; returns how long it took. */
function delivered(sim: Sim, patienceMs = 120_000): number {
  const own = () => sim.living.flatMap((page) => page.shown.filter(({ from }) => from === 'me'));
  return sim.until(() => own().every(({ delivery }) => delivery?.state === 'delivered'), 'all to be delivered', patienceMs);
}

/** What pages sent to each relay while `act` and the following second ran. */
function sentTo(sim: Sim, act: () => void): number[] {
  const counts = sim.relays.map(() => 0);
  for (const [index, relay] of sim.relays.entries()) relay.record = () => counts[index]!++;
  act();
  sim.run(1000);
  for (const relay of sim.relays) relay.record = undefined;
  return counts;
}

/** What the view was told about paths since `from`. */
const pathsSince = (page: Page, from: number): string[] =>
  page.events.slice(from).flatMap((event) => (event.type === 'person' ? [event.person.path] : []));

describe('a room at two relays', () => {
  test('uses one of them: the second carries nothing', () => {
    const sim = meet(1, 4, bothRelays);
    sim.run(3000);
    const [first, second] = sentTo(sim, () => sim.pages[0]!.say('once'));
    expect(first).toBeGreaterThan(3);
    expect(second).toBe(0);
  });

  test.each([
    ['killed', (sim: Sim) => sim.killRelay(false, 0), 500],
    ['dead without a word', (sim: Sim) => sim.killRelay(true, 0), 3000],
    ['out of reach for one', (sim: Sim) => sim.pages[0]!.partition(0), 3000],
    [
      'out of reach for all',
      (sim: Sim) => {
        for (const page of sim.pages) page.partition(0);
      },
      3000,
    ],
  ] as const)('goes on when the first is %s', (_, harm, withinMs) => {
    for (const seed of [2, 3, 4]) {
      const sim = meet(seed, 3, bothRelays);
      sim.run(5000);
      harm(sim);
      const told = sim.pages.map((page) => page.events.length);
      for (const page of sim.pages) page.say(`${page.name} 1`);
      expect(delivered(sim)).toBeLessThanOrEqual(withinMs);
      sim.run(120_000);
      for (const page of sim.pages) page.say(`${page.name} 2`);
      expect(delivered(sim)).toBeLessThanOrEqual(500);
      for (const [i, page] of sim.pages.entries()) expect(pathsSince(page, told[i]!)).not.toContain('reconnecting');
      expect(checkRoom(sim)).toMatchObject({ messages: 6, deliveries: 12, undelivered: 0 });
    }
  });

  test('is entered although one of them is down, and words wait for its answer a moment at most', () => {
    const sim = new Sim({ seed: 5, invite: testInvite, direct: false, relays: 2 });
    sim.killRelay(false, 0);
    for (const name of ['Ann', 'Bob']) sim.open(name).say(`I am ${name}`);
    sim.until(() => allMet(sim), 'both to meet', 3000);
    expect(delivered(sim)).toBeLessThan(3500);
  });

  test('brings together who stands at the one with who stands at both', () => {
    const sim = new Sim({ seed: 6, invite: testInvite, direct: false, relays: 2 });
    const [ann, bob, cem] = [sim.open('Ann'), sim.open('Bob'), sim.open('Cem')];
    ann.partition(1);
    cem.partition(0);
    sim.until(() => bob.people.size === 2 && ann.sees(bob) && cem.sees(bob), 'Bob to meet both');
    const [first, second] = sentTo(sim, () => bob.say('to both of you'));
    expect([first! > 0, second! > 0]).toEqual([true, true]);
    for (const page of [ann, cem]) expect(page.texts).toEqual(['to both of you']);
  });

  test('finds the password wrong at whichever relay the others are', () => {
    const sim = new Sim({ seed: 7, invite: testInvite, direct: false, relays: 2 });
    const ann = sim.open('Ann');
    const bob = sim.open('Bob');
    ann.partition(0);
    sim.until(() => bob.people.size === 1, 'both to meet');
    const before = bob.events.findIndex((event) => event.type === 'person');
    const active = bob.events.findIndex((event) => event.type === 'phase' && event.phase.name === 'active');
    expect(before).toBeLessThan(active); // not called active while the second relay had still to list people
  });

  test('ends with the last relay that refuses, not with the first', () => {
    const sim = new Sim({ seed: 8, invite: testInvite, relays: 2 });
    const ann = sim.open('Ann');
    sim.run(1);
    const full = encodeFromRelay({ type: 'error', code: relayErrors.full, retryS: 0 });
    for (const relay of [0, 1]) {
      expect(ann.ended).toBeNull();
      ann.feed({ type: 'relay-open', relay });
      ann.feed({ type: 'relay-bytes', relay, bytes: full });
    }
    expect(ann.ended).toBe('full');
  });

  test('is one room where both names are one relay: its second seat takes the first over, and nobody is put out', () => {
    const sim = meet(9, 2, bothRelays);
    const [ann, bob] = sim.pages as [Page, Page];
    ann.feed({ type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ type: 'error', code: relayErrors.taken, retryS: 0 }) });
    expect(ann.ended).toBeNull();
    expect(ann.events.findLast(({ type }) => type === 'relay')).toMatchObject({ relay: 'connected', each: ['refused', 'connected'] });
    ann.say('still here');
    sim.run(1000);
    expect(bob.texts).toEqual(['still here']);
  });

  test('lets a member go who has left one relay while the other has long been lost', () => {
    const sim = meet(10, 2, bothRelays);
    const [ann, bob] = sim.pages as [Page, Page];
    sim.killRelay(false, 1);
    sim.run(90_000);
    bob.kill();
    expect(sim.until(() => !ann.sees(bob), 'Bob to be gone', 600_000)).toBeLessThan(300_000);
  });
});

// 520 once failed: a socket to the second relay that died before the first heartbeat was never doubted.
test.each([100, 102, 107, 520])(
  'seed %i: rooms at two and three relays keep their promises through a storm',
  { timeout: 120_000 },
  (seed) => {
    for (const [relays, direct] of [
      [2, true],
      [2, false],
      [3, false],
    ] as const) {
      const verdict = ride({ seed, members: 2 + (seed % 4), stormMs: 60_000, direct, relays }, testInvite);
      console.log(`seed ${seed}, ${relays} relays${direct ? ', direct links' : ''}: ${JSON.stringify(verdict)}`);
      expect(verdict.messages).toBeGreaterThan(0);
    }
  },
);
