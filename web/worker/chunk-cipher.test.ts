import { describe, expect, test } from 'vitest';
import { hex } from '../../shared/bytes.ts';
import { chunkCipher, hasHash, hashOf } from './chunk-cipher.ts';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const plaintext = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) & 255);

describe('the browser\u2019s own cipher and ours', () => {
  test('are the same: each opens what the other sealed', async () => {
    const [native, ours] = [await chunkCipher(key), await chunkCipher(key, null)];
    const sealed = await native.seal(70_000, plaintext);
    expect(hex(sealed)).toBe(hex(await ours.seal(70_000, plaintext)));
    expect(hex((await native.open(70_000, sealed))!)).toBe(hex(plaintext));
    expect(hex((await ours.open(70_000, sealed))!)).toBe(hex(plaintext));
  });

  test('both refuse another number, another key and a changed byte', async () => {
    for (const subtle of [crypto.subtle, null]) {
      const cipher = await chunkCipher(key, subtle);
      const sealed = await cipher.seal(1, plaintext);
      expect(await cipher.open(2, sealed)).toBeNull();
      expect(await (await chunkCipher(key.with(0, 9), subtle)).open(1, sealed)).toBeNull();
      expect(await cipher.open(1, sealed.with(5, sealed[5]! ^ 1))).toBeNull();
    }
  });

  test('a browser that has no such cipher gets ours', async () => {
    const without = { importKey: () => Promise.reject(new DOMException('unknown', 'NotSupportedError')) } as unknown as SubtleCrypto;
    const cipher = await chunkCipher(key, without);
    expect(hex((await cipher.open(3, await cipher.seal(3, plaintext)))!)).toBe(hex(plaintext));
  });
});

test('hashes are SHA-256, with and without the browser\u2019s help', async () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  expect(hex(await hashOf(new Uint8Array(0)))).toBe(empty);
  expect(hex(await hashOf(new Uint8Array(0), null))).toBe(empty);
  expect(await hasHash(plaintext, await hashOf(plaintext, null))).toBe(true);
  expect(await hasHash(plaintext, new Uint8Array(32))).toBe(false);
});
