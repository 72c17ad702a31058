/** Typing, away, read: seen by those who share, by nobody else, and no frame for what is off. */
import { expect, test } from 'vitest';
import { limits } from '../../limits.ts';
import { meet } from '../../testing/sim-check.ts';
import type { Page, Sim } from '../../testing/sim-world.ts';
import { shareAll } from '../sharing.ts';
import type { Presence } from '../types.ts';

const seen = (by: Page, of: Page): Presence => {
  const told = by.events.findLast((event) => event.type === 'presence' && event.peer === of.id);
  return told?.type === 'presence' ? told.presence : { typing: false, away: false, readUpTo: null };
};

/** Frames that one act costs. */
function cost(sim: Sim, act: () => void, ms = 1000): number {
  let frames = 0;
  sim.record = () => {
    frames++;
  };
  act();
  sim.run(ms);
  sim.record = undefined;
  return frames;
}

test('typing is seen soon, told at most every three seconds, and ends by itself', () => {
  const sim = meet(1, 3);
  sim.run(2000);
  const [ann, bob, cem] = sim.pages as [Page, Page, Page];
  const frames = cost(
    sim,
    () => {
      for (let i = 0; i < 20; i++) {
        ann.feed({ type: 'typing', on: true });
        sim.run(100);
      }
    },
    500,
  );
  expect(frames).toBe(2);
  expect([seen(bob, ann).typing, seen(cem, ann).typing]).toEqual([true, true]);
  sim.run(9000);
  expect(seen(bob, ann).typing).toBe(false);
});

