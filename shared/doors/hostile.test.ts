/** Errands at a relay that lies, and with people who do: nothing throws, nothing grows, nobody is believed without proof. */
import { expect, test } from 'vitest';
import { hex } from '../bytes.ts';
import * as cpace from '../handshake/cpace.ts';
import { deriveRoomKeys } from '../handshake/schedule.ts';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { seededRandom } from '../testing/random.ts';
import { encodeFromDesk, encodeListing } from '../wire/desk.ts';
import { encodeInvite, plainOptions } from '../wire/invite.ts';
import { encodeFromRelay } from '../wire/relay.ts';
import { ClaimCode } from './claim-code.ts';
import { codeKeys, readCode } from './code.ts';
import { DeskCall, type DeskCallOutput, type Errand } from './desk-call.ts';
import { Answerer, Asker } from './handover.ts';
import { KeepDoor } from './keep-door.ts';
import { Knock } from './knock.ts';
import { checkListing, showRoom } from './listing.ts';
import { ReadList } from './read-list.ts';
import { ShareCode } from './share-code.ts';

const dice = seededRandom(20261121);
const random = dice.bytes;
const invite = { ...plainOptions, secret: random(32), expiresAt: 0 };
const { roomPub } = deriveRoomKeys(invite);
const code = readCode('7-crystal-window-potato')!;
const handed = encodeInvite(invite);

const errands = (): Errand<{ readonly type: string }>[] => [
  new ShareCode({ invite: handed, cpace, random }),
  new ClaimCode({ code, cpace, random }),
  new ReadList(random),
  new Knock({ roomPub, name: 'Alice', random }),
  new KeepDoor({ invite, handed, origin: 'https://relay.example', random }),
];

/** A call that has been greeted and has asked. */
function asked<Event>(errand: Errand<Event>) {
  let now = 0;
  const call = new DeskCall(errand, now);
  const env = () => ({ now, random });
  const step = (input: Parameters<typeof call.step>[0]) => call.step(input, env());
  const greet = () => {
    step({ type: 'wake' });
    step({ type: 'opened' });
    return step({ type: 'bytes', bytes: encodeFromRelay({ type: 'challenge', version: 1, nonce: random(32), powBits: 0 }) });
  };
  const hears = (bytes: Uint8Array): DeskCallOutput<Event>[] => step({ type: 'bytes', bytes });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { call, step, greet, hears, pass };
}

const dropsOf = (outputs: readonly DeskCallOutput<unknown>[]) => outputs.flatMap((output) => (output.type === 'drop' ? [output.code] : []));

test('any bytes, cut and changed answers, and answers to other questions end in drops or refusals', () => {
  const inst = random(16);
  const honest = [
    encodeFromDesk({ type: 'opened', nameplate: 7, seconds: 600 }),
    encodeFromDesk({ type: 'met', others: [inst] }),
    encodeFromDesk({ type: 'met', others: [inst, random(16), random(16), random(16)] }),
    encodeFromDesk({ type: 'listings', more: false, rooms: [{ roomPub, people: 3, remainingS: 0, listing: random(90) }] }),
    encodeFromDesk({ type: 'listings', more: true, rooms: [] }),
    encodeFromRelay({ type: 'received', src: inst, frame: random(2048) }),
    encodeFromRelay({ type: 'left', inst }),
    encodeFromRelay({ type: 'gap', lost: 0 }),
    encodeFromRelay({ type: 'listed', listed: 'knocks' }),
    encodeFromRelay({ type: 'challenge', version: 1, nonce: random(32), powBits: 0 }),
  ];
  for (let round = 0; round < 400; round++)
    for (const errand of errands()) {
      const caller = asked(errand);
      caller.greet();
      for (let i = 0; i < 12 && !caller.call.isOver; i++) {
        const bytes = dice.chance(0.8) ? dice.pick(honest).slice() : random(1 + dice.below(80));
        if (dice.chance(0.3)) bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
        caller.hears(dice.chance(0.2) ? bytes.subarray(0, dice.below(bytes.length)) : bytes);
        caller.pass(dice.below(20_000));
        caller.step({ type: 'wake' });
      }
      expect(Number.isNaN(caller.call.nextWake())).toBe(false);
    }
}, 60_000);

