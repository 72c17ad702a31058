/**
 * Rooms under every fault the simulated world knows, from a seed: people come and go and talk while relay, links and pages fail;
 * then the weather clears, and sim-check.ts says whether the promises were kept. A failure prints its seed; the same seed
 * gives the same run.
 *
 *   node shared/testing/sim.ts --runs 20 --seed 1 [--members 4] [--minutes 2] [--relays 2] [--relay-only] [--verbose]
 */
import { fileURLToPath } from 'node:url';
import type { Invite } from '../wire/invite.ts';
import { seededRandom } from './random.ts';
import { checkRoom, testInvite, type Verdict } from './sim-check.ts';
import { calm, type Page, rough, Sim } from './sim-world.ts';

export interface Storm {
  readonly seed: number;
  readonly members: number;
  /** Virtual time with faults. */
  readonly stormMs: number;
  readonly direct: boolean;
  /** How many relays the room stands at; 1 where nothing is said. */
  readonly relays?: number;
}

/** As long as the slowest cure needs: a silent member is gone after 60 s, backoffs and rehandshakes take a minute. */
const quietMs = 300_000;

interface Fault {
  readonly weight: number;
  readonly name: string;
  run(sim: Sim, page: Page): void;
}

const faults: readonly Fault[] = [
  { weight: 30, name: 'say', run: (_, page) => page.say(`${page.name} ${page.said.length + 1}`) },
  { weight: 6, name: 'say a lot', run: (_, page) => sayMany(page, 12) },
  { weight: 1, name: 'long text', run: (_, page) => page.say(`${page.name} ${page.said.length + 1} ${'x'.repeat(20_000)}`) },
  { weight: 2, name: 'relay restarts', run: (sim) => restartRelay(sim, false) },
  { weight: 1, name: 'relay dies silently', run: (sim) => restartRelay(sim, true) },
  { weight: 2, name: 'socket dies', run: (sim, page) => page.loseSocket(false, someRelay(sim)) },
  { weight: 2, name: 'socket dies silently', run: (sim, page) => page.loseSocket(true, someRelay(sim)) },
  { weight: 2, name: 'links die', run: (sim) => sim.killLinks(false) },
  { weight: 2, name: 'links die silently', run: (sim) => sim.killLinks(true) },
  { weight: 3, name: 'cut', run: (sim, page) => page.cut(sim.random.below(30_000)) },
  { weight: 2, name: 'sleep', run: (sim, page) => page.sleep(5000 + sim.random.below(60_000)) },
  { weight: 1, name: 'reload', run: (sim, page) => reload(sim, page) },
  { weight: 1, name: 'leave', run: (sim, page) => leaveAndCome(sim, page) },
  { weight: 1, name: 'crash', run: (sim, page) => crash(sim, page) },
];

/** What can happen between a page and one relay of several. */
const betweenRelays: readonly Fault[] = [{ weight: 3, name: 'partition', run: (sim, page) => partition(sim, page) }];

export function ride(storm: Storm, invite: Invite, log: (line: string) => void = () => {}): Verdict {
  const sim = new Sim({ seed: storm.seed, invite, weather: calm, direct: storm.direct, relays: storm.relays ?? 1 });
  const choose = seededRandom(storm.seed ^ 0x5eed);
  for (let i = 0; i < storm.members; i++) sim.after(choose.below(4000), () => sim.open(`P${i}`));
  sim.run(5000);
  sim.weather = rough;
  const possible = sim.relays.length > 1 ? [...faults, ...betweenRelays] : faults;
  const total = possible.reduce((sum, { weight }) => sum + weight, 0);
  for (const end = sim.now + storm.stormMs; sim.now < end; sim.run(choose.below(3000))) {
    if (sim.living.length === 0) sim.open(`P${sim.pages.length}`);
    const fault = pickFault(possible, choose.below(total));
    const page = choose.pick(sim.living);
    log(`${sim.now} ${fault.name} ${page.name}`);
    fault.run(sim, page);
  }
  sim.weather = calm;
  for (const index of sim.relays.keys()) {
    sim.startRelay(index);
    for (const page of sim.living) if (page.partitioned.has(index)) page.heal(index);
  }
  for (let i = 0; i < quietMs; i += 10_000) {
    sim.run(10_000);
    // Whoever is in doubt hears the others again once it asks; a person would look at the page now and then, too.
    if (i === 120_000) for (const page of sim.living) page.feed({ type: 'resumed' });
  }
  return checkRoom(sim);
}

function pickFault(faults: readonly Fault[], roll: number): Fault {
  let left = roll;
  for (const fault of faults) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  throw new RangeError(`no fault at ${roll}`);
}

function sayMany(page: Page, count: number): void {
  for (let i = 0; i < count; i++) page.say(`${page.name} ${page.said.length + 1}`);
}

/** The seeds of rooms at one relay are older than those at several: they draw nothing here. */
function someRelay(sim: Sim): number {
  return sim.relays.length === 1 ? 0 : sim.random.below(sim.relays.length);
}

function restartRelay(sim: Sim, silently: boolean): void {
  const index = someRelay(sim);
  if (!sim.relaysUp[index]) return;
  sim.killRelay(silently, index);
  sim.after(500 + sim.random.below(20_000), () => sim.startRelay(index));
}

function partition(sim: Sim, page: Page): void {
  const index = someRelay(sim);
  if (page.partitioned.has(index)) return;
  page.partition(index);
  sim.after(1000 + sim.random.below(60_000), () => page.heal(index));
}

function reload(sim: Sim, page: Page): void {
  page.kill();
  sim.open(`${page.name}'`);
}

function leaveAndCome(sim: Sim, page: Page): void {
  page.leave();
  sim.after(sim.random.below(5000), () => sim.open(`P${sim.pages.length}`));
}

function crash(sim: Sim, page: Page): void {
  page.kill();
  sim.after(sim.random.below(20_000), () => sim.open(`P${sim.pages.length}`));
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} takes a whole number above 0`);
  return value;
}

function main(): void {
  const first = option('seed', 1);
  const runs = option('runs', 20);
  const total = { messages: 0, deliveries: 0, missing: 0, undelivered: 0 };
  const log = process.argv.includes('--verbose') ? console.log : () => {};
  for (let seed = first; seed < first + runs; seed++) {
    const members = option('members', 2 + (seed % 4));
    const verdict = ride(
      {
        seed,
        members,
        stormMs: option('minutes', 1) * 60_000,
        direct: !process.argv.includes('--relay-only'),
        relays: option('relays', 1),
      },
      testInvite,
      log,
    );
    for (const key of Object.keys(total) as (keyof Verdict)[]) total[key] += verdict[key];
    console.log(`seed ${seed}: ${JSON.stringify(verdict)}`);
  }
  console.log(`${runs} rooms: ${JSON.stringify(total)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
