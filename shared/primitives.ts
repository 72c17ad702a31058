/**
 * The one door to @noble: every primitive the protocol uses, with the one behaviour it may have. Nothing else in the
 * project names a noble module, so strictness is decided here (protocol.md "Primitives"):
 *  - Ed25519 is verified by RFC 8032 strictly. noble's default follows ZIP 215, which takes signatures that other
 *    implementations refuse, and members that disagree about a signature see different rooms.
 *  - X25519 refuses an all-zero result (RFC 7748 section 6.1): a low-order point would fix the secret from outside.
 */
import { chacha20, chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { expand as hkdfExpand, extract as hkdfExtract, hkdf as hkdfWhole } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';

export { sha256 };

/**
 * Tables of windows of four bits for the base point, of which all keys and signatures are multiples. They are made with the first key,
 * while a newcomer waits: a third less time for the first key and half for the first verification than with noble's six bits, for 0.15 ms
 * more in each signature.
 */
ed25519.Point.BASE.precompute(4);

export const keyBytes = 32;
export const tagBytes = 16;

export interface KeyPair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

/** HKDF-Extract (RFC 5869 section 2.2) with SHA-256; a text salt is its UTF-8 bytes. */
export function extract(salt: string | Uint8Array, secret: Uint8Array): Uint8Array {
  return hkdfExtract(sha256, secret, typeof salt === 'string' ? utf8(salt) : salt);
}

/** X(prk, label || suffix, length) of protocol.md: HKDF-Expand with the label "room/1 " || label || suffix. */
export function expand(prk: Uint8Array, label: string, length: number, suffix: Uint8Array = new Uint8Array(0)): Uint8Array {
  return hkdfExpand(sha256, prk, concat(utf8(`room/1 ${label}`), suffix), length);
}

/** HKDF whole (RFC 5869) with SHA-256 and no info: the HKDF of Noise 4.3, whose outputs are consecutive 32-byte pieces. */
export function hkdf(salt: Uint8Array, secret: Uint8Array, length: number): Uint8Array {
  return hkdfWhole(sha256, secret, salt, undefined, length);
}

/** H("room/1 " || label || data): a hash with its own domain. */
export function labelledHash(label: string, ...data: Uint8Array[]): Uint8Array {
  return sha256(concat(utf8(`room/1 ${label}`), ...data));
}

/** The X25519 key pair of a 32-byte secret (RFC 7748). */
export function agreementKeyPair(secret: Uint8Array): KeyPair {
  return { secret, public: x25519.getPublicKey(secret) };
}

/** X25519; throws `weak-key` where the peer's point is of low order. */
export function agree(secret: Uint8Array, peerPublic: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(secret, peerPublic); // noble throws on an all-zero result
  } catch (cause) {
    throw new ProtocolError('weak-key', 'X25519 gave no shared secret', { cause });
  }
}

/** The Ed25519 key pair of a 32-byte seed (RFC 8032). */
export function signingKeyPair(seed: Uint8Array): KeyPair {
  return { secret: seed, public: ed25519.getPublicKey(seed) };
}

export function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, seed);
}

/** Strict RFC 8032 verification; false for anything malformed, never an exception. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** ChaCha20-Poly1305 (RFC 8439 section 2.8): ciphertext || tag. */
export function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return chacha20poly1305(key, nonce, aad).encrypt(plaintext);
}

/** Opens what `seal` made; throws `unauthentic` where key, nonce, data or tag differ. */
export function open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return chacha20poly1305(key, nonce, aad).decrypt(sealed);
  } catch (cause) {
    throw new ProtocolError('unauthentic', 'AEAD tag does not verify', { cause });
  }
}

/** The first four bytes of a ChaCha20 key stream (RFC 8439 section 2.4): masks a header field. */
export function mask(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  return chacha20(key, nonce, new Uint8Array(4));
}
