/**
 * Rooms with a host under every fault of the simulated world: while people talk, the host lets in, locks, removes, moves everyone and
 * hands over, and relay, links and pages fail. Then the weather clears, and the promises are checked. Whoever is still in another room
 * than the host then is counted as stranded.
 *
 *   node shared/testing/sim-govern.ts --runs 20 --seed 1
 */
import { fileURLToPath } from 'node:url';
import { hex } from '../bytes.ts';
import { adminOf } from '../room/govern/part.ts';
import type { Invite } from '../wire/invite.ts';
import { adminSeed, decide, enter, view } from './govern-kit.ts';
import { seededRandom } from './random.ts';
import { checkRoom, testInvite, type Verdict } from './sim-check.ts';
import { calm, type Page, rough, Sim } from './sim-world.ts';

export interface GovernVerdict extends Verdict {
  readonly moves: number;
  readonly removed: number;
  readonly letIn: number;
  readonly stranded: number;
}

/** Long enough for whoever a move left behind to be missed and led after it. */
const quietMs = 500_000;

/** The link as it is now: the latest that the host's page was told. */
function inviteNow(pages: readonly Page[], first: Invite): Invite {
  let invite = first;
  for (const page of pages) for (const event of page.events) if (event.type === 'moved' && isHostOf(page)) invite = event.invite;
  return invite;
}

const isHostOf = (page: Page): boolean => page.alive && view(page).host;

export function rideGoverned(seed: number, approval: boolean, stormMs: number, direct: boolean): GovernVerdict {
  const invite: Invite = { ...testInvite, adminHash: adminOf(adminSeed()), approval };
  const sim = new Sim({ seed, invite, direct, weather: calm });
  const choose = seededRandom(seed ^ 0x90e4);
  const count = { moves: 0, removed: 0, letIn: 0, stranded: 0 };
  let host = enter(sim, 'Host', 'host');
  const come = () => enter(sim, `P${sim.pages.length}`, 'guest', { invite: inviteNow(sim.pages, invite) });
  const letAllIn = () => {
    for (const { peer } of view(host).requests) {
      decide(host, { name: 'let-in', peer });
      count.letIn++;
    }
  };
  sim.run(500);
  for (let i = 0; i < 3; i++) come();
  for (let i = 0; i < 8; i++) {
    sim.run(1000);
    letAllIn();
  }
  sim.weather = rough;
  for (const end = sim.now + stormMs; sim.now < end; sim.run(choose.below(2500))) {
    const page = choose.pick(sim.living);
    const roll = choose.below(100);
    letAllIn();
    if (roll < 55) page.say(`${page.name} ${page.said.length + 1}`);
    else if (roll < 63) {
      decide(host, { name: 'renew', expiresAt: null });
      count.moves++;
    } else if (roll < 67) {
      const victim = choose.pick(sim.living);
      if (victim === host || sim.living.length < 3) continue;
      decide(host, { name: 'remove', peer: victim.id });
      count.removed++;
    } else if (roll < 71) decide(host, { name: view(host).locked ? 'unlock' : 'lock' });
    else if (roll < 76 && sim.living.length < 6) come();
    else if (roll < 79) page.loseSocket(choose.chance(0.5));
    else if (roll < 82) sim.killLinks(choose.chance(0.5));
    else if (roll < 85) page.cut(choose.below(20_000));
    else if (roll < 88) page.sleep(choose.below(40_000));
    else if (roll < 90 && sim.relaysUp[0]) {
      sim.killRelay(false);
      sim.after(500 + choose.below(8000), () => sim.startRelay());
    } else if (roll < 92 && page !== host) page.kill();
    else if (roll < 94) decide(host, { name: 'hand-over', peer: page.id });
    host = sim.living.find(isHostOf) ?? host;
  }
  sim.weather = calm;
  sim.startRelay();
  if (view(host).locked) decide(host, { name: 'unlock' });
  for (let i = 0; i < quietMs; i += 10_000) {
    sim.run(10_000);
    host = sim.living.find(isHostOf) ?? host;
    letAllIn();
    if (i === 120_000) for (const page of sim.living) page.feed({ type: 'resumed' });
    if (i === 300_000) strand(sim, host, count);
  }
  return { ...checkRoom(sim), ...count };
}

/** Whoever is in another room than the host by now will not come along any more, and where the host has died nobody opens to those outside. */
function strand(sim: Sim, host: Page, count: { stranded: number }): void {
  const here = hex(host.state.keys.roomPub);
  for (const page of sim.living) {
    const shutOut = !isHostOf(host) && view(page).outside !== null;
    if (hex(page.state.keys.roomPub) === here && !shutOut) continue;
    page.kill();
    count.stranded++;
  }
}

function main(): void {
  const number = (name: string, otherwise: number): number => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
  };
  const first = number('seed', 1);
  for (let seed = first; seed < first + number('runs', 20); seed++) {
    try {
      console.log(`seed ${seed}: ${JSON.stringify(rideGoverned(seed, seed % 2 === 0, 60_000, seed % 3 === 0))}`);
    } catch (error) {
      console.error(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
