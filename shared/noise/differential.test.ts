/**
 * Another implementation of the project's one Noise protocol, written from the two specifications in a straight line and on
 * OpenSSL's primitives instead of noble's, shakes hands with ours in both roles. Whatever either reads differently shows.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { expect, test } from 'vitest';
import { concat, hex, utf8 } from '../bytes.ts';
import { agreementKeyPair } from '../primitives.ts';
import { seededRandom } from '../testing/random.ts';
import { HandshakeState } from './handshake.ts';
import { protocolNamed } from './patterns.ts';

const name = 'Noise_XXhfs+psk0+psk3_25519+MLKEM768_ChaChaPoly_SHA256';
const rounds = 20;

const sha256 = (...parts: Uint8Array[]) =>
  createHash('sha256')
    .update(concat(...parts))
    .digest();
const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
  createHmac('sha256', key)
    .update(concat(...parts))
    .digest();

/** SymmetricState in the words of Noise 5.2, HKDF in those of 4.3. */
class Symmetric {
  h: Uint8Array = sha256(utf8(name));
  ck = this.h;
  k: Uint8Array | undefined;
  n = 0n;

  hkdf(material: Uint8Array, outputs: 2 | 3): Uint8Array[] {
    const temporary = hmac(this.ck, material);
    const first = hmac(temporary, Uint8Array.of(1));
    const second = hmac(temporary, first, Uint8Array.of(2));
    return outputs === 2 ? [first, second] : [first, second, hmac(temporary, second, Uint8Array.of(3))];
  }

  mixHash(bytes: Uint8Array) {
    this.h = sha256(this.h, bytes);
  }

  mixKey(material: Uint8Array) {
    [this.ck, this.k] = this.hkdf(material, 2) as [Uint8Array, Uint8Array];
    this.n = 0n;
  }

  mixKeyAndHash(psk: Uint8Array) {
    const [ck, hashed, k] = this.hkdf(psk, 3) as [Uint8Array, Uint8Array, Uint8Array];
    this.mixHash(hashed);
    [this.ck, this.k, this.n] = [ck, k, 0n];
  }

  nonce() {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64LE(this.n++, 4);
    return nonce;
  }

  seal(plaintext: Uint8Array): Uint8Array {
    const cipher = createCipheriv('chacha20-poly1305', this.k!, this.nonce(), { authTagLength: 16 }).setAAD(this.h, { plaintextLength: 0 });
    const sealed = concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
    this.mixHash(sealed);
    return sealed;
  }

  open(sealed: Uint8Array): Uint8Array {
    const decipher = createDecipheriv('chacha20-poly1305', this.k!, this.nonce(), { authTagLength: 16 }).setAAD(this.h, {
      plaintextLength: 0,
    });
    decipher.setAuthTag(sealed.subarray(-16));
    const plaintext = concat(decipher.update(sealed.subarray(0, -16)), decipher.final());
    this.mixHash(sealed);
    return plaintext;
  }
}

const x25519Private = (secret: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]), format: 'der', type: 'pkcs8' });
const x25519Public = (key: Uint8Array) =>
  createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), key]), format: 'der', type: 'spki' });
const dh = (secret: Uint8Array, key: Uint8Array) => diffieHellman({ privateKey: x25519Private(secret), publicKey: x25519Public(key) });
const kemPublic = (key: Uint8Array) =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex'), key]),
    format: 'der',
    type: 'spki',
  });
const rawPublic = (key: KeyObject) => new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-1184));

interface Keys {
  readonly s: { secret: Uint8Array; public: Uint8Array };
  readonly e: { secret: Uint8Array; public: Uint8Array };
  readonly psk0: Uint8Array;
  readonly psk3: Uint8Array;
  readonly prologue: Uint8Array;
}

function begin({ prologue, psk0 }: Keys): Symmetric {
  const symmetric = new Symmetric();
  symmetric.mixHash(prologue);
  symmetric.mixKeyAndHash(psk0);
  return symmetric;
}

const mixEphemeral = (symmetric: Symmetric, key: Uint8Array) => {
  symmetric.mixHash(key);
  symmetric.mixKey(key);
};

/** OpenSSL as the initiator; `send` delivers a message and gives back the answer. */
function referenceInitiator(keys: Keys, payloads: Uint8Array[], send: (message: Uint8Array) => Uint8Array) {
  const symmetric = begin(keys);
  const kem = generateKeyPairSync('ml-kem-768');
  mixEphemeral(symmetric, keys.e.public);
  const first = concat(keys.e.public, symmetric.seal(rawPublic(kem.publicKey)), symmetric.seal(payloads[0]!));

  const second = send(first);
  const re = second.slice(0, 32);
  mixEphemeral(symmetric, re);
  symmetric.mixKey(dh(keys.e.secret, re)); // ee
  symmetric.mixKey(decapsulate(kem.privateKey, symmetric.open(second.subarray(32, 1136)))); // ekem1
  const rs = symmetric.open(second.subarray(1136, 1184));
  symmetric.mixKey(dh(keys.e.secret, rs)); // es
  expect(symmetric.open(second.subarray(1184))).toEqual(payloads[1]);

  const s = symmetric.seal(keys.s.public);
  symmetric.mixKey(dh(keys.s.secret, re)); // se
  symmetric.mixKeyAndHash(keys.psk3);
  send(concat(s, symmetric.seal(payloads[2]!)));
  return { h: symmetric.h, keys: symmetric.hkdf(new Uint8Array(0), 2), remoteStatic: rs };
}

