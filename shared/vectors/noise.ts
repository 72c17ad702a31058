/**
 * Checks from the two formats in which Noise vectors are published: cacophony's, which snow shares, and the one for hybrid
 * patterns, which gives seeds (both described in README.md). Both sides of every handshake are run, message by message.
 */
import assert from 'node:assert/strict';
import { hex, unhex } from '../bytes.ts';
import { HandshakeState } from '../noise/handshake.ts';
import type { Protocol } from '../noise/pattern.ts';
import { protocolNamed } from '../noise/patterns.ts';
import { Transport } from '../noise/transport.ts';
import { agreementKeyPair, sha256 } from '../primitives.ts';
import { scripted } from '../testing/scripted.ts';
import { type Check, NotImplemented } from './check.ts';

/** Values are hexadecimal. */
export interface CacophonyVector {
  readonly protocol_name: string;
  readonly init_prologue?: string;
  readonly init_psks?: readonly string[];
  readonly init_static?: string;
  readonly init_ephemeral?: string;
  readonly init_remote_static?: string;
  readonly resp_prologue?: string;
  readonly resp_psks?: readonly string[];
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

export function cacophonyChecks(vectors: readonly CacophonyVector[]): Check[] {
  return vectors.map((vector) => ({ name: vector.protocol_name, run: () => runCacophony(vector) }));
}

function runCacophony(vector: CacophonyVector): void {
  const protocol = implemented(vector.protocol_name);
  const initiator = new HandshakeState({
    protocol,
    initiator: true,
    prologue: bytes(vector.init_prologue),
    s: pair(vector.init_static),
    rs: bytes(vector.init_remote_static),
    psks: (vector.init_psks ?? []).map(unhex),
    random: scripted(...[bytes(vector.init_ephemeral)].filter((draw) => draw !== undefined)),
  });
  const responder = new HandshakeState({
    protocol,
    initiator: false,
    prologue: bytes(vector.resp_prologue),
    s: pair(vector.resp_static),
    rs: bytes(vector.resp_remote_static),
    psks: (vector.resp_psks ?? []).map(unhex),
    random: scripted(...[bytes(vector.resp_ephemeral)].filter((draw) => draw !== undefined)),
  });

  const handshakeMessages = vector.messages.slice(0, protocol.messages.length);
  for (const [i, { payload, ciphertext }] of handshakeMessages.entries()) {
    const [writer, reader] = i % 2 === 0 ? [initiator, responder] : [responder, initiator];
    assert.equal(hex(writer.write(unhex(payload))), ciphertext, `message ${i}`);
    assert.equal(hex(reader.read(unhex(ciphertext))), payload, `payload ${i}`);
  }
  if (vector.handshake_hash) assert.equal(hex(initiator.handshakeHash), vector.handshake_hash, 'handshake_hash');

  const ends = [new Transport(initiator, true), new Transport(responder, false)] as const;
  assert.equal(hex(ends[0].handshakeHash), hex(ends[1].handshakeHash));
  const oneWay = protocol.messages.length === 1;
  for (const [i, { payload, ciphertext }] of vector.messages.entries()) {
    if (i < protocol.messages.length) continue;
    const [sender, receiver] = oneWay || i % 2 === 0 ? [ends[0], ends[1]] : [ends[1], ends[0]];
    assert.equal(hex(sender.send(unhex(payload))), ciphertext, `message ${i}`);
    assert.equal(hex(receiver.receive(unhex(ciphertext))), payload, `payload ${i}`);
  }
}

/** Values are hexadecimal; a message is given whole or by its SHA-256. */
export interface HybridVector {
  readonly i: number;
  readonly seeds: {
    readonly static_i: string;
    readonly static_r: string;
    readonly eph_i: string;
    readonly eph_r: string;
    readonly mlkem_keygen_d_z: string;
    readonly mlkem_encaps_m: string;
    readonly [psk: `psk${number}`]: string;
  };
  readonly msg_len: readonly number[];
  /** Each one whole or by its SHA-256. */
  readonly [message: `msg${number}` | `msg${number}_sha256`]: string;
  readonly handshake_hash: string;
  readonly k_i2r: string;
  readonly k_r2i: string;
}

export interface HybridFile {
  readonly protocol: string;
  readonly prologue: string;
  readonly payloads: readonly string[];
  readonly vectors: readonly HybridVector[];
}

export function hybridChecks(file: HybridFile): Check[] {
  return file.vectors.map((vector) => ({ name: `${file.protocol} ${vector.i}`, run: () => runHybrid(file, vector) }));
}

function runHybrid(file: HybridFile, vector: HybridVector): void {
  const protocol = implemented(file.protocol);
  const { seeds } = vector;
  const psks = Object.entries(seeds)
    .filter(([name]) => name.startsWith('psk'))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, psk]) => unhex(psk));
  const prologue = unhex(file.prologue);
  const initiator = new HandshakeState({
    protocol,
    initiator: true,
    prologue,
    psks,
    s: pair(seeds.static_i),
    random: scripted(unhex(seeds.eph_i), unhex(seeds.mlkem_keygen_d_z)),
  });
  const responder = new HandshakeState({
    protocol,
    initiator: false,
    prologue,
    psks,
    s: pair(seeds.static_r),
    random: scripted(unhex(seeds.eph_r), unhex(seeds.mlkem_encaps_m)),
  });

  for (const [i, payload] of file.payloads.entries()) {
    const [writer, reader] = i % 2 === 0 ? [initiator, responder] : [responder, initiator];
    const message = writer.write(unhex(payload));
    assert.equal(message.length, vector.msg_len[i], `length of message ${i + 1}`);
    const whole = vector[`msg${i + 1}`];
    if (whole !== undefined) assert.equal(hex(message), whole, `message ${i + 1}`);
    else assert.equal(hex(sha256(message)), vector[`msg${i + 1}_sha256`], `message ${i + 1}`);
    assert.equal(hex(reader.read(message)), payload, `payload ${i + 1}`);
  }
  for (const side of [initiator, responder]) {
    assert.equal(hex(side.handshakeHash), vector.handshake_hash, 'handshake_hash');
    const [initiators, responders] = side.split();
    assert.equal(hex(initiators.key()), vector.k_i2r, 'k_i2r');
    assert.equal(hex(responders.key()), vector.k_r2i, 'k_r2i');
  }
}

/** The protocol, where its name is one that `noise/` knows. */
function implemented(name: string): Protocol {
  try {
    return protocolNamed(name);
  } catch (cause) {
    throw new NotImplemented(name, { cause });
  }
}

function bytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : unhex(text);
}

function pair(secret: string | undefined) {
  return secret === undefined ? undefined : agreementKeyPair(unhex(secret));
}
