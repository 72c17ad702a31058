/**
 * How an invite changes hands between a member and someone who does not have it yet (protocol.md "Ways in"): the pairwise
 * handshake with purpose `code` or `knock`, and one record, CONFIRM, that holds the invite or says no. Both ends are for one try:
 * whoever answers an HS1 answers no other, so that a wrong password is one guess and the last.
 *
 *   CONFIRM = PAIR record of 2048 bytes: ctype 01 | outcome u8 (0 no, 1 yes) | lv(invite) | zeros
 *
 * Frames are repeated unchanged when no answer comes, since either side may lose its socket meanwhile; what is repeated is
 * answered as before.
 */
import { equal, utf8, utf8Text, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { createReceiveChain, createSendChain, type ReceiveChain, wipeReceiveChain, wipeSendChain } from '../group/chain.ts';
import { openPair, sealPair } from '../group/record.ts';
import { handshakeTypes } from '../handshake/frame.ts';
import { cleanName } from '../handshake/name.ts';
import {
  abandon,
  answer,
  type Initiator,
  initiate,
  type PairSetup,
  type Responder,
  readSecond,
  readThird,
  type Session,
  wipeSession,
} from '../handshake/pairwise.ts';
import { limits } from '../limits.ts';
import { agreementKeyPair } from '../primitives.ts';
import { pairType } from '../wire/peer.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** Fills a PAIR frame of 2048 bytes, the size of every frame before it. */
const confirmBytes = 2000;
const confirmType = 0x01;

/** What the two pages need besides themselves. */
export type Meeting = Pick<PairSetup, 'purpose' | 'roomPub' | 'psk0' | 'password' | 'inst' | 'peerInst' | 'random'>;

/** Keys for one errand, thrown away with it. */
function setupOf(meeting: Meeting): PairSetup {
  return { ...meeting, opts: new Uint8Array(0), resume: null, statics: agreementKeyPair(meeting.random(32)) };
}

export type Given =
  | { readonly type: 'reply'; readonly frame: Uint8Array }
  | { readonly type: 'invite'; readonly invite: string }
  | { readonly type: 'declined' };

/** The side without an invite. */
export class Asker {
  readonly #setup: PairSetup;
  readonly #info: Uint8Array;
  #state:
    | { readonly name: 'asked'; readonly initiator: Initiator }
    | { readonly name: 'proved'; readonly session: Session; readonly receive: ReceiveChain }
    | { readonly name: 'over' };
  /** What to send, and to repeat until there is an answer. */
  frame: Uint8Array;

  /** `name` is shown to whoever answers; it is sealed, and cleaned on both sides. */
  constructor(meeting: Meeting, name: string) {
    this.#setup = setupOf(meeting);
    this.#info = new Writer().lv(utf8(cleanName(name))).finish();
    const { frame, initiator } = initiate(this.#setup);
    this.frame = frame;
    this.#state = { name: 'asked', initiator };
  }

  /** Seven indices for comparing with whoever answers; null before the handshake is that far. */
  get sas(): readonly number[] | null {
    return this.#state.name === 'proved' ? this.#state.session.sas : null;
  }

  get isOver(): boolean {
    return this.#state.name === 'over';
  }

  /** Throws `ProtocolError` and stays as it was. */
  heard(bytes: Uint8Array, now: number): Given {
    const state = this.#state;
    if (state.name === 'asked' && bytes[0] === handshakeTypes.second) {
      const { frame, session } = readSecond(state.initiator, bytes, this.#info);
      this.#state = { name: 'proved', session, receive: createReceiveChain(session.receiveChain) };
      this.frame = frame;
      return { type: 'reply', frame };
    }
    if (state.name === 'proved' && bytes[0] === pairType) {
      const opened = openPair(state.receive, this.#setup.roomPub, this.#setup.peerInst, bytes, now);
      if (!opened.fresh) throw new ProtocolError('replayed', 'CONFIRM');
      const given = readConfirm(opened.inner);
      this.end();
      return given;
    }
    throw new ProtocolError('unexpected', `frame ${bytes[0]} while ${state.name}`);
  }

  end(): void {
    if (this.#state.name === 'asked') abandon(this.#state.initiator);
    if (this.#state.name === 'proved') {
      wipeSession(this.#state.session);
      wipeReceiveChain(this.#state.receive);
    }
    wipe(this.#setup.statics.secret);
    this.#state = { name: 'over' };
  }
}

export type Asked =
  | { readonly type: 'reply'; readonly frame: Uint8Array }
  /** It has proven what there was to prove. Now `give` or `decline`. */
  | { readonly type: 'asks'; readonly name: string; readonly sas: readonly number[] };

/** The side with the invite. */
export class Answerer {
  readonly #setup: PairSetup;
  #state:
    | { readonly name: 'listening' }
    | { readonly name: 'answered'; readonly responder: Responder; readonly request: Uint8Array; readonly reply: Uint8Array }
    | { readonly name: 'asked'; readonly session: Session }
    /** `reply` goes out again when HS3 does. */
    | { readonly name: 'done'; readonly reply: Uint8Array }
    | { readonly name: 'over' } = { name: 'listening' };

  constructor(meeting: Meeting) {
    this.#setup = setupOf(meeting);
  }

  /** Throws `ProtocolError` and stays as it was, but for `wrong-password`, after which it answers nothing. */
  heard(bytes: Uint8Array): Asked {
    const state = this.#state;
    switch (state.name) {
      case 'listening':
        if (bytes[0] === handshakeTypes.first) return this.#first(bytes);
        break;
      case 'answered':
        if (equal(state.request, bytes)) return { type: 'reply', frame: state.reply };
        if (bytes[0] === handshakeTypes.third) return this.#third(state.responder, bytes);
        break;
      case 'done':
        if (bytes[0] === handshakeTypes.third) return { type: 'reply', frame: state.reply };
        break;
    }
    throw new ProtocolError('unexpected', `frame ${bytes[0]} while ${state.name}`);
  }

  /** The frame that hands the invite over. */
  give(invite: string): Uint8Array {
    return this.#confirm(1, invite);
  }

  decline(): Uint8Array {
    return this.#confirm(0, '');
  }

  end(): void {
    if (this.#state.name === 'answered') abandon(this.#state.responder);
    if (this.#state.name === 'asked') wipeSession(this.#state.session);
    wipe(this.#setup.statics.secret);
    this.#state = { name: 'over' };
  }

  #first(bytes: Uint8Array): Asked {
    const { frame, responder } = answer(this.#setup, bytes);
    this.#state = { name: 'answered', responder, request: bytes.slice(), reply: frame };
    return { type: 'reply', frame };
  }

  #third(responder: Responder, bytes: Uint8Array): Asked {
    try {
      const { session, info } = readThird(responder, bytes);
      this.#state = { name: 'asked', session };
      return { type: 'asks', name: readName(info), sas: session.sas };
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'wrong-password') this.end();
      throw error;
    }
  }

  #confirm(outcome: number, invite: string): Uint8Array {
    if (this.#state.name !== 'asked') throw new TypeError(`handover: nobody asks while ${this.#state.name}`);
    const { session } = this.#state;
    const inner = new Uint8Array(confirmBytes);
    inner.set(new Writer().u8(confirmType).u8(outcome).lv(utf8(invite)).finish());
    const chain = createSendChain(session.sendChain);
    const { frame } = sealPair(chain, this.#setup.roomPub, this.#setup.inst, inner, this.#setup.random);
    wipe(inner);
    wipeSendChain(chain);
    this.end();
    wipeSession(session);
    this.#state = { name: 'done', reply: frame };
    return frame;
  }
}

/** What a stranger calls itself; a name that is none is no reason to leave it outside. */
function readName(info: Uint8Array): string {
  try {
    return cleanName(utf8Text(new Reader(info).lv(limits.nameBytes)));
  } catch {
    return '';
  }
}

function readConfirm(inner: Uint8Array): Given {
  const reader = new Reader(inner);
  const ctype = reader.u8();
  const outcome = reader.u8();
  const invite = reader.lv();
  if (ctype !== confirmType || outcome > 1 || reader.rest().some((byte) => byte !== 0)) throw new ProtocolError('malformed', 'CONFIRM');
  if (outcome === 0) return { type: 'declined' };
  try {
    return { type: 'invite', invite: utf8Text(invite) };
  } catch (cause) {
    throw new ProtocolError('malformed', 'invite', { cause });
  }
}
