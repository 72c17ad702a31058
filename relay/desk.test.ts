/** The desk with real callers: the machines that pages run, against the relay's connections. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ClaimCode } from '../shared/doors/claim-code.ts';
import { readCode, spell } from '../shared/doors/code.ts';
import { type DoorEvent, KeepDoor } from '../shared/doors/keep-door.ts';
import { Knock } from '../shared/doors/knock.ts';
import { checkListing } from '../shared/doors/listing.ts';
import { ReadList } from '../shared/doors/read-list.ts';
import { ShareCode } from '../shared/doors/share-code.ts';
import { words } from '../shared/doors/words.ts';
import * as cpace from '../shared/handshake/cpace.ts';
import { deriveRoomKeys } from '../shared/handshake/schedule.ts';
import { limits } from '../shared/limits.ts';
import { sign } from '../shared/primitives.ts';
import { encodeListing, encodeToDesk, listingProof, type PublishClaim, publishProof } from '../shared/wire/desk.ts';
import { encodeInvite, type Invite } from '../shared/wire/invite.ts';
import { encodeJoin, encodeSend, joinProof, relayErrors } from '../shared/wire/relay.ts';
import { Mailboxes } from './mailboxes.ts';
import { newCounters } from './metrics.ts';
import { TestCaller } from './testing/caller.ts';
import { FakeClock } from './testing/clock.ts';
import { TestHall, testOrigin } from './testing/hall.ts';

const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

const inviteOf = (expiresAt = 0): Invite => ({
  secret: random(32),
  expiresAt,
  relays: [],
  relayOnly: false,
  password: false,
  approval: false,
  adminHash: null,
  onionOnly: false,
  relayKey: null,
  history: false,
  vanishS: 0,
});

/** A member of the room of `invite`, seated. */
function sits(hall: TestHall, invite: Invite) {
  const { wire, connection } = hall.dial();
  const challenge = wire.taken()[0];
  if (challenge?.type !== 'challenge') throw new Error('no challenge');
  const { roomSk, roomPub } = deriveRoomKeys(invite);
  const claim = { roomPub, inst: random(16), expiresAt: invite.expiresAt, lastRecv: 0, wantsTurn: false, pow: 0 };
  connection.message(Buffer.from(encodeJoin({ ...claim, sig: sign(roomSk, joinProof(testOrigin, challenge.nonce, claim)) })), true);
  hall.turn();
  return { wire, connection };
}

const share = (hall: TestHall, invite = encodeInvite(inviteOf())) => new TestCaller(hall, new ShareCode({ invite, cpace, random }));
const claim = (hall: TestHall, code: string) => new TestCaller(hall, new ClaimCode({ code: readCode(code)!, cpace, random }));

function keep(hall: TestHall, invite: Invite) {
  const door = new KeepDoor({ invite, handed: encodeInvite(invite), origin: testOrigin, random });
  return { door, caller: new TestCaller<DoorEvent>(hall, door) };
}

const knockAt = (hall: TestHall, invite: Invite, name = 'Alice') =>
  new TestCaller(hall, new Knock({ roomPub: deriveRoomKeys(invite).roomPub, name, random }));

const wording = { access: 'knock', title: 'Reading circle', topic: 'This week: short stories' } as const;

/** A listed room with one member at its door. */
function listedRoom(hall: TestHall, how: Partial<{ access: 'open' | 'code' | 'knock'; title: string; topic: string }> = {}) {
  const invite = inviteOf();
  const member = sits(hall, invite);
  const { door, caller } = keep(hall, invite);
  hall.settle();
  caller.act((line) => door.publish({ ...wording, ...how }, line));
  hall.settle();
  return { invite, member, door, caller };
}

