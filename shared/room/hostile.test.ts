/** A member who sends whatever it likes under good keys: refused or ignored, counted, and nobody else is disturbed. */
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '../bytes.ts';
import { sealContent, sealPair } from '../group/record.ts';
import { limits } from '../limits.ts';
import { adminSeed, gather, view } from '../testing/govern-kit.ts';
import { plain } from '../testing/plain.ts';
import { meet, testInvite } from '../testing/sim-check.ts';
import type { Page, Sim } from '../testing/sim-world.ts';
import { encodeGroupInner, type GroupInner } from '../wire/group.ts';
import type { SideRecord } from '../wire/passed.ts';
import { freshen } from './generations.ts';
import { adminOf } from './govern/part.ts';
import { carry, carryToAll } from './reach.ts';
import { sealForAll } from './seal.ts';
import { sendSide } from './side/send.ts';
import type { Turn } from './state.ts';
import type { MessageId } from './types.ts';

const dropsOf = (page: Page) => [...page.drops.values()].reduce((sum, count) => sum + count, 0);

/** Everyone can still talk and is heard by everyone. */
function stillTalk(sim: Sim, ...pages: Page[]): void {
  for (const page of pages) page.say(`${page.name} is fine`);
  sim.run(8000);
  for (const page of pages) expect(page.texts).toEqual(expect.arrayContaining(pages.map(({ name }) => `${name} is fine`)));
}

/** Any content as a group record of this page. */
function sendGroup(turn: Turn, content: Uint8Array): void {
  const { room, env } = turn;
  const author = { roomPub: room.keys.roomPub, inst: room.me.inst, staticKey: room.me.statics.public };
  carryToAll(turn, sealContent(freshen(turn), author, content, env.random).frame);
}

/** Any inner as a pairwise record to everyone. */
function sendPair(turn: Turn, inner: Uint8Array): void {
  const { room, env } = turn;
  for (const peer of room.peers.values()) {
    if (peer.member === null) continue;
    carry(turn, peer, sealPair(peer.member.channel.send, room.keys.roomPub, room.me.inst, inner, env.random).frame);
  }
}

const sign = (inner: GroupInner) => (turn: Turn) => {
  freshen(turn);
  sealForAll(turn, inner, null, turn.env.now);
};
const place = { lamport: 5, ageS: 0 };

