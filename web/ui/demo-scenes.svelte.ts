/** Plain rooms and programs for `demo.ts`: enough behaviour to click through, and a scene for every state worth seeing. */
import type {
  AppView,
  BellChoices,
  Deed,
  Delivery,
  EndReason,
  FilesView,
  Governance,
  InviteFault,
  InviteView,
  Language,
  MessageId,
  MissingFeature,
  PeerId,
  Person,
  Presence,
  RoomChoices,
  RoomNotice,
  RoomView,
  Screen,
  Sharing,
  ShownMessage,
  Theme,
} from '../session/types.ts';
import { callOf, DemoCall, tileOf } from './demo-call.svelte.ts';
import { DemoDoor, demoDoors, listedRooms, visitors } from './demo-doors.svelte.ts';
import { DemoFiles, picture, shared, states, tray, voice, withFiles } from './demo-files.svelte.ts';

const minute = 60_000;
const now = Date.now();

const invite = (more: Partial<InviteView> = {}): InviteView => ({
  link: `https://hush.example/#1.${'k7Qw9xR2mVb4TzYp'.repeat(5)}`,
  relay: 'hush.example',
  relayOnly: false,
  needsPassword: false,
  approval: false,
  hosted: true,
  history: false,
  vanishS: 0,
  expiresAt: now + 4.2 * minute,
  ...more,
});

const governed = (more: Partial<Governance> = {}): Governance => ({
  approval: 'off',
  locked: false,
  hosted: true,
  host: true,
  hostPeer: null,
  mayLetIn: true,
  mayPublish: true,
  membersPublish: false,
  outside: null,
  requests: [],
  proposal: null,
  compare: { state: 'none' },
  strict: false,
  equivocates: [],
  halted: false,
  ...more,
});

const someone = (n: number, name: string, tag: string, more: Partial<Person> = {}): Person => ({
  peer: `peer${n}` as PeerId,
  name,
  tag,
  path: 'direct',
  sas: [3, 17, 39, 45, 22, 60, 8].map((index) => (index + n) % 64),
  verification: 'unverified',
  ...more,
});

const ada = someone(1, 'Ada', '3fa9c2d1', { verification: 'verified' });
const bob = someone(2, 'Bob', '81c4e607', { path: 'relayed' });
const otherBob = someone(3, 'Bob', 'd20b19aa', { path: 'turn' });
const cleo = someone(4, 'Cleo', '5e77f013', { path: 'reconnecting', verification: 'mismatch' });

let count = 0;
function said(by: Person | 'me', text: string, minutesAgo: number, more: Partial<ShownMessage> = {}): ShownMessage {
  const id = `message${++count}` as MessageId;
  const me = by === 'me';
  return {
    id,
    key: id,
    from: me ? 'me' : by.peer,
    name: me ? 'Quiet Fox' : by.name,
    tag: me ? '0b5d90cc' : by.tag,
    text,
    at: now - minutesAgo * minute,
    ...(me ? { delivery: { state: 'delivered', of: 3 } as Delivery } : {}),
    ...more,
  };
}

const came = (id: number, type: 'joined' | 'left' | 'silent', person: Person, minutesAgo: number): RoomNotice => ({
  id,
  type,
  name: person.name,
  tag: person.tag,
  at: now - minutesAgo * minute,
});

const talk = [
  said(ada, 'Are we alone in here?', 21),
  said('me', 'The list says it is the three of us.', 20.5),
  said(bob, 'Good. Here is the draft, tell me what you think:\nhttps://example.org/draft?version=3#page2', 19),
  said(bob, 'It is still rough (very), so be gentle.', 18.8),
  said('me', 'Reading it now', 12),
  said(
    'me',
    'The second part is the best thing you have written.\n\nI would only cut the last paragraph: it says again what the reader already knows by then.',
    11,
  ),
  said(ada, '👏👏', 10),
  said(otherBob, 'Hello, I am the other Bob. My colour is another one.', 3, { missingBefore: 2 }),
  said(ada, 'شكرا جزيلا', 2),
  said('me', 'Then let us meet at eight?', 1, { delivery: { state: 'sent', to: 1, of: 3 } }),
  said('me', 'I will bring the cake', 0.2, { delivery: { state: 'sending', why: 'no-path' } }),
];

