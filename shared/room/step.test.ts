import { describe, expect, test } from 'vitest';
import { agreementKeyPair } from '../primitives.ts';
import { allMet, checkRoom, meet, testInvite } from '../testing/sim-check.ts';
import { calm, type Page, Sim } from '../testing/sim-world.ts';
import { encodeFromRelay, relayErrors } from '../wire/relay.ts';
import { nextWake, step } from './step.ts';
import type { PeerId, RoomInput } from './types.ts';

const phases = (page: Page) => page.events.flatMap((event) => (event.type === 'phase' ? [event.phase.name] : []));

describe('a room of two', () => {
  test('talks through the relay, and what was typed alone is said to the first who comes', () => {
    const sim = new Sim({ seed: 1, invite: testInvite, direct: false });
    const ann = sim.open('Ann');
    sim.run(500);
    ann.say('anyone here?');
    expect(ann.shown[0]?.delivery).toEqual({ state: 'sending', why: 'nobody-here' });
    const bob = sim.open('Bob');
    sim.until(() => allMet(sim), 'both to meet');
    bob.say('hello');
    sim.run(3000);
    expect(bob.texts).toEqual(['anyone here?', 'hello']);
    expect(ann.texts).toEqual(['anyone here?', 'hello']);
    expect(ann.shown[0]?.delivery).toEqual({ state: 'delivered', of: 1 });
    expect(phases(ann)).toEqual(['joining', 'active']);
    expect(phases(bob)).toEqual(['joining', 'active']);
    expect([...ann.drops, ...bob.drops]).toEqual([]);
    checkRoom(sim);
  });

  test('shows both the same seven emoji', () => {
    const [ann, bob] = meet(2, 2).pages as [Page, Page];
    const sas = ann.people.get(bob.id)?.sas;
    expect(sas).toHaveLength(7);
    expect(bob.people.get(ann.id)?.sas).toEqual(sas);
  });

  test('needs one and a half round trips from JOINED to the first message', () => {
    const sim = new Sim({
      seed: 3,
      invite: testInvite,
      direct: false,
      weather: { delayMs: [10, 10], loss: 0, duplicates: 0, reorders: false, linksFail: 0 },
    });
    const ann = sim.open('Ann');
    sim.run(1000);
    ann.say('waiting');
    const bob = sim.open('Bob');
    // dial 10, challenge 10, JOIN 10, JOINED 10, then HS1, HS2, HS3 at 20 each way through the relay, CONFIRM with the text 20
    expect(sim.until(() => bob.texts.includes('waiting'), 'the text', 1000, 1)).toBeLessThanOrEqual(125);
  });

  test('talks a long text whole', () => {
    const sim = meet(4, 2);
    const [ann, bob] = sim.pages as [Page, Page];
    const long = 'ä'.repeat(16 * 1024);
    ann.say(long);
    sim.run(1000);
    expect(bob.texts).toEqual([long]);
    expect(ann.shown[0]?.delivery).toEqual({ state: 'delivered', of: 1 });
  });

  test('refuses a text that is empty or too long as the caller’s mistake', () => {
    const [ann] = meet(5, 2).pages as [Page];
    expect(() => ann.say('')).toThrow(RangeError);
    expect(() => ann.say('x'.repeat(32 * 1024 + 1))).toThrow(RangeError);
  });

  test('finds a proof of work in slices where the relay asks for one', () => {
    const sim = new Sim({ seed: 6, invite: testInvite, direct: false, workBits: 11 });
    const ann = sim.open('Ann');
    sim.until(() => phases(ann).includes('active'), 'the room', 5000, 1);
  });
});

