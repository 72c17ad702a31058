import { expect, test } from 'vitest';
import { hex } from '../bytes.ts';
import { passwordSecret } from './password.ts';

const room = new Uint8Array(32).fill(1);

test('depends on the password and the room, and not on how an accent is written', async () => {
  const [composed, decomposed, elsewhere] = await Promise.all([
    passwordSecret('caf\u00e9', room),
    passwordSecret('cafe\u0301', room),
    passwordSecret('caf\u00e9', new Uint8Array(32).fill(2)),
  ]);
  expect(composed).toHaveLength(32);
  expect(hex(decomposed)).toBe(hex(composed));
  expect(hex(elsewhere)).not.toBe(hex(composed));
}, 30_000);

test('tells how far it is', async () => {
  const shares: number[] = [];
  await passwordSecret('x', room, (share) => shares.push(share));
  expect(shares.length).toBeGreaterThan(1);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
}, 30_000);
