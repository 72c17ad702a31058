/**
 * A call at the relay's desk (protocol.md "Ways in"): a socket without a seat, for one errand. This is what all errands have in
 * common: to dial, to be challenged, to find the work, to ask, to be refused, to lose the line and come back. A pure machine
 * like the room's: inputs in, outputs out, one clock handed in.
 *
 * Desk calls are sockets of their own, beside the room's, so that a relay cannot tell which room a spoken code leads to, and so that
 * a page that never does any of this loads none of it.
 */
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Env } from '../ports.ts';
import { sha256 } from '../primitives.ts';
import { decodeFromDesk, type FromDesk, isFromDesk, noRoom } from '../wire/desk.ts';
import { decodeFromRelay, encodeSend, type FromRelay, relayErrors, relayVersion, workDone } from '../wire/relay.ts';

export type DeskCallInput =
  | { readonly type: 'opened' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'closed'; readonly code: number }
  /** The moment `nextWake` named has come. Early or late is harmless. */
  | { readonly type: 'wake' }
  /** The page slept, or its network changed: what seems connected may be dead. */
  | { readonly type: 'resumed' };

export type DeskCallOutput<Event> =
  | { readonly type: 'dial' }
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** `keep`: the errand goes on with another socket; close with a code that says so. */
  | { readonly type: 'hang-up'; readonly keep: boolean }
  | { readonly type: 'event'; readonly event: Event }
  /** Input that was refused, for counting. */
  | { readonly type: 'drop'; readonly code: ProtocolError['code'] };

/** Why the desk does not serve us. */
export type Refusal =
  /** No such code, room or listing; the relay does not say which. */
  | 'gone'
  /** Too much at once, from us or from everybody. */
  | 'busy'
  /** This relay lists no rooms. */
  | 'off'
  /** Nobody attends the door. */
  | 'nobody'
  /** The relay does not take our proof, or speaks another version. */
  | 'incompatible'
  | 'unreachable';

/** What the relay says to an errand once it has been asked. */
export type DeskNews = FromDesk | Extract<FromRelay, { type: 'received' | 'left' }>;

/** An errand's way out, for one step. */
export interface Line<Event> {
  readonly env: Env;
  /** To someone we have met. Lost where there is no socket; whoever needs it repeats it. */
  send(dst: Uint8Array, frame: Uint8Array): void;
  /** To the desk. */
  say(bytes: Uint8Array): void;
  tell(event: Event): void;
  drop(code: ProtocolError['code']): void;
  /** The errand is done, or hopeless: hangs up for good. */
  end(): void;
}

export interface Errand<Event> {
  readonly inst: Uint8Array;
  /** Whether to dial again when the line is lost: never, once it stood, or from the start. */
  readonly redials: 'never' | 'once-open' | 'always';
  /** The first frame on each socket. */
  ask(nonce: Uint8Array, pow: number): Uint8Array;
  /** Throws `ProtocolError` for what makes no sense; nothing has changed then. */
  heard(news: DeskNews, line: Line<Event>): void;
  /** The line is lost, and dialled again after a while. */
  lost?(why: Refusal, line: Line<Event>): void;
  /** The relay refused for good, or was not reached: the call has ended. */
  refused(why: Refusal, line: Line<Event>): void;
  due(): number;
  wake(line: Line<Event>): void;
  /** The call has ended, however: wipe. */
  ended(): void;
}

type State =
  | { readonly name: 'waiting'; readonly dialAt: number }
  | { readonly name: 'dialing' | 'greeting' | 'asked'; readonly giveUpAt: number }
  | { readonly name: 'working'; readonly nonce: Uint8Array; readonly bits: number; next: number; readonly sliceAt: number }
  /** `proveBy`: the relay has a heartbeat, and must be heard again by then. */
  | { readonly name: 'open'; proveBy: number }
  | { readonly name: 'over' };

const workSlice = 1024;
const maxWorkBits = 24;
const silentMs = 45_000;
const backoffMs: readonly number[] = [1000, 2000, 4000, 8000, 15_000];
const closeCodeBase = 4000;

