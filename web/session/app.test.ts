import { beforeEach, describe, expect, test, vi } from 'vitest';
import { utf8 } from '../../shared/bytes.ts';
import * as cpace from '../../shared/handshake/cpace.ts';
import type { MessageId, PeerId, RoomEvent, RoomInput } from '../../shared/room/types.ts';
import { noFacts, type RelayFacts } from '../net/relay-facts.ts';
import type { SettingName } from '../store/settings.ts';
import { App, type AppPorts, type RoomSetup } from './app.svelte.ts';
import type { Bell } from './bell.ts';
import { Doors } from './doors.svelte.ts';
import { makeRoom, viewLink } from './invite.ts';
import { Keeper } from './keeper.ts';
import { plainChoices } from './plain-choices.ts';
import type { RoomChoices, RoomView } from './types.ts';

const origin = 'https://room.example';
const now = 60_000_000_000;
const choices: RoomChoices = { ...plainChoices, name: ' Ada ', lifetime: 60 };

/** A relay that never answers. */
const fakeCall = { act: () => {}, resume: () => {}, close: () => {}, isOver: false };

function page() {
  const kept = new Map<SettingName, string>();
  const did: string[] = [];
  const rooms: { setup: RoomSetup; fed: RoomInput[]; show: (event: RoomEvent) => void }[] = [];
  const rung: Bell[] = [];
  const world = {
    wall: now,
    visible: true,
    allows: true,
    gate: Promise.resolve(),
    breath: Promise.resolve(),
    facts: noFacts as RelayFacts,
  };
  const store = memoryStore();
  /** What a code, the list or a knock does with the invite that it leads to. */
  let found: (text: string) => void = () => {};
  const ports: AppPorts = {
    origin,
    preferredLanguage: 'de',
    missing: ['share'],
    settings: {
      read: (name) => kept.get(name) ?? null,
      write: (name, value) => void (value === null ? kept.delete(name) : kept.set(name, value)),
    },
    random: (length) => new Uint8Array(length).fill(7),
    wallNow: () => world.wall,
    visible: () => world.visible,
    showUnread: (count) => did.push(`unread ${count}`),
    mayNotify: async () => world.allows,
    ring: (bell) => void rung.push(bell),
    async openRoom(setup, show) {
      await world.gate;
      const room = { setup, fed: [] as RoomInput[], show };
      rooms.push(room);
      return {
        tag: '01234567',
        feed: (input) => void room.fed.push(input),
        traffic: () => ({ sent: 0, received: 0 }),
        openFiles: () => Promise.reject(new Error('no files here')),
        identity: () => ({
          staticSecret: new Uint8Array(32).fill(5),
          password: setup.password,
          office: { adminSeed: new Uint8Array(32).fill(6), orders: Uint8Array.of(7) },
          verdicts: new Map([['ab', 'verified']]),
        }),
        openCall: () => Promise.reject(new Error('no calls here')),
      };
    },
    askRelay: async () => world.facts,
    breath: () => world.breath,
    expectRoom: (own) => did.push(`expect ${own ? 'own' : 'another'} relay`),
    openDoors: async (openInvite) => {
      did.push('load doors');
      found = openInvite;
      return new Doors({
        origin,
        random: (length) => new Uint8Array(length).fill(3),
        wallNow: () => world.wall,
        call: () => fakeCall,
        cpace: async () => cpace,
        openInvite,
      });
    },
    visit: (address) => did.push(`visit ${address}`),
    openKeeper: async () =>
      new Keeper({ store, random: () => new Uint8Array(16).fill(1), wallNow: () => world.wall, later: (act) => act() }),
    sealText: async (text, passphrase) => utf8(`${passphrase} ${text}`),
    forgetBrowser: () => did.push('forget browser'),
    startUpdate: (path) => did.push(`update at ${path}`),
  };
  const app = new App(ports);
  const room = (): RoomView => {
    if (app.screen.name !== 'room') throw new Error(`on screen: ${app.screen.name}`);
    return app.screen.room;
  };
  return { found: (text: string) => found(text), app, room, kept, did, rooms, rung, world, ports, store };
}

