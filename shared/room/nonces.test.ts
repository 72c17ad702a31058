/**
 * No key meets a nonce twice: every AEAD seal of these runs is written into a ledger. Reloads, restarts, frames sent again, rekeys and
 * a second page with a copied address are where a counter or a key could come back; so are moves, where chains live on in another room, what is
 * sealed for those who come after, what members carry and pass on, and files, whose keys seal by position.
 */
import { expect, test, vi } from 'vitest';
import { agreementKeyPair } from '../primitives.ts';
import { adminSeed, decide, enter, gather } from '../testing/govern-kit.ts';
import { ledger } from '../testing/nonce-ledger.ts';
import { ride } from '../testing/sim.ts';
import { allMet, checkRoom, testInvite } from '../testing/sim-check.ts';
import { rideGoverned } from '../testing/sim-govern.ts';
import { type Page, Sim } from '../testing/sim-world.ts';
import type { Invite } from '../wire/invite.ts';
import { adminOf } from './govern/part.ts';

vi.mock('../primitives.ts', async (original) => (await import('../testing/nonce-ledger.ts')).keepLedger(await original()));

test('over reloads with the same static key, relay restarts, lost links and rekeys', () => {
  const sim = new Sim({ seed: 1, invite: testInvite });
  const statics = () => agreementKeyPair(new Uint8Array(32).fill(9));
  sim.open('Ann');
  let bob = sim.open('Bob', { statics: statics() });
  for (let round = 0; round < 4; round++) {
    sim.until(() => allMet(sim), 'all to meet', 200_000);
    sim.run(8000);
    for (const page of sim.living) for (let i = 0; i < 5; i++) page.say(`${page.name} ${round} ${i}`);
    sim.killLinks(round % 2 === 0);
    sim.killRelay(round % 2 === 1);
    sim.run(3000);
    sim.startRelay();
    sim.run(30_000);
    bob.kill();
    bob = sim.open('Bob', { statics: statics() });
  }
  sim.until(() => allMet(sim), 'all to meet', 200_000);
  sim.run(21 * 60_000);
  for (const page of sim.living) page.say(`${page.name} after the rekey`);
  sim.run(5000);
  checkRoom(sim);
  console.log(`${ledger.sealed} seals, ${ledger.repeated} repeats`);
  expect(ledger.sealed).toBeGreaterThan(200);
  expect(ledger.repeated).toBe(0);
});

test('over moves, those who sleep through them, carried frames, passed-on records and the past', () => {
  ledger.clear();
  const invite = { ...testInvite, adminHash: adminOf(adminSeed()), history: true };
  const { sim, pages } = gather(5, invite, ['Ann', 'Bob', 'Cem', 'Dan']);
  const [ann, bob, cem, dan] = pages as [Page, Page, Page, Page];
  sim.relay.hides = (one, other) => [ann.id, bob.id].every((id) => id === one || id === other);
  for (let round = 0; round < 3; round++) {
    for (const page of sim.living) page.say(`${page.name} ${round}`);
    bob.feed({ type: 'typing', on: round % 2 === 0 });
    if (round === 1) {
      cem.loseSocket(true);
      cem.sleep(400_000);
      bob.deafen(3000);
    }
    if (round === 2) sim.relay.hides = undefined;
    sim.run(3000);
    decide(ann, { name: 'renew', expiresAt: null });
    sim.run(20_000);
  }
  sim.run(500_000);
  expect(cem.people.size).toBe(3);
  dan.kill();
  sim.run(200_000);
  const moved = ann.events.findLast((event) => event.type === 'moved');
  enter(sim, 'Eve', 'guest', { invite: (moved as { invite: Invite }).invite });
  sim.until(() => allMet(sim), 'Eve to come', 120_000);
  sim.run(60_000);
  checkRoom(sim);
  console.log(`${ledger.sealed} seals over moves, ${ledger.repeated} repeats`);
  expect(ledger.sealed).toBeGreaterThan(400);
  expect(ledger.repeated).toBe(0);
});

test.each([3, 27])('over a storm with a host (seed %i)', (seed) => {
  ledger.clear();
  rideGoverned(seed, false, 60_000, true);
  expect(ledger.sealed).toBeGreaterThan(400);
  expect(ledger.repeated).toBe(0);
});

test('over a storm', () => {
  ride({ seed: 3, members: 4, stormMs: 60_000, direct: true }, testInvite);
  expect(ledger.repeated).toBe(0);
});
