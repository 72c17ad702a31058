/**
 * What others get to see: the relay, someone without the invite, someone who has left, someone who comes later, and a thief of
 * the state a page had (protocol.md "Threat model").
 */
import { expect, test } from 'vitest';
import { concat, hex, utf8 } from '../bytes.ts';
import type { GroupReceiver } from '../group/receiver.ts';
import { openGroup } from '../group/record.ts';
import { limits } from '../limits.ts';
import { seededRandom } from '../testing/random.ts';
import { allMet, meet, testInvite } from '../testing/sim-check.ts';
import { type Page, Sim } from '../testing/sim-world.ts';
import { decodeToRelay, encodeFromRelay } from '../wire/relay.ts';

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

test('the relay of a five-person session sees no secret, name, text, candidate or fingerprint, and only bucket sizes', () => {
  const sim = new Sim({ seed: 1, invite: testInvite, direct: true });
  const seen: Uint8Array[] = [];
  sim.relay.record = (bytes) => seen.push(bytes.slice());
  const names = ['Annabelle', 'Bartholomew', 'Cassiopeia', 'Demetrius', 'Evangeline'];
  for (const name of names) {
    sim.open(name);
    sim.run(700);
  }
  sim.until(() => allMet(sim), 'all to meet');
  for (const page of sim.pages) page.say(`the plan of ${page.name} is to meet at noon`);
  sim.run(10_000);
  for (const page of sim.pages) page.say(`${'long '.repeat(3000)}${page.name}`);
  sim.run(2000);
  const secrets = [
    testInvite.secret,
    ...sim.pages.flatMap((page) => [page.state.keys.psk0, page.state.keys.roomSk, page.state.me.statics.public]),
  ];
  const clear = [...names, 'the plan of', 'long long', 'candidate:', 'a=fingerprint', 'sha-256', 'offer', 'answer', '127.0.0.1'];
  const needles = [...secrets, ...clear.map(utf8)].flatMap((bytes) => [latin1(bytes), hex(bytes)]);
  const all = latin1(concat(...seen));
  for (const needle of needles) expect(all.includes(needle)).toBe(false);
  let frames = 0;
  for (const bytes of seen) {
    const sent = decodeToRelay(bytes);
    if (sent.type !== 'send') continue;
    frames++;
    expect(limits.buckets).toContain(sent.frame.length);
  }
  console.log(`${seen.length} messages at the relay, ${frames} frames of bucket size, ${needles.length} needles not found`);
});

test('someone with another psk0 gets not one byte in answer', () => {
  const sim = new Sim({ seed: 2, invite: testInvite, direct: false });
  const ann = sim.open('Ann');
  // The same room at the relay, which checks only the room's signature, and another key for members.
  const eve = sim.open('Eve');
  eve.state.keys.psk0.fill(1);
  let toEve = 0;
  sim.relay.record = (bytes) => {
    const sent = decodeToRelay(bytes);
    if (sent.type === 'send' && hex(sent.dst) === eve.id && sent.frame[0] !== 0x11) toEve++;
  };
  sim.run(60_000);
  expect(ann.drops.get('handshake unauthentic')).toBeGreaterThan(0);
  expect(toEve).toBe(0);
  expect([ann.people.size, eve.people.size]).toEqual([0, 0]);
});

test('junk in place of handshake frames is answered by nothing and changes nothing', () => {
  const sim = meet(3, 2);
  const [ann] = sim.pages as [Page];
  const random = seededRandom(3);
  const src = random.bytes(16);
  let sent = 0;
  sim.run(1000);
  sim.record = () => sent++;
  for (const type of [0x11, 0x12, 0x13, 0x20, 0x30]) {
    for (const length of [256, 2048, 16384]) {
      const frame = random.bytes(length);
      frame[0] = type;
      ann.feed({ type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ type: 'received', src, frame }) });
    }
  }
  expect(sent).toBe(0);
  expect([...ann.state.peers.values()].filter(({ shake }) => shake.name !== 'rest')).toEqual([]);
});

