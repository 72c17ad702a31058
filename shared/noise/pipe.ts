/**
 * The pipe (protocol.md "Gateway"): what a page and its home relay say to each other through a gateway that may know the visitor's
 * address and nothing else. `Noise_NK` with the relay's key from the invite, then every relay message sealed by itself.
 *
 * Invariant: a pipe message has one of seven sizes, so that the gateway sees no more of a room than the network does. Each is
 * u16 length | relay message | zeros, 19 bytes longer than a frame bucket (2 for the length, 17 for what SEND and RECV put before a
 * frame), and 16 more for the tag. Padding to one size was rejected: a key press would cost 16 KiB.
 */
import { utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Random } from '../ports.ts';
import { agreementKeyPair, type KeyPair } from '../primitives.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { HandshakeState } from './handshake.ts';
import { protocol } from './pattern.ts';
import { Transport } from './transport.ts';

const nk = protocol('Noise_NK_25519_ChaChaPoly_SHA256', '<- s ... -> e, es <- e, ee');
const prologue = utf8('room/1 pipe');
const nothing = new Uint8Array(0);
const lengthBytes = 2;
const sizes = limits.buckets.map((bucket) => lengthBytes + (limits.relayMessageBytes - limits.frameBytes) + bucket);

/** The page's side, waiting for the relay's answer. */
export interface PipeCall {
  /** The first message of the pipe. */
  readonly hello: Uint8Array;
  /** Takes the relay's first message. Throws `ProtocolError`: it does not come from who holds the key. */
  answered(answer: Uint8Array): Pipe;
}

/** Begins a pipe to the relay whose `relayKey` the invite names. */
export function callPipe(relayKey: Uint8Array, random: Random): PipeCall {
  const handshake = new HandshakeState({ protocol: nk, initiator: true, random, prologue, rs: relayKey });
  const hello = handshake.write(nothing);
  return {
    hello,
    answered(answer) {
      handshake.read(answer);
      return new Pipe(new Transport(handshake, true));
    },
  };
}

/** The relay's side. Throws `ProtocolError` where `hello` was not made for this key; then nothing may be answered. */
export function answerPipe(s: KeyPair, hello: Uint8Array, random: Random): { readonly answer: Uint8Array; readonly pipe: Pipe } {
  const handshake = new HandshakeState({ protocol: nk, initiator: false, random, prologue, s });
  handshake.read(hello);
  const answer = handshake.write(nothing);
  return { answer, pipe: new Pipe(new Transport(handshake, false)) };
}

/** The relay's key pair of 32 secret bytes; the public half is the `relayKey` of invites. */
export function pipeKey(secret: Uint8Array): KeyPair {
  return agreementKeyPair(secret);
}

export class Pipe {
  #transport: Transport | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** RangeError where a relay message is longer than any may be. */
  seal(message: Uint8Array): Uint8Array {
    const size = sizes.find((candidate) => candidate >= lengthBytes + message.length);
    if (size === undefined) throw new RangeError(`pipe: message of ${message.length} bytes, at most ${limits.relayMessageBytes}`);
    const filler = new Uint8Array(size - lengthBytes - message.length);
    return this.#live().send(new Writer().lv(message).bytes(filler).finish());
  }

  /**
   * The relay message in the next pipe message. Throws `ProtocolError`; after `unauthentic` a pipe is of no more use, since nothing is
   * resent in it.
   */
  open(sealed: Uint8Array): Uint8Array {
    const reader = new Reader(this.#live().receive(sealed));
    const message = reader.lv(limits.relayMessageBytes);
    if (reader.rest().some((byte) => byte !== 0)) throw new ProtocolError('malformed', 'filler of a pipe message');
    return message;
  }

  /** Wipes the keys. What is sealed or opened afterwards is a `TypeError`: a cipher without a key would let it pass as it is. */
  dispose(): void {
    this.#transport?.sending.dispose();
    this.#transport?.receiving.dispose();
    this.#transport = undefined;
  }

  #live(): Transport {
    if (this.#transport === undefined) throw new TypeError('pipe: its keys are wiped');
    return this.#transport;
  }
}
