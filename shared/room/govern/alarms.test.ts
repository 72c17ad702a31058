/** A relay that hides people from each other, and a member who tells two stories (protocol.md "Who decides", alarms). */
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '../../bytes.ts';
import { sealGroup } from '../../group/record.ts';
import { decide, enter, gather, view } from '../../testing/govern-kit.ts';
import { plain } from '../../testing/plain.ts';
import { checkRoom, testInvite } from '../../testing/sim-check.ts';
import type { Page, Sim } from '../../testing/sim-world.ts';
import { encodeGovern } from './wire.ts';

describe('a relay that hides Ann and Cem from each other', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('is found out: they meet through Bob within 20 s (seed %i)', (seed) => {
    const { sim, pages } = gather(seed, testInvite, ['Ann', 'Bob']);
    const [ann, bob] = pages as [Page, Page];
    const cem = enter(sim, 'Cem'); // whose socket is still to open
    sim.relay.hides = (one, other) => [ann.id, cem.id].every((id) => one === id || other === id);
    const ms = sim.until(() => ann.sees(cem) && cem.sees(ann), 'Ann and Cem to meet', 40_000);
    console.log(`seed ${seed}: hidden from each other, met by way of a member after ${(ms / 1000).toFixed(1)} s`);
    expect(ms).toBeLessThanOrEqual(20_000);
    ann.say('by way of Bob');
    cem.say('the same way back');
    sim.run(10_000);
    for (const page of [ann, bob, cem]) expect(page.texts.toSorted()).toEqual(['by way of Bob', 'the same way back']);
    sim.run(120_000);
    checkRoom(sim);
    expect(sim.pages.flatMap(({ events }) => events.filter((event) => event.type === 'roster-differs' && event.differs))).toEqual([]);
  });

  test('carries nothing that the one in between could read', () => {
    const { sim, pages } = gather(9, testInvite, ['Ann', 'Bob']);
    const [ann, bob] = pages as [Page, Page];
    sim.relay.hides = (one, other) => one !== bob.id && other !== bob.id;
    const cem = enter(sim, 'Cem');
    sim.until(() => ann.sees(cem) && cem.sees(ann), 'Ann and Cem to meet', 20_000);
    expect(bob.state.peers.size).toBe(2);
    const [annToCem, bobToAnn] = [ann.state.peers.get(cem.id)!.member!, bob.state.peers.get(ann.id)!.member!];
    expect([...bobToAnn.channel.receive.kid]).not.toEqual([...annToCem.channel.send.kid]);
    expect(ann.people.get(cem.id)?.sas).toEqual(cem.people.get(ann.id)?.sas);
  });
});

describe('who sees other people', () => {
  test('is told in names, and in a strict room nothing is said until it agrees again', () => {
    const { sim, pages } = gather(10, testInvite, ['Ann', 'Bob', 'Cem']);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    decide(ann, { name: 'strict', on: true });
    // Bob claims not to see Cem: what a modified page, or one that a relay cut off and nobody carries for, would say.
    const member = bob.state.peers.get(cem.id)!;
    bob.state.peers.delete(cem.id);
    Object.assign(bob.state, { digest: null });
    const again = cem.feed;
    cem.feed = (input, of) => (input.type === 'relay-bytes' ? undefined : again.call(cem, input, of));
    const told = () => ann.events.findLast((event) => event.type === 'roster-differs');
    sim.until(() => told()?.type === 'roster-differs' && view(ann).halted, 'the difference to be told', 60_000);
    expect(told()).toMatchObject({ peer: bob.id, differs: true, lacks: [cem.id], unknown: 0 });
    ann.say('not yet');
    sim.run(5000);
    expect(ann.shown[0]?.delivery?.state).toBe('sending');
    decide(ann, { name: 'strict', on: false });
    sim.run(3000);
    expect(bob.texts).toEqual(['not yet']);
    expect(member.member).not.toBeNull();
  });
});

describe('one number, two texts', () => {
  /** Ann tells Cem something else under the number of what she tells the others. */
  function twoStories(seed: number): { sim: Sim; pages: Page[] } {
    const made = gather(seed, testInvite, ['Ann', 'Bob', 'Cem', 'Dan', 'Eve']);
    const [ann, , cem] = made.pages as [Page, Page, Page];
    const { sender, keys, me } = ann.state;
    const author = { roomPub: keys.roomPub, inst: me.inst, staticKey: me.statics.public };
    const inner = { type: 'text', ...plain, lamport: 1, ageS: 0, part: 0, parts: 1, bytes: utf8('I say no') } as const;
    const { frame } = sealGroup(structuredClone(sender), author, inner, made.sim.random.bytes);
    cem.feed({ type: 'relay-bytes', relay: 0, bytes: concat(Uint8Array.of(0x08), me.inst, frame) });
    ann.say('I say yes');
    return made;
  }

  test('are proven to everyone at once: one finds out, all check the proof, all are shown who', () => {
    const { sim, pages } = twoStories(20);
    const [ann, ...others] = pages as [Page, ...Page[]];
    const ms = sim.until(() => others.every((page) => view(page).equivocates.includes(ann.id)), 'all to be shown', 60_000);
    console.log(`two stories to 4 people: proven to all of them after ${(ms / 1000).toFixed(1)} s`);
    expect(ms).toBeLessThan(45_000);
    for (const page of others) {
      const notices = page.events.filter((event) => event.type === 'notice' && event.notice === 'member-equivocates');
      expect(notices).toHaveLength(1);
    }
  });

  test('cannot be alleged: a proof with other signatures, keys or numbers marks nobody', () => {
    const { sim, pages } = gather(21, testInvite, ['Ann', 'Bob', 'Eve']);
    const [ann, bob, eve] = pages as [Page, Page, Page];
    ann.say('one');
    ann.say('two');
    sim.run(2000);
    const author = eve.state.authors.get(ann.id)!;
    const [a, b] = [...author.records.values()];
    const honest = { inst: author.inst, staticKey: author.staticKey, gen: 1, seq: 0, spk: a!.spk, a: a!, b: b! };
    const peer = eve.state.peers.get(bob.id)!;
    const forgeries = [
      honest,
      { ...honest, b: a! },
      { ...honest, seq: 1 },
      { ...honest, spk: eve.state.sender.signer.public },
      { ...honest, inst: bob.state.me.inst, staticKey: bob.state.me.statics.public },
      { ...honest, a: { digest: new Uint8Array(32), sig: new Uint8Array(64) } },
    ];
    const { part } = bob.state.govern;
    const member = bob.state.peers.get(eve.id)!;
    const turn = { room: bob.state, env: bob.env, out: [], ends: null, via: null };
    let refused = 0;
    for (const alert of forgeries) {
      try {
        part!.heard(turn, member, member.member!, encodeGovern({ type: 'alert', alert }));
      } catch {
        refused++;
      }
    }
    console.log(`${refused} of ${forgeries.length} forged proofs refused`);
    expect([refused, view(bob).equivocates, peer.member === null]).toEqual([forgeries.length, [], false]);
  });
});