/** How many of `frames` by `author` the receiving state opens. */
function opens(receiver: GroupReceiver, author: Page, frames: readonly Uint8Array[], now: number): number {
  const { keys, me } = author.state;
  let opened = 0;
  for (const frame of frames) {
    try {
      if (openGroup(receiver, { roomPub: keys.roomPub, inst: me.inst, staticKey: me.statics.public }, frame, now)?.fresh) opened++;
    } catch {
      // refused: not opened
    }
  }
  return opened;
}

const receiverAt = (page: Page, author: Page): GroupReceiver => structuredClone(page.state.peers.get(author.id)!.member!.receiver);

test('who has left reads nothing that is said afterwards, with all the keys it had', () => {
  const sim = meet(4, 3);
  const [ann, bob, cem] = sim.pages as [Page, Page, Page];
  ann.say('before');
  sim.run(2000);
  const kept = receiverAt(cem, ann);
  const frames = sim.recordGroup();
  ann.say('while Cem is here');
  sim.run(1000);
  expect(opens(structuredClone(kept), ann, frames, sim.now)).toBe(1);
  cem.leave();
  sim.run(1000);
  frames.length = 0;
  for (let i = 0; i < 5; i++) ann.say(`after ${i}`);
  sim.run(1000);
  expect(frames.length).toBeGreaterThanOrEqual(5);
  expect(opens(kept, ann, frames, sim.now)).toBe(0);
  expect(bob.shown).toHaveLength(7);
});

test('a newcomer reads nothing that was said before, with all the keys it gets', () => {
  const sim = meet(5, 2);
  const [ann] = sim.pages as [Page];
  const frames = sim.recordGroup();
  for (let i = 0; i < 5; i++) ann.say(`before ${i}`);
  sim.run(1000);
  const dan = sim.open('Dan');
  sim.until(() => allMet(sim), 'the newcomer');
  sim.run(1000);
  expect(frames).toHaveLength(5);
  expect(opens(receiverAt(dan, ann), ann, frames, sim.now)).toBe(0);
});

test('a thief of a page’s whole state reads nothing of before, and nothing more after a rekey', () => {
  const sim = meet(6, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  const frames = sim.recordGroup();
  ann.say('before the theft');
  sim.run(1000);
  const stolen = receiverAt(bob, ann);
  expect(opens(structuredClone(stolen), ann, frames, sim.now)).toBe(0);
  // He records everything on the wire, and holds the pairwise chains of that moment too; he does not stand in the middle.
  const chains = structuredClone(bob.state.peers.get(ann.id)!.member!.channel.receive);
  const sas = bob.people.get(ann.id)?.sas;
  sim.run(limits.rekeyMs + 60_000);
  const { channel, sas: now } = bob.state.peers.get(ann.id)!.member!;
  expect(hex(channel.receive.kid)).not.toBe(hex(chains.kid));
  expect(now).toEqual(sas); // people need not compare again
  frames.length = 0;
  for (let i = 0; i < 5; i++) ann.say(`after the rekey ${i}`);
  sim.run(1000);
  expect(bob.shown).toHaveLength(6);
  expect(opens(stolen, ann, frames, sim.now)).toBe(0);
});

test('a member cannot post as another with that one’s chain key', () => {
  const sim = meet(7, 3);
  const [ann, bob, cem] = sim.pages as [Page, Page, Page];
  // Cem signs with his own key over Ann's chain: what a member can do who was handed that chain.
  const anns = ann.state.sender;
  const forged = structuredClone(anns);
  forged.signer = structuredClone(cem.state.sender.signer);
  const before = ann.state.sender;
  Object.assign(ann.state, { sender: forged });
  const frames = sim.recordGroup();
  ann.say('not Ann');
  Object.assign(ann.state, { sender: before });
  sim.run(1000);
  expect(frames.length).toBeGreaterThan(0);
  for (const page of [bob, cem]) {
    expect(page.shown).toHaveLength(0);
    expect(page.drops.get('group misuse')).toBeGreaterThan(0);
    expect(page.events).toContainEqual({ type: 'notice', notice: 'member-misbehaves', peer: ann.id });
  }
});