const said = { id: 'm1' as MessageId, from: 'bb' as PeerId, name: 'Bob', tag: '01234567', text: 'hello' };

/** What store/kept.ts does, without a browser. */
function memoryStore() {
  const rows = new Map<string, Uint8Array>();
  const held = new Set<string>();
  return {
    rows,
    held,
    keep: async (id: string, plain: Uint8Array) => void rows.set(id, plain),
    readKept: async () => [...rows].map(([id, plain]) => ({ id, plain })),
    drop: async (id: string) => void rows.delete(id),
    hold: async (id: string) => {
      if (held.has(id)) throw new Error('held');
      held.add(id);
    },
    letGo: (id: string) => void held.delete(id),
  };
}

let p: ReturnType<typeof page>;
beforeEach(() => {
  p = page();
});

const invite = (fields: Partial<RoomChoices> = {}) =>
  viewLink(makeRoom({ ...choices, ...fields }, origin, now, (n) => new Uint8Array(n).fill(9)));

describe('coming back after a reload', () => {
  const settled = () => new Promise((resolve) => setTimeout(resolve));

  test('what is kept brings the same person back, with what was on the screen', async () => {
    await p.app.createRoom(choices);
    p.rooms[0]!.show({ type: 'phase', phase: { name: 'active' } });
    p.rooms[0]!.show({ type: 'message', message: { ...said, ageMs: 0 }, place: 0 });
    await p.room().keep('room-and-messages');
    const { link } = p.room().invite;
    p.app.unload();
    expect(p.rooms[0]!.fed.at(-1)).toEqual({ type: 'leave' });

    const again = new App(p.ports);
    await settled();
    expect(again.kept).toMatchObject([{ name: 'Ada', relay: 'room.example', messages: true }]);
    p.store.held.clear(); // the first page is gone
    await again.comeBack(again.kept[0]!.id);
    const { setup } = p.rooms[1]!;
    expect(setup.identity).toMatchObject({ staticSecret: new Uint8Array(32).fill(5), verdicts: new Map([['ab', 'verified']]) });
    expect(setup.identity?.office).toEqual({ adminSeed: new Uint8Array(32).fill(6), orders: Uint8Array.of(7) });
    const room = again.screen.name === 'room' ? again.screen.room : undefined;
    expect(room?.invite.link).toBe(link);
    expect(room?.messages.map(({ text }) => text)).toEqual(['hello']);
    expect(room?.keeping).toBe('room-and-messages');
    p.rooms[1]!.show({ type: 'message', message: { ...said, id: 'm2' as MessageId, text: 'and again', ageMs: 0 }, place: 0 });
    p.rooms[1]!.show({ type: 'message', message: { ...said, ageMs: 0 }, place: 0 });
    expect(room?.messages.map(({ text }) => text)).toEqual(['hello', 'and again']);
  });

  test('it is gone with the room: when one leaves, when it expires, when it is not wanted any more', async () => {
    for (const end of [
      () => p.room().leave(),
      () => p.rooms.at(-1)!.show({ type: 'phase', phase: { name: 'ended', reason: 'expired' } }),
      () => p.room().keep('nothing'),
    ]) {
      await p.app.createRoom(choices);
      await p.room().keep('room');
      expect(p.store.rows.size).toBe(1);
      await end();
      await settled();
      expect(p.store.rows.size).toBe(0);
      p.app.goHome();
    }
  });

  test('nothing is kept unasked, and of messages only where they are wanted', async () => {
    await p.app.createRoom(choices);
    p.rooms[0]!.show({ type: 'message', message: { ...said, ageMs: 0 }, place: 0 });
    await settled();
    expect([p.store.rows.size, p.kept.get('kept')]).toEqual([0, undefined]);
    await p.room().keep('room');
    expect(new TextDecoder().decode([...p.store.rows.values()][0])).not.toContain('hello');
  });

  test('a room that another page of this browser is in is not entered twice', async () => {
    await p.app.createRoom(choices);
    await p.room().keep('room');
    const other = new App(p.ports);
    await settled();
    await expect(other.comeBack(other.kept[0]!.id)).rejects.toThrow('held');
    expect(p.rooms).toHaveLength(1);
  });

  test('who goes elsewhere while it is entered again finds it in the list, and no page holds it', async () => {
    await p.app.createRoom(choices);
    await p.room().keep('room');
    const again = new App(p.ports);
    await settled();
    p.store.held.clear(); // the first page is gone
    const gate = Promise.withResolvers<void>();
    p.world.gate = gate.promise;
    const coming = again.comeBack(again.kept[0]!.id);
    await settled();
    again.openInvite(p.room().invite.link);
    gate.resolve();
    await coming;
    expect(again.screen.name).toBe('preview');
    expect([again.kept.length, p.store.held.size]).toEqual([1, 0]);
  });

  test('an update loads the page anew and keeps it; forgetting everything does not', async () => {
    await p.app.createRoom(choices);
    await p.room().keep('room');
    p.app.applyUpdate();
    await settled();
    expect([p.store.rows.size, p.rooms[0]!.fed.at(-1)]).toEqual([1, { type: 'leave' }]);
    p.app.forgetEverything();
    await settled();
    expect(p.store.rows.size).toBe(0);
  });
});

