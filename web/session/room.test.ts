import { beforeEach, describe, expect, test } from 'vitest';
import * as cpace from '../../shared/handshake/cpace.ts';
import type { Message, MessageId, PeerId, Person, RoomEvent, RoomInput, Sharing } from '../../shared/room/types.ts';
import { plainOptions } from '../../shared/wire/invite.ts';
import type { RoomDoorView } from './door-types.ts';
import { Doors } from './doors.svelte.ts';
import { RoomSession } from './room.svelte.ts';
import { readSharing, writeSharing } from './sharing.ts';

const ada = 'aa' as PeerId;
const id = (text: string) => text as MessageId;

function person(peer: PeerId, name: string): Person {
  return { peer, name, tag: '01234567', path: 'relayed', sas: [], verification: 'unverified' };
}

function message(name: string, fields: Partial<Message> = {}): Message {
  return { id: id(name), from: ada, name: 'Ada', tag: '01234567', text: name, ageMs: 0, ...fields };
}

const roomInvite = { ...plainOptions, secret: new Uint8Array(32).fill(1), expiresAt: 0 };

interface FakeCall {
  readonly errand: unknown;
  readonly tell: (event: unknown) => void;
  open: boolean;
}

let world: {
  calls: FakeCall[];
  doors: RoomDoorView[];
  wall: number;
  visible: boolean;
  online: boolean;
  unread: number;
  heard: string[];
  fed: RoomInput[];
  kept: Sharing | null;
};
let room: RoomSession;

beforeEach(() => {
  world = { calls: [], doors: [], wall: 1_000_000, visible: true, online: true, unread: 0, heard: [], fed: [], kept: null };
  const invite = {
    link: 'https://room.example/#x',
    relay: 'room.example',
    relayOnly: false,
    needsPassword: false,
    approval: false,
    hosted: false,
    history: false,
    vanishS: 0,
    expiresAt: 2_000_000,
  };
  room = new RoomSession({ name: 'Me', tag: 'ffffffff' }, invite, readSharing(null), {
    feed: (input) => world.fed.push(input),
    wallNow: () => world.wall,
    visible: () => world.visible,
    online: () => world.online,
    viewInvite: ({ expiresAt }) => ({ ...invite, link: 'https://room.example/#moved', expiresAt: expiresAt * 1000 }),
    unreadChanged: () => {
      world.unread = room.unread;
    },
    traffic: () => ({ sent: 1, received: 2 }),
    heard: (message) => world.heard.push(message.text),
    keep: async () => {},
    sealText: async () => new Uint8Array(0),
    openDoor: async (movedTo) => {
      const door = new Doors({
        origin: 'https://room.example',
        random: (length) => new Uint8Array(length).fill(5),
        wallNow: () => world.wall,
        call: (errand, _origin, tell) => {
          world.calls.push({ errand, tell: tell as (event: unknown) => void, open: true });
          const call = world.calls.at(-1)!;
          return {
            act: (use) =>
              use({ env: { now: 0, random: () => new Uint8Array(0) }, say: () => {}, send: () => {}, tell, drop: () => {}, end: () => {} }),
            resume: () => {},
            close: () => {
              call.open = false;
            },
            get isOver() {
              return !call.open;
            },
          };
        },
        cpace: async () => cpace,
        openInvite: () => {},
      }).forRoom({ invite: movedTo ?? roomInvite, page: 'https://room.example' }, (name) => world.heard.push(`knock of ${name}`));
      world.doors.push(door);
      return door;
    },
    keepSharing: (sharing) => {
      world.kept = sharing;
    },
    openFiles: () => Promise.reject(new Error('no files here')),
    openCall: () => Promise.reject(new Error('no calls here')),
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

describe('what others let us know', () => {
  const bob = 'bb' as PeerId;
  const mine = (name: string) => message(name, { from: 'me' });

  test('down to which message of mine each has read', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'person', person: person(bob, 'Bob') });
    for (const [place, name] of ['a', 'b', 'c'].entries()) room.apply({ type: 'message', message: mine(name), place });
    room.apply({ type: 'presence', peer: ada, presence: { typing: false, away: false, readUpTo: id('b') } });
    room.apply({ type: 'message', message: message('of Ada'), place: 3 });
    expect(room.lastRead().map((shown) => shown.id)).toEqual(['b']);
    room.apply({ type: 'presence', peer: bob, presence: { typing: false, away: false, readUpTo: id('of Ada') } });
    expect(room.lastRead().map((shown) => shown.id)).toEqual(['b', 'c']);
  });

  test('goes with the person', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'presence', peer: ada, presence: { typing: true, away: false, readUpTo: null } });
    expect(room.presence.get(ada)?.typing).toBe(true);
    room.apply({ type: 'person-left', peer: ada, how: 'left' });
    expect(room.presence.size).toBe(0);
  });

  test('a message is told as read once, and only where it can be seen', () => {
    world.visible = false;
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.markRead();
    expect(world.fed).toEqual([]);
    world.visible = true;
    room.markRead();
    room.markRead();
    expect(world.fed).toEqual([{ type: 'read', id: 'a' }]);
  });

  test('what is switched off is remembered and told to the machine', () => {
    room.share('read', false);
    const sharing = { typing: true, read: false, delivered: true, away: true };
    expect([room.sharing, world.kept]).toEqual([sharing, sharing]);
    expect(world.fed).toEqual([{ type: 'share', sharing }]);
    expect(readSharing(writeSharing(sharing))).toEqual(sharing);
    expect(writeSharing(readSharing(null))).toBeNull();
  });

  test('a vanishing message says when it goes, by our clock', () => {
    room.apply({ type: 'message', message: message('a', { ageMs: 10_000, vanishesInMs: 50_000 }), place: 0 });
    expect(room.messages[0]).toMatchObject({ at: 990_000, vanishesAt: 1_050_000 });
  });

  test('what was said before we came is not unread', () => {
    const passedOn = { by: 'Bob', verified: true, history: true };
    room.apply({ type: 'message', message: message('a', { passedOn }), place: 0 });
    expect(room.unread).toBe(0);
  });
});

