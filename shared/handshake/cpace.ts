/**
 * CPace (draft-irtf-cfrg-cpace-21), suite CPACE-RISTR255-SHA512, initiator and responder roles, no associated data: two
 * who know the same low-entropy password get the same key, and whoever does not gets one guess a try.
 *
 * The door to ristretto255, loaded only by rooms with a password: the handshake is handed this module as its `Cpace` and never imports it.
 * Ristretto rather than the draft's X25519 suite: its order is prime, so no cofactor can leak or be forgotten.
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, utf8, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { type KeyPair, keyBytes } from '../primitives.ts';
import type { CpaceInputs } from './pairwise.ts';

const { Point } = ristretto255;
const dsi = utf8('CPaceRistretto255');
const dsiIsk = utf8('CPaceRistretto255_ISK');
const nothing = new Uint8Array(0);
/** SHA-512 reads blocks of 128 bytes; the password fills the first alone, so that hashing it takes the same time whatever follows. */
const hashBlockBytes = 128;

/** A secret scalar and the 32-byte share to send. Draws 64 bytes, so that reducing them to a scalar leaves no bias. The caller wipes the secret. */
export function start(inputs: CpaceInputs, random: Random): KeyPair {
  const draw = random(64);
  const secret = Point.Fn.toBytes(Point.Fn.create(littleEndian(draw)));
  wipe(draw);
  return { secret, public: scalarMult(secret, generator(inputs)) };
}

/** The 64-byte intermediate session key ISK. Throws `weak-key` where the other's share is not a point, or the neutral one. */
export function finish(sid: Uint8Array, mine: KeyPair, theirShare: Uint8Array, initiator: boolean): Uint8Array {
  const k = scalarMult(mine.secret, theirShare);
  const [ya, yb] = initiator ? [mine.public, theirShare] : [theirShare, mine.public];
  const key = isk(sid, k, transcript(ya, nothing, yb, nothing));
  wipe(k);
  return key;
}

/** G.calculate_generator (draft section 7.3 with 6.2): the point both raise to their secrets, a function of the password. */
export function generator({ prs, ci, sid }: CpaceInputs): Uint8Array {
  const padding = Math.max(0, hashBlockBytes - 1 - lv(prs).length - lv(dsi).length);
  const text = concat(lv(dsi), lv(prs), lv(new Uint8Array(padding)), lv(ci), lv(sid));
  return ristretto255_hasher.deriveToCurve?.(sha512(text)).toBytes() as Uint8Array;
}

/** G.scalar_mult_vfy (draft section 7.3); throws `weak-key` where `point` is no encoding of one or the result is the neutral element. */
export function scalarMult(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  try {
    if (point.length !== keyBytes) throw new RangeError(`cpace: point of ${point.length} bytes`);
    const product = Point.fromBytes(point).multiply(Point.Fn.create(littleEndian(scalar)));
    if (product.is0()) throw new RangeError('cpace: neutral element');
    return product.toBytes();
  } catch (cause) {
    throw new ProtocolError('weak-key', 'CPace share', { cause });
  }
}

/** Draft section 6.2: ISK = H(lv_cat(DSI "_ISK", sid, K) || transcript). */
export function isk(sid: Uint8Array, k: Uint8Array, transcript: Uint8Array): Uint8Array {
  return sha512(concat(lv(dsiIsk), lv(sid), lv(k), transcript));
}

/** transcript_ir of the draft: the initiator's share and data, then the responder's. */
export function transcript(ya: Uint8Array, ada: Uint8Array, yb: Uint8Array, adb: Uint8Array): Uint8Array {
  return concat(lv(ya), lv(ada), lv(yb), lv(adb));
}

/** prepend_len of the draft: the length in LEB128, then the bytes. Not the lv of room/1. */
function lv(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let left = bytes.length;
  do {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return concat(Uint8Array.from(length), bytes);
}

/** Leaves a copy of a secret in a bigint, which nothing can wipe: the price of JavaScript arithmetic. */
function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}