test('a conversation is exported as text, or the same under a passphrase', async () => {
  await p.app.createRoom(choices);
  p.rooms[0]!.show({ type: 'message', message: { ...said, ageMs: 0 }, place: 0 });
  const plain = await (await p.room().exportPlain()).text();
  expect(plain).toContain('Bob (01234567): hello');
  expect(await (await p.room().exportSealed('four green cats')).text()).toBe(`four green cats ${plain}`);
});

describe('creating and joining', () => {
  test('a created room is shown and joined, with a clean name', async () => {
    await p.app.createRoom({ ...choices, relayOnly: true });
    expect(p.room().me).toEqual({ name: 'Ada', tag: '01234567' });
    expect(p.room().invite).toMatchObject({ relayOnly: true, needsPassword: false, relay: 'room.example' });
    expect(p.rooms[0]).toMatchObject({ fed: [{ type: 'join' }], setup: { name: 'Ada', link: { invite: { relayOnly: true } } } });
  });

  test('opening an invite shows what it is and joins nothing', async () => {
    p.app.openInvite(invite({ password: 'x' }).link);
    expect(p.app.screen).toEqual({
      name: 'preview',
      invite: { ...invite({ password: 'x' }), way: { name: 'relay', hosts: ['room.example'] } },
    });
    expect(p.rooms).toEqual([]);
    expect(p.did).toEqual(['expect own relay']);
    await p.app.joinRoom('Bob', false, 'secret');
    expect(p.rooms[0]).toMatchObject({ fed: [{ type: 'join' }], setup: { name: 'Bob', password: 'secret' } });
  });

  test('an invite that names a fellow relay is entered at both, and looked at meanwhile', async () => {
    const fellow = 'https://second.example';
    p.world.facts = { ...noFacts, fellows: [fellow] };
    await p.app.learnReach();
    expect(p.app.reach).toEqual({ overTor: false, bothSides: false, fellows: [fellow] });
    await p.app.createRoom({ ...choices, fellows: [fellow] });
    expect(p.rooms[0]!.setup.way).toEqual({ name: 'dial', origins: [origin, fellow] });
    const { link } = p.room().invite;
    p.app.goHome();
    p.app.openInvite(link);
    expect(p.app.screen).toMatchObject({ name: 'preview', invite: { link } });
    await p.app.joinRoom('Bob', false, '');
    expect(p.rooms[1]!.setup.way).toEqual({ name: 'dial', origins: [origin, fellow] });
    expect(p.room().invite.way).toEqual({ name: 'relay', hosts: ['room.example', 'second.example'] });
  });

  test('a room that promises Tor is not entered from here', async () => {
    const onion = `http://${'a'.repeat(55)}d.onion`;
    const made = makeRoom({ ...choices, onionOnly: true }, onion, now, (n) => new Uint8Array(n).fill(9));
    p.app.openInvite(viewLink(made).link);
    await p.world.gate;
    await expect(p.app.joinRoom('Bob', false, '')).rejects.toThrow(TypeError);
    expect(p.app.screen).toMatchObject({ name: 'preview', invite: { way: { name: 'tor-only', why: 'promised' } } });
    expect([p.rooms, p.did.filter((what) => what.startsWith('visit'))]).toEqual([[], []]);
  });

  test("an invite to another relay is opened at that relay's page, and only when the person joins", async () => {
    const link = invite().link.replace(origin, 'https://other.example');
    p.app.openInvite(link);
    expect(p.app.screen).toMatchObject({ name: 'preview', invite: { relay: 'other.example', link } });
    await p.app.joinRoom('Bob', false, '');
    expect(p.rooms).toEqual([]);
    expect(p.did.at(-1)).toBe(`visit ${link}`);
  });

  test('a link that cannot be used says why', () => {
    p.app.openInvite(invite().link.slice(0, -8));
    expect(p.app.screen).toEqual({ name: 'bad-invite', fault: 'cut' });
  });

  test('whoever goes elsewhere while the password is worked on has joined nothing', async () => {
    p.app.openInvite(invite({ password: 'x' }).link);
    const gate = Promise.withResolvers<void>();
    p.world.gate = gate.promise;
    const joining = p.app.joinRoom('Bob', false, 'secret');
    p.app.goHome();
    gate.resolve();
    await joining;
    expect(p.app.screen.name).toBe('home');
    expect(p.rooms[0]?.fed).toEqual([]);
  });

  test('a room that is joined and not drawn yet is left with all others', async () => {
    const breath = Promise.withResolvers<void>();
    p.world.breath = breath.promise;
    const entering = p.app.createRoom(choices);
    await vi.waitFor(() => expect(p.rooms[0]?.fed).toEqual([{ type: 'join' }]));
    p.app.forgetEverything();
    breath.resolve();
    await entering;
    expect(p.rooms[0]?.fed.at(-1)).toEqual({ type: 'leave' });
    expect([p.app.rooms, p.app.screen.name]).toEqual([[], 'home']);
  });

  test('a link opened during a chat is shown and ends nothing', async () => {
    await p.app.createRoom(choices);
    p.app.openInvite(invite().link);
    expect(p.app.screen.name).toBe('preview');
    expect(p.rooms[0]?.fed).toEqual([{ type: 'join' }]);
    p.app.show(p.app.rooms[0]!);
    expect(p.app.screen).toEqual({ name: 'room', room: p.app.rooms[0] });
  });

  test('going home leaves the room', async () => {
    await p.app.createRoom(choices);
    p.app.goHome();
    expect(p.rooms[0]?.fed.at(-1)).toEqual({ type: 'leave' });
    expect(p.app.screen.name).toBe('home');
  });
});