describe('people', () => {
  test('who leaves and is back within half a minute makes no line; later there are two', () => {
    room.apply({ type: 'phase', phase: { name: 'active' } });
    const comings = () => room.notices.map(({ type }) => type);
    const comeAndGo = (awayMs: number) => {
      room.apply({ type: 'person-left', peer: ada, how: 'left' });
      world.wall += awayMs;
      room.apply({ type: 'person', person: person(ada, 'Ada') });
    };
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    expect(comings()).toEqual(['joined']);
    comeAndGo(20_000);
    expect(comings()).toEqual(['joined']);
    comeAndGo(40_000);
    expect(comings()).toEqual(['joined', 'left', 'joined']);
  });

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
    room.apply({ type: 'roster-differs', peer: ada, differs: true, lacks: [], unknown: 1 });
    room.apply({ type: 'roster-differs', peer: ada, differs: true, lacks: [], unknown: 1 });
    expect(room.notices).toMatchObject([{ type: 'roster-differs', name: 'Ada' }]);
    room.apply({ type: 'roster-differs', peer: ada, differs: false, lacks: [], unknown: 0 });
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
  room.react(id('a'), '👍', true);
  room.edit(id('a'), 'better', [ada]);
  room.erase(id('a'));
  room.typing(true);
  expect(world.fed).toEqual([
    { type: 'say', text: 'hello', more: {} },
    { type: 'verified', peer: ada, matches: true },
    { type: 'leave' },
    { type: 'react', id: 'a', emoji: '👍', on: true },
    { type: 'edit', id: 'a', text: 'better', mentions: [ada] },
    { type: 'erase', id: 'a' },
    { type: 'typing', on: true },
  ]);
});