/** OpenSSL as the responder: a function from the first message to the second, and one from the third to the end. */
function referenceResponder(keys: Keys, payloads: Uint8Array[]) {
  const symmetric = begin(keys);
  let re = new Uint8Array();
  return {
    answer(first: Uint8Array): Uint8Array {
      re = first.slice(0, 32);
      mixEphemeral(symmetric, re);
      const kemKey = symmetric.open(first.subarray(32, 1232));
      expect(symmetric.open(first.subarray(1232))).toEqual(payloads[0]);
      mixEphemeral(symmetric, keys.e.public);
      symmetric.mixKey(dh(keys.e.secret, re));
      const { ciphertext, sharedKey } = encapsulate(kemPublic(kemKey));
      const kem = symmetric.seal(ciphertext);
      symmetric.mixKey(sharedKey);
      const s = symmetric.seal(keys.s.public);
      symmetric.mixKey(dh(keys.s.secret, re));
      return concat(keys.e.public, kem, s, symmetric.seal(payloads[1]!));
    },
    end(third: Uint8Array) {
      const rs = symmetric.open(third.subarray(0, 48));
      symmetric.mixKey(dh(keys.e.secret, rs));
      symmetric.mixKeyAndHash(keys.psk3);
      expect(symmetric.open(third.subarray(48))).toEqual(payloads[2]);
      return { h: symmetric.h, keys: symmetric.hkdf(new Uint8Array(0), 2), remoteStatic: rs };
    },
  };
}

function meeting(seed: number) {
  const random = seededRandom(seed);
  const shared = { psk0: random.bytes(32), psk3: random.bytes(32), prologue: random.bytes(random.below(200)) };
  const payloads = [0, 1, 2].map(() => random.bytes(random.below(900)));
  const theirs: Keys = { ...shared, s: agreementKeyPair(random.bytes(32)), e: agreementKeyPair(random.bytes(32)) };
  const ours = agreementKeyPair(random.bytes(32));
  const state = (initiator: boolean) =>
    new HandshakeState({
      protocol: protocolNamed(name),
      initiator,
      s: ours,
      prologue: shared.prologue,
      psks: [shared.psk0, shared.psk3],
      random: random.bytes,
    });
  return { payloads, theirs, ours, state };
}

function ended(handshake: HandshakeState) {
  const { handshakeHash, remoteStatic } = handshake;
  return { h: hex(handshakeHash), keys: handshake.split().map((cipher) => hex(cipher.key())), remoteStatic: hex(remoteStatic!) };
}

const inHex = ({ h, keys, remoteStatic }: { h: Uint8Array; keys: Uint8Array[]; remoteStatic: Uint8Array }) => ({
  h: hex(h),
  keys: keys.map(hex),
  remoteStatic: hex(remoteStatic),
});

test(`OpenSSL begins, we answer, ${rounds} times`, () => {
  for (let seed = 0; seed < rounds; seed++) {
    const { payloads, theirs, ours, state } = meeting(seed);
    const responder = state(false);
    const reference = referenceInitiator(theirs, payloads, (message) => {
      expect(responder.read(message)).toEqual(payloads[responder.finished ? 2 : 0]);
      return responder.finished ? new Uint8Array() : responder.write(payloads[1]!);
    });
    expect(ended(responder)).toEqual({ ...inHex(reference), remoteStatic: hex(theirs.s.public) });
    expect(hex(reference.remoteStatic)).toBe(hex(ours.public));
  }
}, 30_000);

test(`we begin, OpenSSL answers, ${rounds} times`, () => {
  for (let seed = rounds; seed < 2 * rounds; seed++) {
    const { payloads, theirs, ours, state } = meeting(seed);
    const initiator = state(true);
    const reference = referenceResponder(theirs, payloads);
    expect(initiator.read(reference.answer(initiator.write(payloads[0]!)))).toEqual(payloads[1]);
    const end = reference.end(initiator.write(payloads[2]!));
    expect(ended(initiator)).toEqual({ ...inHex(end), remoteStatic: hex(theirs.s.public) });
    expect(hex(end.remoteStatic)).toBe(hex(ours.public));
  }
}, 30_000);
