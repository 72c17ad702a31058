/**
 * Rooms over an in-memory network, from a seed: pages (real room machines), relays (sim-relay.ts) and direct links, with delay, loss,
 * duplication, reordering, cuts, silent deaths, sleep, reloads and relays that are killed or out of reach for some. Time is virtual; the
 * same seed gives the same run, byte for byte.
 *
 * What must hold at the end, once all is quiet, is in sim-check.ts; what must hold always, in `Page.feed`.
 */
import { hex } from '../bytes.ts';
import type { Env } from '../ports.ts';
import { agreementKeyPair } from '../primitives.ts';
import { sidePart } from '../room/side/part.ts';
import type { Living, Room, Turn } from '../room/state.ts';
import { createRoom, nextWake, step } from '../room/step.ts';
import type { DirectPath, LegOrder, Message, PeerId, Person, RoomEvent, RoomInput, RoomOutput } from '../room/types.ts';
import type { Invite } from '../wire/invite.ts';
import { type SeededRandom, seededRandom } from './random.ts';
import { SimRelay, type SimSocket, simOrigin } from './sim-relay.ts';

export interface Weather {
  /** One way, milliseconds, uniformly between. */
  readonly delayMs: readonly [number, number];
  /** Of frames on direct links, and of RECVs at the relay. */
  readonly loss: number;
  readonly duplicates: number;
  /** Direct links deliver out of order. */
  readonly reorders: boolean;
  /** Of attempts at a direct link. */
  readonly linksFail: number;
}

export const calm: Weather = { delayMs: [1, 20], loss: 0, duplicates: 0, reorders: false, linksFail: 0 };
export const rough: Weather = { delayMs: [1, 200], loss: 0.05, duplicates: 0.1, reorders: true, linksFail: 0.3 };

export interface SimOptions {
  readonly seed: number;
  readonly invite: Invite;
  readonly weather?: Weather;
  readonly direct?: boolean;
  readonly workBits?: number;
  /** Every page dials all of them. */
  readonly relays?: number;
  /** False: pages begin without what is told beside messages, and get it when a test attaches it. */
  readonly side?: boolean;
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** The world: a clock, a queue of what will happen, relays, and pages. */
export class Sim {
  readonly random: SeededRandom;
  readonly options: Required<SimOptions>;
  weather: Weather;
  readonly pages: Page[] = [];
  readonly relays: SimRelay[];
  readonly relaysUp: boolean[];
  now = 1000;
  #order = 0;
  readonly #tasks: Task[] = [];
  /** Everything that pages handed to the network, for tests that look through it. */
  record: ((kind: 'relay' | 'link', bytes: Uint8Array) => void) | undefined;

  constructor(options: SimOptions) {
    this.options = { weather: calm, direct: true, workBits: 0, relays: 1, side: true, ...options };
    this.weather = this.options.weather;
    this.random = seededRandom(options.seed);
    this.relays = Array.from({ length: this.options.relays }, (_, index) => this.#newRelay(index));
    this.relaysUp = this.relays.map(() => true);
    this.#tick();
  }

  /** All group frames that pages hand to the network from now on. */
  recordGroup(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    this.record = (kind, bytes) => {
      const frame = kind === 'relay' ? bytes.subarray(17) : bytes;
      if (frame[0] === 0x30) frames.push(frame.slice());
    };
    return frames;
  }

  #tick(): void {
    for (const relay of this.relays) relay.tick(this.now);
    this.after(1000, () => this.#tick());
  }

  #newRelay(index: number): SimRelay {
    return new SimRelay(this.random.fork().bytes, simOrigin(index), this.options.workBits);
  }

  /** The first one: the only one where nothing else is said. */
  get relay(): SimRelay {
    return this.relays[0]!;
  }

  /** A new page that opens the link. */
  open(name: string, more: Partial<Parameters<typeof createRoom>[0]> = {}): Page {
    const page = new Page(this, name, more);
    this.pages.push(page);
    page.feed({ type: 'join' });
    return page;
  }

  get living(): Page[] {
    return this.pages.filter((page) => page.alive);
  }

