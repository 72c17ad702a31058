/** Wrong passwords force approval on (protocol.md "Who decides"), and a room with a password moves as any other. */
import { expect, test } from 'vitest';
import { hex } from '../../bytes.ts';
import * as cpace from '../../handshake/cpace.ts';
import { decide, enter, gather, view } from '../../testing/govern-kit.ts';
import { checkRoom, testInvite } from '../../testing/sim-check.ts';
import type { Page } from '../../testing/sim-world.ts';
import type { Invite } from '../../wire/invite.ts';

const invite: Invite = { ...testInvite, password: true };
const right = () => ({ password: { prs: new Uint8Array(32).fill(1), cpace } });
const wrong = (n: number) => ({ password: { prs: new Uint8Array(32).fill(100 + n), cpace } });

test('ten wrong passwords in an hour, counted by all together, and newcomers have to be let in', () => {
  const { sim, pages } = gather(1, invite, ['Ann', 'Bob', 'Cem'], {}, right());
  const [ann] = pages as [Page];
  const guesses = () => pages.reduce((sum, page) => sum + page.events.filter(({ type }) => type === 'password-refused').length, 0);
  let visitors = 0;
  while (view(ann).approval === 'off' && visitors < 12) {
    const eve = enter(sim, `Eve ${++visitors}`, 'guest', wrong(visitors));
    sim.run(30_000);
    expect(eve.people.size).toBe(0);
    if (eve.alive) eve.kill();
    // A page takes part in three guesses in ten minutes and in no more.
    if (visitors % 3 === 0) sim.run(10 * 60_000);
  }
  console.log(`approval was forced after ${guesses()} guesses of ${visitors} visitors, counted by 3 members`);
  expect(guesses()).toBeGreaterThanOrEqual(10);
  expect(guesses()).toBeLessThanOrEqual(12);
  for (const page of pages) {
    expect(view(page).approval).toBe('forced');
    expect(page.events.filter((event) => event.type === 'decided' && event.decision.what === 'approval-forced')).toHaveLength(1);
  }
  expect(pages.map((page) => page.people.size)).toEqual([2, 2, 2]);
  ann.say('still among us');
  sim.run(3000);
  for (const page of pages) expect(page.texts).toEqual(['still among us']);
  // Somebody with the right password waits, and is let in by anyone.
  sim.run(10 * 60_000);
  const dan = enter(sim, 'Dan', 'guest', right());
  sim.until(() => pages.every((page) => view(page).requests.length === 1), 'the request', 60_000);
  expect(dan.people.size).toBe(0);
  decide(pages[1] as Page, { name: 'let-in', peer: dan.id });
  sim.until(() => pages.every((page) => page.people.size === 3) && dan.people.size === 3, 'Dan to be in', 30_000);
  checkRoom(sim);
});

test('who has the password guesses for nobody: honest newcomers force nothing', () => {
  const { sim, pages } = gather(2, invite, ['Ann', 'Bob'], {}, right());
  for (let i = 0; i < 4; i++) {
    enter(sim, `P${i}`, 'guest', right());
    sim.run(5000);
  }
  expect(view(pages[0] as Page).approval).toBe('off');
  expect((pages[0] as Page).people.size).toBe(5);
});

test('a room with a password moves without it; newcomers need it again once it is made anew', () => {
  const { sim, pages } = gather(3, { ...invite }, ['Ann', 'Bob'], {}, right());
  const [ann, bob] = pages as [Page, Page];
  decide(ann, { name: 'renew', expiresAt: null });
  sim.run(500);
  decide(bob, { name: 'answer', agrees: true });
  sim.until(() => pages.every((page) => page.state.former !== null), 'both to move', 5000);
  ann.say('on we go');
  sim.run(3000);
  expect(bob.texts).toEqual(['on we go']);
  const moved = ann.events.find((event) => event.type === 'moved') as { invite: Invite };
  const cem = enter(sim, 'Cem', 'guest', { ...right(), invite: moved.invite });
  sim.run(30_000);
  expect(cem.people.size).toBe(0);
  for (const page of pages) page.feed({ type: 'password-secret', prs: new Uint8Array(32).fill(1) });
  sim.until(() => cem.people.size === 2, 'Cem to come in', 90_000);
  expect(new Set([ann, bob, cem].map((page) => hex(page.state.keys.roomPub))).size).toBe(1);
});