describe('direct links', () => {
  test('take over after the relay has carried the first words, and show as direct', () => {
    const sim = meet(7, 2, { direct: true });
    const [ann, bob] = sim.pages as [Page, Page];
    expect(ann.people.get(bob.id)?.path).toBe('relayed');
    sim.run(10_000);
    expect(ann.people.get(bob.id)?.path).toBe('direct');
    let relayed = 0;
    sim.record = (kind) => (relayed += kind === 'relay' ? 1 : 0);
    ann.say('over the link');
    sim.run(1000);
    expect(bob.texts).toEqual(['over the link']);
    expect(relayed).toBe(0);
  });

  test('are never dialled where the room or this page does not want them', () => {
    for (const direct of [false, true]) {
      const sim = new Sim({ seed: 8, invite: testInvite, direct });
      const ann = sim.open('Ann');
      sim.open('Bob', { directAllowed: false });
      sim.run(120_000);
      expect(ann.people.size).toBe(1);
      expect(sim.pages.map(({ links }) => links.size)).toEqual([0, 0]);
    }
  });

  test('carry nothing when the two ends see different certificates', () => {
    const sim = meet(9, 2, { direct: true });
    const [ann, bob] = sim.pages as [Page, Page];
    sim.until(() => ann.links.size + bob.links.size === 2, 'both to dial');
    const fingerprints = { local: 'sha-256 AA', remote: 'sha-256 BB' };
    let overLink = 0;
    sim.record = (kind) => (overLink += kind === 'link' ? 1 : 0);
    ann.feed({ type: 'link-open', peer: bob.id, fingerprints, path: 'direct' });
    sim.run(5000);
    expect(overLink).toBe(0);
    expect(ann.people.get(bob.id)?.path).toBe('relayed');
    ann.say('still here');
    sim.run(1000);
    expect(bob.texts).toEqual(['still here']);
  });
});

describe('a password', () => {
  const cpace = () => import('../handshake/cpace.ts');
  const secret = (fill: number) => new Uint8Array(32).fill(fill);

  test('lets in who knows it and refuses who does not, who learns it, and so does the member', async () => {
    const sim = new Sim({ seed: 10, invite: { ...testInvite, password: true }, direct: false });
    const door = await cpace();
    const ann = sim.open('Ann', { password: { prs: secret(1), cpace: door } });
    sim.run(500);
    const eve = sim.open('Eve', { password: { prs: secret(2), cpace: door } });
    sim.run(20_000);
    expect(eve.ended).toBe('wrong-password');
    expect(ann.people.size).toBe(0);
    expect(ann.events.filter(({ type }) => type === 'password-refused')).toEqual([{ type: 'password-refused', guessesLeft: 2 }]);
    const bob = sim.open('Bob', { password: { prs: secret(1), cpace: door } });
    sim.run(5000);
    expect([ann.people.size, bob.people.size]).toEqual([1, 1]);
  });

  test('is not asked again after three wrong guesses, until ten minutes have passed', async () => {
    const sim = new Sim({ seed: 11, invite: { ...testInvite, password: true }, direct: false });
    const door = await cpace();
    const ann = sim.open('Ann', { password: { prs: secret(1), cpace: door } });
    sim.run(500);
    for (let guess = 2; guess < 5; guess++) {
      sim.open('Eve', { password: { prs: secret(guess), cpace: door } });
      sim.run(10_000);
    }
    const late = sim.open('Bob', { password: { prs: secret(1), cpace: door } });
    sim.run(10_000);
    expect(ann.people.size).toBe(0);
    sim.run(600_000);
    expect([ann.people.size, late.people.size]).toEqual([1, 1]);
  });
});

describe('the end', () => {
  test('comes at the relay’s time even if the relay cannot be reached', () => {
    const sim = new Sim({ seed: 12, invite: testInvite, direct: false });
    sim.relay.endsAt = sim.now + 60_000;
    const ann = sim.open('Ann');
    sim.run(10_000);
    sim.killRelay();
    sim.run(51_000);
    expect(ann.ended).toBe('expired');
  });

  test('by leaving is told to the others, wipes all keys and ignores everything after', () => {
    const sim = meet(13, 3, { direct: true });
    sim.run(10_000);
    const [ann, bob, cem] = sim.pages as [Page, Page, Page];
    const before = ann.state;
    const { keys, me, sender } = before;
    const member = [...before.peers.values()][0]!.member!;
    ann.leave();
    sim.run(1000);
    for (const page of [bob, cem]) expect(page.events).toContainEqual({ type: 'person-left', peer: ann.id, how: 'left' });
    const secrets = [
      keys.roomSk,
      keys.psk0,
      me.statics.secret,
      sender.chain.ck,
      sender.signer.secret,
      member.channel.send.ck,
      member.channel.receive.ck,
    ];
    for (const secret of [...secrets, member.channel.session.resume, member.channel.session.rekey0])
      expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(ann.ended).toBe('left');
    expect(ann.links.size).toBe(0);
    for (const input of someInputs(bob.id)) expect(step(ann.room, input, ann.env)).toEqual([]);
    expect(nextWake(ann.room)).toBe(Number.POSITIVE_INFINITY);
  });

  const refusals: [keyof typeof relayErrors, string | null][] = [
    ['badFrame', null],
    ['unauthentic', 'refused'],
    ['wrongOrigin', 'refused'],
    ['expired', 'expired'],
    ['badExpiry', 'refused'],
    ['full', 'full'],
    ['taken', 'replaced'],
    ['flood', null],
    ['slowReader', null],
    ['busy', null],
    ['shutdown', null],
    ['unsupported', 'incompatible'],
  ];
  test.each(refusals)('after the relay’s error %s is %s', (error, reason) => {
    for (const told of ['frame', 'close code'] as const) {
      const sim = new Sim({ seed: 14, invite: testInvite });
      const ann = sim.open('Ann');
      sim.run(1);
      ann.feed({ type: 'relay-open', relay: 0 });
      const code = relayErrors[error];
      if (told === 'frame') ann.feed({ type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ type: 'error', code, retryS: 2 }) });
      else ann.feed({ type: 'relay-closed', relay: 0, code: 4000 + code });
      expect(ann.ended).toBe(reason);
    }
  });

  test('is not the relay’s to declare by refusing a member who was in already', () => {
    const sim = meet(15, 2);
    const [ann] = sim.pages as [Page];
    ann.feed({ type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ type: 'error', code: relayErrors.full, retryS: 0 }) });
    expect(ann.ended).toBe(null);
  });
});