  after(ms: number, run: () => void): void {
    const task = { at: this.now + ms, order: this.#order++, run };
    // Binary search from the end: the queue is sorted latest first, so that the next task is popped.
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#tasks[middle]!;
      if (other.at > task.at || (other.at === task.at && other.order > task.order)) low = middle + 1;
      else high = middle;
    }
    this.#tasks.splice(low, 0, task);
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let task = this.#tasks.at(-1); task !== undefined && task.at <= end; task = this.#tasks.at(-1)) {
      this.#tasks.pop();
      this.now = Math.max(this.now, task.at);
      task.run();
    }
    this.now = end;
  }

  /** Runs until `reached`, looking every `stepMs`; throws when it takes longer than `patienceMs`. Returns the time it took. */
  until(reached: () => boolean, what: string, patienceMs = 120_000, stepMs = 50): number {
    const start = this.now;
    while (!reached()) {
      if (this.now - start > patienceMs) throw new Error(`seed ${this.options.seed}: waited in vain for ${what}`);
      this.run(stepMs);
    }
    return this.now - start;
  }

  delay(): number {
    const [least, most] = this.weather.delayMs;
    return least + this.random.next() * (most - least);
  }

  // ---------------------------------------------------------------- faults

  /** The relay's process dies, with all it knew. Members' sockets notice, or not. */
  killRelay(silently = false, index = 0): void {
    this.relaysUp[index] = false;
    const { endsAt } = this.relays[index]!;
    this.relays[index] = this.#newRelay(index);
    this.relays[index].endsAt = endsAt;
    for (const page of this.living) page.loseSocket(silently, index);
  }

  startRelay(index = 0): void {
    this.relaysUp[index] = true;
  }

  /** Every open link dies; its ends are told, or not. */
  killLinks(silently = false): void {
    for (const page of this.living) for (const peer of [...page.links.keys()]) page.loseLink(peer, silently);
  }
}

interface Link {
  readonly offers: boolean;
  /** The other end, once signals have crossed. */
  other: { page: Page; link: Link } | null;
  readonly fingerprint: string;
  state: 'new' | 'open' | 'dead';
  /** When the last frame arrives, where order is kept. */
  lastAt: number;
}

interface Socket extends SimSocket {
  /** Its place for the machine, and which relay it leads to: rooms that one moved from come behind. */
  readonly index: number;
  readonly to: number;
  alive: boolean;
  open: boolean;
  toRelayAt: number;
  toPageAt: number;
}

/** After which a relay notices a dead socket. */
const heartbeatMs = 30_000;

/** One page: a room machine, its driver, and a mirror of what its view would show. */
export class Page {
  readonly sim: Sim;
  readonly name: string;
  readonly id: PeerId;
  readonly room: Room;
  readonly random: SeededRandom;
  readonly links = new Map<PeerId, Link>();
  readonly people = new Map<PeerId, Person>();
  shown: Message[] = [];
  readonly events: RoomEvent[] = [];
  readonly drops = new Map<string, number>();
  /** What was handed out for transfers of files. */
  readonly fileControls: { peer: PeerId; bytes: number[] }[] = [];
  readonly fileFrames: { peer: PeerId; length: number }[] = [];
  /** Runs the connections of a call. */
  media: ((peer: PeerId, order: LegOrder) => void) | undefined;
  /** Texts this page said, with the pages that were members when each was sealed. */
  readonly said: { readonly text: string; to: PeerId[] | null }[] = [];
  /** People that this page saw go. */
  readonly parted = new Set<PeerId>();
  alive = true;
  ended: string | null = null;
  asleepUntil = 0;
  /** Nothing passes to or from this page until then; what was sent waits, as TCP and SCTP would retransmit it. */
  cutUntil = 0;
  /** Relays that this page cannot reach: what it sends and is sent there is lost, and nobody is told. */
  readonly partitioned = new Set<number>();
  /** What the relay has for this page is lost until then. */
  deafUntil = 0;
  cpuMs = 0;
  readonly #current = new Map<number, Socket>();
  /** The last ones, even if they are gone and the page does not know. */
  readonly #dialled = new Map<number, Socket>();
  #sockets = 0;
  readonly #givenUp = new WeakSet<Socket | Link>();
  #wakeAt = Number.POSITIVE_INFINITY;
  #backlog: { readonly input: RoomInput; readonly of: Socket | Link | null }[] = [];

