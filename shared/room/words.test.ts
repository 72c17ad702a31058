/** What people say and do to messages: replies, mentions, reactions, edits, deletion; seen alike by everyone. */
import { describe, expect, test } from 'vitest';
import { checkRoom, meet } from '../testing/sim-check.ts';
import type { Page, Sim } from '../testing/sim-world.ts';
import type { Message, MessageId } from './types.ts';

const byText = (page: Page, text: string): Message => {
  const found = page.shown.find((message) => message.text === text);
  if (found === undefined) throw new Error(`${page.name} does not show ${text}`);
  return found;
};
const said = (sim: Sim, page: Page, text: string): MessageId => {
  page.say(text);
  sim.run(1000);
  return byText(page, text).id;
};
const marks = ({ reactions }: Message) => (reactions ?? []).map(({ emoji, by }) => `${emoji} ${by.map(({ name }) => name).join(' ')}`);

describe('a text', () => {
  test('answers another, says what its author does and mentions people, two of one name told apart', () => {
    const sim = meet(1, 3);
    const [ann, bob, bobToo] = sim.pages as [Page, Page, Page];
    const question = said(sim, ann, 'eight o’clock?');
    bob.feed({ type: 'say', text: 'nods to @P2', more: { reply: question, action: true, mentions: [bobToo.id] } });
    sim.run(1000);
    for (const page of sim.pages) {
      const answer = byText(page, 'nods to @P2');
      expect(answer).toMatchObject({ reply: question, action: true });
      expect(answer.mentions?.map(({ peer }) => peer)).toEqual([page === bobToo ? 'me' : bobToo.id]);
      expect(answer.mentionsMe).toBe(page === bobToo ? true : undefined);
    }
  });

  test('typed alone answers another that was typed alone, under the id that it gets', () => {
    const sim = meet(2, 1);
    const [ann] = sim.pages as [Page];
    ann.say('is anyone here?');
    ann.feed({ type: 'say', text: 'never mind', more: { reply: ann.shown[0]!.id } });
    const bob = sim.open('Bob');
    sim.until(() => bob.shown.length === 2, 'both texts');
    expect(byText(bob, 'never mind').reply).toBe(byText(bob, 'is anyone here?').id);
    expect(byText(ann, 'never mind').reply).toBe(byText(ann, 'is anyone here?').id);
  });
});

