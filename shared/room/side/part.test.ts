/** A page that learns a moment later what is told beside messages: nothing that came or was done meanwhile is lost. */
import { expect, test } from 'vitest';
import { meet, testInvite } from '../../testing/sim-check.ts';
import type { Page } from '../../testing/sim-world.ts';
import { shareAll } from '../sharing.ts';
import { sidePart } from './part.ts';

const attach = (page: Page) => page.feed({ type: 'attach-side', part: sidePart });
const presenceOf = (by: Page, of: Page) => by.events.findLast((event) => event.type === 'presence' && event.peer === of.id);

test('reading, being away and the past catch up', () => {
  const sim = meet(1, 2, { side: false, invite: { ...testInvite, history: true } });
  const [ann, bob] = sim.pages as [Page, Page];
  attach(ann);
  ann.say('before Cem');
  sim.run(1000);
  bob.feed({ type: 'read', id: bob.shown[0]!.id });
  bob.feed({ type: 'away', on: true });
  const cem = sim.open('Cem');
  sim.run(3000);
  expect(presenceOf(ann, bob)).toBeUndefined();
  expect(cem.shown).toEqual([]);
  attach(bob);
  attach(cem);
  sim.run(3000);
  expect(presenceOf(ann, bob)).toMatchObject({ presence: { away: true, readUpTo: ann.shown[0]!.id } });
  expect(cem.texts).toEqual(['before Cem']);
});

test('what is not shared is not shared meanwhile either', () => {
  const sim = meet(2, 2, { side: false });
  const [ann, bob] = sim.pages as [Page, Page];
  attach(ann);
  bob.feed({ type: 'share', sharing: { ...shareAll, delivered: false, typing: false } });
  bob.say('hello');
  ann.feed({ type: 'typing', on: true });
  sim.run(1000);
  expect(bob.shown[0]?.delivery).toEqual({ state: 'sent', to: 0, of: 0 });
  attach(bob);
  sim.run(1000);
  expect(presenceOf(bob, ann)).toBeUndefined();
});
