import { generateKeyPairSync, sign } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { verifyStrictly } from './verify-join.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
/** What pages verify with. */
const pageVerifies = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
};

const message = Buffer.from('a join');
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = Buffer.from(publicKey.export({ format: 'jwk' })['x'] as string, 'base64url');
const good = sign(null, message, privateKey);
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

const littleEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const fromLittleEndian = (value: Uint8Array): bigint => BigInt(`0x${Buffer.from(value).reverse().toString('hex')}`);

/** Every encoding, canonical or not, of the points of order 1, 2, 4 and 8. */
const smallOrderPoints = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
].map(bytes);

describe('the check of a JOIN signature', () => {
  it('accepts RFC 8032 section 7.1, test 2, and a fresh signature', () => {
    const rfc = {
      key: bytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'),
      signature: bytes(
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ),
    };
    expect(verifyStrictly(rfc.key, bytes('72'), rfc.signature)).toBe(true);
    expect(verifyStrictly(key, message, good)).toBe(true);
  });

  it('refuses every changed bit of key, message and signature', () => {
    const flipped = (of: Uint8Array, bit: number): Buffer => {
      const copy = Buffer.from(of);
      copy[bit >> 3]! ^= 1 << (bit & 7);
      return copy;
    };
    for (let bit = 0; bit < 512; bit++) expect(verifyStrictly(key, message, flipped(good, bit))).toBe(false);
    for (let bit = 0; bit < 256; bit++) expect(verifyStrictly(flipped(key, bit), message, good)).toBe(false);
    for (let bit = 0; bit < 8 * message.length; bit++) expect(verifyStrictly(key, flipped(message, bit), good)).toBe(false);
  });

  it('refuses S + L, which is the same number to a verifier that reduces', () => {
    const s = fromLittleEndian(good.subarray(32));
    const malleable = Buffer.concat([good.subarray(0, 32), littleEndian(s + order)]);
    expect([verifyStrictly(key, message, malleable), pageVerifies(key, message, malleable)]).toEqual([false, false]);
  });

  it('refuses keys of small order in every encoding, with the signature that fits any message', () => {
    const identity = Buffer.concat([smallOrderPoints[0]!, Buffer.alloc(32)]);
    for (const point of smallOrderPoints) {
      expect(verifyStrictly(point, message, identity)).toBe(false);
      expect(pageVerifies(point, message, identity)).toBe(false);
      for (const r of smallOrderPoints) expect(verifyStrictly(point, message, Buffer.concat([r, Buffer.alloc(32)]))).toBe(false);
    }
  });

  it('refuses R of small order, which no honest signer makes', () => {
    for (const r of smallOrderPoints) expect(verifyStrictly(key, message, Buffer.concat([r, good.subarray(32)]))).toBe(false);
  });

  it('refuses a key that is not canonical although it names a point', () => {
    for (let low = 0xed; low <= 0xff; low++) {
      const spare = bytes(`${low.toString(16)}${'ff'.repeat(30)}7f`);
      expect(verifyStrictly(spare, message, good)).toBe(false);
    }
  });

  it('never throws, whatever it is given', () => {
    for (const length of [0, 31, 32, 33])
      for (const size of [0, 63, 64, 65]) expect(verifyStrictly(Buffer.alloc(length, 2), message, Buffer.alloc(size, 3))).toBe(false);
  });

  it('agrees with the verifier of the pages on honest signatures', () => {
    for (let i = 0; i < 20; i++) {
      const text = Buffer.from(`join ${i}`);
      const signature = sign(null, text, privateKey);
      expect([verifyStrictly(key, text, signature), pageVerifies(key, text, signature)]).toEqual([true, true]);
    }
  });
});
