/** Taking a spoken code (protocol.md "Ways in"): claims the mailbox, proves the words, and gets the invite, or burns the code. */
import { equal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Cpace } from '../handshake/pairwise.ts';
import type { Random } from '../ports.ts';
import { encodeToDesk } from '../wire/desk.ts';
import { type Code, codeKeys } from './code.ts';
import type { DeskNews, Errand, Line, Refusal } from './desk-call.ts';
import { Asker } from './handover.ts';

export type ClaimEvent =
  /** There is such a code; its maker is being shown the words, in a way that tells nothing to anyone else. */
  | { readonly type: 'checking' }
  | { readonly type: 'invite'; readonly invite: string }
  /** The words were not right, or whoever made the code has gone. */
  | { readonly type: 'wrong' }
  | { readonly type: 'refused'; readonly why: Refusal };

export interface ClaimSetup {
  readonly code: Code;
  readonly cpace: Cpace;
  readonly random: Random;
}

const repeatMs = 4000;
/** Whoever made the code may be on the phone with the page in the background. */
const patienceMs = 45_000;

export class ClaimCode implements Errand<ClaimEvent> {
  readonly inst: Uint8Array;
  readonly redials = 'never';
  readonly #setup: ClaimSetup;
  #sharer: { readonly inst: Uint8Array; readonly asker: Asker } | undefined;
  #giveUpAt = Number.POSITIVE_INFINITY;
  #repeatAt = Number.POSITIVE_INFINITY;

  constructor(setup: ClaimSetup) {
    this.#setup = setup;
    this.inst = setup.random(16);
  }

  ask(_nonce: Uint8Array, pow: number): Uint8Array {
    return encodeToDesk({ type: 'claim', inst: this.inst, pow, nameplate: this.#setup.code.nameplate });
  }

  heard(news: DeskNews, line: Line<ClaimEvent>): void {
    switch (news.type) {
      case 'met':
        this.#met(news.others, line);
        return;
      case 'received':
        this.#received(news.src, news.frame, line);
        return;
      case 'left':
        this.#finish({ type: 'wrong' }, line);
        return;
      default:
        throw new ProtocolError('unexpected', news.type);
    }
  }

  /** Once the words are out, a lost line is a lost code. */
  refused(why: Refusal, line: Line<ClaimEvent>): void {
    line.tell(this.#sharer === undefined ? { type: 'refused', why } : { type: 'wrong' });
  }

  due(): number {
    return Math.min(this.#giveUpAt, this.#repeatAt);
  }

  wake(line: Line<ClaimEvent>): void {
    if (this.#sharer === undefined) return;
    if (line.env.now >= this.#giveUpAt) {
      this.#finish({ type: 'wrong' }, line);
      return;
    }
    this.#repeatAt = line.env.now + repeatMs;
    line.send(this.#sharer.inst, this.#sharer.asker.frame);
  }

  ended(): void {
    this.#sharer?.asker.end();
  }

  #met(others: readonly Uint8Array[], line: Line<ClaimEvent>): void {
    const [peerInst] = others;
    if (peerInst === undefined || this.#sharer !== undefined) throw new ProtocolError('unexpected', 'met nobody, or somebody else');
    const { code, cpace, random } = this.#setup;
    const { prs, ...keys } = codeKeys(code);
    const asker = new Asker({ ...keys, purpose: 'code', password: { prs, cpace }, inst: this.inst, peerInst, random }, '');
    this.#sharer = { inst: peerInst, asker };
    this.#giveUpAt = line.env.now + patienceMs;
    this.#repeatAt = line.env.now + repeatMs;
    line.tell({ type: 'checking' });
    line.send(peerInst, asker.frame);
  }

  #received(src: Uint8Array, frame: Uint8Array, line: Line<ClaimEvent>): void {
    if (this.#sharer === undefined || !equal(src, this.#sharer.inst)) throw new ProtocolError('unexpected', 'a frame from nobody we met');
    const given = this.#sharer.asker.heard(frame, line.env.now);
    if (given.type === 'reply') {
      this.#repeatAt = line.env.now + repeatMs;
      line.send(this.#sharer.inst, given.frame);
    } else this.#finish(given.type === 'invite' ? given : { type: 'wrong' }, line);
  }

  #finish(event: ClaimEvent, line: Line<ClaimEvent>): void {
    line.tell(event);
    line.end();
  }
}
