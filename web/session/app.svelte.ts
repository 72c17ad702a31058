/**
 * The program as components see it: which screen, the few choices, and the verbs that lead from one screen to the next. What
 * needs a browser is handed in (`AppPorts`), so that this file runs in tests as it is.
 */
import { cleanName } from '../../shared/handshake/name.ts';
import type { Random } from '../../shared/ports.ts';
import type { RoomEvent, RoomInput } from '../../shared/room/types.ts';
import type { RoomIdentity } from '../net/open-room.ts';
import { isOnion, noFacts, type RelayFacts } from '../net/relay-facts.ts';
import type { Settings } from '../store/settings.ts';
import { type Bell, type Rung, readBell, rings } from './bell.ts';
import type { Doors } from './doors.svelte.ts';
import { linkAt, makeRoom, type RoomLink, readLink, viewLink } from './invite.ts';
import type { Keeper } from './keeper.ts';
import type { Keepsake } from './keepsake.ts';
import { isLanguage } from './languages.ts';
import { type CallKeeper, type FilesKeeper, RoomSession } from './room.svelte.ts';
import { readSharing, writeSharing } from './sharing.ts';
import type {
  AppView,
  BellChoices,
  DoorsView,
  Keeping,
  KeptRoom,
  Language,
  MissingFeature,
  Reach,
  RoomChoices,
  RoomView,
  Screen,
  Theme,
  Traffic,
} from './types.ts';
import { isPlain, viewWay, type Way, wayTo } from './ways.ts';

/** Everything the machine of a room is made from. */
export interface RoomSetup {
  readonly link: RoomLink;
  readonly name: string;
  /** Empty for a room without one. */
  readonly password: string;
  /** Where a reloaded page comes back. */
  readonly identity?: RoomIdentity;
  /** Set where this page makes the room. */
  readonly founder: { readonly hostSeed: Uint8Array | null } | null;
  readonly way: Extract<Way, { name: 'dial' | 'gateway' }>;
}

/** A running room; `feed` takes what the person does. */
export interface RunningRoom {
  /** First 8 hexadecimal digits of the hash of one's own key for this room. */
  readonly tag: string;
  feed(input: RoomInput): void;
  /** Bytes that went through the relay so far. */
  traffic(): Traffic;
  /** `resumable`: a page that is loaded anew finds the offers of this room again. */
  openFiles(resumable: boolean): Promise<FilesKeeper>;
  openCall(me: RoomView['me']): Promise<CallKeeper>;
  /** What is worth keeping of it; null once it has ended. */
  identity(): RoomIdentity | null;
}

export interface AppPorts {
  /** http(s)://host[:port] this page was served from. */
  readonly origin: string;
  readonly preferredLanguage: Language;
  readonly missing: readonly MissingFeature[];
  readonly settings: Settings;
  readonly random: Random;
  /** Milliseconds since 1970. */
  wallNow(): number;
  visible(): boolean;
  /** Says how much is unread, wherever the browser lets a page say it. */
  showUnread(count: number): void;
  /** True once notifications are allowed; asks the person where the browser has not asked yet. */
  mayNotify(): Promise<boolean>;
  ring(bell: Bell): void;
  /** Prepares a room and reports its events from then on; nothing is sent before `join` is fed. Takes a moment where there is a password. */
  openRoom(setup: RoomSetup, show: (event: RoomEvent) => void): Promise<RunningRoom>;
  /** What the relay that serves this page says of itself; null where it does not answer. Never rejects. */
  askRelay(): Promise<RelayFacts | null>;
  /** Resolves after as long as a person does not notice that nothing happens. */
  breath(): Promise<void>;
  /** An invite is being looked at: what needs no word about it may be prepared. `own`: this page's own relay will be dialled. */
  expectRoom(own: boolean): void;
  /** Loads what codes, the list and knocks need. `openInvite` is for the invite that they lead to. */
  openDoors(openInvite: (text: string) => void): Promise<Doors>;
  /** Loads another page in place of this one. */
  visit(address: string): void;
  /** Loads what keeps rooms over a reload. */
  openKeeper(): Promise<Keeper>;
  sealText(text: string, passphrase: string): Promise<Uint8Array>;
  /** Erases what the browser keeps and leaves the page for an empty one. */
  forgetBrowser(): void;
  /** Starts the version that waits, which loads the page anew at `path`. */
  startUpdate(path: string): void;
}

