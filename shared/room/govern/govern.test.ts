/** Approval, orders of a host, moving to new keys, one string for the room: what people are promised, in simulated rooms. */
import { describe, expect, test } from 'vitest';
import { hex } from '../../bytes.ts';
import { adminSeed, decide, decisionsOf as decisions, enter, gather, view } from '../../testing/govern-kit.ts';
import { allMet, checkRoom, testInvite } from '../../testing/sim-check.ts';
import { type Page, Sim } from '../../testing/sim-world.ts';
import type { Invite } from '../../wire/invite.ts';
import type { Deed } from '../types.ts';
import { adminOf, createGovernPart } from './part.ts';

const approval: Invite = { ...testInvite, approval: true };
const hosted: Invite = { ...testInvite, adminHash: adminOf(adminSeed()) };
const hostedApproval: Invite = { ...hosted, approval: true };

describe('approval', () => {
  test.each([
    ['by the host', hostedApproval],
    ['by any member', approval],
  ])('a newcomer waits, is seen, and is let in %s', (_, invite) => {
    const sim = new Sim({ seed: 1, invite, direct: true });
    const ann = enter(sim, 'Ann', 'host');
    sim.run(500);
    expect(view(ann).outside).toBeNull();
    ann.say('before anyone came');
    const alice = enter(sim, 'Alice');
    sim.until(() => view(ann).requests.length === 1, 'the request');
    sim.run(3000);
    const [request] = view(ann).requests;
    expect(request).toMatchObject({ name: 'Alice' });
    expect(view(alice).outside?.by.map(({ name }) => name)).toEqual(['Ann']);
    expect(view(alice).outside?.by[0]?.sas).toEqual(request?.sas);
    expect([ann.people.size, alice.people.size, alice.shown.length, ann.links.size]).toEqual([0, 0, 0, 0]);
    decide(ann, { name: 'let-in', peer: alice.id });
    sim.until(() => alice.texts.length === 1, 'the first words');
    expect([ann.people.get(alice.id)?.name, alice.people.get(ann.id)?.name]).toEqual(['Alice', 'Ann']);
    expect([view(alice).outside, view(ann).requests]).toEqual([null, []]);
    sim.run(30_000);
    checkRoom(sim);
  });

  test('in a room without a host, any member lets in, all honour it and are told who did', () => {
    const { sim, pages } = gather(2, approval, ['Ann', 'Bob', 'Cem']);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    const dan = enter(sim, 'Dan');
    sim.until(() => [ann, bob, cem].every((page) => view(page).requests.length === 1), 'the request to reach everyone');
    decide(bob, { name: 'let-in', peer: dan.id });
    sim.until(() => allMet(sim), 'Dan to be in with everyone', 10_000);
    expect(decisions(cem)).toContainEqual(expect.objectContaining({ what: 'let-in', by: bob.id, name: 'Dan' }));
    expect(view(ann).requests).toEqual([]);
  });

  test('where there is a host, nobody else lets in, whatever they do', () => {
    const { sim, pages } = gather(3, hostedApproval, ['Ann', 'Bob']);
    const [, bob] = pages as [Page, Page];
    const dan = enter(sim, 'Dan');
    sim.run(5000);
    decide(bob, { name: 'let-in', peer: dan.id });
    sim.run(10_000);
    expect([bob.people.has(dan.id), dan.people.size, view(bob).mayLetIn, view(dan).outside?.by.length]).toEqual([false, 0, false, 1]);
  });

  test('two who wait hear nothing of each other, not even a name', () => {
    const { sim } = gather(4, approval, ['Ann']);
    const [dan, eve] = [enter(sim, 'Dan'), enter(sim, 'Eve')];
    sim.run(20_000);
    for (const page of [dan, eve]) {
      expect(page.people.size).toBe(0);
      expect(view(page).outside?.by.map(({ name }) => name)).toEqual(['Ann']);
      expect(view(page).requests).toEqual([]);
    }
  });

  test('whoever is declined is told, and asks nobody again by itself', () => {
    const { sim, pages } = gather(5, hostedApproval, ['Ann']);
    const eve = enter(sim, 'Eve');
    sim.until(() => view(pages[0]!).requests.length === 1, 'the request');
    decide(pages[0]!, { name: 'decline', peer: eve.id });
    sim.until(() => view(eve).outside?.declined === true, 'the answer');
    sim.run(60_000);
    expect([view(pages[0]!).requests.length, eve.people.size]).toEqual([0, 0]);
  });

  test('whoever comes to an empty room without a host is the first in it', () => {
    const sim = new Sim({ seed: 6, invite: approval, direct: false });
    const ann = enter(sim, 'Ann');
    sim.run(500);
    expect([view(ann).outside, view(ann).mayLetIn]).toEqual([null, true]);
  });

  test('a member who loses the network for long comes back without being asked about', () => {
    const { sim, pages } = gather(7, hostedApproval, ['Ann', 'Bob']);
    const [ann, bob] = pages as [Page, Page];
    bob.loseSocket(true);
    bob.sleep(300_000);
    sim.run(299_000);
    expect(ann.people.size).toBe(0);
    sim.until(() => ann.people.size === 1 && bob.people.size === 1, 'Bob to be back', 90_000);
    expect(view(ann).requests).toEqual([]);
  });
});