const marked = [
  said(
    ada,
    'The **short** version: it is *almost* done, ~~tomorrow~~ tonight. Run `npm start` and see [the notes](https://example.org/notes).',
    9,
  ),
  said('me', '> it is almost done\n\nThen let us list what is left:\n\n1. the `relay`\n2. the words\n   - German\n   - **English**', 8),
  said(
    bob,
    'This one?\n```ts\n// Names are chosen by their owners.\nexport function initial(name: string): string {\n  const [first] = new Intl.Segmenter().segment(name.trim());\n  return first?.segment.toLocaleUpperCase() ?? "?"; // 1 letter\n}\n```',
    7,
  ),
  said('me', '```diff\n- one\n+ two\n```', 6),
  said(bob, '<b>not bold</b> and # not a title\n# nor this', 5),
];

const first = said(ada, 'Shall we meet at eight, or is that too late for @Quiet Fox?', 9, {
  mentions: [{ peer: 'me', name: 'Quiet Fox', tag: '0b5d90cc' }],
  mentionsMe: true,
  reactions: [
    { emoji: '👍', mine: true, by: [{ peer: 'me', name: 'Quiet Fox', tag: '0b5d90cc' }, bob] },
    { emoji: '🎉', mine: false, by: [bob] },
  ],
});
const written = [
  first,
  said('me', 'Eight is fine', 8, { reply: first.id, edited: true }),
  said(bob, 'waves', 7, { action: true, reactions: [{ emoji: '👋', mine: false, by: [ada] }] }),
  said(bob, '', 6, { deleted: true }),
  said('me', 'This one is gone in a minute', 5, { vanishesAt: now + 0.9 * minute, reply: 'unknown' as MessageId }),
  said(ada, 'Before you came', 4, { passedOn: { by: 'Bob', verified: true, history: true } }),
  said(ada, 'I never wrote that', 3, { passedOn: { by: 'Bob', verified: false, history: true } }),
  said('me', 'Thank you, @Bob', 2, { mentions: [bob], reply: first.id }),
];

const inRow = (by: Person | 'me', minutesAgo: number, files: Parameters<typeof withFiles>[1]) =>
  withFiles((more) => said(by, '', minutesAgo, more), files);
const filed = (...rows: ReturnType<typeof withFiles>[]) => new Map(rows.flatMap(({ of }) => [...of]));
const rowOfFive = inRow(ada, 6, [picture(1), picture(2, 480, 640), picture(3), picture(4, 800, 300), picture(5)]);
const rowComing = inRow(ada, 2, [
  { ...picture(1), state: { name: 'receiving', bytes: 600_000, perSecond: 90_000 } },
  { ...picture(2), state: { name: 'paused', bytes: 1_500_000, perSecond: 0 } },
  { ...picture(3), state: { name: 'failed', why: 'damaged' } },
]);
const rowGoing = inRow('me', 1, [
  { ...picture(4), state: shared(1, 0.42) },
  { ...picture(5), state: shared(0, 0.1) },
]);
const single = inRow(bob, 5, [picture(6, 640, 400)]);
const rowOfTwo = inRow('me', 3, [
  { ...picture(7), mine: true },
  { ...picture(8), mine: true },
]);
const note = inRow(bob, 2, [voice]);
const everyState = withFiles((more, mine) => said(mine ? 'me' : bob, '', 2, more), states);

const words = 'a quiet room with one lamp and a few friends who talk about nothing in particular until the light goes out'.split(' ');
const longTalk = (length: number) =>
  Array.from({ length }, (_, n) => {
    const by = [ada, 'me', bob, ada, otherBob][Math.floor(n / 3) % 5] as Person | 'me';
    return said(by, `${n + 1}: ${words.slice(n % 7, (n % 7) + 3 + ((n * 5) % 14)).join(' ')}`, (length - n) / 2 + 1);
  });

