/**
 * Sharing a spoken code (protocol.md "Ways in"): opens a mailbox, waits for the one who claims it, and hands the invite over if
 * the words are right. Whatever else happens to a claimed code, it is burned, and the person is told, to make another.
 *
 * The person may well be on the phone with the same device, its page frozen meanwhile: the mailbox keeps what comes for ten minutes, and
 * this errand comes back to it under the same instance.
 */
import { equal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Cpace } from '../handshake/pairwise.ts';
import { limits } from '../limits.ts';
import type { Random } from '../ports.ts';
import { encodeToDesk } from '../wire/desk.ts';
import { codeKeys, drawWords, spell } from './code.ts';
import type { DeskNews, Errand, Line, Refusal } from './desk-call.ts';
import { Answerer } from './handover.ts';

export type ShareEvent =
  | { readonly type: 'code'; readonly code: string; readonly remainingMs: number }
  /** Someone has claimed the code and is being asked for the words. */
  | { readonly type: 'claimed' }
  | { readonly type: 'used' }
  /** Claimed by someone who got the words wrong, or who went away without proving them. */
  | { readonly type: 'burned'; readonly why: 'wrong' | 'went-away' }
  /** Nobody came in time, or the relay lost it. */
  | { readonly type: 'over' }
  | { readonly type: 'refused'; readonly why: Refusal };

export interface ShareSetup {
  /** What follows the `#` of the room's link, or the whole link. */
  readonly invite: string;
  readonly cpace: Cpace;
  readonly random: Random;
}

/** After handing over: until whoever has it must have had it. */
const lingerMs = 10_000;
/** A claim must be proven within this; phones compute slowly and networks lose. */
const proveMs = 40_000;

export class ShareCode implements Errand<ShareEvent> {
  readonly inst: Uint8Array;
  readonly redials = 'once-open';
  readonly #setup: ShareSetup;
  readonly #words: readonly string[];
  #nameplate = 0;
  #claimer: { readonly inst: Uint8Array; readonly answerer: Answerer } | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #used = false;

  constructor(setup: ShareSetup) {
    this.#setup = setup;
    this.inst = setup.random(16);
    this.#words = drawWords(setup.random);
  }

  ask(_nonce: Uint8Array, pow: number): Uint8Array {
    return encodeToDesk({ type: 'open', inst: this.inst, pow });
  }

  heard(news: DeskNews, line: Line<ShareEvent>): void {
    switch (news.type) {
      case 'opened':
        this.#opened(news.nameplate, news.seconds, line);
        return;
      case 'met':
        this.#met(news.others, line);
        return;
      case 'received':
        this.#received(news.src, news.frame, line);
        return;
      case 'left':
        if (this.#claimer !== undefined && equal(news.inst, this.#claimer.inst))
          this.#finish(this.#used ? null : { type: 'burned', why: 'went-away' }, line);
        return;
      default:
        throw new ProtocolError('unexpected', news.type);
    }
  }

  refused(why: Refusal, line: Line<ShareEvent>): void {
    if (!this.#used) line.tell(this.#nameplate === 0 ? { type: 'refused', why } : { type: 'over' });
  }

  due(): number {
    return this.#endsAt;
  }

  wake(line: Line<ShareEvent>): void {
    this.#finish(this.#used ? null : this.#claimer === undefined ? { type: 'over' } : { type: 'burned', why: 'went-away' }, line);
  }

  ended(): void {
    this.#claimer?.answerer.end();
  }

  #opened(nameplate: number, seconds: number, line: Line<ShareEvent>): void {
    if (this.#nameplate === nameplate) return; // back at our mailbox
    if (this.#nameplate !== 0) {
      this.#finish({ type: 'over' }, line); // the relay forgot it; what was read out leads nowhere
      return;
    }
    if (nameplate === 0) throw new ProtocolError('malformed', 'nameplate');
    this.#nameplate = nameplate;
    const remainingMs = Math.min(seconds * 1000, limits.codeMs);
    this.#endsAt = line.env.now + remainingMs;
    line.tell({ type: 'code', code: spell({ nameplate, words: this.#words }), remainingMs });
  }

  /** The one claim there is; a relay that lets a second in would be giving guesses away. */
  #met(others: readonly Uint8Array[], line: Line<ShareEvent>): void {
    const [peerInst] = others;
    if (peerInst === undefined || this.#nameplate === 0) throw new ProtocolError('unexpected', 'met nobody');
    if (this.#claimer !== undefined) {
      if (!equal(this.#claimer.inst, peerInst)) throw new ProtocolError('misuse', 'a code is claimed once');
      return;
    }
    const { prs, ...keys } = codeKeys({ nameplate: this.#nameplate, words: this.#words });
    const { random, cpace } = this.#setup;
    const answerer = new Answerer({ ...keys, purpose: 'code', password: { prs, cpace }, inst: this.inst, peerInst, random });
    this.#claimer = { inst: peerInst, answerer };
    this.#endsAt = Math.min(this.#endsAt, line.env.now + proveMs);
    line.tell({ type: 'claimed' });
  }

  #received(src: Uint8Array, frame: Uint8Array, line: Line<ShareEvent>): void {
    if (this.#claimer === undefined || !equal(src, this.#claimer.inst)) throw new ProtocolError('unexpected', 'a frame from nobody we met');
    const { answerer, inst } = this.#claimer;
    try {
      const asked = answerer.heard(frame);
      line.send(inst, asked.type === 'reply' ? asked.frame : answerer.give(this.#setup.invite));
      if (asked.type === 'reply') return;
      this.#used = true;
      this.#endsAt = line.env.now + lingerMs;
      line.tell({ type: 'used' });
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== 'wrong-password') throw error;
      line.drop(error.code);
      this.#finish({ type: 'burned', why: 'wrong' }, line);
    }
  }

  /** The relay forgets the mailbox when its sharer closes; the other side learns by that. */
  #finish(event: ShareEvent | null, line: Line<ShareEvent>): void {
    if (event !== null) line.tell(event);
    line.end();
  }
}
