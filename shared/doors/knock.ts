/**
 * Knocking at a listed room (protocol.md "Ways in"): a handshake with each member who attends the door, at most `limits.doorkeepers`
 * of them; the first who opens hands the invite over, and it must lead to the very room that was listed.
 */
import { equal, hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Random } from '../ports.ts';
import { encodeToDesk } from '../wire/desk.ts';
import type { DeskNews, Errand, Line, Refusal } from './desk-call.ts';
import { knockKey } from './door-key.ts';
import { Asker } from './handover.ts';
import { checkInvite } from './listing.ts';

export type KnockEvent =
  /** Heard by so many members; for each who has, the seven indices that member sees. */
  | { readonly type: 'waiting'; readonly sas: readonly (readonly number[])[] }
  | { readonly type: 'invite'; readonly invite: string }
  | { readonly type: 'declined' }
  | { readonly type: 'unanswered' }
  | { readonly type: 'refused'; readonly why: Refusal };

export interface KnockSetup {
  readonly roomPub: Uint8Array;
  readonly name: string;
  readonly random: Random;
}

const repeatMs = 4000;

export class Knock implements Errand<KnockEvent> {
  readonly inst: Uint8Array;
  readonly redials = 'never';
  readonly #setup: KnockSetup;
  readonly #keepers = new Map<string, { readonly inst: Uint8Array; readonly asker: Asker }>();
  #giveUpAt = Number.POSITIVE_INFINITY;
  #repeatAt = Number.POSITIVE_INFINITY;

  constructor(setup: KnockSetup) {
    this.#setup = setup;
    this.inst = setup.random(16);
  }

  ask(_nonce: Uint8Array, pow: number): Uint8Array {
    return encodeToDesk({ type: 'knock', inst: this.inst, pow, roomPub: this.#setup.roomPub });
  }

  heard(news: DeskNews, line: Line<KnockEvent>): void {
    switch (news.type) {
      case 'met':
        this.#met(news.others, line);
        return;
      case 'received':
        this.#received(news.src, news.frame, line);
        return;
      case 'left':
        this.#left(news.inst, line);
        return;
      default:
        throw new ProtocolError('unexpected', news.type);
    }
  }

  refused(why: Refusal, line: Line<KnockEvent>): void {
    line.tell({ type: 'refused', why });
  }

  due(): number {
    return Math.min(this.#giveUpAt, this.#repeatAt);
  }

  wake(line: Line<KnockEvent>): void {
    if (line.env.now >= this.#giveUpAt) {
      this.#finish({ type: 'unanswered' }, line);
      return;
    }
    // Only what has had no answer at all: once it is proven, the member takes as long as a person does.
    this.#repeatAt = Number.POSITIVE_INFINITY;
    for (const { inst, asker } of this.#keepers.values()) {
      if (asker.sas !== null) continue;
      this.#repeatAt = line.env.now + repeatMs;
      line.send(inst, asker.frame);
    }
  }

  ended(): void {
    for (const { asker } of this.#keepers.values()) asker.end();
    this.#keepers.clear();
  }

  #met(others: readonly Uint8Array[], line: Line<KnockEvent>): void {
    if (this.#keepers.size > 0 || others.length === 0) throw new ProtocolError('unexpected', 'met before, or nobody');
    const { roomPub, name, random } = this.#setup;
    for (const peerInst of others) {
      const meeting = { purpose: 'knock', roomPub, psk0: knockKey(roomPub), password: null, inst: this.inst, peerInst, random } as const;
      const asker = new Asker(meeting, name);
      this.#keepers.set(hex(peerInst), { inst: peerInst, asker });
      line.send(peerInst, asker.frame);
    }
    this.#giveUpAt = line.env.now + limits.knockMs;
    this.#repeatAt = line.env.now + repeatMs;
    line.tell({ type: 'waiting', sas: [] });
  }

  #received(src: Uint8Array, frame: Uint8Array, line: Line<KnockEvent>): void {
    const keeper = this.#keepers.get(hex(src));
    if (keeper === undefined) throw new ProtocolError('unexpected', 'a frame from nobody we met');
    const given = keeper.asker.heard(frame, line.env.now);
    switch (given.type) {
      case 'reply':
        line.send(keeper.inst, given.frame);
        line.tell({ type: 'waiting', sas: [...this.#keepers.values()].flatMap(({ asker }) => (asker.sas === null ? [] : [asker.sas])) });
        return;
      case 'declined':
        this.#finish(given, line);
        return;
      case 'invite':
        this.#invited(given.invite, keeper.inst, line);
        return;
    }
  }

  /** Whoever sends people elsewhere is no member of the room they knocked at. */
  #invited(invite: string, from: Uint8Array, line: Line<KnockEvent>): void {
    try {
      checkInvite(this.#setup.roomPub, invite);
    } catch (error) {
      this.#left(from, line);
      throw error;
    }
    this.#finish({ type: 'invite', invite }, line);
  }

  #left(inst: Uint8Array, line: Line<KnockEvent>): void {
    const keeper = [...this.#keepers].find(([, one]) => equal(one.inst, inst));
    if (keeper === undefined) return;
    keeper[1].asker.end();
    this.#keepers.delete(keeper[0]);
    if (this.#keepers.size === 0) this.#finish({ type: 'refused', why: 'nobody' }, line);
  }

  #finish(event: KnockEvent, line: Line<KnockEvent>): void {
    line.tell(event);
    line.end();
  }
}
