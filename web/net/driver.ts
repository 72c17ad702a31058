/**
 * Runs a room machine in a page: feeds it what sockets, links, clocks and people do, and carries out what it answers, first what
 * sockets and links are to do, then the rest (shared/room/types.ts names both). One input at a time, one timer, and never a nested `step`.
 *
 * Inputs wait in one queue. It is worked off at once, so that a typed message leaves in the same turn, but after `sliceMs` the
 * browser gets its turn: a newcomer in a room of fifty computes for half a second and must still draw and scroll.
 * The queue is bounded by letting go of its source: frames of a closed socket are asked for again, frames silently skipped are not.
 */
import type { Env, Random } from '../../shared/ports.ts';
import type {
  DirectPath,
  IceServer,
  LegOrder,
  LinkFingerprints,
  PeerId,
  RoomEvent,
  RoomInput,
  RoomOutput,
} from '../../shared/room/types.ts';
import type { Link, OpenLink } from './link.ts';
import type { DialRelay, RelaySocket } from './relay-socket.ts';

/** `step` and `nextWake` of one room. */
export interface Machine {
  step(input: RoomInput, env: Env): RoomOutput[];
  /** When to feed `wake`, on the clock of `Env.now`; Infinity for never. */
  nextWake(): number;
}

/** Whoever runs the transfers of files: hears what the machine and the links only carry. */
export interface FileEar {
  control(peer: PeerId, control: Uint8Array): void;
  frame(peer: PeerId, frame: Uint8Array): void;
  /** The link to this peer takes file frames again. */
  room(peer: PeerId): void;
}

/** Whoever runs the connections of a call. */
export type CallEar = (peer: PeerId, order: LegOrder) => void;

export interface DriverPorts {
  /** Milliseconds, never going back. May stand still while the machine sleeps. */
  readonly now: () => number;
  /** Milliseconds since 1970; may jump. */
  readonly wallNow: () => number;
  readonly random: Random;
  /** False while the page is hidden, when browsers let timers come late. */
  readonly visible: () => boolean;
  /** Calls back after `ms`, at the earliest; the result cancels it. */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Calls back when the browser has had its turn; unlike a timer, soon also in a hidden page. */
  readonly yieldTo: (callback: () => void) => void;
  readonly dialRelay: DialRelay;
  readonly openLink: OpenLink;
}

const sliceMs = 8;
const queueInputs = 4096;
const queueBytes = 32 * 1024 * 1024;
/** More bytes than a machine ever has unacknowledged: a link where they wait is stuck, and who sends them unheard is no machine of ours. */
const linkBytes = 12 * 1024 * 1024;
/** A clock that jumps by more was asleep. */
const jumpMs = 5000;
/** Longer than setTimeout can count. */
const farMs = 2 ** 31 - 1;
const seatKept = 4000;
const abnormal = 1006;

/** For a socket or a link. */
const leaves = ({ type }: RoomOutput): boolean => type.startsWith('relay-') || type.startsWith('link-');

export class Driver {
  /** Inputs that the machine or this driver refused, by reason: for tests and the console of a developer. */
  readonly drops = new Map<string, number>();
  /** Until there is one, what it would hear is dropped: nobody has asked for anything. */
  files: FileEar | undefined;
  call: CallEar | undefined;
  readonly #machine: Machine;
  readonly #ports: DriverPorts;
  readonly #origins: readonly string[];
  readonly #show: (event: RoomEvent) => void;
  readonly #links = new Map<PeerId, Link>();
  /** By the place of their relay's origin; sockets to rooms that this one moved from come behind, in the same order. */
  readonly #relays = new Map<number, RelaySocket>();
  #queue: RoomInput[] = [];
  #queuedBytes = 0;
  #draining = false;
  #stopped = false;
  #cancelWake: () => void = () => {};
  /** When the timer that is set will fire; Infinity without one. */
  #wakeAt = Number.POSITIVE_INFINITY;
  #seenNow: number;
  #seenWall: number;

  /** `origins` are http(s)://host[:port] of the relays that carry the room, in the machine's order. */
  constructor(machine: Machine, origins: readonly string[], ports: DriverPorts, show: (event: RoomEvent) => void) {
    this.#machine = machine;
    this.#origins = origins;
    this.#ports = ports;
    this.#show = show;
    this.#seenNow = ports.now();
    this.#seenWall = ports.wallNow();
  }

