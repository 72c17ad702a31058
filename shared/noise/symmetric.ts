/**
 * SymmetricState (Noise 5.2) with SHA256: the chaining key into which every secret is mixed, and the hash `h` of
 * everything both sides have said, which each ciphertext authenticates.
 */
import { concat, utf8, wipe } from '../bytes.ts';
import { hkdf, keyBytes, sha256 } from '../primitives.ts';
import { CipherState } from './cipher.ts';

export class SymmetricState {
  /** Secret; wiped by `dispose`. */
  #ck: Uint8Array;
  #h: Uint8Array;
  #cipher: CipherState;

  constructor(ck: Uint8Array, h: Uint8Array, cipher: CipherState) {
    this.#ck = ck;
    this.#h = h;
    this.#cipher = cipher;
  }

  /** InitializeSymmetric: a name that fits is padded with zeros, a longer one is hashed. */
  static named(protocolName: string): SymmetricState {
    const name = utf8(protocolName);
    const h = name.length <= keyBytes ? concat(name, new Uint8Array(keyBytes - name.length)) : sha256(name);
    return new SymmetricState(h.slice(), h, new CipherState());
  }

  /** `h` as it stands: a channel binding once the handshake is over (Noise 11.2), public all the time. */
  get handshakeHash(): Uint8Array {
    return this.#h.slice();
  }

  mixKey(secret: Uint8Array): void {
    const [ck, k] = this.#derive(secret, 2) as [Uint8Array, Uint8Array];
    this.#advance(ck, k);
  }

  mixHash(public_: Uint8Array): void {
    this.#h = sha256(concat(this.#h, public_));
  }

  /** MixKeyAndHash, for psks: the hash takes a value that commits to the psk without telling it. */
  mixKeyAndHash(psk: Uint8Array): void {
    const [ck, hashed, k] = this.#derive(psk, 3) as [Uint8Array, Uint8Array, Uint8Array];
    this.mixHash(hashed);
    this.#advance(ck, k);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher.encryptWithAd(this.#h, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher.decryptWithAd(this.#h, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  hasKey(): boolean {
    return this.#cipher.hasKey();
  }

  /** The initiator's sending cipher, then the responder's. */
  split(): [CipherState, CipherState] {
    const [initiators, responders] = this.#derive(new Uint8Array(0), 2) as [Uint8Array, Uint8Array];
    return [new CipherState(initiators), new CipherState(responders)];
  }

  copy(): SymmetricState {
    return new SymmetricState(this.#ck.slice(), this.#h.slice(), this.#cipher.copy());
  }

  dispose(): void {
    wipe(this.#ck);
    this.#cipher.dispose();
  }

  #derive(secret: Uint8Array, count: number): Uint8Array[] {
    const okm = hkdf(this.#ck, secret, count * keyBytes);
    const keys = Array.from({ length: count }, (_, i) => okm.slice(i * keyBytes, (i + 1) * keyBytes));
    wipe(okm);
    return keys;
  }

  #advance(ck: Uint8Array, k: Uint8Array): void {
    this.dispose();
    this.#ck = ck;
    this.#cipher = new CipherState(k);
  }
}
