/** Rooms with those who decide, for tests: pages with the governing part, what their view shows, and what they decide. */
import { createGovernPart } from '../room/govern/part.ts';
import type { Decision, Deed, Governance } from '../room/types.ts';
import type { Invite } from '../wire/invite.ts';
import { allMet } from './sim-check.ts';
import { type Page, Sim, type SimOptions } from './sim-world.ts';

export const adminSeed = (): Uint8Array => new Uint8Array(32).fill(9);

/** A page with the governing part; a `host` made the room. */
export function enter(sim: Sim, name: string, role: 'host' | 'guest' = 'guest', more: Parameters<Sim['open']>[1] = {}): Page {
  const page = sim.open(name, more);
  const host = role === 'host' && sim.options.invite.adminHash !== null;
  page.feed({ type: 'attach', part: createGovernPart({ adminSeed: host ? adminSeed() : null, founder: role === 'host' }) });
  return page;
}

export function view(page: Page): Governance {
  const told = page.events.findLast((event) => event.type === 'governance');
  if (told?.type !== 'governance') throw new Error(`${page.name} was told nothing`);
  return told.governance;
}

export const decide = (page: Page, deed: Deed): void => page.feed({ type: 'govern', deed });

export const decisionsOf = (page: Page): Decision[] => page.events.flatMap((event) => (event.type === 'decided' ? [event.decision] : []));

/** A room of people who have all met; the first one made it. */
export function gather(
  seed: number,
  invite: Invite,
  names: readonly string[],
  more: Partial<SimOptions> = {},
  each: Parameters<Sim['open']>[1] = {},
): { sim: Sim; pages: Page[] } {
  const sim = new Sim({ seed, invite, direct: false, ...more });
  const pages = [enter(sim, names[0] as string, 'host', each)];
  sim.run(500);
  for (const name of names.slice(1)) {
    pages.push(enter(sim, name, 'guest', each));
    if (!invite.approval) continue;
    sim.until(() => view(pages[0] as Page).requests.length > 0, `${name} to ask`);
    decide(pages[0] as Page, { name: 'let-in', peer: (pages.at(-1) as Page).id });
    sim.until(() => pages.every((page) => page.people.size === pages.length - 1), `${name} to be in`);
  }
  sim.until(() => allMet(sim), 'all to meet');
  return { sim, pages };
}
