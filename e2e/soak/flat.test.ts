import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../shared/testing/random.ts';
import { growth } from './flat.ts';

const noisy = (count: number, at: (i: number) => number): number[] => {
  const random = seededRandom(5);
  return Array.from({ length: count }, (_, i) => at(i) * (0.96 + 0.08 * random.next()));
};

describe('growth', () => {
  test('of what only swings is next to nothing', () => {
    expect(Math.abs(growth(noisy(30, () => 80)))).toBeLessThan(0.02);
  });

  test('of a leak of a tenth is found under the same swings', () => {
    expect(growth(noisy(30, (i) => 80 + (8 * i) / 29))).toBeCloseTo(0.1, 1);
  });

  test('does not come from a few figures far off', () => {
    const figures = noisy(30, () => 80);
    for (const i of [27, 28, 29]) figures[i] = 300;
    expect(growth(figures)).toBeLessThan(0.05);
  });

  test('cannot be told from two figures', () => {
    expect(() => growth([1, 2])).toThrow(RangeError);
  });
});
