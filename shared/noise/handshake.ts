/**
 * HandshakeState (Noise 5.3): runs any protocol of `pattern.ts`, one message after another, by two switches over its tokens.
 *
 * Every message is processed on a copy that replaces the state when all of it has verified, so a message that does
 * not authenticate, or cannot be written, leaves the state exactly as it was. Undoing changes one by one was rejected:
 * what is forgotten there shows only under attack.
 * Ephemerals come only from the `Random` of the setup, drawn in token order: 32 bytes for `e`, 64 for `e1`, 32 for `ekem1`.
 */
import { concat, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { agree, agreementKeyPair, type KeyPair, keyBytes, tagBytes } from '../primitives.ts';
import type { CipherState } from './cipher.ts';
import { decapsulate, encapsulate, generateKem, kemCiphertextBytes, kemPublicBytes } from './kem.ts';
import type { Protocol, Token } from './pattern.ts';
import { SymmetricState } from './symmetric.ts';

/** 32 secret bytes, or how to derive them from `h` as it stands just before they are mixed in. */
export type Psk = Uint8Array | ((handshakeHash: Uint8Array) => Uint8Array);

export interface HandshakeSetup {
  readonly protocol: Protocol;
  readonly initiator: boolean;
  readonly random: Random;
  readonly prologue?: Uint8Array | undefined;
  /** This side's static key pair. Stays the caller's: it is not wiped with the handshake. */
  readonly s?: KeyPair | undefined;
  /** The other side's static public key, where the pattern knows it beforehand. */
  readonly rs?: Uint8Array | undefined;
  /** One for each psk token, in their order. Stay the caller's too. */
  readonly psks?: readonly Psk[];
}

/** The longest Noise message (Noise 3). */
const maxMessageBytes = 65535;

/** What changes while the handshake runs; `copy` must know every field. */
interface Variables {
  symmetric: SymmetricState;
  e: KeyPair | undefined;
  e1: KeyPair | undefined;
  rs: Uint8Array | undefined;
  re: Uint8Array | undefined;
  re1: Uint8Array | undefined;
  messagesDone: number;
  psksUsed: number;
}

export class HandshakeState {
  readonly #setup: HandshakeSetup;
  #variables: Variables;

  /** Throws `TypeError` where the protocol needs a key that the setup lacks. */
  constructor(setup: HandshakeSetup, variables: Variables = begin(setup)) {
    this.#setup = setup;
    this.#variables = variables;
  }

  /** `h` after the messages so far: the last one is the channel binding (Noise 11.2). */
  get handshakeHash(): Uint8Array {
    return this.#variables.symmetric.handshakeHash;
  }

  get remoteStatic(): Uint8Array | undefined {
    return this.#variables.rs;
  }

  get remoteEphemeral(): Uint8Array | undefined {
    return this.#variables.re;
  }

  /** True when no message is left to write or read. */
  get finished(): boolean {
    return this.#variables.messagesDone >= this.#setup.protocol.messages.length;
  }

  /** This side's ephemeral public key, drawn now where its token is still to come: a payload may have to depend on it. */
  localEphemeral(): Uint8Array {
    this.#variables.e ??= agreementKeyPair(this.#setup.random(keyBytes));
    return this.#variables.e.public;
  }

  /** The next message with `payload` in it. Throws `TypeError` out of turn, `weak-key` where the other side's key is one. */
  write(payload: Uint8Array): Uint8Array {
    if (this.finished || !this.#writesNext()) throw new TypeError('noise: not this side’s turn to write');
    return this.#attempt((variables, tokens) => {
      const fields = tokens.map((token) => writeToken(token, variables, this.#setup));
      const message = concat(...fields, variables.symmetric.encryptAndHash(payload));
      if (message.length > maxMessageBytes) throw new RangeError(`noise: message of ${message.length} bytes`);
      return message;
    });
  }

  /**
   * The payload of the other side's next message. Throws `ProtocolError`: `unauthentic` where a tag does not verify,
   * `truncated`, `oversize`, `weak-key`, or `unexpected` out of turn.
   */
  read(message: Uint8Array): Uint8Array {
    if (this.finished || this.#writesNext()) throw new ProtocolError('unexpected', 'Noise message out of turn');
    if (message.length > maxMessageBytes) throw new ProtocolError('oversize', 'Noise message');
    return this.#attempt((variables, tokens) => {
      const rest = tokens.reduce((bytes, token) => readToken(token, bytes, variables, this.#setup), message);
      return variables.symmetric.decryptAndHash(rest);
    });
  }

  /** After the last message: the initiator's sending cipher and the responder's (Noise 5.2). The handshake is disposed of. */
  split(): [CipherState, CipherState] {
    if (this.#variables.messagesDone !== this.#setup.protocol.messages.length) throw new TypeError('noise: nothing to split');
    const ciphers = this.#variables.symmetric.split();
    this.dispose();
    return ciphers;
  }

  /** A handshake that goes on from here by itself; each has to be disposed of. */
  fork(): HandshakeState {
    return new HandshakeState(this.#setup, copy(this.#variables));
  }

  /** Wipes every secret and ends the handshake: nothing can be read or written any more. */
  dispose(): void {
    disposeOf(this.#variables);
    this.#variables.messagesDone = Number.POSITIVE_INFINITY;
  }

  #writesNext(): boolean {
    return this.#setup.initiator === (this.#variables.messagesDone % 2 === 0);
  }

  #attempt<T>(work: (variables: Variables, tokens: readonly Token[]) => T): T {
    const before = this.#variables;
    const after = copy(before);
    try {
      const result = work(after, this.#setup.protocol.messages[before.messagesDone] as readonly Token[]);
      after.messagesDone++;
      disposeOf(before);
      this.#variables = after;
      return result;
    } catch (failure) {
      disposeOf(after);
      throw failure;
    }
  }
}

/** Initialize (Noise 5.3): the name, the prologue and the keys known beforehand, the initiator's first. */
function begin({ protocol, initiator, prologue = new Uint8Array(0), s, rs, psks = [] }: HandshakeSetup): Variables {
  if (psks.length !== protocol.psks) throw new TypeError(`noise: ${protocol.name} takes ${protocol.psks} psks, got ${psks.length}`);
  const symmetric = SymmetricState.named(protocol.name);
  symmetric.mixHash(prologue);
  if (protocol.initiatorKnown) symmetric.mixHash(needed(initiator ? s?.public : rs, 'the initiator’s static key'));
  if (protocol.responderKnown) symmetric.mixHash(needed(initiator ? rs : s?.public, 'the responder’s static key'));
  return { symmetric, e: undefined, e1: undefined, rs, re: undefined, re1: undefined, messagesDone: 0, psksUsed: 0 };
}

function copy(variables: Variables): Variables {
  const { symmetric, e, e1 } = variables;
  return {
    ...variables,
    symmetric: symmetric.copy(),
    e: e && { ...e, secret: e.secret.slice() },
    e1: e1 && { ...e1, secret: e1.secret.slice() },
  };
}

function disposeOf({ symmetric, e, e1 }: Variables): void {
  symmetric.dispose();
  if (e) wipe(e.secret);
  if (e1) wipe(e1.secret);
}

/** WriteMessage (Noise 5.3) for one token: the bytes it adds to the message. */
function writeToken(token: Token, variables: Variables, setup: HandshakeSetup): Uint8Array {
  const { symmetric } = variables;
  switch (token) {
    case 'e': {
      variables.e ??= agreementKeyPair(setup.random(keyBytes));
      mixEphemeral(variables.e.public, symmetric, setup);
      return variables.e.public;
    }
    case 's':
      return symmetric.encryptAndHash(needed(setup.s, 'this side’s static key').public);
    case 'e1': {
      variables.e1 = generateKem(setup.random);
      return symmetric.encryptAndHash(variables.e1.public);
    }
    case 'ekem1': {
      const { ciphertext, secret } = encapsulate(needed(variables.re1, 'the other side’s KEM key'), setup.random);
      const field = symmetric.encryptAndHash(ciphertext);
      mixSecret(secret, symmetric);
      return field;
    }
    default:
      mixToken(token, variables, setup);
      return new Uint8Array(0);
  }
}

/** ReadMessage (Noise 5.3) for one token: takes its bytes off `message` and gives back the rest. */
function readToken(token: Token, message: Uint8Array, variables: Variables, setup: HandshakeSetup): Uint8Array {
  const { symmetric } = variables;
  const sealedBytes = symmetric.hasKey() ? tagBytes : 0;
  switch (token) {
    case 'e': {
      const [field, rest] = cut(message, keyBytes);
      variables.re = field;
      mixEphemeral(field, symmetric, setup);
      return rest;
    }
    case 's': {
      const [field, rest] = cut(message, keyBytes + sealedBytes);
      variables.rs = symmetric.decryptAndHash(field);
      return rest;
    }
    case 'e1': {
      const [field, rest] = cut(message, kemPublicBytes + sealedBytes);
      variables.re1 = symmetric.decryptAndHash(field);
      return rest;
    }
    case 'ekem1': {
      const [field, rest] = cut(message, kemCiphertextBytes + sealedBytes);
      mixSecret(decapsulate(needed(variables.e1, 'this side’s KEM key').secret, symmetric.decryptAndHash(field)), symmetric);
      return rest;
    }
    default:
      mixToken(token, variables, setup);
      return message;
  }
}

/** The tokens that put nothing on the wire. The first letter of a DH names the initiator's key, the second the responder's. */
function mixToken(token: Exclude<Token, 'e' | 's' | 'e1' | 'ekem1'>, variables: Variables, setup: HandshakeSetup): void {
  const { symmetric } = variables;
  if (token === 'psk') {
    mixPsk(variables, setup);
    return;
  }
  const [mine, theirs] = setup.initiator ? [token[0], token[1]] : [token[1], token[0]];
  const local = needed(mine === 'e' ? variables.e : setup.s, 'a local key');
  const remote = needed(theirs === 'e' ? variables.re : variables.rs, 'a remote key');
  mixSecret(agree(local.secret, remote), symmetric);
}

function mixPsk(variables: Variables, setup: HandshakeSetup): void {
  const { symmetric } = variables;
  const psk = needed(setup.psks?.[variables.psksUsed++], 'psk');
  const given = typeof psk !== 'function';
  const secret = given ? psk : psk(symmetric.handshakeHash);
  symmetric.mixKeyAndHash(secret);
  if (!given) wipe(secret);
}

/** Where psks are used, ephemerals go into the key as well, so that no two handshakes seal under the same one (Noise 9.2). */
function mixEphemeral(key: Uint8Array, symmetric: SymmetricState, { protocol }: HandshakeSetup): void {
  symmetric.mixHash(key);
  if (protocol.psks > 0) symmetric.mixKey(key);
}

function mixSecret(secret: Uint8Array, symmetric: SymmetricState): void {
  symmetric.mixKey(secret);
  wipe(secret);
}

function cut(message: Uint8Array, length: number): [Uint8Array, Uint8Array] {
  if (message.length < length) throw new ProtocolError('truncated', `Noise field of ${length} bytes`);
  return [message.slice(0, length), message.subarray(length)];
}

function needed<T>(value: T | undefined, label: string): T {
  if (value === undefined) throw new TypeError(`noise: ${label} is missing`);
  return value;
}