  /** Takes one input. It is handled before this returns unless others are waiting already. */
  feed(input: RoomInput): void {
    if (this.#stopped) return;
    if (!this.#admit(input)) return;
    this.#queue.push(input);
    if (!this.#draining) this.#drain();
  }

  /** Hands one file frame to the link of this peer; false where there is none or it has no room now. */
  sendFile(peer: PeerId, frame: Uint8Array): boolean {
    return this.#links.get(peer)?.sendFile(frame) ?? false;
  }

  /** Bytes on their way to relays that have not left this page. */
  relayWaiting(): number {
    let bytes = 0;
    for (const relay of this.#relays.values()) bytes += relay.waitingBytes();
    return bytes;
  }

  /** Ends everything at once, without a word to anyone. Feed `leave` before to say goodbye. Any number of times. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#cancelWake();
    for (const relay of this.#relays.values()) relay.close(seatKept);
    this.#relays.clear();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  // ---------------------------------------------------------------- inputs

  #admit(input: RoomInput): boolean {
    const bytes = 'bytes' in input ? input.bytes.length : 0;
    if (this.#queue.length < queueInputs && this.#queuedBytes + bytes <= queueBytes) {
      this.#queuedBytes += bytes;
      return true;
    }
    if (input.type === 'relay-bytes') this.#dropRelay(input.relay);
    else if (input.type === 'link-bytes') this.#dropLink(input.peer);
    else return true; // people, timers and the ends of connections are few
    return false;
  }

  #dropRelay(relay: number): void {
    this.#count('relay queue full');
    this.#closeRelay(relay, seatKept);
    this.#forget((input) => input.type === 'relay-bytes' && input.relay === relay);
    this.#queue.push({ type: 'relay-closed', relay, code: abnormal });
  }

  #dropLink(peer: PeerId): void {
    this.#count('link queue full');
    this.#links.get(peer)?.close();
    this.#links.delete(peer);
    this.#forget((input) => input.type === 'link-bytes' && input.peer === peer);
    this.#queue.push({ type: 'link-closed', peer });
    if (!this.#draining) this.#drain();
  }

  #forget(which: (input: RoomInput) => boolean): void {
    this.#queue = this.#queue.filter((input) => !which(input));
    this.#queuedBytes = this.#queue.reduce((sum, input) => sum + ('bytes' in input ? input.bytes.length : 0), 0);
  }

  #count(reason: string): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
  }

  #drain(): void {
    this.#draining = true;
    this.#noticeSleep();
    const until = this.#ports.now() + sliceMs;
    try {
      for (let input = this.#queue.shift(); input !== undefined; input = this.#queue.shift()) {
        this.#step(input);
        if (this.#ports.now() >= until) break;
      }
    } catch (error) {
      this.#ports.yieldTo(() => this.#drain()); // a caller's mistake reaches the caller, and the room goes on
      throw error;
    }
    if (this.#stopped) return;
    // A used-up slice is followed by the browser's turn even when nothing waits: what arrives meanwhile queues up here.
    if (this.#ports.now() >= until) this.#ports.yieldTo(() => this.#drain());
    else this.#rest();
  }

  #rest(): void {
    this.#draining = false;
    const wakeAt = this.#machine.nextWake();
    if (wakeAt === this.#wakeAt) return;
    this.#cancelWake();
    this.#wakeAt = wakeAt;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const delay = wakeAt - this.#ports.now();
    this.#cancelWake = delay > 0 ? this.#ports.after(Math.min(delay, farMs), () => this.#wake()) : this.#soon(() => this.#wake());
  }

  /** For a wake that is due already (a proof of work in slices): no timer, since those come late and later in hidden pages. */
  #soon(callback: () => void): () => void {
    let cancelled = false;
    this.#ports.yieldTo(() => cancelled || callback());
    return () => {
      cancelled = true;
    };
  }

  #wake(): void {
    this.#noticeSleep();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.feed({ type: 'wake' });
  }

  /**
   * Tells the machine that the page slept, before anything else that it hears. Two signs: the wall clock ran on while ours
   * stood still, or, in a visible page, where timers are punctual, ours ran past the wake.
   */
  #noticeSleep(): void {
    const [now, wall] = [this.#ports.now(), this.#ports.wallNow()];
    const stoodStill = wall - this.#seenWall - (now - this.#seenNow) > jumpMs;
    const late = this.#ports.visible() && now - Math.max(this.#wakeAt, this.#seenNow) > jumpMs;
    this.#seenNow = now;
    this.#seenWall = wall;
    if (stoodStill || late) this.#queue.unshift({ type: 'resumed' });
  }

  // ---------------------------------------------------------------- outputs

  #step(input: RoomInput): void {
    if ('bytes' in input) this.#queuedBytes -= input.bytes.length;
    const env: Env = { now: this.#ports.now(), random: this.#ports.random };
    let ended = false;
    const outputs = this.#machine.step(input, env);
    // Others wait for the bytes, and showing one's own line takes a while.
    for (const output of [...outputs.filter(leaves), ...outputs.filter((output) => !leaves(output))]) {
      this.#carryOut(output);
      ended ||= output.type === 'event' && output.event.type === 'phase' && output.event.phase.name === 'ended';
    }
    if (ended) this.stop();
  }

  #carryOut(output: RoomOutput): void {
    switch (output.type) {
      case 'relay-dial':
        this.#dialRelay(output.relay);
        break;
      case 'relay-send':
        this.#relays.get(output.relay)?.send(output.bytes);
        break;
      case 'relay-close':
        this.#closeRelay(output.relay, output.code);
        break;
      case 'link-dial':
        this.#dialLink(output.peer, output.offers, output.iceServers);
        break;
      case 'link-signal':
        this.#links.get(output.peer)?.signal(output.signal);
        break;
      case 'link-send':
        this.#sendOnLink(output.peer, output.bytes);
        break;
      case 'link-close':
        this.#links.get(output.peer)?.close();
        this.#links.delete(output.peer);
        break;
      case 'file-control':
        this.files?.control(output.peer, output.control);
        break;
      case 'file-frame':
        this.files?.frame(output.peer, output.frame);
        break;
      case 'call-leg':
        this.call?.(output.peer, output.order);
        break;
      case 'event':
        this.#show(output.event);
        break;
      case 'drop':
        this.#count(`${output.where} ${output.code}`);
        break;
    }
  }

  /** Events of a socket that another has replaced are ignored: the machine knows one connection to each relay. */
  #dialRelay(relay: number): void {
    this.#closeRelay(relay, seatKept);
    const current = (): boolean => this.#relays.get(relay) === socket;
    const socket: RelaySocket = this.#ports.dialRelay(this.#origins[relay % this.#origins.length] as string, {
      open: () => current() && this.feed({ type: 'relay-open', relay }),
      bytes: (bytes) => current() && this.feed({ type: 'relay-bytes', relay, bytes }),
      closed: (code) => {
        if (!current()) return;
        this.#relays.delete(relay);
        this.feed({ type: 'relay-closed', relay, code });
      },
    });
    this.#relays.set(relay, socket);
  }

  #closeRelay(relay: number, code: number): void {
    this.#relays.get(relay)?.close(code);
    this.#relays.delete(relay);
  }

  #dialLink(peer: PeerId, offers: boolean, iceServers: readonly IceServer[]): void {
    this.#links.get(peer)?.close();
    const current = (): boolean => this.#links.get(peer) === link;
    /** Frames that came before the link's path was known: the machine hears of the link first. */
    let early: Uint8Array[] | undefined = [];
    let earlyBytes = 0;
    const opened = (fingerprints: LinkFingerprints, path: DirectPath): void => {
      if (!current()) return;
      this.feed({ type: 'link-open', peer, fingerprints, path });
      for (const bytes of early ?? []) this.feed({ type: 'link-bytes', peer, bytes });
      early = undefined;
    };
    const link: Link = this.#ports.openLink(
      { offers, iceServers },
      {
        signal: (signal) => current() && this.feed({ type: 'link-signal', peer, signal }),
        open: (fingerprints) =>
          void link.path().then(
            (path) => opened(fingerprints, path),
            () => opened(fingerprints, 'direct'),
          ),
        bytes: (bytes) => {
          if (!current()) return;
          if (early === undefined) {
            this.feed({ type: 'link-bytes', peer, bytes });
            return;
          }
          early.push(bytes);
          earlyBytes += bytes.length;
          if (earlyBytes > linkBytes) this.#dropLink(peer);
        },
        file: (frame) => current() && this.files?.frame(peer, frame),
        fileRoom: () => current() && this.files?.room(peer),
        closed: () => {
          if (!current()) return;
          this.#links.delete(peer);
          this.feed({ type: 'link-closed', peer });
        },
      },
    );
    this.#links.set(peer, link);
  }

  #sendOnLink(peer: PeerId, bytes: Uint8Array): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    if (link.waitingBytes() > linkBytes) this.#dropLink(peer);
    else link.send(bytes);
  }
}