describe('several rooms', () => {
  const hi = { id: 'm', from: 'aa', name: 'Bob', tag: '', text: 'hi', ageMs: 0 } as never;

  test('stay open beside each other until each is left', async () => {
    await p.app.createRoom(choices);
    p.app.lookForAnother();
    expect([p.app.screen.name, p.app.rooms.length]).toEqual(['home', 1]);
    await p.app.createRoom(choices);
    p.rooms[0]!.show({ type: 'message', message: hi, place: 0 });
    expect(p.did.at(-1)).toBe('unread 1');
    p.app.goHome();
    expect(p.rooms.map(({ fed }) => fed.at(-1)!.type)).toEqual(['join', 'leave']);
    p.app.leaveAll();
    expect(p.rooms.map(({ fed }) => fed.at(-1)!.type)).toEqual(['leave', 'leave']);
    expect([p.app.rooms.length, p.did.at(-1)]).toEqual([0, 'unread 0']);
  });

  test('all hear that the page is back', async () => {
    await p.app.createRoom(choices);
    await p.app.createRoom(choices);
    p.app.resume();
    expect(p.rooms.map(({ fed }) => fed.at(-1)!.type)).toEqual(['resumed', 'resumed']);
  });

  test('the bell rings for a room that nobody looks at, with a notification only when the page is hidden', async () => {
    await p.app.createRoom(choices);
    p.rooms[0]!.show({ type: 'message', message: hi, place: 0 });
    await p.app.setBell({ sound: true, notify: true });
    p.rooms[0]!.show({ type: 'message', message: hi, place: 0 });
    expect(p.rung).toEqual([]);
    p.app.lookForAnother();
    p.rooms[0]!.show({ type: 'message', message: hi, place: 0 });
    p.world.visible = false;
    p.rooms[0]!.show({ type: 'message', message: hi, place: 0 });
    expect(p.rung.map(({ sound, notify, content }) => ({ sound, notify, content }))).toEqual([
      { sound: true, notify: false, content: false },
      { sound: true, notify: true, content: false },
    ]);
    p.rung[0]!.show();
    expect(p.app.screen.name).toBe('room');
  });

  test('notifications stay off where the browser refuses them', async () => {
    p.world.allows = false;
    await p.app.setBell({ notify: true, quietFrom: '22:00', quietTo: '07:00' });
    expect(p.app.bell).toMatchObject({ notify: false, quietFrom: '22:00' });
    expect(new App(p.ports).bell).toEqual(p.app.bell);
  });
});