class DemoRoom implements RoomView {
  phase = $state.raw<RoomView['phase']>({ name: 'active' });
  relay = $state.raw<RoomView['relay']>('connected');
  relays = $state.raw<RoomView['relays']>(['connected']);
  online = $state.raw(true);
  me = { name: 'Quiet Fox', tag: '0b5d90cc' };
  people = $state.raw<readonly Person[]>([ada, bob]);
  messages = $state.raw<readonly ShownMessage[]>([]);
  invite = $state.raw(invite());
  unread = $state.raw(0);
  listed = $state.raw<RoomView['listed']>('no');
  mayPublish = $state.raw(true);
  door = $state.raw<RoomView['door']>();
  unknownConnections = $state.raw(0);
  presence = $state.raw<ReadonlyMap<PeerId, Presence>>(new Map());
  sharing = $state.raw<Sharing>({ typing: true, read: true, delivered: true, away: true });
  notices = $state.raw<readonly RoomNotice[]>([]);
  files = $state.raw<FilesView | undefined>();
  call = $state.raw<RoomView['call']>();
  ownCall = $state.raw<RoomView['ownCall']>();
  governance = $state.raw<Governance | undefined>(governed());
  muted = $state.raw<ReadonlySet<PeerId>>(new Set());
  readonly #calls: string[];

  constructor(set: Partial<RoomView>, calls: string[]) {
    Object.assign(this, set);
    this.#calls = calls;
  }

  say(text: string, more: Parameters<RoomView['say']>[1] = {}) {
    const message = said('me', text, 0, {
      at: Date.now(),
      delivery: { state: 'delivered', of: this.people.length },
      ...(more.reply ? { reply: more.reply } : {}),
      ...(more.action ? { action: true } : {}),
      mentions: (more.mentions ?? []).map((peer) => this.people.find((person) => person.peer === peer)!),
    });
    this.messages = [...this.messages, message];
  }

  #replace(id: MessageId, change: (message: ShownMessage) => ShownMessage) {
    this.messages = this.messages.map((message) => (message.id === id ? change(message) : message));
  }

  react(id: MessageId, emoji: string, on: boolean) {
    const me = { peer: 'me' as const, name: this.me.name, tag: this.me.tag };
    this.#replace(id, (message) => {
      const others = (message.reactions ?? []).flatMap((known) => {
        if (known.emoji !== emoji) return [known];
        const by = known.by.filter(({ peer }) => peer !== 'me');
        return by.length > 0 || on ? [{ emoji, mine: on, by: on ? [...by, me] : by }] : [];
      });
      const fresh = on && !others.some((known) => known.emoji === emoji);
      return { ...message, reactions: fresh ? [...others, { emoji, mine: true, by: [me] }] : others };
    });
  }

  edit(id: MessageId, text: string) {
    this.#replace(id, (message) => ({ ...message, text, edited: true }));
  }

  erase(id: MessageId) {
    this.#replace(id, ({ reply: _, reactions: __, ...message }) => ({ ...message, text: '', deleted: true }));
  }

  typing() {}

  keeping = $state.raw<RoomView['keeping']>('nothing');

  async keep(what: RoomView['keeping']) {
    this.#calls.push(`keep ${what}`);
    this.keeping = what;
  }

  async exportPlain() {
    return new Blob([this.messages.map(({ text }) => text).join('\n')]);
  }

  async exportSealed(passphrase: string) {
    this.#calls.push(`export under ${passphrase}`);
    return this.exportPlain();
  }

  async openDoor() {
    this.door ??= new DemoDoor();
    return this.door;
  }

  lastRead() {
    const read = this.messages.findLast(({ from, at }) => from === 'me' && at < now - 10 * minute);
    return read === undefined ? [] : this.people.map(() => read);
  }

  share(what: keyof Sharing, on: boolean) {
    this.sharing = { ...this.sharing, [what]: on };
  }

  hear(text: string, by = ada) {
    this.messages = [...this.messages, said(by, text, 0, { at: Date.now() })];
    this.unread++;
  }

  openFiles(): Promise<FilesView> {
    return this.files === undefined ? Promise.reject(new Error('a scene without files')) : Promise.resolve(this.files);
  }

  async openCall() {
    this.ownCall ??= new DemoCall([]);
    return this.ownCall;
  }

  verify(peer: PeerId, matches: boolean) {
    this.people = this.people.map((person) =>
      person.peer === peer ? { ...person, verification: matches ? 'verified' : 'mismatch' } : person,
    );
  }

  govern(deed: Deed) {
    this.#calls.push(deed.name);
  }

  mute(peer: PeerId, on: boolean) {
    this.muted = new Set([...this.muted, peer].filter((one) => on || one !== peer));
  }

  markRead() {
    this.unread = 0;
  }

  traffic() {
    return { sent: 4_210, received: 38_500 };
  }

  dismiss(notice: RoomNotice) {
    this.notices = this.notices.filter(({ id }) => id !== notice.id);
  }

  leave() {
    this.#calls.push('leave');
    this.phase = { name: 'ended', reason: 'left' };
  }
}

