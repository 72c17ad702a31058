import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hex, unhex, utf8 } from './bytes.ts';
import { encapsulate, generateKem } from './noise/kem.ts';
import {
  agree,
  agreementKeyPair,
  expand,
  extract,
  hkdf,
  labelledHash,
  mask,
  open,
  seal,
  sign,
  signingKeyPair,
  verify,
} from './primitives.ts';
import { codeOf } from './testing/code-of.ts';
import { seededRandom } from './testing/random.ts';

const random = seededRandom(12).bytes;

describe('Ed25519', () => {
  test('refuses a signature that ZIP 215 verifiers take (Wycheproof ed25519 tcId 151)', () => {
    const key = unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    const signature = unhex(
      '0100000000000000000000000000000000000000000000000000000000000080c803ee1f2342aa96ff698a393d1ab5e66f3eda101d6d120b394c3fd32c117d0a',
    );
    expect(verify(key, unhex('313233343030'), signature)).toBe(false);
  });

  test('signs and verifies the first vector of RFC 8032', () => {
    const pair = signingKeyPair(unhex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'));
    expect(hex(pair.public)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    const signature = sign(pair.secret, new Uint8Array(0));
    expect(hex(signature).slice(0, 32)).toBe('e5564300c360ac729086e2cc806e828a');
    expect(verify(pair.public, new Uint8Array(0), signature)).toBe(true);
    expect(verify(pair.public, utf8('x'), signature)).toBe(false);
  });

  test('answers false to anything malformed', () => {
    expect(verify(new Uint8Array(5), new Uint8Array(0), new Uint8Array(64))).toBe(false);
    expect(verify(new Uint8Array(32).fill(255), new Uint8Array(0), new Uint8Array(3))).toBe(false);
  });
});

describe('X25519', () => {
  const lowOrder = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];
  test.each(lowOrder)('aborts on the point %s, whose result is all zero', (point) => {
    expect(codeOf(() => agree(random(32), unhex(point)))).toBe('weak-key');
  });

  test('agrees on the secret of RFC 7748 section 6.1', () => {
    const bob = agreementKeyPair(unhex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
    const alicePublic = unhex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(hex(bob.public)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    expect(hex(agree(bob.secret, alicePublic))).toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  });
});

test('ML-KEM aborts on a key with a coefficient that is not below q', () => {
  const key = generateKem(random).public;
  for (const at of [0, 3, 300, 1149]) {
    const forged = key.slice();
    forged.set([0xff, 0xff, 0xff], at); // 4095, twice
    expect(codeOf(() => encapsulate(forged, random))).toBe('weak-key');
    const least = key.slice();
    least.set([0x01, 0x0d | (least[at + 1]! & 0xf0)], at); // 3329 = q itself, where 3328 would do
    expect(codeOf(() => encapsulate(least, random))).toBe('weak-key');
  }
  expect(codeOf(() => encapsulate(key.slice(1), random))).toBe('weak-key');
});

test('HKDF follows RFC 5869 (test case 3: no salt, no info)', () => {
  const okm = hkdf(new Uint8Array(0), new Uint8Array(22).fill(0x0b), 42);
  expect(hex(okm)).toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
});

test('labels keep keys and hashes apart', () => {
  const prk = extract('salt', utf8('secret'));
  expect(expand(prk, 'a', 32)).not.toEqual(expand(prk, 'b', 32));
  expect(expand(prk, 'a', 32, utf8('b'))).toEqual(expand(prk, 'ab', 32));
  expect(labelledHash('a', utf8('b'))).toEqual(labelledHash('ab'));
  expect(hex(mask(prk, new Uint8Array(12)))).toHaveLength(8);
});

test('a sealed text opens with everything right and with nothing else', () => {
  const [key, nonce, aad, text] = [random(32), random(12), utf8('aad'), utf8('text')];
  const sealed = seal(key, nonce, aad, text);
  expect(open(key, nonce, aad, sealed)).toEqual(text);
  for (let i = 0; i < sealed.length; i++) {
    const forged = sealed.slice();
    forged[i]! ^= 1;
    expect(codeOf(() => open(key, nonce, aad, forged))).toBe('unauthentic');
  }
  expect(codeOf(() => open(key, nonce, utf8('aae'), sealed))).toBe('unauthentic');
  expect(codeOf(() => open(random(32), nonce, aad, sealed))).toBe('unauthentic');
});

describe('the sources', () => {
  const checkout = join(import.meta.dirname, '..');
  const sources = ['shared', 'relay', 'web'].flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(checkout, folder, name))
      .filter((path) => /\.(ts|svelte)$/.test(path) && !/\.(test|bench)\.ts$|\/(testing|vectors)\//.test(path))
      .map((path) => ({ name: relative(checkout, path), text: readFileSync(path, 'utf8') })),
  );
  const naming = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

  test('reach @noble through the four doors only', () => {
    expect(naming(/['"]@noble\//).sort()).toEqual([
      'shared/handshake/cpace.ts',
      'shared/handshake/password.ts',
      'shared/noise/kem.ts',
      'shared/primitives.ts',
    ]);
  });

  test('verify Ed25519 in one place, strictly', () => {
    expect(naming(/ed25519\.verify/)).toEqual(['shared/primitives.ts']);
    expect(sources.find(({ name }) => name === 'shared/primitives.ts')!.text).toMatch(/ed25519\.verify\([^)]*\{ zip215: false \}\)/);
  });

  test('cannot reach what would make keys predictable', () => {
    expect(naming(/['"][^'"]*\/testing\/[^'"]*['"]/)).toEqual([]);
  });

  test('in shared/ hold no randomness of their own', () => {
    expect(naming(/getRandomValues|randomUUID|randomBytes|Math\.random/).filter((name) => name.startsWith('shared/'))).toEqual([
      'shared/ports.ts',
    ]);
  });
});