describe('a spoken code', () => {
  it('hands the invite over once, to whoever has the words', () => {
    const hall = new TestHall();
    const invite = encodeInvite(inviteOf());
    const ann = share(hall, invite);
    hall.settle();
    const { code, remainingMs } = ann.last('code')!;
    expect(code).toMatch(/^\d{1,2}-[a-z]+-[a-z]+-[a-z]+$/);
    expect(remainingMs).toBe(limits.codeMs);
    const ben = claim(hall, code);
    hall.settle();
    expect(ben.last('invite')).toEqual({ type: 'invite', invite });
    expect(ann.events.map(({ type }) => type)).toEqual(['code', 'claimed', 'used']);
    const cat = claim(hall, code);
    hall.settle();
    expect(cat.events).toEqual([{ type: 'refused', why: 'gone' }]);
    expect(hall.hall.desk.mailboxes.size).toBe(0);
  });

  it('is burned by one wrong word: the maker is told, and the right words come too late', () => {
    const hall = new TestHall();
    const ann = share(hall);
    hall.settle();
    const { code } = ann.last('code')!;
    const { nameplate, words: said } = readCode(code)!;
    const wrong = spell({ nameplate, words: [said[0]!, said[1]!, words.find((word) => word !== said[2])!] });
    const mallory = claim(hall, wrong);
    hall.settle();
    expect(mallory.events.map(({ type }) => type)).toEqual(['checking', 'wrong']);
    expect(ann.last('burned')).toEqual({ type: 'burned', why: 'wrong' });
    const ben = claim(hall, code);
    hall.settle();
    expect(ben.events).toEqual([{ type: 'refused', why: 'gone' }]);
  });

  it('is refused rather than sought for ever when too many numbers rest', () => {
    const counters = newCounters();
    const boxes = new Mailboxes(20_000, new FakeClock(), random, counters);
    const outlet = { deliver: () => {}, tell: () => {}, end: () => {} };
    let refused: unknown;
    for (let i = 0; i < 65_536 && refused === undefined; i++) {
      const call = boxes.open(random(16), outlet);
      if (typeof call === 'number') refused = call;
      else call.closed(1000);
    }
    expect(refused).toBe(relayErrors.busy);
    expect(counters.codes).toBeGreaterThan(20_000);
  });

  it('is claimed once, even while the first claim is still being proven', () => {
    const hall = new TestHall();
    const ann = share(hall);
    hall.settle();
    const { code } = ann.last('code')!;
    ann.breaks();
    const ben = claim(hall, code);
    const cat = claim(hall, code);
    hall.settle();
    expect(ben.events).toEqual([{ type: 'checking' }]);
    expect(cat.events).toEqual([{ type: 'refused', why: 'gone' }]);
    ann.reconnects();
    hall.settle();
    expect(ben.last('invite')).toBeDefined();
    expect(ann.last('used')).toBeDefined();
  });

  it('is burned by a claimer who goes away', () => {
    const hall = new TestHall();
    const ann = share(hall);
    hall.settle();
    const { code } = ann.last('code')!;
    ann.breaks();
    const ben = claim(hall, code);
    hall.settle();
    ben.breaks();
    hall.settle();
    expect(ben.events.at(-1)).toEqual({ type: 'wrong' });
    ann.reconnects();
    hall.settle();
    expect(ann.events.at(-1)).toEqual({ type: 'burned', why: 'went-away' });
    expect(hall.hall.desk.mailboxes.size).toBe(0);
  });

  it('ends after ten minutes, for both, and its number rests as long', () => {
    const hall = new TestHall();
    const ann = share(hall);
    hall.settle();
    const { code } = ann.last('code')!;
    hall.live(limits.codeMs / 1000 + 1);
    expect(ann.events.at(-1)).toEqual({ type: 'over' });
    const ben = claim(hall, code);
    hall.settle();
    expect(ben.events).toEqual([{ type: 'refused', why: 'gone' }]);
    const { nameplate } = readCode(code)!;
    const others = Array.from({ length: 20 }, () => share(hall));
    hall.settle();
    expect(others.map((one) => readCode(one.last('code')!.code)!.nameplate)).not.toContain(nameplate);
  });

  it('is refused where there are too many, and makes longer numbers before there are', () => {
    const hall = new TestHall({ codes: 40 });
    const many = Array.from({ length: 41 }, () => share(hall));
    hall.settle();
    const codes = many.flatMap((one) => one.last('code') ?? []);
    expect(codes).toHaveLength(40);
    expect(new Set(codes.map(({ code }) => readCode(code)!.nameplate)).size).toBe(40);
    expect(codes.some(({ code }) => readCode(code)!.nameplate > 99)).toBe(true);
    expect(many.at(-1)!.events).toEqual([{ type: 'refused', why: 'busy' }]);
  });

  it('answers a number that never was exactly like one that is used up', () => {
    const hall = new TestHall();
    const ann = share(hall);
    hall.settle();
    const { nameplate } = readCode(ann.last('code')!.code)!;
    claim(hall, ann.last('code')!.code);
    hall.settle();
    const answers = [nameplate, nameplate === 77 ? 78 : 77].map((number) => {
      const { wire, connection } = hall.dial();
      wire.raw.length = 0;
      connection.message(Buffer.from(encodeToDesk({ type: 'claim', inst: random(16), pow: 0, nameplate: number })), true);
      hall.turn();
      return [wire.raw.map((bytes) => Buffer.from(bytes).toString('hex')), wire.closedWith];
    });
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toEqual([['0e00100000'], 4016]);
  });

  it('lets no stranger play the claimer, nor a claimer send without end or out of size', () => {
    const hall = new TestHall();
    const ann = share(hall);
    hall.settle();
    const { code } = ann.last('code')!;
    const ben = claim(hall, code);
    ben.pump();
    hall.turn();
    ben.pump();
    hall.turn();
    for (let i = 0; i < 2 * limits.doorFrames; i++) ben.forge(encodeSend(random(16), new Uint8Array(2048)));
    expect(hall.hall.counters.drops.errand).toBe(2 * limits.doorFrames);
    ben.forge(encodeSend(random(16), new Uint8Array(2047)));
    hall.settle();
    expect(hall.hall.counters.refusals[relayErrors.badFrame]).toBe(1);
    expect(ann.events.at(-1)!.type).toMatch(/used|burned/);
  });

  it('costs work where the relay asks for it', () => {
    const hall = new TestHall({ workBits: 9 });
    const ann = share(hall);
    hall.settle();
    const ben = claim(hall, ann.last('code')!.code);
    hall.settle();
    expect(ben.last('invite')).toBeDefined();
  });
});