type Scene = Screen | Partial<RoomView>;

const callScene = (tiles: ReturnType<typeof tileOf>[], set: Partial<NonNullable<RoomView['ownCall']>> = {}): Partial<RoomView> => ({
  messages: talk,
  people: [ada, bob, cleo],
  call: callOf(tiles, true),
  ownCall: new DemoCall(tiles, { stage: 'in', ...set }),
});

const warning = (id: number, type: 'roster-differs' | 'member-floods'): RoomNotice => ({
  id,
  ...(type === 'roster-differs' ? { type, lacks: ['Ada'], unknown: 1 } : { type }),
  name: 'Cleo',
  tag: '5e77f013',
  at: now,
});
const faults: readonly InviteFault[] = ['cut', 'edited', 'expired', 'newer-version', 'not-an-invite'];
const ends: readonly EndReason[] = [
  'left',
  'expired',
  'full',
  'refused',
  'wrong-password',
  'replaced',
  'removed',
  'closed',
  'incompatible',
];

const onionHost = `${'hushroomqt7x'.repeat(5).slice(0, 56)}.onion`;
const keptRooms: AppView['kept'] = [
  { id: 'a', name: 'Quiet Fox', relay: 'hush.example', expiresAt: now + 3 * 3_600_000, messages: true },
  { id: 'b', name: 'Ada of the long and winding name that goes on', relay: onionHost, expiresAt: null, messages: false },
];

const torOnly = {
  name: 'tor-only',
  hosts: [onionHost],
  address: `http://${onionHost}/#${'k7Qw9xR2mVb4TzYp'.repeat(5)}`,
  why: 'promised',
} as const;

