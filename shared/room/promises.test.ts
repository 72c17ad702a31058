/**
 * What a person is promised: no message is lost across broken paths, sleep and a restarted relay, and what is shown of it is true.
 * Small rooms with one fault each; shared/testing/sim.test.ts mixes them.
 */
import { describe, expect, test } from 'vitest';
import { allMet, checkRoom, meet, testInvite } from '../testing/sim-check.ts';
import { type Page, rough, Sim } from '../testing/sim-world.ts';

const states = (page: Page) => page.shown.flatMap(({ delivery }) => (delivery ? [delivery.state] : []));

function linked(seed: number, members: number): Sim {
  const sim = meet(seed, members, { direct: true });
  sim.run(12_000);
  return sim;
}

describe('nothing is lost when', () => {
  test('direct links die without a word in the middle of a talk', () => {
    const sim = linked(1, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    ann.say('before');
    sim.run(20);
    sim.killLinks(true);
    ann.say('after');
    sim.until(() => [bob, cem].every((page) => page.texts.includes('after')), 'the text by the relay', 3000);
    sim.until(() => ann.people.get(bob.id)?.path === 'relayed', 'the path to be shown', 30_000);
    sim.run(90_000);
    expect(ann.people.get(bob.id)?.path).toBe('direct');
    expect(checkRoom(sim).deliveries).toBe(4);
  });

  test('a direct link is told to be over', () => {
    const sim = linked(2, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    sim.killLinks();
    expect(ann.people.get(bob.id)?.path).toBe('relayed');
    ann.say('at once');
    sim.until(() => bob.texts.includes('at once'), 'the text', 200);
  });

  test('the relay is gone: who is linked directly goes on talking', () => {
    const sim = linked(3, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    sim.killRelay();
    sim.run(60_000);
    for (const page of sim.pages) page.say(`${page.name} without a relay`);
    sim.run(500);
    for (const page of [ann, bob, cem]) expect(page.texts).toHaveLength(3);
    sim.startRelay();
    sim.open('Dan');
    expect(sim.until(() => allMet(sim), 'the newcomer', 30_000)).toBeLessThan(20_000);
    checkRoom(sim);
  });

  test('every socket dies, nobody notices, and all is dark for 30 s', () => {
    const sim = meet(4, 3);
    const [ann] = sim.pages as [Page];
    for (const page of sim.pages) page.say(`${page.name} before`);
    sim.killRelay(true);
    sim.run(2000);
    for (const page of sim.pages) page.say(`${page.name} during`);
    sim.run(28_000);
    sim.startRelay();
    sim.run(60_000);
    expect(ann.texts).toHaveLength(6);
    expect(checkRoom(sim)).toEqual({ messages: 6, deliveries: 12, missing: 0, undelivered: 0 });
  });

  test('the relay is killed and started again: nobody is taken for gone, nobody for new', () => {
    const sim = meet(5, 4);
    sim.killRelay();
    sim.run(5000);
    for (const page of sim.pages) page.say(`${page.name} offline`);
    for (const page of sim.pages) expect(page.shown.at(-1)?.delivery).toEqual({ state: 'sending', why: 'no-path' });
    sim.startRelay();
    sim.run(20_000);
    expect(checkRoom(sim)).toEqual({ messages: 4, deliveries: 12, missing: 0, undelivered: 0 });
    for (const page of sim.pages) expect(page.events.some(({ type }) => type === 'person-left')).toBe(false);
  });

  test.each([false, true])('a phone sleeps for a minute (direct links: %s)', (direct) => {
    const sim = direct ? linked(6, 2) : meet(6, 2);
    const [ann, phone] = sim.pages as [Page, Page];
    phone.say('good night');
    phone.sleep(60_000);
    for (let i = 0; i < 20; i++) {
      sim.run(2500);
      ann.say(`while you slept ${i}`);
    }
    sim.run(40_000);
    expect(phone.texts).toHaveLength(21);
    expect(new Set(states(ann))).toEqual(new Set(['delivered']));
    checkRoom(sim);
  });

  test('a network is cut for 10 s and both sides type', () => {
    const sim = linked(7, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    ann.cut(10_000);
    for (let i = 0; i < 3; i++) {
      ann.say(`a${i}`);
      bob.say(`b${i}`);
      sim.run(1000);
    }
    expect(states(ann)).toEqual(['sent', 'sent', 'sent']);
    sim.run(20_000);
    expect(checkRoom(sim)).toEqual({ messages: 6, deliveries: 6, missing: 0, undelivered: 0 });
  });

  test('a page was away so long that the others gave it up', () => {
    const sim = meet(8, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    bob.loseSocket(true);
    bob.sleep(300_000);
    sim.run(299_000);
    expect(ann.people.size).toBe(0);
    ann.say('into an empty room');
    sim.run(60_000);
    expect([ann.people.size, bob.people.size]).toEqual([1, 1]);
    bob.say('back');
    sim.run(5000);
    expect(ann.texts).toEqual(['into an empty room', 'back']);
    expect(bob.texts).toEqual(['into an empty room', 'back']);
  });

  test('500 texts were typed offline', () => {
    const sim = meet(9, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    sim.killRelay();
    sim.run(1000);
    for (let i = 0; i < 500; i++) ann.say(`text ${i}`);
    expect(() => ann.say('one more')).toThrow(RangeError);
    ann.said.pop();
    sim.startRelay();
    sim.run(60_000);
    expect(bob.texts).toEqual(Array.from({ length: 500 }, (_, i) => `text ${i}`));
    expect(bob.events.some(({ type }) => type === 'notice')).toBe(false);
  });
});

test('someone who waits alone on a socket that died without a word is still found', () => {
  const sim = new Sim({ seed: 14, invite: testInvite, direct: false });
  const ann = sim.open('Ann');
  sim.run(30_000);
  ann.loseSocket(true);
  sim.run(60_000);
  const bob = sim.open('Bob');
  sim.run(3000);
  expect([ann.people.size, bob.people.size]).toEqual([1, 1]);
});

describe('what is shown of a message', () => {
  test('waits for the word of someone long out of reach, although only so much is kept to send again', () => {
    const sim = meet(15, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    cem.loseSocket(true);
    cem.sleep(100_000);
    for (let i = 0; i < 300; i++) {
      ann.say(`text ${i}`);
      sim.run(100);
    }
    expect(bob.texts).toHaveLength(300); // one who sleeps keeps nobody from talking
    const { state } = ann.room;
    const kept =
      state.name === 'living' ? [...state.peers.get(cem.id)!.member!.outgoing.unacked.values()].filter(({ bytes }) => bytes !== null) : [];
    expect(kept.length).toBeLessThan(210); // 200, and keys
    expect(ann.shown[0]?.delivery).toEqual({ state: 'sent', to: 1, of: 2 });
    sim.run(100_000);
    expect(cem.texts).toHaveLength(300); // the relay had kept them
    expect(new Set(states(ann))).toEqual(new Set(['delivered']));
  });

  test('never claims more than is known: a member who vanished did not get it', () => {
    const sim = meet(10, 3);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    cem.kill();
    ann.say('to both of you');
    sim.run(5000);
    expect(bob.texts).toEqual(['to both of you']);
    expect(ann.shown[0]?.delivery).toEqual({ state: 'sent', to: 1, of: 2 });
    sim.run(300_000);
    expect(ann.people.has(cem.id)).toBe(false);
    expect(ann.shown[0]?.delivery).toEqual({ state: 'undelivered', to: 1, of: 2 });
  });

  test('says where messages are missing, and takes it back when they come', () => {
    const sim = meet(11, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    sim.weather = { ...sim.weather, loss: 1 };
    ann.say('lost for now');
    sim.run(30);
    sim.weather = { ...sim.weather, loss: 0 };
    const dropped = bob.shown.length;
    ann.say('arrived');
    sim.run(1000);
    expect(dropped).toBe(0);
    expect(bob.texts).toEqual(['arrived']);
    sim.run(20_000);
    expect(bob.texts).toEqual(['lost for now', 'arrived']);
    expect(bob.shown.every(({ missingBefore }) => missingBefore === undefined)).toBe(true);
  });

  test('keeps one order for all, whoever types at the same moment', () => {
    const sim = meet(12, 5);
    for (let round = 0; round < 6; round++) {
      for (const page of sim.pages) page.say(`${page.name} ${round}`);
      sim.run(5);
    }
    sim.run(5000);
    const [first, ...rest] = sim.pages as [Page, ...Page[]];
    for (const page of rest) expect(page.texts).toEqual(first.texts);
  });
});

test('each message comes once, none is invented and memory is bounded over two lossy, reordering, duplicating paths', {
  timeout: 120_000,
}, () => {
  const sim = linked(13, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  let frames = 0;
  sim.record = () => frames++;
  sim.weather = { ...rough, loss: 0.2, duplicates: 0.3, linksFail: 0 };
  let number = 0;
  while (number < 1980) {
    for (const page of [ann, bob]) page.say(`${page.name} ${number++}`);
    sim.run(120);
    if (number % 64 === 0) for (const page of [ann, bob]) page.feed({ type: 'resumed' }); // doubt: both paths at once
  }
  sim.weather = { ...rough, loss: 0, duplicates: 0 };
  sim.run(90_000);
  const verdict = checkRoom(sim);
  expect(frames).toBeGreaterThan(10_000);
  console.log(`${frames} frames, ${verdict.messages} messages, ${verdict.deliveries} delivered once, ${verdict.missing} missing`);
  expect(verdict).toEqual({ messages: number, deliveries: number, missing: 0, undelivered: 0 });
});
