/** Messages that vanish: everywhere, at the same moment as far as anyone can tell, and from everything that is kept. */
import { expect, test } from 'vitest';
import { allMet, meet, testInvite } from '../testing/sim-check.ts';
import { calm, type Page, rough } from '../testing/sim-world.ts';
import { sendBare } from './side/hand-out.ts';

const invite = { ...testInvite, vanishS: 30 };

/** What a page still holds of any text. */
function holds(page: Page, text: string): boolean {
  const { state } = page.room;
  if (state.name === 'ended') return false;
  const decoder = new TextDecoder();
  const records = [...state.authors.values()].flatMap((author) => [...author.records.values()]);
  const entries = state.log.entries.some(({ message }) => message.text.includes(text));
  return entries || records.some(({ content }) => content !== null && decoder.decode(content).includes(text));
}

test('a message goes from every page when its time is over, and nothing of it is kept', () => {
  const sim = meet(1, 3, { invite });
  const [ann, bob] = sim.pages as [Page, Page];
  ann.say('for your eyes');
  sim.run(1000);
  const id = ann.shown[0]!.id;
  bob.feed({ type: 'react', id, emoji: '👀', on: true });
  ann.feed({ type: 'edit', id, text: 'for your eyes only' });
  sim.run(1000);
  for (const page of sim.pages) expect(page.shown[0]?.vanishesInMs).toBeGreaterThan(25_000);
  sim.run(27_000);
  for (const page of sim.pages) expect(page.texts).toEqual(['for your eyes only']);
  sim.run(2500);
  for (const page of sim.pages) {
    expect(page.texts).toEqual([]);
    expect(holds(page, 'for your eyes')).toBe(false);
  }
});

test('the time runs from when it was said, not from when it was sent', () => {
  const sim = meet(2, 1, { invite });
  const [ann] = sim.pages as [Page];
  ann.say('said early');
  sim.run(20_000);
  const bob = sim.open('Bob');
  sim.until(() => bob.texts.length === 1, 'the text');
  sim.until(() => bob.texts.length === 0, 'it to go', 12_000);
  expect(ann.texts).toEqual([]);
});

test('what is never sent in time vanishes unsent', () => {
  const sim = meet(3, 1, { invite });
  const [ann] = sim.pages as [Page];
  ann.say('to nobody');
  sim.run(31_000);
  expect(ann.texts).toEqual([]);
  const bob = sim.open('Bob');
  sim.until(() => allMet(sim), 'both to meet');
  sim.run(10_000);
  expect(bob.texts).toEqual([]);
});

test('a frame that waited on its way lives no longer for it', () => {
  const sim = meet(4, 3, { invite });
  const [ann, bob, cem] = sim.pages as [Page, Page, Page];
  cem.cut(20_000);
  ann.say('slow');
  const saidAt = sim.now;
  sim.until(() => cem.texts.length === 1, 'the slow one to have it', 40_000);
  expect(sim.now - saidAt).toBeGreaterThan(19_000);
  sim.until(() => bob.texts.length === 0, 'the quick one to lose it');
  expect(sim.now - saidAt).toBeLessThan(31_500);
  sim.until(() => cem.texts.length === 0, 'the slow one to lose it', 3000);
});

test('whoever gets it only after its time sees nothing and no gap', () => {
  const sim = meet(5, 3, { invite });
  const [ann, , cem] = sim.pages as [Page, Page, Page];
  cem.cut(45_000);
  ann.say('too late');
  sim.run(44_000);
  ann.say('in time');
  sim.run(10_000);
  expect(cem.shown.map(({ text, missingBefore }) => [text, missingBefore])).toEqual([['in time', undefined]]);
});

test('the word of another member does not make a message older', () => {
  const sim = meet(6, 3, { invite });
  const [ann, bob, cem] = sim.pages as [Page, Page, Page];
  ann.say('mine to time');
  sim.run(1000);
  bob.misbehave((turn) => {
    const record = turn.room.authors.get(ann.id)!.records.get('1 0')!;
    const peer = turn.room.peers.get(cem.id)!;
    sendBare(turn, peer, peer.member!, { ...record, saidAt: record.saidAt - 1_000_000 });
  });
  sim.run(2000);
  expect(cem.texts).toEqual(['mine to time']);
});

test.each([1, 2, 3])('in bad weather too, seed %i: two lifetimes after the last word nobody has any', (seed) => {
  const sim = meet(seed + 10, 4, { invite: { ...invite, vanishS: 20 }, direct: true });
  sim.weather = rough;
  for (let i = 0; i < 30; i++) {
    sim.pages[i % 4]!.say(`word ${i}`);
    if (i % 7 === 0) sim.pages[(i + 1) % 4]!.cut(5000);
    sim.run(400);
  }
  sim.weather = calm;
  sim.run(45_000);
  for (const page of sim.pages) {
    expect(page.texts).toEqual([]);
    expect(holds(page, 'word')).toBe(false);
  }
});