describe('the list', () => {
  it('shows what a room says of itself, who is there, and changes while one looks', () => {
    const hall = new TestHall();
    const reader = new TestCaller(hall, new ReadList(random));
    hall.settle();
    expect(reader.last('rooms')!.rooms).toEqual([]);
    const { invite, caller, door, member } = listedRoom(hall);
    hall.live(1);
    expect(reader.last('rooms')!.rooms).toMatchObject([{ ...wording, people: 1, remainingS: 0 }]);
    expect(caller.last('listed')!.room).toMatchObject(wording);
    expect(member.wire.frames).toContainEqual({ type: 'listed', listed: 'knocks' });
    sits(hall, invite);
    hall.live(1);
    expect(reader.last('rooms')!.rooms[0]!.people).toBe(2);
    caller.act((line) => door.publish({ ...wording, title: 'Writing circle' }, line));
    hall.live(1);
    expect(reader.last('rooms')!.rooms[0]!.title).toBe('Writing circle');
    caller.act((line) => door.withdraw(line));
    hall.settle();
    expect(caller.last('listed')!.room).toBeNull();
    expect(member.wire.frames.at(-1)).toEqual({ type: 'listed', listed: 'no' });
    hall.live(1);
    expect(reader.last('rooms')!.rooms).toEqual([]);
  });

  it('tells those who come later, and forgets a room when it ends', () => {
    const hall = new TestHall({ graceSeconds: 0 });
    const { invite, member, caller } = listedRoom(hall, { access: 'code' });
    const late = sits(hall, invite);
    expect(late.wire.frames).toContainEqual({ type: 'listed', listed: 'yes' });
    for (const { connection } of [member, late]) connection.closed(1000);
    hall.live(2);
    expect(hall.hall.desk.listings.size).toEqual({ listings: 0, visitors: 0 });
    expect(caller.events.at(-1)).toEqual({ type: 'refused', why: 'gone' });
    const reader = new TestCaller(hall, new ReadList(random));
    hall.settle();
    expect(reader.last('rooms')!.rooms).toEqual([]);
  });

  it('carries the invite of a room that anybody may enter, and only of such', () => {
    const hall = new TestHall();
    const { invite } = listedRoom(hall, { access: 'open' });
    listedRoom(hall, { access: 'knock' });
    const list = new ReadList(random);
    const reader = new TestCaller(hall, list);
    hall.settle();
    const { rooms } = reader.last('rooms')!;
    const invites = rooms.map(({ id, access }) => {
      const room = list.room(id)!;
      return [access, checkListing(room.roomPub, room.listing).invite];
    });
    expect(invites).toContainEqual(['open', encodeInvite(invite)]);
    expect(invites).toContainEqual(['knock', '']);
  });

  it('says no to a stranger, to another origin, another nonce, another act, and to words that the room did not sign', () => {
    const hall = new TestHall();
    const { roomSk, roomPub } = deriveRoomKeys(inviteOf());
    const real = inviteOf();
    sits(hall, real);
    const keys = deriveRoomKeys(real);
    const content = encodeListing({ ...wording, invite: '' });
    const signed = Buffer.concat([content, sign(keys.roomSk, listingProof(keys.roomPub, content))]);
    const attempt = (change: Partial<PublishClaim>, sk = keys.roomSk, origin = testOrigin, nonceOf = (nonce: Uint8Array) => nonce) => {
      const { wire, connection } = hall.dial();
      const challenge = wire.taken()[0] as { nonce: Uint8Array };
      const claimed = { inst: random(16), pow: 0, roomPub: keys.roomPub, act: 'list' as const, listing: signed, ...change };
      const { act: _, ...provenAs } = { ...claimed };
      const sig = sign(sk, publishProof(origin, nonceOf(challenge.nonce), { ...provenAs, act: 'list' }));
      connection.message(Buffer.from(encodeToDesk({ type: 'publish', ...claimed, sig })), true);
      hall.turn();
      return wire.closedWith;
    };
    const unauthentic = 4000 + relayErrors.unauthentic;
    expect(attempt({}, roomSk)).toBe(unauthentic);
    expect(attempt({}, keys.roomSk, 'https://other.example')).toBe(unauthentic);
    expect(attempt({}, keys.roomSk, testOrigin, () => new Uint8Array(32))).toBe(unauthentic);
    expect(attempt({ act: 'withdraw', listing: new Uint8Array(0) })).toBe(unauthentic);
    expect(attempt({ roomPub })).toBe(unauthentic);
    const forged = Buffer.concat([content, sign(roomSk, listingProof(keys.roomPub, content))]);
    expect(attempt({ listing: forged })).toBe(unauthentic);
    expect(attempt({ listing: Buffer.concat([content.subarray(0, 5), forged]) })).toBe(4000 + relayErrors.badFrame);
    expect(hall.hall.desk.listings.size.listings).toBe(0);
    expect(attempt({})).toBeUndefined();
    expect(hall.hall.desk.listings.size.listings).toBe(1);
  });

  it('cannot be probed: a hidden room and one that never was give the same bytes and the same end', () => {
    const hall = new TestHall();
    const hidden = inviteOf();
    sits(hall, hidden);
    const { invite: openRoom } = listedRoom(hall, { access: 'open' });
    const never = deriveRoomKeys(inviteOf());
    const stranger = deriveRoomKeys(inviteOf()).roomSk;
    const probe = (make: (nonce: Uint8Array) => Uint8Array) => {
      const { wire, connection } = hall.dial();
      const challenge = wire.taken()[0] as { nonce: Uint8Array };
      wire.raw.length = 0;
      connection.message(Buffer.from(make(challenge.nonce)), true);
      hall.turn();
      return { said: wire.raw.map((bytes) => Buffer.from(bytes).toString('hex')), closedWith: wire.closedWith };
    };
    const caller = { inst: new Uint8Array(16).fill(7), pow: 0 };
    const knock = (roomPub: Uint8Array) => probe(() => encodeToDesk({ type: 'knock', ...caller, roomPub }));
    const attend = (roomPub: Uint8Array) =>
      probe((nonce) => {
        const one = { ...caller, roomPub, act: 'attend' as const, listing: new Uint8Array(0) };
        return encodeToDesk({ type: 'publish', ...one, sig: sign(stranger, publishProof(testOrigin, nonce, one)) });
      });
    const join = (roomPub: Uint8Array) =>
      probe((nonce) => {
        const one = { roomPub, inst: caller.inst, expiresAt: 0, lastRecv: 0, wantsTurn: false, pow: 0 };
        return encodeJoin({ ...one, sig: sign(stranger, joinProof(testOrigin, nonce, one)) });
      });
    const { roomPub } = deriveRoomKeys(hidden);
    for (const ask of [knock, attend, join]) expect(ask(roomPub)).toEqual(ask(never.roomPub));
    expect(knock(roomPub)).toEqual({ said: ['0e00100000'], closedWith: 4016 });
    expect(knock(deriveRoomKeys(openRoom).roomPub)).toEqual(knock(never.roomPub));
  });

  it('looks at no room for a stranger, so that its time tells nothing either', () => {
    const hall = new TestHall();
    const hidden = inviteOf();
    sits(hall, hidden);
    const asked: string[] = [];
    const { rooms } = hall.hall;
    const find = rooms.find.bind(rooms);
    rooms.find = (id) => {
      asked.push(id);
      return find(id);
    };
    asked.length = 0;
    const visitor = knockAt(hall, hidden);
    hall.settle();
    expect(visitor.last('refused')!.why).toBe('gone');
    const { wire, connection } = hall.dial();
    const claimed = {
      inst: random(16),
      pow: 0,
      roomPub: deriveRoomKeys(hidden).roomPub,
      act: 'attend' as const,
      listing: new Uint8Array(0),
    };
    connection.message(Buffer.from(encodeToDesk({ type: 'publish', ...claimed, sig: new Uint8Array(64) })), true);
    hall.turn();
    expect(wire.closedWith).toBe(4000 + relayErrors.unauthentic);
    expect(asked).toEqual([]);
  });

  it('holds a thousand rooms and no more, and reads them in a moment', () => {
    const hall = new TestHall({ listings: 1000 });
    const { listings } = hall.hall.desk;
    const publish = () => {
      const invite = inviteOf();
      sits(hall, invite);
      const { roomSk, roomPub } = deriveRoomKeys(invite);
      const content = encodeListing({ access: 'knock', title: 'x'.repeat(80), topic: 'y'.repeat(240), invite: '' });
      return listings.list(roomPub, Buffer.concat([content, sign(roomSk, listingProof(roomPub, content))]));
    };
    for (let i = 0; i < 1000; i++) expect(publish()).toBeNull();
    expect(publish()).toBe(relayErrors.busy);
    const reader = new TestCaller(hall, new ReadList(random));
    hall.settle();
    expect(reader.last('rooms')!.rooms).toHaveLength(1000);
    expect(reader.drops).toEqual([]);
  }, 60_000);

  it('lists harmless words only: cut, without tricks of direction, and never nameless', () => {
    const hall = new TestHall();
    const { caller } = listedRoom(hall, { title: '\u202Eevil\u202C  room\n', topic: `${'ü'.repeat(400)}\u0007` });
    expect(caller.last('listed')!.room).toMatchObject({ title: 'evil room', topic: 'ü'.repeat(120) });
    const liar = inviteOf();
    sits(hall, liar);
    const liarKeys = deriveRoomKeys(liar);
    for (const title of ['\u202E\u200B', '\u202Etxt.exe']) {
      const content = encodeListing({ access: 'knock', title, topic: '\u2066x', invite: '' });
      expect(
        hall.hall.desk.listings.list(
          liarKeys.roomPub,
          Buffer.concat([content, sign(liarKeys.roomSk, listingProof(liarKeys.roomPub, content))]),
        ),
      ).toBeNull();
      const reader = new TestCaller(hall, new ReadList(random));
      hall.settle();
      const shown = reader.last('rooms')!.rooms.map((room) => room.title);
      expect(shown.every((one) => !/[\u202A-\u202E\u2066-\u2069\u200B]/u.test(one))).toBe(true);
      expect(shown).toHaveLength(title === '\u202E\u200B' ? 1 : 2);
    }
  });

  it('can be switched off, for readers, members and visitors', () => {
    const hall = new TestHall({ listing: false });
    const invite = inviteOf();
    sits(hall, invite);
    const reader = new TestCaller(hall, new ReadList(random));
    const { caller } = keep(hall, invite);
    const visitor = knockAt(hall, invite);
    hall.settle();
    for (const one of [reader, caller, visitor]) expect(one.events).toEqual([{ type: 'refused', why: 'off' }]);
  });
});