describe('what is kept', () => {
  test('a name only if asked, and no longer when not', async () => {
    await p.app.createRoom(choices);
    expect(p.kept.size).toBe(0);
    await p.app.createRoom({ ...choices, rememberName: true });
    expect([p.kept.get('name'), p.app.rememberedName]).toEqual(['Ada', 'Ada']);
    expect(new App(p.ports).rememberedName).toBe('Ada');
    await p.app.createRoom(choices);
    expect([p.kept.size, p.app.rememberedName]).toEqual([0, '']);
  });

  test('language and theme only when chosen; before that the browser decides', () => {
    expect([p.app.language, p.app.theme, p.kept.size]).toEqual(['de', 'system', 0]);
    p.app.setLanguage('en');
    p.app.setTheme('dark');
    const later = new App(p.ports);
    expect([later.language, later.theme]).toEqual(['en', 'dark']);
    later.setTheme('system');
    expect([...p.kept.keys()]).toEqual(['language']);
  });
});

test('unread messages stand in the title until they are read', async () => {
  await p.app.createRoom(choices);
  const message = { id: 'm', from: 'aa', name: 'Bob', tag: '', text: 'hi', ageMs: 0 } as never;
  p.rooms[0]!.show({ type: 'message', message, place: 0 });
  p.room().markRead();
  expect(p.did).toEqual(['unread 1', 'unread 0']);
});

test('forgetting everything ends the room first, then empties the screen, then the browser', async () => {
  await p.app.createRoom({ ...choices, rememberName: true });
  p.app.forgetEverything();
  expect(p.rooms[0]?.fed.at(-1)).toEqual({ type: 'leave' });
  expect([p.app.screen.name, p.app.rememberedName]).toEqual(['home', '']);
  expect(p.did.at(-1)).toBe('forget browser');
});

test('an accepted update brings an invite back that was being looked at', () => {
  p.app.openInvite(invite().link);
  p.app.offerUpdate();
  expect(p.app.updateWaiting).toBe(true);
  p.app.applyUpdate();
  expect(p.did.at(-1)).toBe(`update at /${new URL(invite().link).hash}`);
});

test('the offer to install is made once', () => {
  expect(p.app.installable).toBe(false);
  let asked = 0;
  p.app.offerInstall({ prompt: async () => asked++ });
  expect(p.app.installable).toBe(true);
  p.app.install();
  expect([p.app.installable, asked]).toEqual([false, 1]);
});

describe('ways in', () => {
  test('are loaded once, when one of them is wanted', async () => {
    await Promise.all([p.app.doors(), p.app.showListings()]);
    await p.app.doors();
    expect(p.did).toEqual(['load doors']);
    expect(p.app.screen).toMatchObject({ name: 'listings', doors: { relay: 'room.example' } });
  });

  test('lead to an invite that is shown like one that was opened, and to nothing once the person is elsewhere', async () => {
    await p.app.doors();
    p.found(`#${new URL(invite().link).hash.slice(1)}`);
    expect(p.app.screen.name).toBe('preview');
    await p.app.joinRoom('Ada', false, '');
    p.found(`#${new URL(invite().link).hash.slice(1)}`);
    expect(p.app.screen.name).toBe('room');
  });
});