describe('a host', () => {
  test('is known to all, and the only one who orders', () => {
    const { sim, pages } = gather(10, hosted, ['Ann', 'Bob', 'Cem']);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    expect(pages.map((page) => [view(page).host, view(page).hostPeer])).toEqual([
      [true, null],
      [false, ann.id],
      [false, ann.id],
    ]);
    for (const deed of [
      { name: 'lock' },
      { name: 'close' },
      { name: 'remove', peer: cem.id },
      { name: 'renew', expiresAt: null },
    ] as Deed[])
      decide(bob, deed);
    sim.run(5000);
    expect(pages.map((page) => [page.ended, view(page).locked])).toEqual([
      [null, false],
      [null, false],
      [null, false],
    ]);
  });

  test('locks the room: whoever is in stays, whoever comes waits outside and is told why', () => {
    const { sim, pages } = gather(11, hosted, ['Ann', 'Bob']);
    const [ann, bob] = pages as [Page, Page];
    decide(ann, { name: 'lock' });
    sim.run(1000);
    expect([view(bob).locked, decisions(bob).at(-1)?.what]).toEqual([true, 'locked']);
    const eve = enter(sim, 'Eve');
    sim.run(20_000);
    expect([eve.people.size, ann.people.size, bob.people.size]).toEqual([0, 1, 1]);
    expect(view(eve).outside).toMatchObject({ locked: true });
    bob.say('among us');
    sim.run(2000);
    expect([ann.texts, eve.texts]).toEqual([['among us'], []]);
    decide(ann, { name: 'unlock' });
    sim.until(() => allMet(sim), 'Eve to come in', 10_000);
    checkRoom(sim);
  });

  test('lets a late comer know how the room stands', () => {
    const { sim, pages } = gather(12, hosted, ['Ann', 'Bob']);
    decide(pages[0]!, { name: 'publishing', allowed: true });
    sim.run(1000);
    const cem = enter(sim, 'Cem');
    sim.until(() => allMet(sim), 'Cem');
    sim.run(500);
    expect(view(cem)).toMatchObject({ hostPeer: pages[0]!.id, membersPublish: true, mayPublish: true });
  });

  test('closes the room for everyone', () => {
    const { sim, pages } = gather(13, hosted, ['Ann', 'Bob', 'Cem']);
    decide(pages[0]!, { name: 'close' });
    sim.run(3000);
    expect(pages.map(({ ended }) => ended)).toEqual(['closed', 'closed', 'closed']);
  });

  test('hands over: the heir orders, the old host does not any more', () => {
    const { sim, pages } = gather(14, hosted, ['Ann', 'Bob', 'Cem']);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    decide(ann, { name: 'hand-over', peer: bob.id });
    sim.run(2000);
    expect(pages.map((page) => view(page).host)).toEqual([false, true, false]);
    expect(view(cem).hostPeer).toBe(bob.id);
    decide(ann, { name: 'lock' });
    sim.run(1000);
    expect(view(cem).locked).toBe(false);
    decide(bob, { name: 'lock' });
    sim.run(1000);
    expect(pages.map((page) => view(page).locked)).toEqual([true, true, true]);
    decide(bob, { name: 'hand-over', peer: ann.id });
    sim.run(2000);
    expect(pages.map((page) => view(page).host)).toEqual([true, false, false]);
  });
});