describe('membership', () => {
  test('of the same person ends with a reload, and what was verified stays verified', () => {
    const sim = new Sim({ seed: 16, invite: testInvite, direct: false });
    const statics = () => agreementKeyPair(new Uint8Array(32).fill(9));
    const ann = sim.open('Ann');
    const bob = sim.open('Bob', { statics: statics() });
    sim.until(() => allMet(sim), 'both to meet');
    ann.feed({ type: 'verified', peer: bob.id, matches: true });
    expect(ann.people.get(bob.id)?.verification).toBe('verified');
    bob.kill();
    const again = sim.open('Bob', { statics: statics() });
    sim.run(2000);
    expect([...ann.people.keys()]).toEqual([again.id]);
    expect(ann.people.get(again.id)?.verification).toBe('verified');
  });

  test('of an instance belongs to its first static key', () => {
    const sim = new Sim({ seed: 17, invite: testInvite, direct: false });
    const ann = sim.open('Ann');
    const inst = new Uint8Array(16).fill(3);
    const bob = sim.open('Bob', { inst });
    sim.until(() => ann.people.size === 1, 'both to meet');
    const tag = ann.people.get(bob.id)?.tag;
    bob.loseSocket(true);
    sim.open('Eve', { inst });
    sim.run(5000);
    expect([...ann.people.values()].map((person) => [person.name, person.tag])).toEqual([['Bob', tag]]);
  });

  test('is a strange connection’s never, and that is shown', () => {
    const sim = meet(18, 2);
    const [ann] = sim.pages as [Page];
    ann.feed({ type: 'relay-bytes', relay: 0, bytes: encodeFromRelay({ type: 'came', inst: new Uint8Array(16).fill(5) }) });
    sim.run(20_000);
    expect(ann.events).toContainEqual({ type: 'unknown-connections', count: 1 });
    expect(ann.people.size).toBe(1);
  });

  test('is complete before a newcomer’s first text goes out, though it was typed at once', () => {
    const sim = new Sim({ seed: 26, invite: testInvite, direct: false, weather: { ...calm, delayMs: [1, 150] } });
    const others = Array.from({ length: 6 }, (_, i) => sim.open(`P${i}`));
    sim.until(() => allMet(sim), 'all to meet');
    const late = sim.open('Late');
    late.say('hello all');
    sim.run(3000);
    for (const page of others) expect(page.texts).toEqual(['hello all']);
    expect(late.shown[0]?.delivery).toEqual({ state: 'delivered', of: 6 });
  });

  test('is not waited for where a listed connection never answers', () => {
    const sim = meet(27, 2);
    const asleep = sim.open('Asleep');
    sim.run(500);
    asleep.sleep(600_000);
    const late = sim.open('Late');
    late.say('hello who is here');
    expect(sim.until(() => sim.pages[0]!.texts.length === 1, 'the text', 10_000)).toBeLessThan(4000);
  });

  test('costs an idle pair a few frames a quarter minute, on either path', () => {
    for (const direct of [false, true]) {
      const sim = meet(28, 2, { direct });
      sim.run(30_000);
      let frames = 0;
      sim.record = () => frames++;
      sim.run(150_000);
      expect(frames).toBeLessThan(45);
      sim.pages[0]!.feed({ type: 'resumed' }); // both paths at once: everything comes twice for a while
      sim.run(3000);
      frames = 0;
      sim.run(1500);
      expect(frames).toBeLessThan(10);
    }
  });

  test('converges for ten pages that open the link at once', () => {
    const sim = new Sim({ seed: 19, invite: testInvite, direct: false });
    for (let i = 0; i < 10; i++) sim.open(`P${i}`);
    expect(sim.until(() => allMet(sim), 'all to meet')).toBeLessThan(5000);
    for (const page of sim.pages) page.say(`hello from ${page.name}`);
    sim.run(5000);
    expect(checkRoom(sim)).toEqual({ messages: 10, deliveries: 90, missing: 0, undelivered: 0 });
  });

  test('converges for sixteen people who come one after another', () => {
    const sim = new Sim({ seed: 20, invite: testInvite, direct: false });
    for (let i = 0; i < 16; i++) sim.after(i * 300, () => sim.open(`P${i}`));
    sim.run(16 * 300);
    sim.until(() => allMet(sim), 'all to meet', 20_000);
    for (const page of sim.pages) page.say(`hello from ${page.name}`);
    sim.run(5000);
    expect(checkRoom(sim)).toEqual({ messages: 16, deliveries: 240, missing: 0, undelivered: 0 });
    sim.run(60_000);
    expect(sim.pages.flatMap(({ events }) => events.filter(({ type }) => type === 'roster-differs'))).toEqual([]);
  });
});

