/**
 * The door to ML-KEM-768 (FIPS 203), the post-quantum half of the `e1` and `ekem1` tokens (Noise HFS 3). Key pairs are
 * used once and never stored, so timing of this code, which is not constant, would have to be measured in one try.
 * Raw ML-KEM rather than X-Wing: `ee` is the classical half already, and `h` binds key and ciphertext.
 */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Random } from '../ports.ts';
import type { KeyPair } from '../primitives.ts';

export const kemPublicBytes = 1184;
export const kemCiphertextBytes = 1088;

/** A fresh key pair. Draws d || z, 64 bytes (FIPS 203, 7.1). */
export function generateKem(random: Random): KeyPair {
  const seed = random(64);
  const { secretKey, publicKey } = ml_kem768.keygen(seed);
  wipe(seed);
  return { secret: secretKey, public: publicKey };
}

/**
 * A secret for the holder of `publicKey`, and its ciphertext. Draws m, 32 bytes (FIPS 203, 7.2).
 * Throws `weak-key` where a coefficient of the key is not below q: such a key makes implementations disagree.
 */
export function encapsulate(publicKey: Uint8Array, random: Random): { ciphertext: Uint8Array; secret: Uint8Array } {
  const m = random(32);
  try {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, m);
    return { ciphertext: cipherText, secret: sharedSecret };
  } catch (cause) {
    throw new ProtocolError('weak-key', 'ML-KEM key out of range', { cause });
  } finally {
    wipe(m);
  }
}

/** The secret in `ciphertext`. A forged one gives a secret that only the next tag shows to be wrong (implicit rejection, FIPS 203, 7.3). */
export function decapsulate(secretKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return ml_kem768.decapsulate(ciphertext, secretKey);
}