describe('a member that sends', () => {
  test.each(['group', 'pair'] as const)('garbage of every ctype through the %s is refused, counted, and harms nobody', (kind) => {
    const sim = meet(1, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    ann.say('before');
    sim.run(2000);
    for (let ctype = 0; ctype < 256; ctype++) {
      // LEAVE is not garbage, and a session description may lead to a link.
      if (kind === 'pair' && ctype === 0x0a) continue;
      for (const length of [0, 60]) {
        const content = concat(Uint8Array.of(ctype), sim.random.bytes(length));
        mal.misbehave((turn) => (kind === 'group' ? sendGroup(turn, content) : sendPair(turn, content)));
      }
      sim.run(100);
    }
    sim.run(5000);
    console.log(`${kind}: refused ${dropsOf(ann)} of ${2 * 256}: ${[...ann.drops].map(([what, count]) => `${what} ${count}`).join(', ')}`);
    expect(dropsOf(ann)).toBeGreaterThan(450);
    expect(ann.texts).toEqual(['before']);
    expect(ann.people.has(bob.id) && bob.people.has(ann.id)).toBe(true);
    stillTalk(sim, ann, bob);
  });

  test.each([
    ['with a host', true],
    ['without one', false],
  ])('garbage of every kind of decision, file control and side word, in a room %s, decides nothing', { timeout: 60_000 }, (_, isHosted) => {
    const invite = isHosted ? { ...testInvite, adminHash: adminOf(adminSeed()) } : testInvite;
    const { sim, pages } = gather(9, invite, ['Ann', 'Bob', 'Mal']);
    const [ann, bob, mal] = pages as [Page, Page, Page];
    const room = ann.state.keys.roomPub.slice();
    let sent = 0;
    for (let ctype = 0x02; ctype <= 0x16; ctype++) {
      // LEAVE is no garbage, and calls have a test of their own (side/call.test.ts).
      if (ctype === 0x0a || ctype === 0x14) continue;
      for (let kind = 0; kind <= 6; kind++) {
        for (const length of [0, 1, 16, 32, 48, 64, 96, 160, 600, 9000]) {
          const content = concat(Uint8Array.of(ctype, kind), sim.random.bytes(length));
          mal.misbehave((turn) => sendPair(turn, content));
          sent++;
        }
        sim.run(250);
      }
    }
    sim.run(30_000);
    console.log(`${sent} records of decisions, files and side words ${isHosted ? 'with' : 'without'} a host: Ann refused ${dropsOf(ann)}`);
    for (const page of [ann, bob]) {
      expect(dropsOf(page)).toBeGreaterThan(sent / 2);
      expect([...page.state.keys.roomPub]).toEqual([...room]);
      expect(view(page)).toMatchObject({
        host: isHosted && page === ann,
        locked: false,
        requests: [],
        proposal: null,
        outside: null,
        equivocates: [],
      });
      expect(page.shown).toEqual([]);
    }
    expect(ann.people.has(bob.id) && bob.people.has(ann.id)).toBe(true);
    stillTalk(sim, ann, bob);
  });

  test('edits and deletions of others’ messages changes nothing, whenever they come', () => {
    const sim = meet(2, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    ann.say('mine');
    sim.run(2000);
    const target = Uint8Array.from(Buffer.from(ann.shown[0]!.id, 'hex'));
    mal.misbehave(sign({ type: 'text', ...plain, ...place, part: 0, parts: 1, edits: target, bytes: utf8('not mine') }));
    mal.misbehave(sign({ type: 'erase', ...place, target }));
    sim.run(2000);
    for (const page of [ann, bob]) {
      expect(page.texts).toEqual(['mine']);
      expect(page.drops.get('group misuse')).toBe(2);
    }
    stillTalk(sim, ann, bob);
  });

  test('a hundred thousand reactions is held back by what one member may send and keep', { timeout: 60_000 }, () => {
    const sim = meet(3, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    for (let i = 0; i < 20; i++) ann.say(`text ${i}`);
    sim.run(3000);
    const ids = ann.shown.map(({ id }) => Uint8Array.from(Buffer.from(id, 'hex')));
    const faces = Array.from({ length: 64 }, (_, i) => String.fromCodePoint(0x1f600 + i));
    const before = ann.cpuMs;
    // What the network brings at once, 2,000 times 50 frames: sealing 100,000 would only cost the test's time.
    const frames: Uint8Array[] = [];
    mal.misbehave((turn) => {
      const { room, env } = turn;
      const author = { roomPub: room.keys.roomPub, inst: room.me.inst, staticKey: room.me.statics.public };
      for (let i = 0; i < 2000; i++) {
        const inner = { type: 'react', lamport: 100 + i, ageS: 0, target: ids[i % 20]!, on: true, emoji: faces[i % 64]! } as const;
        frames.push(sealContent(room.sender, author, encodeGroupInner(inner, room.sender.lastId), env.random).frame);
      }
    });
    for (let burst = 0; burst < 50; burst++) {
      for (const frame of frames) ann.feed({ type: 'relay-bytes', relay: 0, bytes: concat(Uint8Array.of(0x08), mal.state.me.inst, frame) });
      sim.run(20);
    }
    const marks = ann.state.log.reactions;
    console.log(
      `100,000 reactions: ${marks} kept, ${ann.drops.get('group flood')} refused unread, ${(ann.cpuMs - before).toFixed(0)} ms of CPU`,
    );
    expect(ann.drops.get('group flood')).toBeGreaterThan(99_000);
    expect(marks).toBeLessThanOrEqual(20 * limits.reactionsOfOne);
    for (const { reactions } of ann.shown) expect((reactions ?? []).length).toBeLessThanOrEqual(limits.reactionsOfOne);
    expect(ann.events.some((event) => event.type === 'notice' && event.notice === 'member-floods')).toBe(true);
    sim.run(30_000);
    stillTalk(sim, ann, bob);
  });

  test('changes of messages that do not exist fills its own share of the waiting room and nobody else’s', () => {
    const sim = meet(4, 3, { direct: true });
    sim.run(12_000);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    for (let i = 0; i < 400; i++) {
      mal.misbehave(sign({ type: 'react', lamport: i, ageS: 0, target: sim.random.bytes(16), on: true, emoji: '👍' }));
      sim.run(50);
    }
    sim.run(3000);
    const { waiting } = ann.state;
    expect([...waiting.values()].flat().length).toBe(limits.waitingChanges);
    stillTalk(sim, ann, bob);
    sim.run(limits.waitingChangeMs);
    expect(ann.state.waiting.size).toBe(0);
  });

  test('replies to nothing and to itself, mentions of nobody: shown as that', () => {
    const sim = meet(5, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    const nobody = sim.random.bytes(8);
    const text = (said: string, more: Partial<Extract<GroupInner, { type: 'text' }>>) =>
      sign({ type: 'text', ...plain, ...place, part: 0, parts: 1, bytes: utf8(said), ...more } as GroupInner);
    mal.misbehave(text('to nothing', { reply: sim.random.bytes(16) }));
    mal.misbehave(text('of nobody', { mentions: [nobody, nobody] }));
    sim.run(2000);
    const last = Uint8Array.from(Buffer.from(ann.shown[0]!.id, 'hex'));
    mal.misbehave(text('to a reply', { reply: last }));
    sim.run(2000);
    const shown = (said: string) => ann.shown.find((message) => message.text === said);
    expect(ann.shown.some(({ id }) => id === shown('to nothing')?.reply)).toBe(false);
    expect(shown('of nobody')?.mentions).toEqual(
      Array(2).fill({ peer: null, name: '', tag: Buffer.from(nobody.subarray(0, 4)).toString('hex') }),
    );
    expect(shown('of nobody')).not.toHaveProperty('mentionsMe');
    expect(shown('to a reply')?.reply).toBe(ann.shown[0]!.id);
    stillTalk(sim, ann, bob);
  });

  test('records that were not missing, of others, under its own keys: not one is taken', () => {
    const sim = meet(6, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    bob.say('truth');
    sim.run(2000);
    const record = mal.state.authors.get(bob.id)!.records.get('1 0')!;
    const common = { gen: 1, spk: record.spk, ageS: 0, sig: record.sig, content: record.content, digest: null };
    const resend = (inst: Uint8Array, passed: object) =>
      mal.misbehave((turn) => {
        const peer = turn.room.peers.get(ann.id)!;
        sendSide(turn, peer, peer.member!, { type: 'resend', inst, record: { seq: 0, ...common, ...passed } });
      });
    resend(bob.state.me.inst, { seq: 7 });
    resend(bob.state.me.inst, { content: utf8('lies') });
    resend(ann.state.me.inst, {});
    resend(sim.random.bytes(16), {});
    sim.run(2000);
    expect(ann.texts).toEqual(['truth']);
    expect(dropsOf(ann)).toBe(4);
    stillTalk(sim, ann, bob);
  });

  test('questions without end gets so many answers a minute', () => {
    const sim = meet(7, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    for (let i = 0; i < 40; i++) bob.say(`text ${i}`);
    sim.run(5000);
    let sent = 0;
    for (let i = 0; i < 30; i++) {
      mal.misbehave((turn) => {
        const peer = turn.room.peers.get(ann.id)!;
        const spans = Array.from({ length: limits.resendSpans }, () => ({ gen: 1, from: 0, count: 65535 }));
        sendSide(turn, peer, peer.member!, { type: 'resend-request', inst: bob.state.me.inst, spans });
      });
      sim.run(200);
    }
    sim.record = () => {
      sent++;
    };
    sim.run(1000);
    expect(ann.drops.get('pair flood')).toBeGreaterThan(15);
    expect(ann.state.peers.get(mal.id)!.member!.handedOut.count).toBeGreaterThanOrEqual(limits.passedPerMinute);
    stillTalk(sim, ann, bob);
    expect(sent).toBeLessThan(1000);
  });

  test('a past that nobody asked for is not taken, and the past is handed out once', () => {
    const sim = meet(8, 3, { invite: { ...testInvite, history: true } });
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    ann.say('hello');
    sim.run(3000);
    const { inst, statics } = mal.state.me;
    const toAnn = (inner: SideRecord) =>
      mal.misbehave((turn) => {
        const peer = turn.room.peers.get(ann.id)!;
        sendSide(turn, peer, peer.member!, inner);
      });
    toAnn({ type: 'history', kind: 'records', inst, staticKey: statics.public, name: utf8('Mal'), records: [] });
    for (let i = 0; i < 3; i++) toAnn({ type: 'history', kind: 'ask' });
    sim.run(3000);
    expect([ann.drops.get('pair unexpected'), ann.drops.get('pair flood')]).toEqual([1, 2]);
    stillTalk(sim, ann, bob);
  });

  test('false views in SYNC makes others ask in vain and nothing else', () => {
    const sim = meet(9, 3);
    const [mal, ann, bob] = sim.pages as [Page, Page, Page];
    bob.say('one');
    sim.run(2000);
    const who = bob.state.me.inst.subarray(0, 8);
    mal.misbehave(sign({ type: 'sync', latest: [{ who, gen: 1, seq: 0, id: sim.random.bytes(8) }] }));
    mal.misbehave(sign({ type: 'sync', latest: [{ who, gen: 1, seq: 300, id: sim.random.bytes(8) }] }));
    mal.misbehave(sign({ type: 'sync', latest: [{ who, gen: 99, seq: 0xffffffff, id: sim.random.bytes(8) }] }));
    sim.run(60_000);
    expect(ann.state.authors.get(bob.id)!.numbers.gaps.size).toBeLessThanOrEqual(limits.windowAhead);
    expect(ann.events.some((event) => event.type === 'notice' && event.notice === 'member-equivocates')).toBe(false);
    stillTalk(sim, ann, bob);
    expect(ann.shown.find(({ text }) => text === 'P2 is fine')?.id).toEqual(expect.any(String) as unknown as MessageId);
  });
});
