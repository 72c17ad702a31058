/** What was signed outlives who signed it: lost records fetched from others, two stories found out, the past handed to newcomers. */
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '../../bytes.ts';
import { sealGroup } from '../../group/record.ts';
import { provesFork } from '../../group/signed.ts';
import { plain } from '../../testing/plain.ts';
import { meet, testInvite } from '../../testing/sim-check.ts';
import type { Page, Sim } from '../../testing/sim-world.ts';
import type { Living } from '../state.ts';
import type { MessageId } from '../types.ts';
import { sendSide } from './send.ts';

const historyInvite = { ...testInvite, history: true };

describe('a text of an author who has gone', () => {
  test('reaches everyone as long as one member has it', () => {
    const sim = meet(1, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    for (let i = 0; i < 3; i++) ann.say(`before ${i}`);
    sim.run(3000);
    cem.deafen(1500);
    ann.say('last words');
    sim.until(() => bob.texts.includes('last words'), 'one to have it', 2000);
    ann.kill();
    sim.until(() => cem.texts.includes('last words'), 'the other to get it', 120_000);
    const passed = cem.shown.find(({ text }) => text === 'last words');
    expect(passed?.passedOn).toEqual({ by: 'P1', verified: true, history: false });
    expect(passed?.missingBefore).toBeUndefined();
  });

  test('is fetched although the keys of its generation were lost with it, and says on whose word', () => {
    const sim = meet(2, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    ann.say('first');
    sim.run(3000);
    cem.deafen(1500);
    ann.state.senderStale = true; // as after somebody left: the next text begins a generation
    ann.say('last words');
    sim.until(() => bob.texts.includes('last words'), 'one to have it', 2000);
    ann.kill();
    sim.until(() => cem.texts.includes('last words'), 'the other to get it', 300_000);
    expect(cem.shown.find(({ text }) => text === 'last words')?.passedOn).toEqual({ by: 'P1', verified: false, history: false });
  });
});

test('a room that agrees pays for one SYNC in twenty records, whatever its size', () => {
  const sim = meet(3, 6);
  const syncs = () => sim.pages.reduce((sum, page) => sum + syncsOf(page), 0);
  sim.run(60_000);
  expect(syncs()).toBe(0);
  for (let i = 0; i < 100; i++) {
    sim.pages[i % 6]!.say(`text ${i}`);
    sim.run(500);
  }
  sim.run(120_000);
  console.log(`${syncs()} SYNC of 6 members for 100 texts`);
  expect(syncs()).toBeGreaterThanOrEqual(4);
  expect(syncs()).toBeLessThanOrEqual(12);
});

function syncsOf(page: Page): number {
  return [...page.state.myself.records.values()].filter(({ content }) => content?.[0] === 0x43).length;
}

describe('one number, two texts', () => {
  /** Seals another text under Ann's last number, as a modified page could, and gives it to Cem instead of the first. */
  function equivocate(seed: number): Sim {
    const sim = meet(seed, 3);
    const [ann, , cem] = sim.pages as [Page, Page, Page];
    const { sender, keys, me } = ann.state;
    const other = structuredClone(sender);
    const author = { roomPub: keys.roomPub, inst: me.inst, staticKey: me.statics.public };
    const inner = { type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes: utf8('I say no') } as const;
    const { frame } = sealGroup(other, author, inner, sim.random.bytes);
    cem.feed({ type: 'relay-bytes', relay: 0, bytes: concat(Uint8Array.of(0x08), me.inst, frame) });
    ann.say('I say yes');
    sim.run(1000);
    return sim;
  }

  test('are found out by the next SYNC, with a proof that everyone can check', () => {
    const sim = equivocate(4);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    expect([bob.texts, cem.texts]).toEqual([['I say yes'], ['I say no']]);
    const accused = (page: Page) =>
      page.events.some((event) => event.type === 'notice' && event.notice === 'member-equivocates' && event.peer === ann.id);
    const ms = sim.until(() => accused(bob) || accused(cem), 'the proof', 60_000);
    console.log(`found out after ${(ms / 1000).toFixed(1)} s`);
    sim.until(() => accused(bob) && accused(cem), 'both to know', 60_000);
    expect(accused(ann)).toBe(false);
  });

  test('are proven by hashes alone, and by nothing less', () => {
    const sim = equivocate(5);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    const recordOf = (page: Page) => page.state.authors.get(ann.id)!.records.get('1 0')!;
    const [a, b] = [recordOf(bob), recordOf(cem)];
    const { roomPub } = bob.state.keys;
    const proof = { inst: ann.state.me.inst, staticKey: ann.state.me.statics.public, spk: a.spk, gen: 1, seq: 0, a, b };
    expect(provesFork(roomPub, proof)).toBe(true);
    expect(provesFork(roomPub, { ...proof, b: a })).toBe(false);
    expect(provesFork(roomPub, { ...proof, seq: 1 })).toBe(false);
    expect(provesFork(roomPub, { ...proof, b: { ...b, sig: a.sig } })).toBe(false);
    expect(provesFork(roomPub, { ...proof, inst: bob.state.me.inst })).toBe(false);
  });
});

describe('the past', () => {
  test('stays with those who were there, where the room does not share it', () => {
    const sim = meet(6, 2);
    const [ann] = sim.pages as [Page];
    ann.say('before');
    sim.run(2000);
    const cem = sim.open('Cem');
    sim.run(60_000);
    expect(cem.texts).toEqual([]);
  });

  test('is not handed to a newcomer who asks as if it were missing', () => {
    const sim = meet(7, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    ann.say('before');
    sim.run(10_000);
    const cem = sim.open('Cem');
    sim.until(() => cem.people.size === 2, 'Cem to come');
    ann.leave();
    sim.run(1000);
    cem.misbehave((turn) => {
      const author = turn.room.authors.get(ann.id)!;
      for (let seq = 0; seq < 5; seq++) author.numbers.gaps.set(`1 ${seq}`, { gen: 1, seq, since: 0 });
      const peer = turn.room.peers.get(bob.id)!;
      sendSide(turn, peer, peer.member!, { type: 'resend-request', inst: author.inst, spans: [{ gen: 1, from: 0, count: 5 }] });
    });
    sim.run(30_000);
    expect([bob.texts, cem.texts]).toEqual([['before'], []]);
  });

  test('is handed to a newcomer with what was done to it, in its place, verified by those who are here', () => {
    const sim = meet(7, 3, { invite: historyInvite });
    const [ann, bob, dan] = sim.pages as [Page, Page, Page];
    const say = (page: Page, text: string): MessageId => {
      page.say(text);
      sim.run(1000);
      return page.shown.at(-1)!.id;
    };
    const first = say(ann, 'frist');
    const second = say(bob, 'second');
    const third = say(ann, 'a secret');
    say(dan, 'of one who leaves');
    ann.feed({ type: 'edit', id: first, text: 'first' });
    bob.feed({ type: 'react', id: first, emoji: '👍', on: true });
    bob.feed({ type: 'react', id: second, emoji: '👎', on: true });
    bob.feed({ type: 'react', id: second, emoji: '👎', on: false });
    ann.feed({ type: 'erase', id: third });
    sim.run(3000);
    dan.leave();
    sim.run(3000);
    const cem = sim.open('Cem');
    sim.until(() => cem.texts.length === 3, 'the past', 20_000);
    cem.say('thank you');
    sim.run(3000);
    const passedOn = (verified: boolean) => ({ history: true, verified, by: expect.stringMatching(/^P[01]$/) });
    expect(cem.shown).toMatchObject([
      { id: first, text: 'first', edited: true, from: ann.id, reactions: [{ emoji: '👍' }], passedOn: passedOn(true) },
      { id: second, text: 'second', from: bob.id, passedOn: passedOn(true) },
      { text: 'of one who leaves', from: dan.id, name: 'P2', passedOn: passedOn(false) },
      { text: 'thank you' },
    ]);
    expect(cem.shown[1]).not.toHaveProperty('reactions');
    expect([...cem.drops]).toEqual([]);
  });

  test('is no more than two hundred messages, and comes soon', () => {
    const sim = meet(8, 2, { invite: historyInvite });
    const [ann] = sim.pages as [Page];
    for (let i = 0; i < 260; i++) {
      ann.say(`text ${i}`);
      sim.run(100);
    }
    sim.run(3000);
    const cem = sim.open('Cem');
    const ms = sim.until(() => cem.texts.length >= 200, 'the past', 20_000);
    sim.run(20_000);
    console.log(`200 messages of the past after ${ms} ms`);
    expect(cem.texts).toEqual(Array.from({ length: 200 }, (_, i) => `text ${i + 60}`));
  });

  test('that changes while it is handed out changes for the newcomer too', () => {
    const sim = meet(9, 2, { invite: historyInvite });
    const [ann, bob] = sim.pages as [Page, Page];
    ann.say('a secret');
    sim.run(1000);
    bob.cut(4000);
    ann.feed({ type: 'erase', id: ann.shown[0]!.id });
    const cem = sim.open('Cem');
    sim.run(60_000);
    expect(cem.texts.filter((text) => text !== '')).toEqual([]);
  });

  test('is not believed of someone who is here and says otherwise', () => {
    const sim = meet(10, 2, { invite: historyInvite });
    const [ann, bob] = sim.pages as [Page, Page];
    ann.say('what I said');
    sim.run(1000);
    const record = bob.state.authors.get(ann.id)!.records.get('1 0')!;
    const forged = forgedCopy(record, bob.state, sim);
    Object.assign(record, forged);
    const cem = sim.open('Cem');
    sim.until(() => cem.people.size === 2, 'all to meet');
    sim.run(30_000);
    expect(cem.texts.includes('what I never said')).toBe(false);
  });
});

/** A record in Ann's name under a key that Bob made up. */
function forgedCopy(
  record: { gen: number; seq: number; author: { inst: Uint8Array; staticKey: Uint8Array } },
  { keys, sender }: Living,
  sim: Sim,
) {
  const forger = { ...structuredClone(sender), gen: record.gen };
  forger.chain.next = record.seq;
  const author = { roomPub: keys.roomPub, inst: record.author.inst, staticKey: record.author.staticKey };
  const inner = { type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes: utf8('what I never said') } as const;
  const { digest, sig, content, id } = sealGroup(forger, author, inner, sim.random.bytes);
  return { digest, sig, content, id, spk: forger.signer.public };
}