/** One of each kind, hostile where bytes are involved. */
function someInputs(peer: PeerId): RoomInput[] {
  const garbage = [
    new Uint8Array(0),
    new Uint8Array(1),
    new Uint8Array(256).fill(0x20),
    new Uint8Array(2048).fill(0x11),
    new Uint8Array(16_401).fill(8),
  ];
  const stranger = 'ff'.repeat(16) as PeerId;
  return [
    { type: 'join' },
    { type: 'say', text: 'hello' },
    { type: 'relay-open', relay: 0 },
    ...garbage.map((bytes) => ({ type: 'relay-bytes', relay: 0, bytes }) as const),
    { type: 'relay-closed', relay: 0, code: 1006 },
    ...[peer, stranger].flatMap((of): RoomInput[] => [
      { type: 'verified', peer: of, matches: false },
      { type: 'link-signal', peer: of, signal: '{}' },
      { type: 'link-open', peer: of, fingerprints: { local: 'a', remote: 'b' }, path: 'turn' },
      ...garbage.map((bytes) => ({ type: 'link-bytes', peer: of, bytes }) as const),
      { type: 'link-closed', peer: of },
    ]),
    { type: 'wake' },
    { type: 'resumed' },
    { type: 'leave' },
  ];
}

describe('every input in every state', () => {
  const states: [string, () => Page][] = [
    ['idle', () => idlePage()],
    ['dialing', () => openPage(0)],
    ['joining', () => openPage(30)],
    ['alone', () => openPage(3000)],
    ['with members', () => meet(21, 3).pages[0]!],
    ['with direct links', () => withLinks()],
    ['without its socket', () => withoutSocket()],
  ];
  test.each(states)('%s: is handled without an exception', (_, make) => {
    const peer = firstPeer(make());
    for (const input of someInputs(peer)) {
      const page = make();
      step(page.room, input, page.env);
      step(page.room, { type: 'wake' }, page.env);
      expect(Number.isNaN(nextWake(page.room))).toBe(false);
    }
  });

  function idlePage(): Page {
    const sim = new Sim({ seed: 22, invite: testInvite });
    const page = sim.open('Ann');
    const idle = page.state;
    idle.phase = 'idle';
    idle.relays[0]!.seat = { name: 'none', dialAt: Number.POSITIVE_INFINITY };
    return page;
  }

  function openPage(ms: number): Page {
    const sim = new Sim({ seed: 23, invite: testInvite });
    const page = sim.open('Ann');
    sim.run(ms);
    return page;
  }

  function withLinks(): Page {
    const sim = meet(24, 2, { direct: true });
    sim.run(10_000);
    return sim.pages[0]!;
  }

  function withoutSocket(): Page {
    const sim = meet(25, 2);
    sim.killRelay();
    sim.run(3000);
    return sim.pages[0]!;
  }

  function firstPeer(page: Page): PeerId {
    return [...page.state.peers.keys()][0] ?? ('ee'.repeat(16) as PeerId);
  }
});