describe('moving', () => {
  test.each([false, true])('everyone goes on under new keys without a visible break (direct links: %s)', (direct) => {
    const { sim, pages } = gather(20, hosted, ['Ann', 'Bob', 'Cem'], { direct });
    if (direct) sim.run(12_000);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    ann.feed({ type: 'verified', peer: bob.id, matches: true });
    const roomBefore = hex(ann.state.keys.roomPub);
    const secretsBefore = pages.flatMap((page) => [page.state.keys.roomSk, page.state.keys.psk0]);
    const eventsBefore = pages.map((page) => page.events.length);
    decide(ann, { name: 'renew', expiresAt: null });
    for (let i = 0; i < 40; i++) {
      for (const page of pages) page.say(`${page.name} ${i}`);
      sim.run(100);
    }
    sim.run(20_000);
    const ids = pages.map((page) => hex(page.state.keys.roomPub));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe(roomBefore);
    for (const [i, page] of pages.entries()) {
      const since = page.events.slice(eventsBefore[i]);
      expect(since.filter(({ type }) => type === 'person-left')).toEqual([]);
      expect(since.filter((event) => event.type === 'person' && event.person.path === 'reconnecting')).toEqual([]);
      expect(since.filter((event) => event.type === 'relay' && event.relay !== 'connected')).toEqual([]);
      expect(since.filter(({ type }) => type === 'moved')).toHaveLength(1);
    }
    expect(ann.people.get(bob.id)?.verification).toBe('verified');
    expect(secretsBefore.every((secret) => secret.every((byte) => byte === 0))).toBe(true);
    const verdict = checkRoom(sim);
    console.log(`moved with 3 people talking${direct ? ' over links' : ''}: ${JSON.stringify(verdict)}`);
    expect(verdict).toEqual({ messages: 120, deliveries: 240, missing: 0, undelivered: 0 });
    expect(new Set([cem, ann].map((page) => page.state.former !== null))).toEqual(new Set([true]));
    sim.run(6 * 60_000);
    expect(pages.map((page) => page.state.former)).toEqual([null, null, null]);
  });

  test('the new link leads to the room, the old one nowhere', () => {
    const { sim, pages } = gather(21, hosted, ['Ann', 'Bob']);
    decide(pages[0]!, { name: 'renew', expiresAt: null });
    sim.run(5000);
    const late = enter(sim, 'Late');
    sim.run(20_000);
    expect(late.people.size).toBe(0);
    late.leave();
    const moved = pages[0]!.events.find((event) => event.type === 'moved');
    const cem = sim.open('Cem', { invite: (moved as { invite: Invite }).invite });
    cem.feed({ type: 'attach', part: createGovernPart({ adminSeed: null, founder: false }) });
    sim.until(() => pages.every((page) => page.people.size === 2) && cem.people.size === 2, 'Cem by the new link', 20_000);
  });

  test('whoever is removed is told, and is nowhere afterwards; the others go on', () => {
    const { sim, pages } = gather(22, hosted, ['Ann', 'Bob', 'Eve', 'Cem']);
    const [ann, bob, eve, cem] = pages as [Page, Page, Page, Page];
    decide(ann, { name: 'remove', peer: eve.id });
    bob.say('just as she goes');
    sim.run(8000);
    expect(eve.ended).toBe('removed');
    expect([ann, bob, cem].map((page) => page.people.size)).toEqual([2, 2, 2]);
    expect(cem.texts).toEqual(['just as she goes']);
    checkRoom(sim);
    // She still has the link.
    const again = enter(sim, 'Eve again');
    sim.run(30_000);
    expect(again.people.size).toBe(0);
  });

  test('whoever is removed in the moment of a move is told in the new room', () => {
    const { sim, pages } = gather(27, hosted, ['Ann', 'Bob', 'Eve']);
    const [ann, bob, eve] = pages as [Page, Page, Page];
    decide(ann, { name: 'renew', expiresAt: null });
    sim.until(() => eve.state.former !== null, 'Eve to have gone ahead', 20_000, 5);
    expect(ann.state.former).toBeNull();
    decide(ann, { name: 'remove', peer: eve.id });
    sim.run(60_000);
    expect(eve.ended).toBe('removed');
    expect([ann, bob].map((page) => page.people.size)).toEqual([1, 1]);
    checkRoom(sim);
  });

  test('without a host: everyone is asked, whoever agrees goes, whoever declines stays', () => {
    const { sim, pages } = gather(23, testInvite, ['Ann', 'Bob', 'Cem', 'Eve']);
    const [ann, bob, cem, eve] = pages as [Page, Page, Page, Page];
    decide(ann, { name: 'remove', peer: eve.id });
    sim.run(1000);
    expect(view(bob).proposal).toMatchObject({ by: ann.id, without: [eve.id], answered: false });
    expect(view(eve).proposal).toBeNull();
    decide(bob, { name: 'answer', agrees: true });
    sim.run(1000);
    expect(ann.state.former).toBeNull(); // nobody goes before all have answered
    decide(cem, { name: 'answer', agrees: false });
    sim.run(8000);
    expect(ann.people.has(bob.id) && bob.people.has(ann.id)).toBe(true);
    expect(hex(ann.state.keys.roomPub)).toBe(hex(bob.state.keys.roomPub));
    expect(hex(ann.state.keys.roomPub)).not.toBe(hex(cem.state.keys.roomPub));
    expect(cem.ended).toBeNull();
    expect([ann.people.has(eve.id), ann.people.has(cem.id)]).toEqual([false, false]);
  });

  test('in a room with a host nobody else moves anyone', () => {
    const { sim, pages } = gather(24, hosted, ['Ann', 'Bob']);
    decide(pages[1]!, { name: 'renew', expiresAt: null });
    sim.run(5000);
    expect(pages.map((page) => page.state.former)).toEqual([null, null]);
  });

  test('who sleeps while the room moves finds the others when it wakes', () => {
    const { sim, pages } = gather(25, hosted, ['Ann', 'Bob', 'Cem']);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    cem.loseSocket(true);
    cem.sleep(60_000);
    sim.run(1000);
    decide(ann, { name: 'renew', expiresAt: null });
    sim.run(10_000);
    ann.say('while you slept');
    sim.run(100_000);
    expect([ann, bob, cem].map((page) => page.people.size)).toEqual([2, 2, 2]);
    expect(cem.texts).toEqual(['while you slept']);
    checkRoom(sim);
  });

  test.each([
    ['an hour, its page frozen', 3_600_000, false],
    ['an hour, awake and out of reach', 3_600_000, true],
    ['through two moves', 600_000, false],
  ])('who is away for %s finds the others in the room that they moved to', (_, awayMs, awake) => {
    const { sim, pages } = gather(28, hosted, ['Ann', 'Bob', 'Eve', 'Cem']);
    const [ann, bob, eve, cem] = pages as [Page, Page, Page, Page];
    ann.feed({ type: 'verified', peer: cem.id, matches: true });
    if (awake) cem.partition(0);
    else {
      cem.loseSocket(true);
      cem.sleep(awayMs);
    }
    sim.run(240_000);
    expect(ann.sees(cem)).toBe(false);
    decide(ann, { name: 'remove', peer: eve.id });
    sim.run(60_000);
    if (awayMs === 600_000) decide(ann, { name: 'renew', expiresAt: null });
    sim.run(awayMs - 300_000 - 1000);
    if (awake) cem.heal(0);
    const ms = sim.until(() => [ann, bob, cem].every((page) => page.people.size === 2), 'Cem to be back', 120_000);
    console.log(`back after ${(ms / 1000).toFixed(1)} s`);
    expect([ann.people.get(cem.id)?.verification, eve.ended]).toEqual(['verified', 'removed']);
    cem.say('where was I?');
    sim.run(60_000);
    expect([ann, bob, cem].map((page) => [page.texts.at(-1), page.state.relays.length])).toEqual(Array(3).fill(['where was I?', 1]));
    checkRoom(sim);
    // Nobody waits for anybody any more, and the keys of the rooms before are gone.
    for (const page of [ann, bob]) expect(page.state.govern.state).toMatchObject({ left: [], strays: new Map() });
  });

  test('who sleeps from before a move until long after it is led there, and without a host is asked first', () => {
    for (const invite of [hosted, testInvite, hostedApproval, approval]) {
      const { sim, pages } = gather(30, invite, ['Ann', 'Bob', 'Cem']);
      const [ann, bob, cem] = pages as [Page, Page, Page];
      cem.loseSocket(true);
      cem.sleep(900_000);
      sim.run(5000);
      decide(ann, { name: 'renew', expiresAt: null });
      sim.run(2000);
      if (view(bob).proposal !== null) decide(bob, { name: 'answer', agrees: true });
      sim.run(893_000);
      expect(ann.people.size).toBe(1);
      if (invite.adminHash === null) {
        sim.until(() => view(cem).proposal !== null, 'Cem to be asked', 60_000);
        expect(hex(cem.state.keys.roomPub)).not.toBe(hex(ann.state.keys.roomPub));
        decide(cem, { name: 'answer', agrees: true });
      }
      sim.until(() => pages.every((page) => page.people.size === 2), 'Cem to be back', 60_000);
      sim.run(30_000);
      checkRoom(sim);
    }
  });

  test('who is removed while away is not shown the way', () => {
    const { sim, pages } = gather(29, hosted, ['Ann', 'Bob', 'Cem']);
    const [ann, , cem] = pages as [Page, Page, Page];
    cem.loseSocket(true);
    cem.sleep(300_000);
    sim.run(5000);
    decide(ann, { name: 'remove', peer: cem.id });
    sim.run(500_000);
    expect(ann.people.size).toBe(1);
    expect(hex(cem.state.keys.roomPub)).not.toBe(hex(ann.state.keys.roomPub));
  });

  test('longer life: a new end, the same people', () => {
    const { sim, pages } = gather(26, hosted, ['Ann', 'Bob']);
    decide(pages[0]!, { name: 'renew', expiresAt: 2_000_000_000 });
    sim.run(5000);
    expect(pages.map((page) => page.state.expiresAt)).toEqual([2_000_000_000, 2_000_000_000]);
    expect(decisions(pages[1]!).at(-1)?.what).toBe('extended');
    checkRoom(sim);
  });
});