test('who empties the field or says something types no more', () => {
  const sim = meet(2, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  ann.feed({ type: 'typing', on: true });
  sim.run(800);
  expect(seen(bob, ann).typing).toBe(true);
  ann.feed({ type: 'typing', on: false });
  sim.run(200);
  expect(seen(bob, ann).typing).toBe(false);
  sim.run(3000);
  ann.feed({ type: 'typing', on: true });
  sim.run(800);
  expect(seen(bob, ann).typing).toBe(true);
  ann.say('there');
  sim.run(200);
  expect(seen(bob, ann).typing).toBe(false);
});

test('of what is typed and gone within a moment nobody is told', () => {
  const sim = meet(2, 3);
  const [ann, bob] = sim.pages as [Page, Page];
  sim.run(2000);
  const frames = cost(sim, () => {
    ann.feed({ type: 'typing', on: true });
    sim.run(200);
    ann.feed({ type: 'typing', on: false });
  });
  expect(frames).toBe(0);
  ann.feed({ type: 'typing', on: true });
  sim.run(200);
  ann.say('quick');
  sim.run(2000);
  expect(bob.events.filter((event) => event.type === 'presence' && event.presence.typing)).toEqual([]);
});

test('that a message was read is told with its acknowledgement, in the same moment', () => {
  const sim = meet(8, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  sim.run(2000);
  let events: number[] = [];
  ann.say('read at once');
  while (!bob.shown.some(({ text }) => text === 'read at once')) sim.run(1);
  bob.feed({ type: 'read', id: bob.shown.at(-1)!.id });
  sim.record = () => {
    events = [...events, sim.now];
  };
  sim.run(limits.ackDelayMs + 5);
  sim.record = undefined;
  expect(events).toHaveLength(2);
  expect(events[1]).toBe(events[0]);
});

test('what five have and have read of one message is told in few steps, and that all have it at once', () => {
  const sim = meet(9, 6);
  sim.run(2000);
  const [ann, ...others] = sim.pages as [Page, ...Page[]];
  const from = ann.events.length;
  ann.say('to all of you');
  sim.until(() => others.every((page) => page.shown.some(({ text }) => text === 'to all of you')), 'everyone to have it');
  for (const page of others) page.feed({ type: 'read', id: page.shown.at(-1)!.id });
  sim.run(1000);
  const told = ann.events.slice(from);
  const states = told.flatMap((event) => (event.type === 'message-changed' ? [event.message.delivery] : []));
  expect(states.at(-1)).toEqual({ state: 'delivered', of: 5 });
  expect(states.length).toBeLessThanOrEqual(3);
  expect(others.map((page) => seen(ann, page).readUpTo)).toEqual(others.map(() => ann.shown.at(-1)!.id));
});

test('while somebody lacks a message, how many have it is told all the same', () => {
  const sim = meet(10, 3);
  sim.run(2000);
  const [ann, bob] = sim.pages as [Page, Page];
  bob.cut(20_000);
  ann.say('without Bob');
  sim.run(1000);
  expect(ann.shown.at(-1)!.delivery).toEqual({ state: 'sent', to: 1, of: 2 });
});

test('an author learns who has read down to which of its messages, others do not', () => {
  const sim = meet(3, 3);
  const [ann, bob, cem] = sim.pages as [Page, Page, Page];
  ann.say('one');
  sim.run(1000);
  cem.say('two');
  sim.run(1000);
  ann.say('three');
  sim.run(1000);
  const id = (text: string) => ann.shown.find((message) => message.text === text)!.id;
  bob.feed({ type: 'read', id: id('two') });
  sim.run(3000);
  expect([seen(ann, bob).readUpTo, seen(cem, bob).readUpTo]).toEqual([id('one'), id('two')]);
  bob.feed({ type: 'read', id: id('three') });
  bob.feed({ type: 'read', id: id('one') });
  sim.run(3000);
  expect([seen(ann, bob).readUpTo, seen(cem, bob).readUpTo]).toEqual([id('three'), id('two')]);
});

test('receipts of reading are gathered', () => {
  const sim = meet(4, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  for (let i = 0; i < 20; i++) ann.say(`text ${i}`);
  sim.run(5000);
  const frames = cost(sim, () => {
    for (const { id } of bob.shown) {
      bob.feed({ type: 'read', id });
      sim.run(50);
    }
  });
  expect(frames).toBeLessThanOrEqual(4); // two receipts and what acknowledges them
});

test('away is told to those who come as well', () => {
  const sim = meet(5, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  ann.feed({ type: 'away', on: true });
  sim.run(500);
  const cem = sim.open('Cem');
  sim.run(3000);
  expect([seen(bob, ann).away, seen(cem, ann).away]).toEqual([true, true]);
  ann.feed({ type: 'away', on: false });
  sim.run(500);
  expect([seen(bob, ann).away, seen(cem, ann).away]).toEqual([false, false]);
});

test('what one does not share one does not see, and it costs nobody a frame', () => {
  const sim = meet(6, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  bob.say('read me');
  bob.feed({ type: 'typing', on: true });
  bob.feed({ type: 'away', on: true });
  sim.run(1000);
  expect(seen(ann, bob)).toMatchObject({ typing: true, away: true });
  ann.feed({ type: 'share', sharing: { typing: false, read: false, delivered: true, away: false } });
  expect(seen(ann, bob)).toMatchObject({ typing: false, away: false });
  sim.run(4000);
  const frames = cost(sim, () => {
    ann.feed({ type: 'typing', on: true });
    ann.feed({ type: 'away', on: true });
    ann.feed({ type: 'read', id: ann.shown[0]!.id });
    bob.feed({ type: 'typing', on: true });
    bob.feed({ type: 'away', on: false });
  });
  expect(frames).toBe(0);
  expect(seen(bob, ann)).toEqual({ typing: false, away: false, readUpTo: null });
  ann.feed({ type: 'share', sharing: shareAll });
  sim.run(500);
  expect(seen(bob, ann)).toMatchObject({ away: true });
});

test('a newcomer that shares nothing is told nothing', () => {
  const sim = meet(7, 1);
  const [ann] = sim.pages as [Page];
  const bob = sim.open('Bob');
  bob.feed({ type: 'share', sharing: { typing: false, read: false, delivered: false, away: false } });
  sim.run(3000);
  expect(cost(sim, () => ann.feed({ type: 'typing', on: true }))).toBe(0);
});

test('where delivery is not shared it is neither shown nor claimed', () => {
  const sim = meet(8, 3);
  const [ann, bob] = sim.pages as [Page, Page];
  bob.feed({ type: 'share', sharing: { ...shareAll, delivered: false } });
  sim.run(500);
  ann.say('hello');
  bob.say('hello back');
  sim.run(1000);
  expect(ann.shown.find(({ from }) => from === 'me')?.delivery).toEqual({ state: 'delivered', of: 1 });
  expect(bob.shown.find(({ from }) => from === 'me')?.delivery).toEqual({ state: 'sent', to: 0, of: 0 });
});