test('a relay that brings a flood of visitors is believed for eight of them, and for twenty a minute', () => {
  const door = asked(new KeepDoor({ invite, handed, origin: 'https://relay.example', random }));
  door.greet();
  door.hears(encodeFromDesk({ type: 'listings', more: false, rooms: [{ roomPub, people: 1, remainingS: 0, listing: new Uint8Array(0) }] }));
  const come = () => {
    const inst = random(16);
    const outputs = door.hears(encodeFromDesk({ type: 'met', others: [inst] }));
    return { inst, dropped: dropsOf(outputs) };
  };
  const first = Array.from({ length: 20 }, come);
  expect(first.filter(({ dropped }) => dropped.length === 0)).toHaveLength(limits.knocksPending);
  for (const { inst } of first) door.hears(encodeFromRelay({ type: 'left', inst }));
  let taken = limits.knocksPending;
  for (let i = 0; i < 40; i++) {
    const { inst, dropped } = come();
    taken += dropped.length === 0 ? 1 : 0;
    door.hears(encodeFromRelay({ type: 'left', inst }));
  }
  expect(taken).toBe(20);
  door.pass(60_001);
  expect(come().dropped).toEqual([]);
});

test('a relay that claims a code twice gives no second guess', () => {
  const sharer = asked(new ShareCode({ invite: handed, cpace, random }));
  sharer.greet();
  sharer.hears(encodeFromDesk({ type: 'opened', nameplate: 7, seconds: 600 }));
  sharer.hears(encodeFromDesk({ type: 'met', others: [random(16)] }));
  expect(dropsOf(sharer.hears(encodeFromDesk({ type: 'met', others: [random(16)] })))).toEqual(['misuse']);
});

test('a relay that promises the code for longer than ten minutes is not believed', () => {
  const sharer = asked(new ShareCode({ invite: handed, cpace, random }));
  sharer.greet();
  const outputs = sharer.hears(encodeFromDesk({ type: 'opened', nameplate: 7, seconds: 65_535 }));
  expect(outputs).toContainEqual({ type: 'event', event: expect.objectContaining({ type: 'code', remainingMs: limits.codeMs }) });
  sharer.pass(limits.codeMs + 1);
  expect(sharer.step({ type: 'wake' })).toContainEqual({ type: 'event', event: { type: 'over' } });
});

test('two who do not agree on the words share nothing, and a recording of it tests no other words', () => {
  const [inst, peerInst] = [random(16), random(16)];
  const keysFor = (text: string) => {
    const { prs, ...keys } = codeKeys(readCode(text)!);
    return { ...keys, purpose: 'code', password: { prs, cpace }, random } as const;
  };
  const run = (guess: string) => {
    const asker = new Asker({ ...keysFor(guess), inst, peerInst }, '');
    const answerer = new Answerer({ ...keysFor('7-crystal-window-potato'), inst: peerInst, peerInst: inst });
    const second = answerer.heard(asker.frame);
    if (second.type !== 'reply') throw new Error('no HS2');
    const third = asker.heard(second.frame, 0);
    if (third.type !== 'reply') throw new Error('no HS3');
    return { answerer, third: third.frame };
  };
  const right = run('7-crystal-window-potato');
  expect(right.answerer.heard(right.third).type).toBe('asks');
  const wrong = run('7-crystal-window-panda');
  expect(codeOf(() => wrong.answerer.heard(wrong.third))).toBe('wrong-password');
  // One guess: nothing more is answered, not even the right words.
  expect(codeOf(() => wrong.answerer.heard(right.third))).toBe('unexpected');
  expect(codeOf(() => wrong.answerer.heard(run('7-crystal-window-potato').third))).toBe('unexpected');
});

test('a code and a knock cannot be passed off as one another, nor either as a join', () => {
  const [inst, peerInst] = [random(16), random(16)];
  const shared = { roomPub, psk0: random(32), password: null, random } as const;
  for (const [one, other] of [
    ['code', 'knock'],
    ['knock', 'code'],
    ['join', 'knock'],
  ] as const) {
    const asker = new Asker({ ...shared, purpose: one, inst, peerInst }, 'Alice');
    const answerer = new Answerer({ ...shared, purpose: other, inst: peerInst, peerInst: inst });
    expect(codeOf(() => answerer.heard(asker.frame))).toBe('unauthentic');
  }
});