describe('a reaction', () => {
  test('is put and taken back, each person once for each emoji, in the order in which they came', () => {
    const sim = meet(3, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    const id = said(sim, ann, 'cake!');
    for (const [page, emoji] of [
      [bob, '🎉'],
      [cem, '👍'],
      [cem, '🎉'],
      [bob, '🎉'],
    ] as const) {
      page.feed({ type: 'react', id, emoji, on: true });
      sim.run(500);
    }
    for (const page of sim.pages) expect(marks(byText(page, 'cake!')), page.name).toEqual(['👍 P2', '🎉 P2 P1']);
    expect(byText(bob, 'cake!').reactions?.map(({ mine }) => mine)).toEqual([false, true]);
    bob.feed({ type: 'react', id, emoji: '🎉', on: false });
    sim.run(500);
    for (const page of sim.pages) expect(marks(byText(page, 'cake!')), page.name).toEqual(['👍 P2', '🎉 P2']);
  });

  test('is an emoji and nothing else', () => {
    const sim = meet(4, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    const id = said(sim, ann, 'hello');
    for (const emoji of ['no', '1', '', '👍 ', 'x👍', '👍'.repeat(11), '<b>'])
      expect(() => bob.feed({ type: 'react', id, emoji, on: true }), emoji).toThrow(RangeError);
    bob.feed({ type: 'react', id: '00' as MessageId, emoji: '👍', on: true });
    expect(byText(bob, 'hello').reactions).toBeUndefined();
  });

  test('beyond the newest sixteen of one person falls off, the same for all', () => {
    const sim = meet(5, 3);
    const [ann, bob] = sim.pages as [Page, Page];
    const id = said(sim, ann, 'hello');
    const emoji = [...'😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓'];
    for (const one of emoji) bob.feed({ type: 'react', id, emoji: one, on: true });
    sim.run(3000);
    for (const page of sim.pages) expect(byText(page, 'hello').reactions?.map((shown) => shown.emoji)).toEqual(emoji.slice(-16));
  });
});

describe('an edit', () => {
  test('replaces the text everywhere, says so, and the last one counts', () => {
    const sim = meet(6, 3);
    const [ann] = sim.pages as [Page];
    const id = said(sim, ann, 'teh first');
    ann.feed({ type: 'edit', id, text: 'the second' });
    ann.feed({ type: 'edit', id, text: 'the third' });
    sim.run(1000);
    for (const page of sim.pages) expect(page.shown.map(({ text, edited }) => [text, edited])).toEqual([['the third', true]]);
  });

  test('may be as long as a text', () => {
    const sim = meet(7, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    const id = said(sim, ann, 'short');
    const long = 'ß'.repeat(16_000);
    ann.feed({ type: 'edit', id, text: long });
    sim.run(2000);
    expect(bob.texts).toEqual([long]);
  });

  test('of what nobody has yet is no edit', () => {
    const sim = meet(8, 1);
    const [ann] = sim.pages as [Page];
    ann.say('teh');
    ann.feed({ type: 'edit', id: ann.shown[0]!.id, text: 'the' });
    const bob = sim.open('Bob');
    sim.until(() => bob.shown.length === 1, 'the text');
    for (const page of sim.pages) expect(page.shown.map(({ text, edited }) => [text, edited])).toEqual([['the', undefined]]);
  });

  test('of another’s message is the caller’s mistake', () => {
    const sim = meet(9, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    const id = said(sim, ann, 'mine');
    expect(() => bob.feed({ type: 'edit', id, text: 'yours' })).toThrow(TypeError);
    expect(() => bob.feed({ type: 'erase', id })).toThrow(TypeError);
  });
});

describe('a deletion', () => {
  test('takes text, edits and reactions away everywhere, from what is kept as well', () => {
    const sim = meet(10, 3);
    const [ann, bob] = sim.pages as [Page, Page];
    const id = said(sim, ann, 'a secret');
    bob.feed({ type: 'react', id, emoji: '😮', on: true });
    ann.feed({ type: 'edit', id, text: 'a worse secret' });
    sim.run(1000);
    ann.feed({ type: 'erase', id });
    sim.run(1000);
    for (const page of sim.pages) {
      expect(page.shown).toMatchObject([{ id, text: '', deleted: true }]);
      expect(page.shown[0]).not.toHaveProperty('reactions');
      expect(contents(page).filter((content) => content.includes('secret'))).toEqual([]);
    }
    ann.feed({ type: 'edit', id, text: 'back again' });
    bob.feed({ type: 'react', id, emoji: '😮', on: true });
    sim.run(1000);
    for (const page of sim.pages) expect(page.shown).toMatchObject([{ id, text: '', deleted: true }]);
  });

  test('of what nobody has yet leaves nothing', () => {
    const sim = meet(11, 1);
    const [ann] = sim.pages as [Page];
    ann.say('oops');
    ann.feed({ type: 'erase', id: ann.shown[0]!.id });
    expect(ann.shown).toEqual([]);
    const bob = sim.open('Bob');
    sim.run(20_000);
    expect(bob.shown).toEqual([]);
  });

  test('while some have not got the message yet keeps it from them, and shows them no gap', () => {
    const sim = meet(12, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    cem.cut(10_000);
    const id = said(sim, ann, 'a secret');
    sim.until(() => bob.shown.length === 1, 'one to have it');
    ann.feed({ type: 'erase', id });
    ann.say('and on');
    sim.run(60_000);
    expect(cem.shown.map(({ text, missingBefore }) => [text, missingBefore ?? 0]).filter(([text]) => text !== '')).toEqual([['and on', 0]]);
    expect(contents(cem).filter((content) => content.includes('secret'))).toEqual([]);
  });
});

test('changes that come before their message wait for it', () => {
  const sim = meet(13, 3, { weather: { delayMs: [1, 400], loss: 0.2, duplicates: 0.1, reorders: true, linksFail: 0 }, direct: true });
  sim.run(15_000);
  const [ann, bob] = sim.pages as [Page, Page];
  for (let i = 0; i < 12; i++) {
    ann.say(`text ${i}`);
    sim.run(60);
    const mine = ann.shown.findLast(({ from, text }) => from === 'me' && text === `text ${i}`);
    if (i % 3 === 0) ann.feed({ type: 'edit', id: mine!.id, text: `text ${i} edited` });
    const theirs = bob.shown.at(-1);
    if (theirs !== undefined) bob.feed({ type: 'react', id: theirs.id, emoji: '👍', on: i % 2 === 0 });
  }
  sim.weather = { ...sim.weather, loss: 0 };
  sim.run(120_000);
  const views = sim.pages.map((page) => page.shown.map((message) => `${message.id} ${message.text} ${message.edited} ${marks(message)}`));
  expect(views[1]).toEqual(views[0]);
  expect(views[2]).toEqual(views[0]);
  expect(views[0]!.filter((line) => line.includes('edited')).length).toBeGreaterThan(0);
});

test('the room keeps its other promises meanwhile', () => {
  const sim = meet(14, 3);
  for (const page of sim.pages) page.say(`${page.name} says`);
  sim.run(5000);
  expect(checkRoom(sim).deliveries).toBe(6);
});

/** All content of records that a page still holds, as text. */
function contents(page: Page): string[] {
  const { state } = page.room;
  if (state.name === 'ended') return [];
  const decoder = new TextDecoder();
  return [...state.authors.values()].flatMap(({ records }) =>
    [...records.values()].flatMap(({ content }) => (content === null ? [] : [decoder.decode(content)])),
  );
}