export const scenes: Record<string, Scene> = {
  home: { name: 'home' },
  'home-kept': { name: 'home' },
  listings: { name: 'listings', doors: demoDoors() },
  'listings-none': { name: 'listings', doors: demoDoors([]) },
  'listings-off': { name: 'listings', doors: demoDoors([], 'off') },
  preview: { name: 'preview', invite: invite() },
  'preview-password': { name: 'preview', invite: invite({ relayOnly: true, needsPassword: true, expiresAt: null }) },
  'preview-relays': { name: 'preview', invite: invite({ way: { name: 'relay', hosts: ['hush.example', 'second.example'] } }) },
  'preview-tor': { name: 'preview', invite: invite({ way: { name: 'tor', hosts: [onionHost] } }) },
  'preview-gateway': {
    name: 'preview',
    invite: invite({ relay: onionHost, way: { name: 'gateway', hosts: [onionHost], gateway: 'hush.example' } }),
  },
  'preview-visit': { name: 'preview', invite: invite({ way: { name: 'visit', hosts: ['far.example'], page: 'far.example' } }) },
  'preview-tor-only': { name: 'preview', invite: invite({ relay: onionHost, needsPassword: true, way: torOnly }) },
  ...Object.fromEntries(faults.map((fault) => [`fault-${fault}`, { name: 'bad-invite', fault }])),
  joining: { phase: { name: 'joining' }, relay: 'connecting', people: [] },
  alone: { people: [], invite: invite({ needsPassword: true }) },
  'alone-writing': { people: [], messages: [said('me', 'Is anybody there?', 0.1, { delivery: { state: 'sending', why: 'nobody-here' } })] },
  empty: {},
  'alone-code': {
    people: [],
    door: new DemoDoor({ code: { state: 'ready', code: '7-crystal-window-potato', expiresAt: now + 9.6 * minute } }),
  },
  'alone-burned': { people: [], door: new DemoDoor({ code: { state: 'wrong' } }) },
  knocks: { messages: talk.slice(0, 6), listed: 'knocks', door: new DemoDoor({ visitors, listing: listedRooms[0]! }) },
  talk: {
    people: [ada, bob, otherBob, cleo],
    messages: talk,
    notices: [came(1, 'joined', bob, 20), came(2, 'joined', otherBob, 4), came(3, 'joined', cleo, 3.9), came(4, 'silent', cleo, 0.1)],
    unknownConnections: 1,
    invite: invite({ expiresAt: now + 50 * minute }),
  },
  tor: {
    messages: talk,
    people: [bob, cleo],
    invite: invite({ way: { name: 'tor', hosts: [onionHost] }, otherLink: 'https://hush.example/#k7Qw9xR2mVb4TzYp' }),
  },
  gateway: { messages: talk, people: [bob], invite: invite({ way: { name: 'gateway', hosts: [onionHost], gateway: 'hush.example' } }) },
  relays: {
    messages: talk,
    people: [bob],
    relays: ['connected', 'waiting'],
    invite: invite({
      way: { name: 'relay', hosts: ['hush.example', 'second.example'] },
      otherLink: `http://${onionHost}/#k7Qw9xR2mVb4TzYp`,
    }),
  },
  rooms: { messages: talk, people: [ada, bob] },
  'call-of-others': { messages: talk, people: [ada, bob, cleo], call: callOf([tileOf(ada), tileOf(bob)], false) },
  'call-relay-only': { messages: talk, invite: invite({ relayOnly: true }) },
  get 'call-voice'() {
    return callScene([tileOf(ada, { speaking: true }), tileOf(bob, { muted: true })]);
  },
  get 'call-talk'() {
    return callScene([tileOf(ada, { filmed: true }), tileOf(bob, { leg: 'reconnecting' })], { pushToTalk: true });
  },
  get 'call-screen'() {
    return callScene([tileOf(ada, { shares: true, filmed: true }), tileOf(bob), tileOf(cleo, { leg: 'unauthentic' })]);
  },
  get 'call-eight'() {
    return callScene(
      [ada, bob, otherBob, cleo, ada, bob, cleo].map((person, at) => ({
        ...tileOf(person, at % 3 === 0 ? { filmed: true } : {}),
        peer: `${at}` as PeerId,
      })),
    );
  },
  outside: {
    phase: { name: 'joining' },
    people: [],
    governance: governed({ host: false, approval: 'on', outside: { by: [bob], locked: false, declined: false } }),
  },
  'outside-locked': {
    phase: { name: 'joining' },
    people: [],
    governance: governed({ host: false, outside: { by: [], locked: true, declined: false } }),
  },
  asks: { messages: talk, governance: governed({ approval: 'on', requests: [cleo, otherBob] }) },
  'asks-one': { messages: talk, governance: governed({ approval: 'on', requests: [cleo] }) },
  proposal: {
    messages: talk,
    people: [ada, bob, cleo],
    governance: governed({ hosted: false, host: false, proposal: { by: ada.peer, without: [cleo.peer], agreed: [], answered: false } }),
  },
  compare: { messages: talk, people: [ada, bob], governance: governed({ compare: { state: 'shown', sas: ada.sas, of: 3 } }) },
  'compare-failed': { messages: talk, people: [ada, bob], governance: governed({ compare: { state: 'failed', why: 'differs' } }) },
  soon: { messages: talk.slice(0, 4), invite: invite({ expiresAt: now + 42_000 }) },
  waiting: { relay: 'waiting', people: [{ ...bob, path: 'reconnecting' }], messages: talk, invite: invite({ expiresAt: null }) },
  'waiting-direct': { relay: 'waiting', messages: talk.slice(0, 6) },
  offline: { online: false, people: [{ ...ada, path: 'reconnecting' }], messages: talk },
  warnings: { people: [ada, cleo], messages: talk.slice(0, 5), notices: [warning(1, 'member-floods'), warning(2, 'roster-differs')] },
  long: { messages: longTalk(1200), people: [ada, bob, otherBob] },
  written: { messages: written, presence: new Map([[ada.peer, { typing: true, away: false, readUpTo: null }]]) },
  unread: { messages: longTalk(600), people: [ada, bob, otherBob], unread: 40 },
  huge: { messages: longTalk(10_000), people: [ada, bob, otherBob] },
  markup: { messages: marked },
  pictures: {
    messages: [
      said(ada, 'From this morning:', 7),
      ...rowOfFive.messages,
      ...single.messages,
      said('me', 'Mine are from last year', 4),
      ...rowOfTwo.messages,
      ...note.messages,
    ],
    files: new DemoFiles(filed(rowOfFive, single, rowOfTwo, note)),
  },
  'pictures-coming': { messages: [...rowComing.messages, ...rowGoing.messages], files: new DemoFiles(filed(rowComing, rowGoing)) },
  files: { messages: everyState.messages, files: new DemoFiles(everyState.of) },
  tray: { messages: talk.slice(0, 4), files: new DemoFiles(new Map(), tray) },
  lost: {
    messages: [said('me', 'Did you get this?', 2, { delivery: { state: 'undelivered', to: 0, of: 2 } }), said('me', 'x'.repeat(4000), 1)],
  },
  ...Object.fromEntries(
    ends.map((reason) => [
      `ended-${reason}`,
      {
        phase: { name: 'ended', reason },
        people: [],
        invite: invite(reason === 'left' || reason === 'expired' || reason === 'removed' || reason === 'closed' ? { link: '' } : {}),
      },
    ]),
  ),
};

