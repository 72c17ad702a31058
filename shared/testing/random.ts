/**
 * Randomness that a seed repeats, for simulators and tests: sfc32 by Chris Doty-Humphrey (public domain), 128 bits of state.
 * Not for keys: production code gets `crypto.getRandomValues` and cannot reach this file.
 */
import type { Random } from '../ports.ts';

export interface SeededRandom {
  /** 0 <= x < 1. */
  next(): number;
  /** An integer from 0 to `below` - 1. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** As the protocol core wants it. */
  readonly bytes: Random;
  /** A generator of its own, so that one consumer's appetite does not shift another's numbers. */
  fork(): SeededRandom;
}

export function seededRandom(seed: number): SeededRandom {
  let a = seed | 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;

  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) word();

  const self: SeededRandom = {
    next: () => word() / 2 ** 32,
    below: (below) => Math.floor((word() / 2 ** 32) * below),
    chance: (probability) => word() / 2 ** 32 < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick: nothing to pick from');
      return items[self.below(items.length)]!;
    },
    bytes: (length) => Uint8Array.from({ length }, () => word() & 255),
    fork: () => seededRandom(word()),
  };
  return self;
}
