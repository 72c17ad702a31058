import { beforeEach, describe, expect, test } from 'vitest';
import type { Message, MessageId, PeerId, Person, RoomInput } from '../../shared/room/types.ts';
import { RoomSession } from './room.svelte.ts';

const ada = 'aa' as PeerId;
const id = (text: string) => text as MessageId;

function person(peer: PeerId, name: string): Person {
  return { peer, name, tag: '01234567', path: 'relayed', sas: [], verification: 'unverified' };
}

function message(name: string, fields: Partial<Message> = {}): Message {
  return { id: id(name), from: ada, name: 'Ada', tag: '01234567', text: name, ageMs: 0, ...fields };
}

let world: { wall: number; visible: boolean; online: boolean; unread: number; heard: string[]; fed: RoomInput[] };
let room: RoomSession;

beforeEach(() => {
  world = { wall: 1_000_000, visible: true, online: true, unread: 0, heard: [], fed: [] };
  const invite = { link: 'https://room.example/#x', relay: 'room.example', relayOnly: false, needsPassword: false, expiresAt: 2_000_000 };
  room = new RoomSession({ name: 'Me', tag: 'ffffffff' }, invite, {
    feed: (input) => world.fed.push(input),
    wallNow: () => world.wall,
    visible: () => world.visible,
    online: () => world.online,
    unreadChanged: () => {
      world.unread = room.unread;
    },
    traffic: () => ({ sent: 1, received: 2 }),
    heard: (message) => world.heard.push(message.text),
  });
});

const texts = () => room.messages.map(({ text }) => text);

describe('messages', () => {
  test('stand in the common order, wherever one arrives', () => {
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.apply({ type: 'message', message: message('c'), place: 1 });
    room.apply({ type: 'message', message: message('b'), place: 1 });
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  test('an own message keeps the moment it was sent at and may get another id and place', () => {
    const mine = message('mine', { from: 'me', delivery: { state: 'sending', why: 'no-path' } });
    room.apply({ type: 'message', message: mine, place: 0 });
    room.apply({ type: 'message', message: message('theirs'), place: 1 });
    world.wall += 60_000;
    const sent = { ...mine, id: id('sealed'), delivery: { state: 'sent', to: 0, of: 1 } } as const;
    room.apply({ type: 'message-changed', was: id('mine'), message: sent, place: 1 });
    expect(texts()).toEqual(['theirs', 'mine']);
    expect(room.messages[1]).toMatchObject({ id: 'sealed', key: 'mine', delivery: { state: 'sent' }, at: 1_000_000 });
  });

  test('a change of one leaves the others the same objects, so that they are not drawn again', () => {
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.apply({ type: 'message', message: message('b'), place: 1 });
    const before = room.messages;
    room.apply({ type: 'message-changed', was: id('b'), message: message('b', { missingBefore: 2 }), place: 1 });
    expect(room.messages).not.toBe(before);
    expect(room.messages[0]).toBe(before[0]);
    expect(room.messages[1]).not.toBe(before[1]);
  });

  test('the time shown is when the author pressed send', () => {
    room.apply({ type: 'message', message: message('a', { ageMs: 30_000 }), place: 0 });
    expect(room.messages[0]?.at).toBe(970_000);
  });

  test('a forgotten message disappears', () => {
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.apply({ type: 'message-forgotten', id: id('a') });
    expect(texts()).toEqual([]);
  });
});

describe('unread', () => {
  test("others' messages count until read, one's own never", () => {
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.apply({ type: 'message', message: message('mine', { from: 'me' }), place: 1 });
    expect([room.unread, world.unread]).toEqual([1, 1]);
    room.markRead();
    expect([room.unread, world.unread]).toEqual([0, 0]);
  });

  test('nothing is read in a hidden page', () => {
    world.visible = false;
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.markRead();
    expect(room.unread).toBe(1);
  });
});

describe('people', () => {
  test('those met while joining were there already; those met later have joined', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'phase', phase: { name: 'active' } });
    room.apply({ type: 'person', person: person('bb' as PeerId, 'Bob') });
    room.apply({ type: 'person', person: { ...person('bb' as PeerId, 'Bob'), path: 'direct' } });
    expect(room.people.map(({ name, path }) => [name, path])).toEqual([
      ['Ada', 'relayed'],
      ['Bob', 'direct'],
    ]);
    expect(room.notices.map(({ type, name }) => [type, name])).toEqual([['joined', 'Bob']]);
  });

  test('whoever leaves is named in a line that stays', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'person-left', peer: ada, how: 'silent' });
    expect(room.people).toEqual([]);
    expect(room.notices).toMatchObject([{ type: 'silent', name: 'Ada', tag: '01234567' }]);
    room.dismiss(room.notices[0]!);
    expect(room.notices).toEqual([]);
  });

  test('a differing list of members is said once, and no longer when it agrees', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'roster-differs', peer: ada, differs: true });
    room.apply({ type: 'roster-differs', peer: ada, differs: true });
    expect(room.notices).toMatchObject([{ type: 'roster-differs', name: 'Ada' }]);
    room.apply({ type: 'roster-differs', peer: ada, differs: false });
    expect(room.notices).toEqual([]);
  });
});

test('members are told that somebody guessed the password wrongly', () => {
  room.apply({ type: 'password-refused', guessesLeft: 2 });
  expect(room.notices).toEqual([]);
  room.apply({ type: 'phase', phase: { name: 'active' } });
  room.apply({ type: 'password-refused', guessesLeft: 1 });
  expect(room.notices).toMatchObject([{ type: 'password-refused' }]);
});

describe('the end', () => {
  test('the expiry follows the clock of the relay', () => {
    room.apply({ type: 'expiry', remainingMs: 5000 });
    expect(room.invite.expiresAt).toBe(1_005_000);
  });

  test('leaving and expiry wipe messages, people, notices and the link', () => {
    for (const reason of ['left', 'expired'] as const) {
      room.apply({ type: 'person', person: person(ada, 'Ada') });
      room.apply({ type: 'message', message: message('a'), place: 0 });
      room.apply({ type: 'phase', phase: { name: 'ended', reason } });
      expect([room.messages, room.people, room.notices, room.invite.link, room.unread]).toEqual([[], [], [], '', 0]);
    }
  });

  test('whoever never got in keeps the link to try again', () => {
    room.apply({ type: 'phase', phase: { name: 'ended', reason: 'full' } });
    expect(room.invite.link).toBe('https://room.example/#x');
  });
});

test('verbs become inputs of the machine', () => {
  room.say('hello');
  room.verify(ada, true);
  room.leave();
  expect(world.fed).toEqual([{ type: 'say', text: 'hello' }, { type: 'verified', peer: ada, matches: true }, { type: 'leave' }]);
});