/** The page is closed, and another one comes with what it kept. */
function reload(sim: Sim, page: Page, invite: Invite): Page {
  const { me, govern } = page.state;
  const { adminSeed, orders } = govern.part!.keepsake({ room: page.state });
  const statics = { secret: me.statics.secret.slice(), public: me.statics.public.slice() };
  page.kill();
  const again = sim.open(page.name, { invite, statics });
  again.feed({ type: 'attach', part: createGovernPart({ adminSeed, orders, founder: false }) });
  return again;
}

/** Everyone sees everyone, and the pages that were closed are gone. */
const allThere = (sim: Sim): boolean =>
  allMet(sim) && sim.living.every((page) => sim.living.every((other) => other === page || page.sees(other)));

describe('a page that comes back after a reload', () => {
  test('as the host still orders, where it left off, and hands over', () => {
    const { sim, pages } = gather(40, hostedApproval, ['Ann', 'Bob', 'Cem']);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    decide(ann, { name: 'lock' });
    sim.run(2000);
    const again = reload(sim, ann, hostedApproval);
    sim.until(() => allThere(sim), 'Ann to be back with all', 20_000);
    expect([view(again).host, view(bob).hostPeer, view(again).locked]).toEqual([true, again.id, true]);
    decide(again, { name: 'remove', peer: cem.id });
    sim.until(() => cem.ended === 'removed' && bob.state.former !== null, 'Cem to be removed', 20_000);
    sim.run(5000);
    decide(again, { name: 'hand-over', peer: bob.id });
    sim.run(2000);
    expect([view(again).host, view(bob).host]).toEqual([false, true]);
    expect(again.state.govern.part!.keepsake({ room: again.state }).adminSeed).toBeNull();
    decide(bob, { name: 'unlock' });
    sim.run(2000);
    expect(view(again).locked).toBe(false);
  });

  test('from before it handed over orders nothing any more', () => {
    const { sim, pages } = gather(41, hosted, ['Ann', 'Bob']);
    const [ann, bob] = pages as [Page, Page];
    const { adminSeed, orders } = ann.state.govern.part!.keepsake({ room: ann.state });
    const statics = structuredClone(ann.state.me.statics);
    decide(ann, { name: 'hand-over', peer: bob.id });
    sim.run(2000);
    ann.kill();
    const again = sim.open('Ann', { statics });
    again.feed({ type: 'attach', part: createGovernPart({ adminSeed, orders, founder: false }) });
    sim.until(() => allThere(sim), 'Ann to be back', 20_000);
    sim.run(2000);
    expect([view(again).host, view(bob).host]).toEqual([false, true]);
  });

  test.each([
    ['the host', hostedApproval],
    ['a member', approval],
  ])('need not be let in again where %s let it in', (_, invite) => {
    const { sim, pages } = gather(42, invite, ['Ann', 'Bob', 'Cem']);
    for (const page of pages.slice().reverse()) {
      const others = sim.living.filter((one) => one !== page);
      reload(sim, page, invite);
      for (let i = 0; i < 50 && !allThere(sim); i++) {
        sim.run(200);
        for (const one of others) expect(view(one).requests).toEqual([]);
      }
      sim.until(() => allThere(sim), `${page.name} to be back`, 1000);
      sim.run(1000);
    }
    const dan = enter(sim, 'Dan');
    const ann = sim.living.find(({ name }) => name === 'Ann') as Page;
    sim.until(() => view(ann).requests.length === 1, 'Dan to ask');
    decide(ann, { name: 'let-in', peer: dan.id });
    sim.until(() => allThere(sim), 'Dan to be in', 20_000);
  });
});

