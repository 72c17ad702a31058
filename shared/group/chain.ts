/**
 * The hash ratchet of every record (protocol.md "Records and ratchets"): one key per sequence number, each derived from a chain
 * key that is overwritten as it moves on, so that state stolen later opens nothing sent before.
 *
 *   mk || n0 = X(ck, "msg", 44)     ck' = X(ck, "next", 32)     hp = X(ck0, "hp", 32), once, for masking sequence numbers
 *
 * A receiver looks at a key first (`peekKey`) and moves only once the record has proven itself (`commitKey`): a forged frame changes
 * nothing. Keys passed over are kept for a while, bounded in number and time. Numbers whose key was given up stay
 * remembered as lost, so that "opened before" is never said of a frame that was not: an acknowledgement must be true.
 */
import { wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { expand, keyBytes } from '../primitives.ts';

export interface Chain {
  /** Names the chain on the wire. */
  readonly kid: Uint8Array;
  /** Secret header key; wiped with the chain. */
  readonly hp: Uint8Array;
  /** Secret; overwritten at every step. */
  readonly ck: Uint8Array;
  /** Sequence number whose key `ck` gives. */
  next: number;
}

export type SendChain = Chain;

export interface ReceiveChain extends Chain {
  /** Below this nothing is remembered. */
  floor: number;
  /** Numbers from `floor` to `next` that did not come, oldest first. */
  readonly skipped: Map<number, SkippedKey>;
  /** Keys are wiped: what stands in `ck` is no secret any more and must open nothing. */
  closed: boolean;
}

interface SkippedKey {
  /** mk || n0, secret; null once given up. */
  key: Uint8Array | null;
  readonly until: number;
}

/** mk || n0. */
const recordKeyBytes = 44;

/** A chain at its first number; takes `ck` over. In the pairwise channel both ends derive the kid; a group's sender draws it. */
export function createSendChain(ck: Uint8Array, kid: Uint8Array = expand(ck, 'kid', 4)): SendChain {
  return { kid, hp: expand(ck, 'hp', keyBytes), ck, next: 0 };
}

export function createReceiveChain(ck: Uint8Array): ReceiveChain {
  return { ...createSendChain(ck), floor: 0, skipped: new Map(), closed: false };
}

/** A chain entered at `seq`: a newcomer's view. Takes `ck` and `hp` over. */
export function joinChain({ kid, hp, ck, seq }: { kid: Uint8Array; hp: Uint8Array; ck: Uint8Array; seq: number }): ReceiveChain {
  return { kid, hp, ck, next: seq, floor: seq, skipped: new Map(), closed: false };
}

/** The next key for sealing, which no later call gives again. Wipe it after use. Throws `exhausted` at the end of the range. */
export function takeKey(chain: SendChain): { readonly seq: number; readonly key: Uint8Array } {
  if (chain.next > limits.maxSeq) throw new ProtocolError('exhausted', 'the chain has no more numbers');
  const key = expand(chain.ck, 'msg', recordKeyBytes);
  turn(chain.ck);
  return { seq: chain.next++, key };
}

/** A key looked at and not yet used up. */
export interface PeekedKey {
  readonly seq: number;
  readonly key: Uint8Array;
  /** For a number not passed yet: the chain key behind it, and the keys of those passed over. */
  readonly ahead: { readonly ck: Uint8Array; readonly passed: readonly Uint8Array[] } | null;
}

/** The key for `seq`; null where that number was opened before. Throws `out-of-window`. Changes nothing. */
export function peekKey(chain: ReceiveChain, seq: number, now: number): PeekedKey | null {
  if (seq < chain.floor || seq >= chain.next + limits.windowAhead || seq > limits.maxSeq) throw outOfWindow(chain, seq);
  if (seq < chain.next) {
    const skipped = chain.skipped.get(seq);
    if (skipped === undefined) return null;
    if (skipped.key === null || skipped.until <= now) throw outOfWindow(chain, seq);
    return { seq, key: skipped.key, ahead: null };
  }
  if (chain.closed) throw outOfWindow(chain, seq);
  const ck = chain.ck.slice();
  const passed: Uint8Array[] = [];
  for (let at = chain.next; at < seq; at++) {
    passed.push(expand(ck, 'msg', recordKeyBytes));
    turn(ck);
  }
  const key = expand(ck, 'msg', recordKeyBytes);
  turn(ck);
  return { seq, key, ahead: { ck, passed } };
}

function outOfWindow(chain: ReceiveChain, seq: number): ProtocolError {
  return new ProtocolError('out-of-window', `number ${seq}, expected ${chain.floor} to ${chain.next + limits.windowAhead}`);
}

/** The record proved itself: its key is used up, those before it are kept. */
export function commitKey(chain: ReceiveChain, { seq, key, ahead }: PeekedKey, now: number): void {
  wipe(key);
  chain.skipped.delete(seq);
  if (ahead === null) return;
  chain.ck.set(ahead.ck);
  wipe(ahead.ck);
  for (const passed of ahead.passed) chain.skipped.set(chain.next++, { key: passed, until: now + limits.skippedKeyMs });
  chain.next = seq + 1;
  for (const [oldest, { key: given }] of chain.skipped) {
    if (chain.skipped.size <= limits.skippedKeysPerChain) break;
    if (given !== null) wipe(given);
    chain.skipped.delete(oldest);
    chain.floor = oldest + 1;
  }
}

/** The record did not prove itself: forgets what was derived for it. */
export function discardKey({ key, ahead }: PeekedKey): void {
  if (ahead !== null) wipe(key, ahead.ck, ...ahead.passed);
}

/** Gives up keys that have waited too long. */
export function expireKeys(chain: ReceiveChain, now: number): void {
  for (const skipped of chain.skipped.values()) {
    if (skipped.until > now) return;
    if (skipped.key !== null) wipe(skipped.key);
    skipped.key = null;
  }
}

/** Gives up every key; what was opened before is still recognised, by the header key. */
export function closeChain(chain: ReceiveChain): void {
  expireKeys(chain, Number.POSITIVE_INFINITY);
  wipe(chain.ck);
  chain.closed = true;
}

export function wipeReceiveChain(chain: ReceiveChain): void {
  closeChain(chain);
  wipe(chain.hp);
}

/** Also ends it: nothing may be sealed under a key of zeros. */
export function wipeSendChain(chain: SendChain): void {
  wipe(chain.ck, chain.hp);
  chain.next = limits.maxSeq + 1;
}

/** ck' = X(ck, "next", 32), in place. */
function turn(ck: Uint8Array): void {
  const next = expand(ck, 'next', keyBytes);
  ck.set(next);
  wipe(next);
}