describe('the door', () => {
  const settled = async () => await new Promise<void>((resolve) => setImmediate(resolve));

  const decides = (mayLetIn: boolean, mayPublish = mayLetIn) =>
    room.apply({ type: 'governance', governance: { mayPublish, mayLetIn } as Extract<RoomEvent, { type: 'governance' }>['governance'] });

  test('is gone to where the room is listed, and left when the room ends', async () => {
    expect(room.listed).toBe('no');
    room.apply({ type: 'listed', listed: 'knocks' });
    await settled();
    expect(world.calls).toEqual([]); // nobody knows yet who may open
    decides(true);
    await settled();
    expect(room.listed).toBe('knocks');
    expect(world.calls).toMatchObject([{ open: true }]);
    room.apply({ type: 'phase', phase: { name: 'ended', reason: 'left' } });
    expect(world.calls).toMatchObject([{ open: false }]);
    expect([room.door, room.listed]).toEqual([undefined, 'no']);
  });

  test('shows who knocks until it is answered, here or elsewhere', async () => {
    decides(true);
    room.apply({ type: 'listed', listed: 'knocks' });
    await settled();
    const { tell } = world.calls[0]!;
    tell({ type: 'listed', room: { id: 'ab', access: 'knock', title: 'T', topic: '', people: 2, remainingS: 60 } });
    expect(room.door?.listing).toMatchObject({ title: 'T', expiresAt: world.wall + 60_000 });
    tell({ type: 'knock', id: 'v', name: 'Alice', sas: [1] });
    expect(room.door?.visitors).toEqual([{ id: 'v', name: 'Alice', sas: [1] }]);
    expect(world.heard).toEqual(['knock of Alice']);
    tell({ type: 'knock-over', id: 'v' });
    expect(room.door?.visitors).toEqual([]);
  });

  test('says what became of a code, and makes another in its place', async () => {
    const door = await room.openDoor();
    door.makeCode();
    await settled();
    expect(door.code).toEqual({ state: 'making' });
    const { tell } = world.calls[0]!;
    tell({ type: 'code', code: '7-crystal-window-potato', remainingMs: 600_000 });
    expect(door.code).toEqual({ state: 'ready', code: '7-crystal-window-potato', expiresAt: world.wall + 600_000 });
    tell({ type: 'claimed' });
    expect(door.code.state).toBe('claimed');
    tell({ type: 'burned', why: 'wrong' });
    expect(door.code).toEqual({ state: 'wrong' });
    door.makeCode();
    await settled();
    expect(world.calls).toMatchObject([{ open: false }, { open: true }]);
    door.dropCode();
    expect([door.code.state, world.calls[1]!.open]).toEqual(['none', false]);
  });

  test('keeps who is not in charge away from the list', async () => {
    decides(false);
    room.apply({ type: 'listed', listed: 'knocks' });
    await settled();
    expect([room.mayPublish, world.calls.length]).toEqual([false, 0]);
  });

  test('is closed when the room moves, and the next one is that of the new invite', async () => {
    const before = await room.openDoor();
    room.apply({ type: 'moved', invite: { ...roomInvite, secret: new Uint8Array(32).fill(2) } });
    expect(room.door).toBeUndefined();
    const after = await room.openDoor();
    expect(after).not.toBe(before);
    expect(room.door).toBe(after);
  });
});

describe('who decides', () => {
  test('a room that moves gets the new link, and keeps everything else', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'message', message: message('a'), place: 0 });
    room.apply({ type: 'moved', invite: { ...plainOptions, secret: new Uint8Array(32), expiresAt: 3000 } });
    expect(room.invite).toMatchObject({ link: 'https://room.example/#moved', expiresAt: 3_000_000 });
    expect([texts(), room.people.length]).toEqual([['a'], 1]);
  });

  test('what was decided is a line that names who did it and whom it is about', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'decided', decision: { what: 'let-in', by: ada, name: 'Cem', tag: '89abcdef' } });
    expect(room.notices).toMatchObject([{ type: 'decided', what: 'let-in', by: 'Ada', name: 'Cem' }]);
  });

  test('whoever is muted does not count as unread', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.mute(ada, true);
    room.apply({ type: 'message', message: message('a'), place: 0 });
    expect(room.unread).toBe(0);
    room.mute(ada, false);
    room.apply({ type: 'message', message: message('b'), place: 1 });
    expect(room.unread).toBe(1);
  });
});

describe('a call', () => {
  const others = [{ peer: ada, muted: false, camera: false, screen: false, leg: 'none' as const }];
  const lines = () => room.notices.filter((notice) => notice.type === 'decided').map((notice) => [notice.what, notice.name]);

  test('that somebody starts is a line of the log, once, and asks for nothing', () => {
    room.apply({ type: 'person', person: person(ada, 'Ada') });
    room.apply({ type: 'call', call: { in: false, full: false, others } });
    room.apply({ type: 'call', call: { in: false, full: false, others: [{ ...others[0]!, muted: true }] } });
    expect(lines()).toEqual([['call', 'Ada']]);
    expect([room.ownCall, world.fed]).toEqual([undefined, []]);
    room.apply({ type: 'call', call: { in: false, full: false, others: [] } });
    room.apply({ type: 'call', call: { in: true, full: false, others: [] } });
    room.apply({ type: 'call', call: { in: true, full: false, others } });
    expect(lines(), 'who comes into a call of ours has not started it').toHaveLength(1);
  });
});