test('one changed byte anywhere in the frames of a handover is refused, and changes nothing', () => {
  const [inst, peerInst] = [random(16), random(16)];
  const shared = { purpose: 'knock', roomPub, psk0: random(32), password: null, random } as const;
  const asker = new Asker({ ...shared, inst, peerInst }, 'Alice');
  const answerer = new Answerer({ ...shared, inst: peerInst, peerInst: inst });
  const refusesChanges = (frame: Uint8Array, heard: (bytes: Uint8Array) => unknown) => {
    for (let at = 0; at < frame.length; at += 97) {
      const changed = frame.slice();
      changed[at]! ^= 1;
      // hsId, behind the type, is the asker's own choice: the answerer cannot know it from another.
      if (frame[0] === 0x11 && at > 0 && at < 9) continue;
      expect(
        codeOf(() => heard(changed)),
        `byte ${at}`,
      ).not.toBeNull();
    }
  };
  refusesChanges(asker.frame, (bytes) => answerer.heard(bytes));
  const second = answerer.heard(asker.frame);
  if (second.type !== 'reply') throw new Error('no HS2');
  refusesChanges(second.frame, (bytes) => asker.heard(bytes, 0));
  const third = asker.heard(second.frame, 0);
  if (third.type !== 'reply') throw new Error('no HS3');
  refusesChanges(third.frame.slice(0, 48), (bytes) => answerer.heard(bytes));
  expect(answerer.heard(third.frame)).toMatchObject({ type: 'asks', name: 'Alice' });
  const confirm = answerer.give(handed);
  expect(confirm).toHaveLength(2048);
  refusesChanges(confirm, (bytes) => asker.heard(bytes, 0));
  expect(asker.heard(confirm, 0)).toEqual({ type: 'invite', invite: handed });
  expect(codeOf(() => asker.heard(confirm, 0))).toBe('unexpected');
  expect(answerer.heard(third.frame)).toEqual({ type: 'reply', frame: confirm });
});

test('yes and no look alike to the relay', () => {
  const [inst, peerInst] = [random(16), random(16)];
  const shared = { purpose: 'knock', roomPub, psk0: random(32), password: null, random } as const;
  const lengths = [true, false].map((opens) => {
    const asker = new Asker({ ...shared, inst, peerInst }, 'A');
    const answerer = new Answerer({ ...shared, inst: peerInst, peerInst: inst });
    const second = answerer.heard(asker.frame);
    const third = second.type === 'reply' ? asker.heard(second.frame, 0) : undefined;
    if (third?.type !== 'reply') throw new Error('no HS3');
    answerer.heard(third.frame);
    return (opens ? answerer.give('x'.repeat(1366)) : answerer.decline()).length;
  });
  expect(lengths).toEqual([2048, 2048]);
});

test('words in the list that the room did not sign are found out before anyone acts on them', () => {
  const content = encodeListing({ access: 'open', title: 'Free cake', topic: '', invite: handed });
  const forged = Uint8Array.of(...content, ...random(64));
  expect(showRoom({ roomPub, people: 1, remainingS: 0, listing: forged }).title).toBe('Free cake');
  expect(codeOf(() => checkListing(roomPub, forged))).toBe('unauthentic');
});

test('a thousand rooms are kept and a hundred thousand are not', () => {
  const list = new ReadList(random);
  const reader = asked(list);
  reader.greet();
  const listing = Uint8Array.of(...encodeListing({ access: 'knock', title: 'A room', topic: '', invite: '' }), ...random(64));
  let drops = 0;
  for (let n = 0; n < 300; n++) {
    const rooms = Array.from({ length: 100 }, () => ({ roomPub: random(32), people: 1, remainingS: 0, listing }));
    drops += dropsOf(reader.hears(encodeFromDesk({ type: 'listings', more: true, rooms }))).length;
  }
  const last = { roomPub: random(32), people: 1, remainingS: 0, listing };
  const outputs = reader.hears(encodeFromDesk({ type: 'listings', more: false, rooms: [last] }));
  const event = outputs.find((output) => output.type === 'event');
  expect(event?.type === 'event' && event.event.type === 'rooms' ? event.event.rooms.length : 0).toBe(2000);
  expect(drops).toBe(28_000);
  expect(list.room(hex(last.roomPub))).toBeUndefined();
});
