/**
 * Mailboxes of spoken codes (protocol.md "Ways in"): a nameplate, the page that made it, and the one page that claims it. Single use:
 * a claimed nameplate answers nobody else, and a number that was used is not given out again while somebody may still have it on paper.
 *
 * The relay knows neither the words nor which room a code leads to. What the sharer misses while its socket is gone (a phone in a call
 * freezes its pages) waits here, a few frames of it, until it opens the same mailbox again.
 */
import { limits } from '../shared/limits.ts';
import { encodeFromDesk } from '../shared/wire/desk.ts';
import { encodeFromRelay, type RelayErrorCode, relayErrors } from '../shared/wire/relay.ts';
import type { Clock } from './clock.ts';
import type { Call } from './desk.ts';
import { type Parcel, wrap } from './forward.ts';
import { isKept, received } from './letters.ts';
import type { Counters } from './metrics.ts';
import { idOf, type Outlet } from './rooms.ts';

interface Mailbox {
  readonly nameplate: number;
  readonly endsAt: number;
  readonly sharer: Side;
  claimer: Side | null;
  /** For the sharer, while it has no socket. */
  readonly kept: Parcel[];
}

interface Side {
  readonly id: string;
  readonly inst: Uint8Array;
  outlet: Outlet | null;
  /** Frames it may still send. */
  left: number;
}

/** Nameplates are as short as the number of mailboxes allows, with most of them free: they are read out, and guessed. */
const ranges: readonly number[] = [99, 999, 9999, 65535];
const spareness = 4;
/** With more in use, resting ones included, a free number would be sought for too long, and a guess would hit too often. */
const mostInUse = 32_768;

export class Mailboxes {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #random: (length: number) => Uint8Array;
  readonly #counters: Counters;
  readonly #boxes = new Map<number, Mailbox>();
  readonly #bySharer = new Map<string, Mailbox>();
  /** Numbers that are over, and until when they rest. */
  readonly #resting = new Map<number, number>();

  constructor(most: number, clock: Clock, random: (length: number) => Uint8Array, counters: Counters) {
    this.#most = most;
    this.#clock = clock;
    this.#random = random;
    this.#counters = counters;
  }

  get size(): number {
    return this.#boxes.size;
  }

  /** A new mailbox, or the one that this instance has already. */
  open(inst: Uint8Array, outlet: Outlet): Call | RelayErrorCode {
    const known = this.#bySharer.get(idOf(inst));
    if (known === undefined && (this.#boxes.size >= this.#most || this.#inUse >= mostInUse)) return relayErrors.busy;
    const box = known ?? this.#make(inst);
    const before = box.sharer.outlet;
    box.sharer.outlet = outlet;
    before?.end(relayErrors.taken);
    const seconds = Math.max(1, Math.ceil((box.endsAt - this.#clock.now()) / 1000));
    outlet.deliver(wrap(encodeFromDesk({ type: 'opened', nameplate: box.nameplate, seconds })));
    if (box.claimer !== null) introduce(outlet, box.claimer.inst);
    for (const parcel of box.kept.splice(0)) outlet.deliver(parcel);
    return this.#call(box, box.sharer, outlet);
  }

  claim(nameplate: number, inst: Uint8Array, outlet: Outlet): Call | RelayErrorCode {
    const box = this.#boxes.get(nameplate);
    if (box === undefined || box.claimer !== null || idOf(inst) === box.sharer.id) return relayErrors.gone;
    this.#counters.claims++;
    const claimer = side(inst, outlet);
    box.claimer = claimer;
    introduce(outlet, box.sharer.inst);
    this.#toSharer(box, wrap(encodeFromDesk({ type: 'met', others: [claimer.inst] })), false);
    return this.#call(box, claimer, outlet);
  }

  /** Ends what is over. Call about once a second. */
  sweep(): void {
    const now = this.#clock.now();
    for (const box of this.#boxes.values()) if (box.endsAt <= now) this.#forget(box, relayErrors.expired);
    for (const [nameplate, until] of this.#resting) if (until <= now) this.#resting.delete(nameplate);
  }

  #make(inst: Uint8Array): Mailbox {
    const box: Mailbox = {
      nameplate: this.#freeNumber(),
      endsAt: this.#clock.now() + limits.codeMs,
      sharer: side(inst, null),
      claimer: null,
      kept: [],
    };
    this.#boxes.set(box.nameplate, box);
    this.#bySharer.set(box.sharer.id, box);
    this.#counters.codes++;
    return box;
  }

  get #inUse(): number {
    return this.#boxes.size + this.#resting.size;
  }

  #freeNumber(): number {
    const most = ranges.find((range) => this.#inUse * spareness < range) ?? 65535;
    for (;;) {
      const bytes = this.#random(4);
      const nameplate = 1 + (new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % most);
      if (!this.#boxes.has(nameplate) && !this.#resting.has(nameplate)) return nameplate;
    }
  }

  #call(box: Mailbox, mine: Side, outlet: Outlet): Call {
    return {
      heard: ({ dst, frame }) => {
        const other = mine === box.sharer ? box.claimer : box.sharer;
        if (other === null || other.id !== dst || mine.left-- <= 0) this.#counters.drops.errand++;
        else this.#pass(box, other, received(mine.inst, frame));
      },
      closed: (code) => this.#closed(box, mine, outlet, code),
    };
  }

  #pass(box: Mailbox, to: Side, parcel: Parcel): void {
    if (to === box.sharer) this.#toSharer(box, parcel, true);
    else to.outlet?.deliver(parcel);
  }

  /** `keep`: what it has missed is told again when it is back. */
  #toSharer(box: Mailbox, parcel: Parcel, keep: boolean): void {
    if (box.sharer.outlet !== null) box.sharer.outlet.deliver(parcel);
    else if (keep && box.kept.length < limits.doorFrames) box.kept.push(parcel);
  }

  /** A sharer whose socket broke may come back; one that closed it has finished. A claimer has one socket. */
  #closed(box: Mailbox, mine: Side, outlet: Outlet, code: number): void {
    if (mine.outlet !== outlet) return;
    mine.outlet = null;
    if (mine === box.sharer) {
      if (!isKept(code)) this.#forget(box, relayErrors.gone);
    } else this.#toSharer(box, wrap(encodeFromRelay({ type: 'left', inst: mine.inst })), true);
  }

  #forget(box: Mailbox, code: RelayErrorCode): void {
    if (this.#boxes.get(box.nameplate) !== box) return;
    this.#boxes.delete(box.nameplate);
    this.#bySharer.delete(box.sharer.id);
    this.#resting.set(box.nameplate, this.#clock.now() + limits.codeMs);
    const { sharer, claimer } = box;
    box.kept.length = 0;
    claimer?.outlet?.tell({ type: 'left', inst: sharer.inst });
    claimer?.outlet?.end(relayErrors.gone);
    sharer.outlet?.end(code);
  }
}

function side(inst: Uint8Array, outlet: Outlet | null): Side {
  return { id: idOf(inst), inst: Uint8Array.from(inst), outlet, left: limits.doorFrames };
}

function introduce(outlet: Outlet, other: Uint8Array): void {
  outlet.deliver(wrap(encodeFromDesk({ type: 'met', others: [other] })));
}