describe('one string for the whole room', () => {
  test('is the same for everyone, and verifies everyone at once', () => {
    const { sim, pages } = gather(30, testInvite, ['Ann', 'Bob', 'Cem', 'Dan']);
    decide(pages[1]!, { name: 'compare' });
    sim.until(() => pages.every((page) => view(page).compare.state === 'shown'), 'the string', 10_000);
    const strings = pages.map((page) => JSON.stringify(view(page).compare));
    expect(new Set(strings).size).toBe(1);
    for (const page of pages) decide(page, { name: 'compared', matches: true });
    for (const page of pages) expect([...page.people.values()].every(({ verification }) => verification === 'verified')).toBe(true);
  });

  test('ends visibly when someone comes, and when someone does not answer', () => {
    const { sim, pages } = gather(31, testInvite, ['Ann', 'Bob', 'Cem']);
    pages[2]!.sleep(120_000);
    decide(pages[0]!, { name: 'compare' });
    sim.run(59_000);
    expect(view(pages[0]!).compare.state).toBe('running');
    sim.run(2000);
    expect(view(pages[0]!).compare).toEqual({ state: 'failed', why: 'no-answer' });
    sim.run(62_000);
    decide(pages[0]!, { name: 'compare' });
    sim.until(() => view(pages[0]!).compare.state === 'shown', 'the string', 10_000);
    enter(sim, 'Dan');
    sim.run(5000);
    expect(view(pages[0]!).compare).toEqual({ state: 'failed', why: 'people-changed' });
  });

  test('two who begin at the same moment end up with one string', () => {
    const { sim, pages } = gather(32, testInvite, ['Ann', 'Bob', 'Cem']);
    decide(pages[0]!, { name: 'compare' });
    decide(pages[1]!, { name: 'compare' });
    sim.until(() => pages.every((page) => view(page).compare.state === 'shown'), 'the string', 10_000);
    expect(new Set(pages.map((page) => JSON.stringify(view(page).compare))).size).toBe(1);
  });
});