/** A room with so many messages, for the bench of the log. */
export const longRoom = (messages: number, calls: string[]): RoomView =>
  new DemoRoom({ messages: longTalk(messages), people: [ada, bob, otherBob] }, calls);

export interface DemoSetting {
  readonly theme: string;
  readonly language: string;
  readonly online: boolean;
  readonly missing: readonly MissingFeature[];
  readonly update: boolean;
  readonly calls: string[];
}

export function demoApp(scene: string, setting: DemoSetting): AppView & { room: DemoRoom | undefined } {
  const shown = scenes[scene] ?? scenes['home']!;
  const room = 'name' in shown ? undefined : new DemoRoom(setting.online ? shown : { ...shown, online: false }, setting.calls);

  class DemoApp implements AppView {
    screen = $state.raw<Screen>(room ? { name: 'room', room } : (shown as Screen));
    language = $state.raw(setting.language as Language);
    theme = $state.raw(setting.theme as Theme);
    updateWaiting = $state.raw(setting.update);
    installable = $state.raw(setting.update);
    readonly missing = setting.missing;
    readonly rememberedName = '';
    kept = $state.raw<AppView['kept']>(scene === 'home-kept' ? keptRooms : []);
    readonly reach: AppView['reach'] = { overTor: false, bothSides: true, fellows: ['https://second.example'] };
    readonly room = room;

    async comeBack(id: string) {
      setting.calls.push(`come back ${id}`);
    }
    async forgetKept(id: string) {
      setting.calls.push(`forget kept ${id}`);
      this.kept = this.kept.filter((one) => one.id !== id);
    }
    async createRoom(choices: RoomChoices) {
      setting.calls.push(`create ${JSON.stringify(choices)}`);
      this.screen = { name: 'room', room: new DemoRoom({ people: [] }, setting.calls) };
    }
    async joinRoom(name: string, remember: boolean, password: string) {
      setting.calls.push(`join ${name} ${remember} ${password}`);
      this.screen = { name: 'room', room: new DemoRoom({ messages: talk }, setting.calls) };
    }
    openInvite(text: string) {
      this.screen = text.includes('#') ? { name: 'preview', invite: invite() } : { name: 'bad-invite', fault: 'not-an-invite' };
    }
    rooms = $state.raw<readonly RoomView[]>(
      room ? (scene === 'rooms' ? [room, new DemoRoom({ people: [otherBob], unread: 3 }, setting.calls)] : [room]) : [],
    );
    bell = $state.raw<BellChoices>({ notify: false, content: false, sound: false, quietFrom: '', quietTo: '' });

    async doors() {
      return demoDoors();
    }
    async showListings() {
      this.screen = { name: 'listings', doors: demoDoors() };
    }
    lookForAnother() {
      this.screen = { name: 'home' };
    }
    show(open: RoomView) {
      this.screen = { name: 'room', room: open };
    }
    async setBell(change: Partial<BellChoices>) {
      this.bell = { ...this.bell, ...change };
    }
    async learnReach() {}
    goHome() {
      this.screen = { name: 'home' };
    }
    setLanguage(language: Language) {
      this.language = language;
    }
    setTheme(theme: Theme) {
      this.theme = theme;
    }
    applyUpdate() {
      setting.calls.push('update');
    }
    install() {
      setting.calls.push('install');
    }
    forgetEverything() {
      setting.calls.push('forget');
    }
  }
  return new DemoApp();
}
