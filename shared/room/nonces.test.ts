/**
 * No key meets a nonce twice: every AEAD seal of these runs is written into a ledger. Reloads, restarts, frames sent again, rekeys and
 * a second page with a copied address are where a counter or a key could come back.
 */
import { expect, test, vi } from 'vitest';
import type * as Primitives from '../primitives.ts';
import { agreementKeyPair } from '../primitives.ts';
import { ride } from '../testing/sim.ts';
import { allMet, checkRoom, testInvite } from '../testing/sim-check.ts';
import { Sim } from '../testing/sim-world.ts';

const ledger = vi.hoisted(() => ({ used: new Set<string>(), repeats: 0 }));

vi.mock('../primitives.ts', async (original) => {
  const real = await original<typeof Primitives>();
  const seal: typeof real.seal = (key, nonce, aad, plaintext) => {
    const entry = `${Buffer.from(key).toString('hex')} ${Buffer.from(nonce).toString('hex')}`;
    if (ledger.used.has(entry)) ledger.repeats++;
    ledger.used.add(entry);
    return real.seal(key, nonce, aad, plaintext);
  };
  return { ...real, seal };
});

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
  console.log(`${ledger.used.size} seals, ${ledger.repeats} repeats`);
  expect(ledger.used.size).toBeGreaterThan(200);
  expect(ledger.repeats).toBe(0);
});

test('over a storm', () => {
  ride({ seed: 3, members: 4, stormMs: 60_000, direct: true }, testInvite);
  expect(ledger.repeats).toBe(0);
});
