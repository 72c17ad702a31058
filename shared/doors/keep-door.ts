/**
 * A member at its room's door (protocol.md "Ways in"): puts the room into the relay's list, takes it out, hears knocks, and hands the
 * invite to whom the person lets in. Every page of a listed room does this that may let people in; the relay tells it what the
 * list says of its room, and leads visitors to a few of those who attend.
 *
 * What a visitor is shown as, a name and seven emoji, comes out of a finished handshake only. How many may stand outside, and how
 * often one may knock, is bounded here as well as by the relay, which may not be honest.
 */
import { equal, hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { deriveRoomKeys, type RoomKeys } from '../handshake/schedule.ts';
import { limits } from '../limits.ts';
import type { Random } from '../ports.ts';
import { sign } from '../primitives.ts';
import { type Access, encodeToDesk, type PublishAct, publishProof } from '../wire/desk.ts';
import type { Invite } from '../wire/invite.ts';
import type { DeskNews, Errand, Line, Refusal } from './desk-call.ts';
import { knockKey } from './door-key.ts';
import { Answerer } from './handover.ts';
import { type ShownRoom, showRoom, signListing } from './listing.ts';

export type DoorEvent =
  /** What the list says of this room; null: it is not in it. */
  | { readonly type: 'listed'; readonly room: ShownRoom | null }
  | { readonly type: 'knock'; readonly id: string; readonly name: string; readonly sas: readonly number[] }
  /** The visitor has gone: let in, declined, by whomever, or tired of waiting. */
  | { readonly type: 'knock-over'; readonly id: string }
  | { readonly type: 'refused'; readonly why: Refusal };

export interface DoorSetup {
  readonly invite: Invite;
  /** What visitors are handed: what follows the `#` of the room's link, or the whole link. */
  readonly handed: string;
  /** http(s)://host[:port] of the relay, as this page dials it. */
  readonly origin: string;
  readonly random: Random;
}

export interface Wording {
  readonly access: Access;
  readonly title: string;
  readonly topic: string;
}

interface Visitor {
  readonly inst: Uint8Array;
  readonly answerer: Answerer;
  readonly until: number;
  /** A member sees it. */
  shown: boolean;
}

/** Knocks that a page answers within a minute, whoever says they are. */
const knocksPerMinute = 20;
const minuteMs = 60_000;

export class KeepDoor implements Errand<DoorEvent> {
  readonly inst: Uint8Array;
  readonly redials = 'always';
  readonly #setup: DoorSetup;
  readonly #keys: RoomKeys;
  readonly #visitors = new Map<string, Visitor>();
  #recent: number[] = [];
  #socket: { readonly nonce: Uint8Array; readonly pow: number } | undefined;
  /** What the person wants, until the relay has heard it. */
  #wish: { readonly act: PublishAct; readonly listing: Uint8Array } = attend;

  constructor(setup: DoorSetup) {
    this.#setup = setup;
    this.#keys = deriveRoomKeys(setup.invite);
    this.inst = setup.random(16);
  }

  // ---------------------------------------------------------------- what the person does

  /** RangeError never: whatever is too long is cut, as cleaning does. */
  publish(wording: Wording, line: Line<DoorEvent>): void {
    const invite = wording.access === 'open' ? this.#setup.handed : '';
    const { roomSk, roomPub } = this.#keys;
    this.#ask({ act: 'list', listing: signListing({ ...wording, invite }, roomSk, roomPub) }, line);
  }

  withdraw(line: Line<DoorEvent>): void {
    this.#ask({ act: 'withdraw', listing: nothing }, line);
  }

  letIn(id: string, line: Line<DoorEvent>): void {
    const visitor = this.#visitors.get(id);
    if (visitor?.shown) this.#answer(visitor, visitor.answerer.give(this.#setup.handed), line);
  }

  decline(id: string, line: Line<DoorEvent>): void {
    const visitor = this.#visitors.get(id);
    if (visitor?.shown) this.#answer(visitor, visitor.answerer.decline(), line);
  }

  // ---------------------------------------------------------------- what the relay says

  ask(nonce: Uint8Array, pow: number): Uint8Array {
    this.#socket = { nonce, pow };
    return this.#encoded(this.#wish);
  }

  heard(news: DeskNews, line: Line<DoorEvent>): void {
    switch (news.type) {
      case 'listings':
        this.#listed(news.rooms, line);
        return;
      case 'met':
        for (const inst of news.others) this.#met(inst, line);
        return;
      case 'received':
        this.#received(news.src, news.frame, line);
        return;
      case 'left':
        this.#gone(hex(news.inst), line);
        return;
      default:
        throw new ProtocolError('unexpected', news.type);
    }
  }

  /** A list that is full is no reason to ask again and again in the person's name. */
  lost(why: Refusal, line: Line<DoorEvent>): void {
    this.#socket = undefined;
    for (const id of [...this.#visitors.keys()]) this.#gone(id, line); // the relay has told them that we are gone
    if (why !== 'busy' || this.#wish.act === 'attend') return;
    this.#wish = attend;
    line.tell({ type: 'refused', why });
  }

  refused(why: Refusal, line: Line<DoorEvent>): void {
    line.tell({ type: 'refused', why });
  }

  due(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.#visitors.values()) next = Math.min(next, until);
    return next;
  }

  wake(line: Line<DoorEvent>): void {
    for (const [id, { until }] of this.#visitors) if (until <= line.env.now) this.#gone(id, line);
  }

  ended(): void {
    for (const { answerer } of this.#visitors.values()) answerer.end();
    this.#visitors.clear();
    this.#keys.roomSk.fill(0);
    this.#keys.psk0.fill(0);
  }

  #ask(wish: { act: PublishAct; listing: Uint8Array }, line: Line<DoorEvent>): void {
    this.#wish = wish;
    if (this.#socket !== undefined) line.say(this.#encoded(wish));
  }

  #encoded({ act, listing }: { act: PublishAct; listing: Uint8Array }): Uint8Array {
    const { nonce, pow } = this.#socket as { nonce: Uint8Array; pow: number };
    const claim = { inst: this.inst, pow, roomPub: this.#keys.roomPub, act, listing };
    return encodeToDesk({ type: 'publish', ...claim, sig: sign(this.#keys.roomSk, publishProof(this.#setup.origin, nonce, claim)) });
  }

  /** Our wish has been heard; another member's later one must not be undone by asking again. */
  #listed(rooms: readonly Parameters<typeof showRoom>[0][], line: Line<DoorEvent>): void {
    const own = rooms.find(({ roomPub }) => equal(roomPub, this.#keys.roomPub));
    if (own === undefined) throw new ProtocolError('unexpected', 'the listing of another room');
    this.#wish = attend;
    line.tell({ type: 'listed', room: own.listing.length === 0 ? null : showRoom(own) });
  }

  // ---------------------------------------------------------------- visitors

  #met(inst: Uint8Array, line: Line<DoorEvent>): void {
    const id = hex(inst);
    if (this.#visitors.has(id)) throw new ProtocolError('unexpected', 'met before');
    this.#recent = this.#recent.filter((at) => at > line.env.now - minuteMs);
    if (this.#visitors.size >= limits.knocksPending || this.#recent.length >= knocksPerMinute) throw new ProtocolError('flood', 'knocks');
    this.#recent.push(line.env.now);
    const { roomPub } = this.#keys;
    const meeting = { purpose: 'knock', roomPub, psk0: knockKey(roomPub), password: null, inst: this.inst, peerInst: inst } as const;
    const answerer = new Answerer({ ...meeting, random: this.#setup.random });
    this.#visitors.set(id, { inst, answerer, until: line.env.now + limits.knockMs, shown: false });
  }

  #received(src: Uint8Array, frame: Uint8Array, line: Line<DoorEvent>): void {
    const id = hex(src);
    const visitor = this.#visitors.get(id);
    if (visitor === undefined) throw new ProtocolError('unexpected', 'a frame from nobody we met');
    const asked = visitor.answerer.heard(frame);
    if (asked.type === 'reply') {
      line.send(visitor.inst, asked.frame);
      return;
    }
    visitor.shown = true;
    line.tell({ type: 'knock', id, name: asked.name, sas: asked.sas });
  }

  #answer(visitor: Visitor, frame: Uint8Array, line: Line<DoorEvent>): void {
    visitor.shown = false;
    line.send(visitor.inst, frame);
    line.tell({ type: 'knock-over', id: hex(visitor.inst) });
  }

  #gone(id: string, line: Line<DoorEvent>): void {
    const visitor = this.#visitors.get(id);
    if (visitor === undefined) return;
    visitor.answerer.end();
    this.#visitors.delete(id);
    if (visitor.shown) line.tell({ type: 'knock-over', id });
  }
}

const nothing = new Uint8Array(0);
const attend = { act: 'attend', listing: nothing } as const;