describe('a knock', () => {
  it('shows a member who it is, and lets the visitor in with the invite of this very room', () => {
    const hall = new TestHall();
    const { invite, door, caller } = listedRoom(hall);
    const alice = knockAt(hall, invite);
    hall.settle();
    const knock = caller.last('knock')!;
    expect(knock.name).toBe('Alice');
    expect(alice.last('waiting')!.sas).toEqual([knock.sas]);
    caller.act((line) => door.letIn(knock.id, line));
    hall.settle();
    expect(alice.last('invite')!.invite).toBe(encodeInvite(invite));
    expect(caller.last('knock-over')).toEqual({ type: 'knock-over', id: knock.id });
    expect(hall.hall.desk.listings.size.visitors).toBe(0);
  });

  it('can be declined, and then all who heard it forget it', () => {
    const hall = new TestHall();
    const { invite, door, caller } = listedRoom(hall);
    const other = keep(hall, invite);
    hall.settle();
    const alice = knockAt(hall, invite);
    hall.settle();
    const [one, two] = [caller.last('knock')!, other.caller.last('knock')!];
    expect(one.id).toBe(two.id);
    expect(one.sas).not.toEqual(two.sas);
    caller.act((line) => door.decline(one.id, line));
    hall.settle();
    expect(alice.last('declined')).toBeDefined();
    expect(other.caller.last('knock-over')).toEqual({ type: 'knock-over', id: two.id });
  });

  it('is heard by four of many, and by nobody where nobody attends', () => {
    const hall = new TestHall();
    const { invite, caller } = listedRoom(hall);
    const others = Array.from({ length: 9 }, () => keep(hall, invite).caller);
    hall.settle();
    knockAt(hall, invite);
    hall.settle();
    expect([caller, ...others].filter((one) => one.last('knock') !== undefined)).toHaveLength(limits.doorkeepers);
    for (const one of [caller, ...others]) one.breaks();
    const late = knockAt(hall, invite);
    hall.settle();
    expect(late.events).toEqual([{ type: 'refused', why: 'nobody' }]);
  });

  it('ends where its last doorkeeper goes, where the room is withdrawn, and after five minutes', () => {
    const hall = new TestHall();
    const { invite, caller } = listedRoom(hall);
    const first = knockAt(hall, invite);
    hall.settle();
    caller.breaks();
    hall.settle();
    expect(first.events.at(-1)).toEqual({ type: 'refused', why: 'nobody' });
    caller.reconnects();
    hall.settle();
    const second = knockAt(hall, invite);
    hall.settle();
    hall.live(limits.knockMs / 1000);
    expect(second.events.at(-1)).toEqual({ type: 'unanswered' });
    const third = knockAt(hall, invite);
    hall.settle();
    hall.hall.desk.listings.withdraw(deriveRoomKeys(invite).roomPub);
    hall.settle();
    expect(third.events.at(-1)).toEqual({ type: 'refused', why: 'gone' });
  });

  it('is refused beyond so many at once and a minute, and a flood disturbs nobody', () => {
    const hall = new TestHall();
    const { invite, caller, door, member } = listedRoom(hall);
    const quiet = listedRoom(hall);
    const before = member.wire.frames.length;
    const flood = Array.from({ length: 60 }, (_, n) => knockAt(hall, invite, `n${n}`));
    hall.settle();
    const heard = caller.events.filter(({ type }) => type === 'knock');
    expect(heard).toHaveLength(limits.knocksPending);
    expect(flood.filter((one) => one.last('refused')?.why === 'busy')).toHaveLength(60 - limits.knocksPending);
    expect(member.wire.frames.slice(before)).toEqual([]);
    for (const { id } of heard as { id: string }[]) caller.act((line) => door.decline(id, line));
    hall.settle();
    const more = Array.from({ length: 10 }, () => knockAt(hall, invite));
    hall.settle();
    expect(more.filter((one) => one.last('waiting') !== undefined)).toHaveLength(hall.config.knocksPerMinute - limits.knocksPending);
    const elsewhere = knockAt(hall, quiet.invite, 'Bob');
    hall.settle();
    expect(quiet.caller.last('knock')!.name).toBe('Bob');
    expect(elsewhere.last('waiting')).toBeDefined();
    hall.live(60);
    for (const one of more) one.breaks();
    const patient = knockAt(hall, invite, 'Cleo');
    hall.settle();
    expect(caller.last('knock')!.name).toBe('Cleo');
    expect(patient.last('waiting')).toBeDefined();
  });

  it('from one address leaves room before the door for others', () => {
    const hall = new TestHall();
    const { invite, caller } = listedRoom(hall);
    hall.household = {};
    const greedy = Array.from({ length: 8 }, () => knockAt(hall, invite, 'Mallory'));
    hall.settle();
    expect(greedy.filter((one) => one.last('waiting') !== undefined)).toHaveLength(3);
    hall.household = undefined;
    knockAt(hall, invite, 'Bob');
    hall.settle();
    expect(caller.last('knock')!.name).toBe('Bob');
  });

  it('that is answered with an invite to another room leads nowhere', () => {
    const hall = new TestHall();
    const { invite, caller } = listedRoom(hall);
    caller.breaks();
    const liar = new KeepDoor({ invite, handed: encodeInvite(inviteOf()), origin: testOrigin, random });
    const liars = new TestCaller<DoorEvent>(hall, liar);
    hall.settle();
    const alice = knockAt(hall, invite);
    hall.settle();
    const { id } = liars.last('knock')!;
    liars.act((line) => liar.letIn(id, line));
    hall.settle();
    expect(alice.last('invite')).toBeUndefined();
    expect(alice.events.at(-1)).toEqual({ type: 'refused', why: 'nobody' });
    expect(alice.drops).toContain('unauthentic');
  });

  it('of the same instance twice, or played back, changes nothing', () => {
    const hall = new TestHall();
    const { invite, caller } = listedRoom(hall);
    const knock = new Knock({ roomPub: deriveRoomKeys(invite).roomPub, name: 'Alice', random });
    new TestCaller(hall, knock);
    hall.settle();
    const twin = hall.dial();
    twin.wire.taken();
    const again = encodeToDesk({ type: 'knock', inst: knock.inst, pow: 0, roomPub: deriveRoomKeys(invite).roomPub });
    twin.connection.message(Buffer.from(again), true);
    hall.settle();
    expect(twin.wire.closedWith).toBe(4000 + relayErrors.busy);
    expect(caller.events.filter(({ type }) => type === 'knock')).toHaveLength(1);
  });
});