export class DeskCall<Event> {
  readonly #errand: Errand<Event>;
  #state: State;
  #attempts = 0;
  #everOpen = false;

  /** Begins at its first `wake`. */
  constructor(errand: Errand<Event>, now: number) {
    this.#errand = errand;
    this.#state = { name: 'waiting', dialAt: now };
  }

  get isOver(): boolean {
    return this.#state.name === 'over';
  }

  step(input: DeskCallInput, env: Env): DeskCallOutput<Event>[] {
    return this.act(env, (line, out) => {
      try {
        this.#take(input, line, out);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        line.drop(error.code);
      }
    });
  }

  /** Lets the errand do what the person wants. */
  act(env: Env, use: (line: Line<Event>, out: DeskCallOutput<Event>[]) => void): DeskCallOutput<Event>[] {
    const out: DeskCallOutput<Event>[] = [];
    if (this.#state.name === 'over') return out;
    const say = (bytes: Uint8Array): void => {
      if (this.#state.name === 'open' || this.#state.name === 'asked') out.push({ type: 'send', bytes });
    };
    const line: Line<Event> = {
      env,
      say,
      send: (dst, frame) => say(encodeSend(dst, frame)),
      tell: (event) => out.push({ type: 'event', event }),
      drop: (code) => out.push({ type: 'drop', code }),
      end: () => this.#end(out),
    };
    use(line, out);
    return out;
  }

  nextWake(): number {
    const state = this.#state;
    switch (state.name) {
      case 'over':
        return Number.POSITIVE_INFINITY;
      case 'waiting':
        return Math.min(state.dialAt, this.#errand.due());
      case 'working':
        return state.sliceAt;
      case 'open':
        return Math.min(state.proveBy, this.#errand.due());
      default:
        return Math.min(state.giveUpAt, this.#errand.due());
    }
  }

  // ---------------------------------------------------------------- inputs

  #take(input: DeskCallInput, line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    switch (input.type) {
      case 'opened':
        if (this.#state.name === 'dialing') this.#state = { name: 'greeting', giveUpAt: line.env.now + limits.dialMs };
        return;
      case 'bytes':
        this.#heard(input.bytes, line, out);
        return;
      case 'closed':
        if (this.#state.name === 'waiting') return;
        if (input.code > closeCodeBase && input.code < closeCodeBase + 100) this.#refused(input.code - closeCodeBase, 0, line, out);
        else this.#lost(line, out, 0);
        return;
      case 'wake':
        this.#wake(line, out);
        return;
      case 'resumed':
        this.#attempts = 0;
        if (this.#state.name === 'waiting') this.#dial(line, out);
        else if (this.#state.name === 'open' && this.#errand.redials !== 'never') this.#lost(line, out, 0);
        return;
    }
  }

  #wake(line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    const state = this.#state;
    const { now } = line.env;
    if (state.name === 'working') this.#work(state, out, now);
    else if (state.name === 'waiting' && now >= state.dialAt) this.#dial(line, out);
    else if (state.name === 'open' && now >= state.proveBy) this.#lost(line, out, 0);
    else if ('giveUpAt' in state && now >= state.giveUpAt) this.#lost(line, out, 0);
    if (!this.isOver && now >= this.#errand.due()) this.#errand.wake(line);
  }

  #dial(line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    this.#state = { name: 'dialing', giveUpAt: line.env.now + limits.dialMs };
    out.push({ type: 'dial' });
  }

  #heard(bytes: Uint8Array, line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    const frame = isFromDesk(bytes) ? decodeFromDesk(bytes) : decodeFromRelay(bytes);
    if (this.#state.name === 'open') this.#state.proveBy = line.env.now + silentMs;
    switch (frame.type) {
      case 'challenge':
        this.#challenged(frame, line, out);
        return;
      case 'error':
        this.#refused(frame.code, frame.retryS, line, out);
        return;
      case 'opened':
      case 'met':
      case 'listings':
        this.#opened(line);
        this.#errand.heard(frame, line);
        return;
      case 'received':
      case 'left':
        this.#errand.heard(frame, line);
        return;
      default:
        return; // the heartbeat, and what is meant for members
    }
  }

  #opened(line: Line<Event>): void {
    if (this.#state.name !== 'asked' && this.#state.name !== 'open') throw new ProtocolError('unexpected', 'an answer before the question');
    if (this.#state.name === 'open') return;
    this.#state = { name: 'open', proveBy: line.env.now + silentMs };
    this.#attempts = 0;
    this.#everOpen = true;
  }

  // ---------------------------------------------------------------- asking

  #challenged(frame: Extract<FromRelay, { type: 'challenge' }>, line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    if (frame.version !== relayVersion) {
      this.#giveUp('incompatible', line, out);
      return;
    }
    if (this.#state.name !== 'greeting' && this.#state.name !== 'asked') throw new ProtocolError('unexpected', 'a challenge');
    if (frame.powBits > maxWorkBits) throw new ProtocolError('oversize', 'more work than any relay may ask');
    const working = { name: 'working', nonce: frame.nonce.slice(), bits: frame.powBits, next: 0, sliceAt: line.env.now } as const;
    this.#state = working;
    this.#work(working, out, line.env.now);
  }

  /** Tries one slice of proofs, one a wake, so that a page never stands still for it; asks when one fits. */
  #work(state: Extract<State, { name: 'working' }>, out: DeskCallOutput<Event>[], now: number): void {
    const { inst } = this.#errand;
    for (let tried = 0; tried < workSlice; tried++, state.next++) {
      if (!workDone(sha256, state.bits, state.nonce, noRoom, inst, state.next)) continue;
      this.#state = { name: 'asked', giveUpAt: now + limits.dialMs };
      out.push({ type: 'send', bytes: this.#errand.ask(state.nonce, state.next) });
      return;
    }
  }

  // ---------------------------------------------------------------- refusal, loss, end

  #refused(code: number, retryS: number, line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    if (code === relayErrors.work) return; // a new challenge follows
    const why = refusalOf(code);
    if (why === 'busy' || why === 'unreachable') this.#lost(line, out, retryS * 1000, why);
    else this.#giveUp(why, line, out);
  }

  #lost(line: Line<Event>, out: DeskCallOutput<Event>[], atLeastMs: number, why: Refusal = 'unreachable'): void {
    const { redials } = this.#errand;
    if (redials === 'never' || (redials === 'once-open' && !this.#everOpen)) {
      this.#giveUp(why, line, out);
      return;
    }
    out.push({ type: 'hang-up', keep: true });
    this.#errand.lost?.(why, line);
    const wait = backoffMs[Math.min(this.#attempts, backoffMs.length - 1)] as number;
    this.#attempts++;
    const jitter = 0.5 + (line.env.random(1)[0] as number) / 512;
    this.#state = { name: 'waiting', dialAt: line.env.now + Math.max(wait * jitter, atLeastMs) };
  }

  #giveUp(why: Refusal, line: Line<Event>, out: DeskCallOutput<Event>[]): void {
    this.#errand.refused(why, line);
    this.#end(out);
  }

  #end(out: DeskCallOutput<Event>[]): void {
    if (this.#state.name === 'over') return;
    this.#state = { name: 'over' };
    out.push({ type: 'hang-up', keep: false });
    this.#errand.ended();
  }
}

function refusalOf(code: number): Refusal {
  switch (code) {
    case relayErrors.gone:
    case relayErrors.expired:
      return 'gone';
    case relayErrors.listingOff:
      return 'off';
    case relayErrors.nobody:
      return 'nobody';
    case relayErrors.busy:
    case relayErrors.flood:
      return 'busy';
    case relayErrors.shutdown:
    case relayErrors.slowReader:
      return 'unreachable';
    default:
      return 'incompatible';
  }
}
