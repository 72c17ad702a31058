/**
 * CipherState (Noise 5.1) with ChaChaPoly (Noise 12.3): a key and the count of messages it has sealed.
 * Invariants: no nonce is used twice, since the count only grows and ends; a message that does not open changes nothing.
 */
import { wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { keyBytes, open, seal } from '../primitives.ts';

/**
 * Noise ends a key at 2^64 - 1 messages; this ends it where JavaScript stops counting exactly, 2^53 - 1, which no one reaches.
 * What matters is that there is an end: a counter that wraps repeats nonces.
 */
const nonceEnd = Number.MAX_SAFE_INTEGER;

const nothing = new Uint8Array(0);

export class CipherState {
  /** Secret; wiped by `dispose`. */
  #k: Uint8Array | undefined;
  #n: number;

  /** Takes over `k`; without one, messages pass through unchanged until the handshake has a key. */
  constructor(k?: Uint8Array, n = 0) {
    this.#k = k;
    this.#n = n;
  }

  hasKey(): boolean {
    return this.#k !== undefined;
  }

  /** For transports that number messages themselves; RangeError unless a whole number below the end. */
  setNonce(n: number): void {
    if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`noise: nonce ${n}`);
    this.#n = n;
  }

  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    if (!this.#k) return plaintext.slice();
    const ciphertext = seal(this.#k, this.#nonce(), ad, plaintext);
    this.#n++;
    return ciphertext;
  }

  /** Throws `unauthentic`, and counts nothing, where the tag does not verify. */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    if (!this.#k) return ciphertext.slice();
    const plaintext = open(this.#k, this.#nonce(), ad, ciphertext);
    this.#n++;
    return plaintext;
  }

  /** Noise 11.3: a key that cannot be turned back into the one before; the count goes on. */
  rekey(): void {
    if (!this.#k) throw new TypeError('noise: no key to rekey');
    const lastNonce = new Uint8Array(12).fill(255, 4);
    const k = seal(this.#k, lastNonce, nothing, new Uint8Array(keyBytes)).slice(0, keyBytes);
    wipe(this.#k);
    this.#k = k;
  }

  /** A copy of the key, for deriving other keys from it. The caller wipes it. */
  key(): Uint8Array {
    if (!this.#k) throw new TypeError('noise: no key yet');
    return this.#k.slice();
  }

  copy(): CipherState {
    return new CipherState(this.#k?.slice(), this.#n);
  }

  dispose(): void {
    if (this.#k) wipe(this.#k);
    this.#k = undefined;
    this.#n = nonceEnd;
  }

  /** 32 zero bits, then the count in little-endian (Noise 12.3). */
  #nonce(): Uint8Array {
    if (this.#n >= nonceEnd) throw new ProtocolError('exhausted', 'Noise nonce');
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#n), true);
    return nonce;
  }
}
