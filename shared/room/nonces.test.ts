/**
 * No key meets a nonce twice: every AEAD seal of these runs is written into a ledger. Reloads, restarts, frames sent again, rekeys and
 * a second page with a copied address are where a counter or a key could come back.
 */
import { expect, test, vi } from 'vitest';
import { agreementKeyPair } from '../primitives.ts';
import { ledger } from '../testing/nonce-ledger.ts';
import { ride } from '../testing/sim.ts';
import { allMet, checkRoom, testInvite } from '../testing/sim-check.ts';
import { Sim } from '../testing/sim-world.ts';

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

test('over a storm', () => {
  ride({ seed: 3, members: 4, stormMs: 60_000, direct: true }, testInvite);
  expect(ledger.repeated).toBe(0);
});
