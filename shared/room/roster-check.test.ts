/** A relay that shows people different rooms (protocol.md "Membership"): what it hides is found out, or shown. */
import { expect, test } from 'vitest';
import { hex } from '../bytes.ts';
import { testInvite } from '../testing/sim-check.ts';
import { type Page, Sim } from '../testing/sim-world.ts';
import { decodeFromRelay, encodeFromRelay } from '../wire/relay.ts';

/** From here on the relay keeps `hidden` out of what `page` hears: out of its lists, and frames too where `frames` is true. */
function hide(page: Page, hidden: Page, frames: boolean): void {
  const { feed } = page;
  page.feed = (input, of) => {
    if (input.type !== 'relay-bytes') return feed.call(page, input, of);
    const said = decodeFromRelay(input.bytes);
    if (said.type === 'joined') {
      const members = said.members.filter((inst) => hex(inst) !== hidden.id);
      return feed.call(page, { type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ ...said, members }) }, of);
    }
    if ('inst' in said && hex(said.inst) === hidden.id) return;
    if (frames && said.type === 'received' && hex(said.src) === hidden.id) return;
    feed.call(page, input, of);
  };
}

/** Ann and Bob have met; Cem comes, and the relay hides Ann and Cem from each other. */
function forked(seed: number, frames: boolean): [Sim, Page, Page, Page] {
  const sim = new Sim({ seed, invite: testInvite, direct: false });
  const ann = sim.open('Ann');
  const bob = sim.open('Bob');
  sim.run(3000);
  const cem = sim.open('Cem');
  hide(ann, cem, frames);
  hide(cem, ann, frames);
  sim.run(3000);
  expect([ann.people.size, bob.people.size, cem.people.size]).toEqual([1, 2, 1]);
  return [sim, ann, bob, cem];
}

test('whom the relay does not list is reached all the same, once another member’s list names it', () => {
  const [sim, ann, , cem] = forked(1, false);
  sim.until(() => ann.sees(cem) && cem.sees(ann), 'the two to meet', 40_000);
  sim.run(60_000);
  expect(sim.pages.flatMap(({ events }) => events.filter(({ type }) => type === 'roster-differs'))).toEqual([]);
});

test('whom the relay cuts off entirely is missed, and that is shown', () => {
  const [sim, ann, bob, cem] = forked(2, true);
  const differs = (page: Page) => page.events.filter((event) => event.type === 'roster-differs' && event.peer === bob.id && event.differs);
  sim.until(() => differs(ann).length > 0 && differs(cem).length > 0, 'both to be told', 60_000);
  expect(ann.sees(cem)).toBe(false);
});