describe('callers', () => {
  it('have one errand a socket, join no room with it, and read nothing from a list but the list', () => {
    const hall = new TestHall();
    const attempt = (...messages: Uint8Array[]) => {
      const { wire, connection } = hall.dial();
      for (const message of messages) connection.message(Buffer.from(message), true);
      hall.turn();
      return wire.closedWith;
    };
    const caller = { inst: random(16), pow: 0 };
    const list = encodeToDesk({ type: 'list', ...caller });
    expect(attempt(list, list)).toBe(4000 + relayErrors.badFrame);
    expect(attempt(list, encodeSend(random(16), new Uint8Array(2048)))).toBe(4000 + relayErrors.badFrame);
    expect(attempt(encodeToDesk({ type: 'open', ...caller }), list)).toBe(4000 + relayErrors.badFrame);
    const { wire, connection } = sits(hall, inviteOf());
    connection.message(Buffer.from(list), true);
    hall.turn();
    expect(wire.closedWith).toBe(4000 + relayErrors.badFrame);
  });

  it('pay for what they ask, by address', () => {
    const hall = new TestHall();
    hall.errandsLeft = 1;
    const one = new TestCaller(hall, new ReadList(random));
    const two = new TestCaller(hall, new ReadList(random));
    hall.settle();
    expect([one.events.at(-1)!.type, two.events.at(-1)]).toEqual(['rooms', { type: 'refused', why: 'busy' }]);
    expect(hall.hall.counters.drops.errandsOfAddress).toBe(1);
  });
});
