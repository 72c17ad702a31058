import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { seededRandom } from '../testing/random.ts';
import { checkCommitment, commit, type SasInputs, sasIndices } from './sas.ts';

const random = seededRandom(3).bytes;
const inputs = (): SasInputs => ({
  initiatorNonce: random(32),
  responderNonce: random(32),
  roomPub: random(32),
  initiatorStatic: random(32),
  responderStatic: random(32),
  secondHash: random(32),
});

test('seven indices of six bits, each value as likely as another', () => {
  const counts = new Array<number>(64).fill(0);
  for (let run = 0; run < 1000; run++) {
    const indices = sasIndices(inputs());
    expect(indices).toHaveLength(7);
    for (const index of indices) counts[index]!++;
  }
  expect(counts).toHaveLength(64); // nothing above 63
  // 7000 draws in 64 boxes: 109 each; chi-square with 63 degrees stays below 131 but once in a million seeds, and this one is fixed.
  const chiSquare = counts.reduce((sum, count) => sum + (count - 7000 / 64) ** 2 / (7000 / 64), 0);
  expect(chiSquare).toBeLessThan(131);
});

test('every input changes them', () => {
  const given = inputs();
  for (const field of Object.keys(given) as (keyof SasInputs)[]) {
    expect(sasIndices({ ...given, [field]: random(32) })).not.toEqual(sasIndices(given));
  }
});

test('a commitment holds for its nonce and key, and for no other', () => {
  const [nonce, key] = [random(32), random(32)];
  expect(() => checkCommitment(commit(nonce, key), nonce, key)).not.toThrow();
  for (const attempt of [
    () => checkCommitment(commit(nonce, key), random(32), key),
    () => checkCommitment(commit(nonce, key), nonce, random(32)),
    () => checkCommitment(commit(nonce, key), key, nonce),
  ]) {
    expect(attempt).toThrow(ProtocolError);
    expect(attempt).toThrow('bad-commitment');
  }
});