  constructor(sim: Sim, name: string, more: Partial<Parameters<typeof createRoom>[0]>) {
    this.sim = sim;
    this.name = name;
    this.random = sim.random.fork();
    const inst = more.inst ?? this.random.bytes(16);
    this.id = hex(inst) as PeerId;
    const statics = agreementKeyPair(this.random.bytes(32));
    const options = {
      invite: sim.options.invite,
      inst,
      statics,
      name,
      password: null,
      origins: sim.relays.map((_, index) => simOrigin(index)),
      directAllowed: sim.options.direct,
      ...more,
    };
    this.room = createRoom(options, this.env);
    if (sim.options.side) step(this.room, { type: 'attach-side', part: sidePart }, this.env);
  }

  get env(): Env {
    return { now: this.sim.now, random: this.random.bytes };
  }

  /** What its room holds; a room that has ended holds nothing. */
  get state(): Living {
    const { state } = this.room;
    if (state.name === 'ended') throw new Error('the room has ended');
    return state;
  }

  get texts(): string[] {
    return this.shown.map(({ text }) => text);
  }

  say(text: string): void {
    this.said.push({ text, to: null });
    this.feed({ type: 'say', text });
  }

  /** Everything stands still: no timers, no frames. Afterwards all comes at once. */
  sleep(ms: number): void {
    this.asleepUntil = this.sim.now + ms;
    this.sim.after(ms, () => {
      if (!this.alive) return;
      const missed = this.#backlog.splice(0);
      this.feed({ type: 'resumed' });
      // What belongs to a socket or link that has been given up since is not reported any more.
      for (const { input, of } of missed) if (of === null || !this.#givenUp.has(of)) this.feed(input, of);
    });
  }

  cut(ms: number): void {
    this.cutUntil = this.sim.now + ms;
  }

  /** What a modified page may do: anything, with the keys of an honest one. */
  misbehave(deed: (turn: Turn) => void): void {
    const { state } = this.room;
    if (state.name === 'ended') throw new Error(`${this.name} has left`);
    const turn: Turn = { room: state, env: this.env, out: [], ends: null, via: null };
    deed(turn);
    for (const output of turn.out) this.#carryOut(output);
  }

  deafen(ms: number): void {
    this.deafUntil = this.sim.now + ms;
  }

  leave(): void {
    this.feed({ type: 'leave' });
  }

  /** Closed without a word, as by a crash or a reload. */
  kill(): void {
    this.alive = false;
    for (const { to } of [...this.#current.values()]) this.loseSocket(false, to);
    for (const peer of [...this.links.keys()]) this.loseLink(peer, false);
  }

  /** Every one whose `page` sees it as a member. */
  sees(other: Page): boolean {
    return this.people.has(other.id);
  }

  // ---------------------------------------------------------------- the driver

  /** `of`: the socket or link that reports it; while the page sleeps, that may be given up. */
  feed(input: RoomInput, of: Socket | Link | null = null): void {
    if (!this.alive) return;
    if (this.sim.now < this.asleepUntil && input.type !== 'resumed') {
      if (input.type !== 'wake') this.#backlog.push({ input, of });
      return;
    }
    const begin = performance.now();
    const outputs = step(this.room, input, this.env);
    this.cpuMs += performance.now() - begin;
    for (const output of outputs) this.#carryOut(output);
    this.#setTimer(input);
    this.#checkBounds();
  }

  #setTimer(after: RoomInput): void {
    const next = nextWake(this.room);
    if (Number.isNaN(next)) throw new Error('nextWake is not a number');
    const working = this.room.state.name === 'living' && this.room.state.relays.some(({ seat }) => seat.name === 'working');
    if (after.type === 'wake' && next <= this.sim.now && !working)
      throw new Error(`seed ${this.sim.options.seed}: nextWake stays in the past after a wake`);
    if (next === this.#wakeAt || next === Number.POSITIVE_INFINITY) {
      this.#wakeAt = next;
      return;
    }
    this.#wakeAt = next;
    this.sim.after(Math.max(0, next - this.sim.now), () => {
      if (this.#wakeAt !== next) return;
      this.#wakeAt = Number.NaN;
      if (this.sim.now < this.asleepUntil) this.sim.after(this.asleepUntil - this.sim.now + 1, () => this.feed({ type: 'wake' }));
      else this.feed({ type: 'wake' });
    });
  }

  #carryOut(output: RoomOutput): void {
    switch (output.type) {
      case 'relay-dial':
        this.#dial(output.relay);
        break;
      case 'relay-send':
        this.#toRelay(output.relay, output.bytes);
        break;
      case 'relay-close':
        this.#closeSocket(output.relay, output.code);
        break;
      case 'link-dial':
        this.#dialLink(output.peer, output.offers);
        break;
      case 'link-signal':
        this.#signalLink(output.peer, output.signal);
        break;
      case 'link-send':
        this.#toLink(output.peer, output.bytes);
        break;
      case 'link-close':
        this.#closeLink(output.peer);
        break;
      case 'drop':
        this.drops.set(`${output.where} ${output.code}`, (this.drops.get(`${output.where} ${output.code}`) ?? 0) + 1);
        break;
      case 'file-control':
        this.fileControls.push({ peer: output.peer, bytes: [...output.control] });
        break;
      case 'file-frame':
        this.fileFrames.push({ peer: output.peer, length: output.frame.length });
        break;
      case 'call-leg':
        this.media?.(output.peer, output.order);
        break;
      case 'event':
        this.#show(output.event);
        break;
    }
  }

  // ---------------------------------------------------------------- the sockets

  #dial(index: number): void {
    if (this.#current.has(index)) throw new Error('relay-dial while a socket is there');
    const to = index % this.sim.relays.length;
    const socket: Socket = {
      index,
      to,
      id: ++this.#sockets + 1000 * this.sim.pages.indexOf(this) + 1_000_000 * this.name.length,
      alive: true,
      open: false,
      toRelayAt: 0,
      toPageAt: 0,
      send: (bytes) => this.#fromRelay(socket, bytes.slice()),
      close: (code) => this.#laterToPage(socket, () => this.#socketClosed(socket, code)),
    };
    this.#current.set(index, socket);
    this.#dialled.set(index, socket);
    this.sim.after(this.sim.delay() + Math.max(0, this.cutUntil - this.sim.now), () => {
      if (!socket.alive || !this.#isCurrent(socket) || this.partitioned.has(to)) return;
      if (!this.sim.relaysUp[to]) {
        this.#socketClosed(socket, 1006);
        return;
      }
      socket.open = true;
      this.feed({ type: 'relay-open', relay: index }, socket);
      this.sim.relays[to]!.opened(socket);
    });
  }

  #isCurrent(socket: Socket): boolean {
    return this.#current.get(socket.index) === socket;
  }

  #toRelay(index: number, bytes: Uint8Array): void {
    const socket = this.#current.get(index);
    if (socket === undefined) return; // closed while the page slept
    if (!socket.open) throw new Error('relay-send before relay-open');
    this.sim.record?.('relay', bytes);
    socket.toRelayAt = Math.max(socket.toRelayAt, this.sim.now + this.sim.delay(), this.cutUntil + 1);
    const relay = this.sim.relays[socket.to]!;
    this.sim.after(socket.toRelayAt - this.sim.now, () => {
      if (!socket.alive || this.partitioned.has(socket.to)) return;
      if (this.sim.relays[socket.to] === relay && this.sim.relaysUp[socket.to]) relay.received(socket, bytes, this.sim.now);
    });
  }

  #fromRelay(socket: Socket, bytes: Uint8Array): void {
    if (bytes[0] === 8 && (this.sim.now < this.deafUntil || this.sim.random.chance(this.sim.weather.loss)))
      bytes = Uint8Array.of(0x0a, 0, 0, 0, 1); // dropped by its queue
    this.#laterToPage(socket, () => this.feed({ type: 'relay-bytes', relay: socket.index, bytes }, socket));
  }