export class App implements AppView {
  screen = $state.raw<Screen>({ name: 'home' });
  rooms = $state.raw<readonly RoomView[]>([]);
  bell = $state.raw() as BellChoices;
  language = $state.raw<Language>('en');
  theme = $state.raw<Theme>('system');
  rememberedName = $state.raw('');
  kept = $state.raw<readonly KeptRoom[]>([]);
  updateWaiting = $state.raw(false);
  /** What the browser believes about the network; set by the page. */
  online = $state.raw(true);
  readonly missing: readonly MissingFeature[];
  reach = $state.raw<Reach | undefined>();
  readonly #ports: AppPorts;
  #facts: Promise<RelayFacts | null> | undefined;
  #link: RoomLink | undefined;
  readonly #running = new Map<RoomView, RunningRoom>();
  #keeper: Promise<Keeper> | undefined;
  #doors: Promise<Doors> | undefined;
  #installer = $state.raw<{ prompt(): Promise<unknown> } | undefined>();

  constructor(ports: AppPorts) {
    this.#ports = ports;
    this.missing = ports.missing;
    const language = ports.settings.read('language');
    this.language = isLanguage(language) ? language : ports.preferredLanguage;
    const theme = ports.settings.read('theme');
    this.theme = theme === 'light' || theme === 'dark' || theme === 'contrast' ? theme : 'system';
    this.rememberedName = ports.settings.read('name') ?? '';
    this.bell = readBell(ports.settings.read('bell'));
    if (ports.settings.read('kept') !== null) void this.#listKept();
  }

  get installable(): boolean {
    return this.#installer !== undefined;
  }

  // ---------------------------------------------------------------- rooms

  async createRoom(choices: RoomChoices): Promise<void> {
    const { origin, random } = this.#ports;
    const before = this.screen;
    const facts = (await this.#askRelay()) ?? noFacts;
    const { hostSeed = null, ...link } = makeRoom(choices, origin, this.#ports.wallNow(), random, facts);
    const way = wayTo(link, origin, facts);
    if (way.name !== 'dial') throw new TypeError(`createRoom: a room that this page cannot enter (${way.name})`);
    await this.#enter({ link, way, name: choices.name, password: choices.password, founder: { hostSeed } }, choices.rememberName, before);
  }

  /**
   * A page talks to the relay that serves it and to that one's fellows (its CSP says so). An invite to another relay is opened,
   * when the person wants to join, at that relay's own page, which shows what it is once more.
   */
  async joinRoom(name: string, rememberName: boolean, password: string): Promise<void> {
    const link = this.#link;
    if (link === undefined) throw new TypeError('joinRoom: there is no invite on the screen');
    const { origin } = this.#ports;
    const way = wayTo(link, origin, isPlain(link, origin) ? noFacts : await this.#askRelay());
    if (this.#link !== link) return; // gone elsewhere meanwhile
    if (way.name === 'tor-only') throw new TypeError('joinRoom: not from this page');
    if (way.name === 'visit') this.#ports.visit(linkAt(way.page, link));
    else await this.#enter({ link, way, name, password, founder: null }, rememberName, this.screen);
  }

  /** Asked once, until it has answered. */
  async #askRelay(): Promise<RelayFacts | null> {
    this.#facts ??= this.#ports.askRelay();
    const facts = await this.#facts;
    if (facts === null) this.#facts = undefined;
    return facts;
  }

  /** Finds out what rooms made here can have, for the form that makes them. */
  async learnReach(): Promise<void> {
    const overTor = isOnion(this.#ports.origin);
    const { origin, onion, fellows } = (await this.#askRelay()) ?? noFacts;
    this.reach = { overTor, bothSides: overTor ? origin !== null : onion !== null, fellows };
  }

  /** Shows what a link, or any text that holds one, would do. Sends nothing. */
  openInvite(text: string): void {
    const read = readLink(text, this.#ports.origin, this.#ports.wallNow());
    if (typeof read === 'string') {
      this.#link = undefined;
      this.screen = { name: 'bad-invite', fault: read };
      return;
    }
    this.#link = read;
    const { origin } = this.#ports;
    if (isPlain(read, origin)) {
      this.#showInvite(read, wayTo(read, origin, noFacts));
      return;
    }
    this.screen = { name: 'preview', invite: viewLink(read) };
    void this.#askRelay().then((facts) => this.#link === read && this.#showInvite(read, wayTo(read, origin, facts)));
  }

  #showInvite(link: RoomLink, way: Way): void {
    const { origin } = this.#ports;
    this.screen = { name: 'preview', invite: viewLink(link, viewWay(way, link, origin)) };
    this.#ports.expectRoom(way.name === 'dial' && way.origins.includes(origin));
  }

  goHome(): void {
    if (this.screen.name === 'room') this.#close(this.screen.room);
    this.lookForAnother();
  }

  lookForAnother(): void {
    this.#link = undefined;
    this.screen = { name: 'home' };
  }

  doors(): Promise<DoorsView> {
    return this.#openDoors();
  }

  async showListings(): Promise<void> {
    const doors = await this.#openDoors();
    this.#link = undefined;
    this.screen = { name: 'listings', doors };
  }

  /** An invite that a code, the list or a knock led to, unless the person has gone elsewhere meanwhile. */
  #openFound(text: string): void {
    if (this.screen.name === 'home' || this.screen.name === 'listings') this.openInvite(text);
  }

  #openDoors(): Promise<Doors> {
    this.#doors ??= this.#ports.openDoors((text) => this.#openFound(text));
    this.#doors.catch(() => {
      this.#doors = undefined;
    });
    return this.#doors;
  }

  show(room: RoomView): void {
    this.screen = { name: 'room', room };
  }

  /** The page was away: every path of every room is doubted. */
  resume(): void {
    for (const [room, running] of this.#running) {
      running.feed({ type: 'resumed' });
      room.door?.resume();
    }
  }

  /** The page has been out of sight for a while, or is back. */
  away(on: boolean): void {
    for (const running of this.#running.values()) running.feed({ type: 'away', on });
  }

  /** The page goes, and may come back: rooms are left and stay kept. */
  unload(): void {
    for (const running of this.#running.values()) running.feed({ type: 'leave' });
  }

  leaveAll(): void {
    for (const room of [...this.#running.keys()]) this.#close(room); // also one that is not drawn yet
    this.lookForAnother();
  }

  #close(room: RoomView): void {
    room.leave();
    this.#running.delete(room);
    this.rooms = this.rooms.filter((open) => open !== room);
    this.#countUnread();
  }

  /** `before`: the screen on which the person asked for it. False where they have gone elsewhere meanwhile. */
  async #enter(setup: RoomSetup, rememberName: boolean, before: Screen, kept?: { id: string; keepsake: Keepsake }): Promise<boolean> {
    const name = cleanName(setup.name);
    this.rememberedName = rememberName ? name : '';
    this.#ports.settings.write('name', rememberName ? name : null);
    const early: RoomEvent[] = [];
    let hear = (event: RoomEvent): void => void early.push(event);
    const running = await this.#ports.openRoom({ ...setup, name }, (event) => hear(event));
    if (this.screen !== before) return false; // while the password was worked on; nobody has heard of us
    const sharing = readSharing(this.#ports.settings.read('sharing'));
    const invite = viewLink(setup.link, viewWay(setup.way, setup.link, this.#ports.origin));
    const room: RoomSession = new RoomSession({ name, tag: running.tag }, invite, sharing, {
      feed: (input) => running.feed(input),
      openFiles: () => running.openFiles(invite.history),
      openCall: () => running.openCall({ name, tag: running.tag }),
      wallNow: () => this.#ports.wallNow(),
      visible: () => this.#ports.visible(),
      online: () => this.online,
      unreadChanged: () => this.#countUnread(),
      viewInvite: (moved) => viewLink({ ...setup.link, invite: moved }, viewWay(setup.way, setup.link, this.#ports.origin)),
      traffic: () => running.traffic(),
      heard: (message) => this.#ring(room, message),
      keep: (what) => this.#keep(room, running, what),
      sealText: (text, passphrase) => this.#ports.sealText(text, passphrase),
      openDoor: async (movedTo) =>
        (await this.#openDoors()).forRoom(movedTo === undefined ? setup.link : { ...setup.link, invite: movedTo }, (name) =>
          this.#ring(room, { name }),
        ),
      keepSharing: (chosen) => this.#ports.settings.write('sharing', writeSharing(chosen)),
    });
    if (kept !== undefined) await this.#continueIn(room, running, kept);
    this.#link = undefined;
    const { promise: seated, resolve: sit } = Promise.withResolvers<void>();
    hear = (event) => {
      room.apply(event);
      if (event.type === 'relay' && event.relay === 'connected') sit();
    };
    for (const event of early) hear(event);
    this.#running.set(room, running);
    if (Object.values(sharing).includes(false)) running.feed({ type: 'share', sharing });
    running.feed({ type: 'join' });
    await Promise.race([seated, this.#ports.breath()]); // then the others are at work while the room is drawn
    if (!this.#running.has(room)) return true; // left again already: everything was forgotten
    this.rooms = [...this.rooms, room];
    this.screen = { name: 'room', room };
    return true;
  }

  // ---------------------------------------------------------------- coming back after a reload

  #openKeeper(): Promise<Keeper> {
    this.#keeper ??= this.#ports.openKeeper();
    return this.#keeper;
  }

  async #listKept(): Promise<void> {
    const keeper = await this.#openKeeper();
    this.kept = await keeper.list(this.#ports.origin);
    if (this.kept.length === 0) this.#ports.settings.write('kept', null);
  }

  async #keep(room: RoomSession, running: RunningRoom, what: Keeping): Promise<void> {
    const keeper = await this.#openKeeper();
    await keeper.keep(room, () => running.identity(), what);
    if (what !== 'nothing') this.#ports.settings.write('kept', 'yes');
  }

  async comeBack(id: string): Promise<void> {
    const before = this.screen;
    const keeper = await this.#openKeeper();
    const keepsake = await keeper.take(id);
    const link = keepsake === null ? 'expired' : readLink(keepsake.link, this.#ports.origin, this.#ports.wallNow());
    if (keepsake === null || typeof link === 'string') return this.forgetKept(id);
    const { origin } = this.#ports;
    const way = wayTo(link, origin, isPlain(link, origin) ? noFacts : await this.#askRelay());
    if (way.name === 'tor-only') throw new TypeError('comeBack: not from this page');
    if (way.name === 'visit') return this.#ports.visit(linkAt(way.page, link));
    const setup = { link, way, name: keepsake.name, password: keepsake.password, founder: null, identity: keepsake };
    const entered = await this.#enter(setup, this.rememberedName !== '', before, { id, keepsake });
    if (entered) this.kept = this.kept.filter((room) => room.id !== id);
    else keeper.giveBack(id);
  }

  async #continueIn(room: RoomSession, running: RunningRoom, { id, keepsake }: { id: string; keepsake: Keepsake }): Promise<void> {
    room.keeping = keepsake.messages === null ? 'room' : 'room-and-messages';
    room.restore(keepsake.messages ?? []);
    const keeper = await this.#openKeeper();
    keeper.attach(room, id, () => running.identity());
  }

  async forgetKept(id: string): Promise<void> {
    const keeper = await this.#openKeeper();
    await keeper.drop(id);
    this.kept = this.kept.filter((room) => room.id !== id);
  }

  #countUnread(): void {
    this.#ports.showUnread(this.rooms.reduce((sum, { unread }) => sum + unread, 0));
  }

  // ---------------------------------------------------------------- the bell

  async setBell(change: Partial<BellChoices>): Promise<void> {
    const notify = change.notify === true ? await this.#ports.mayNotify() : (change.notify ?? this.bell.notify);
    this.bell = { ...this.bell, ...change, notify };
    this.#ports.settings.write('bell', JSON.stringify(this.bell));
  }

  /** Whoever looks at the room needs no bell. */
  #ring(room: RoomView, message: Rung): void {
    const seen = this.#ports.visible();
    const here = this.screen.name === 'room' && this.screen.room === room;
    if ((seen && here) || !rings(this.bell, new Date(this.#ports.wallNow()))) return;
    const { notify, content, sound } = this.bell;
    this.#ports.ring({ sound, notify: notify && !seen, content, message, show: () => this.show(room) });
  }

  // ---------------------------------------------------------------- choices

  setLanguage(language: Language): void {
    this.language = language;
    this.#ports.settings.write('language', language);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#ports.settings.write('theme', theme === 'system' ? null : theme);
  }

  // ---------------------------------------------------------------- the program itself

  /** The browser offers to install the page; undefined when the offer is over. */
  offerInstall(installer: { prompt(): Promise<unknown> } | undefined): void {
    this.#installer = installer;
  }

  install(): void {
    void this.#installer?.prompt();
    this.#installer = undefined;
  }

  offerUpdate(): void {
    this.updateWaiting = true;
  }

  /** Whoever accepts while looking at an invite gets it back afterwards. */
  applyUpdate(): void {
    const path = this.screen.name === 'preview' ? new URL(this.screen.invite.link).hash : '';
    this.unload();
    this.#ports.startUpdate(`/${path}`);
  }

  /** Keys first, then what is on the screen, then what the browser keeps. */
  forgetEverything(): void {
    this.leaveAll();
    this.rememberedName = '';
    this.#ports.forgetBrowser();
  }
}