  #laterToPage(socket: Socket, run: () => void): void {
    socket.toPageAt = Math.max(socket.toPageAt, this.sim.now + this.sim.delay(), this.cutUntil + 1);
    this.sim.after(socket.toPageAt - this.sim.now, () => {
      if (socket.alive && this.#isCurrent(socket) && !this.partitioned.has(socket.to)) run();
    });
  }

  #socketClosed(socket: Socket, code: number): void {
    socket.alive = false;
    if (this.#isCurrent(socket)) this.#current.delete(socket.index);
    this.feed({ type: 'relay-closed', relay: socket.index, code }, socket);
  }

  #closeSocket(index: number, code: number): void {
    const socket = this.#current.get(index);
    const dialled = this.#dialled.get(index);
    this.#current.delete(index);
    if (dialled !== undefined) this.#givenUp.add(dialled);
    if (socket === undefined) return;
    const relay = this.sim.relays[socket.to]!;
    const arrives = Math.max(socket.toRelayAt, this.cutUntil) - this.sim.now + this.sim.delay();
    // What was sent before the close arrives before it. Where nothing arrives, the relay's heartbeat finds out.
    this.sim.after(this.partitioned.has(socket.to) ? heartbeatMs : arrives, () => {
      socket.alive = false;
      if (this.sim.relays[socket.to] === relay) relay.closed(socket, code, this.sim.now);
    });
  }

  /** From now on nothing passes between this page and that relay, and nobody is told. */
  partition(index: number): void {
    this.partitioned.add(index);
    const relay = this.sim.relays[index]!;
    const socket = this.#current.get(index);
    if (socket !== undefined) this.sim.after(heartbeatMs, () => relay.closed(socket, 1006, this.sim.now));
  }

  /** The way is open again, for new sockets: the old one is dead, and the page may not know. */
  heal(index: number): void {
    this.loseSocket(true, index);
    this.partitioned.delete(index);
  }

  /** The connections to that relay break. The relay notices by its heartbeat at the latest; the page at once, or only by silence. */
  loseSocket(silently: boolean, to = 0): void {
    for (const socket of [...this.#current.values()]) if (socket.to === to) this.#lose(socket, silently);
  }

  #lose(socket: Socket, silently: boolean): void {
    const relay = this.sim.relays[socket.to]!;
    this.sim.after(silently ? heartbeatMs : this.sim.delay(), () => relay.closed(socket, 1006, this.sim.now));
    if (silently) {
      socket.alive = false;
      return;
    }
    this.sim.after(this.sim.delay(), () => {
      if (this.#isCurrent(socket)) this.#socketClosed(socket, 1006);
    });
  }

  // ---------------------------------------------------------------- direct links

  #dialLink(peer: PeerId, offers: boolean): void {
    if (this.links.has(peer)) throw new Error('link-dial while a link is there');
    const link: Link = { offers, other: null, fingerprint: `sha-256 ${hex(this.random.bytes(8))}`, state: 'new', lastAt: 0 };
    this.links.set(peer, link);
    if (offers && !this.sim.random.chance(this.sim.weather.linksFail)) this.#laterSignal(peer, link, `offer ${link.fingerprint}`);
  }

  #laterSignal(peer: PeerId, link: Link, signal: string): void {
    this.sim.after(5, () => {
      if (this.links.get(peer) === link) this.feed({ type: 'link-signal', peer, signal }, link);
    });
  }

  #signalLink(peer: PeerId, signal: string): void {
    const link = this.links.get(peer);
    const page = this.sim.living.find((other) => other.id === peer);
    const theirs = page?.links.get(this.id);
    if (link === undefined || link.state !== 'new') return;
    const [kind, fingerprint] = signal.split(/ (.*)/);
    if (kind === 'offer') {
      this.#laterSignal(peer, link, `answer ${link.fingerprint}`);
      if (theirs?.fingerprint === fingerprint) link.other = { page: page!, link: theirs! };
      return;
    }
    if (page === undefined || theirs === undefined || theirs.fingerprint !== fingerprint || theirs.other?.link !== link) return;
    link.other = { page, link: theirs };
    for (const [end, at, to] of [
      [link, this, peer],
      [theirs, page, this.id],
    ] as const) {
      end.state = 'open';
      const fingerprints = { local: end.fingerprint, remote: end.other!.link.fingerprint };
      this.sim.after(this.sim.delay(), () => {
        if (at.links.get(to) === end && end.state === 'open')
          at.feed({ type: 'link-open', peer: to, fingerprints, path: 'direct' satisfies DirectPath }, end);
      });
    }
  }

  #toLink(peer: PeerId, bytes: Uint8Array): void {
    const link = this.links.get(peer);
    this.sim.record?.('link', bytes);
    if (link === undefined) return; // it died while the page slept
    if (link.state !== 'open' || link.other === null) return;
    const { weather, random } = this.sim;
    const copies = random.chance(weather.loss) ? 0 : random.chance(weather.duplicates) ? 2 : 1;
    const { page, link: theirs } = link.other;
    for (let i = 0; i < copies; i++) {
      let at = Math.max(this.sim.now + this.sim.delay(), this.cutUntil + 1, page.cutUntil + 1);
      if (!weather.reorders) at = link.lastAt = Math.max(link.lastAt, at);
      this.sim.after(at - this.sim.now, () => {
        if (theirs.state === 'open' && page.links.get(this.id) === theirs)
          page.feed({ type: 'link-bytes', peer: this.id, bytes: bytes.slice() }, theirs);
      });
    }
  }

  #closeLink(peer: PeerId): void {
    const link = this.links.get(peer);
    if (link === undefined) return;
    this.links.delete(peer);
    this.#givenUp.add(link);
    link.state = 'dead';
    const other = link.other;
    if (other !== null) this.sim.after(this.sim.delay(), () => other.page.#linkDied(this.id, other.link));
  }

  loseLink(peer: PeerId, silently: boolean): void {
    const link = this.links.get(peer);
    if (link === undefined) return;
    link.state = 'dead';
    if (link.other !== null) link.other.link.state = 'dead';
    if (silently) return;
    this.#linkDied(peer, link);
    if (link.other !== null) link.other.page.#linkDied(this.id, link.other.link);
  }

  #linkDied(peer: PeerId, link: Link): void {
    if (this.links.get(peer) !== link) return;
    this.links.delete(peer);
    link.state = 'dead';
    this.feed({ type: 'link-closed', peer }, link);
  }

  // ---------------------------------------------------------------- the view

  #show(event: RoomEvent): void {
    this.events.push(event);
    if (this.events.length > 5000) this.events.shift();
    switch (event.type) {
      case 'person':
        this.people.set(event.person.peer, event.person);
        break;
      case 'person-left':
        this.people.delete(event.peer);
        this.parted.add(event.peer);
        break;
      case 'message':
        this.shown.splice(event.place, 0, event.message);
        break;
      case 'message-changed':
        this.#changed(event.was, event.message, event.place);
        break;
      case 'message-forgotten':
        this.shown = this.shown.filter(({ id }) => id !== event.id);
        break;
      case 'phase':
        if (event.phase.name === 'ended') this.#end(event.phase.reason);
        break;
      default:
        break;
    }
  }

  #changed(was: string, message: Message, place: number): void {
    const at = this.shown.findIndex(({ id }) => id === was);
    if (at < 0) throw new Error('message-changed for a message that is not shown');
    this.shown.splice(at, 1);
    this.shown.splice(place, 0, message);
    const sealed = message.from === 'me' && message.delivery?.state !== 'sending';
    const said = sealed ? this.said.find((one) => one.text === message.text) : undefined;
    if (said !== undefined && said.to === null) said.to = [...this.people.keys()];
  }

  #end(reason: string): void {
    this.ended = reason;
    this.alive = false;
  }

  /** Nothing that peers feed may grow without end. */
  #checkBounds(): void {
    const { state } = this.room;
    if (state.name === 'ended') return;
    const bounds: [string, number, number][] = [
      ['held', state.held.length, 64],
      ['peers', state.peers.size, 128],
      ['seen', state.seenEphemerals.size, 4096],
      ['log', state.log.entries.length, 10_000],
    ];
    for (const { member } of state.peers.values()) {
      if (member === null) continue;
      bounds.push(
        ['unacked', member.outgoing.unacked.size, 2100],
        ['gaps', member.author.numbers.gaps.size, 1024],
        ['acks', member.acks.ranges.length, 64],
        ['early', member.links.early.size, 64],
      );
    }
    for (const [what, size, most] of bounds) if (size > most) throw new Error(`seed ${this.sim.options.seed}: ${what} grew to ${size}`);
  }
}
