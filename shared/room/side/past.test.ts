import { expect, it } from 'vitest';
import { limits } from '../../limits.ts';
import { codeOf } from '../../testing/code-of.ts';
import type { Member, Peer, Turn } from '../state.ts';
import { heardHistory } from './past.ts';

it('an author who tells keys without end is not listened to: those before stay, and their number is bounded', () => {
  const turn = { room: { history: {}, log: { entries: [] } } } as unknown as Turn;
  const member = { author: { keys: new Map<number, Uint8Array>() } } as unknown as Member;
  const told = (from: number) =>
    heardHistory(turn, {} as Peer, member, {
      kind: 'keys',
      keys: Array.from({ length: limits.sharedKeys }, (_, i) => ({ gen: from + i, spk: new Uint8Array(32) })),
    });
  told(1);
  told(1); // the same keys again are no more keys
  let refused: string | null = null;
  for (let round = 1; round < 100 && refused === null; round++) refused = codeOf(() => told(1 + round * limits.sharedKeys));
  expect(refused).toBe('flood');
  expect(member.author.keys.size).toBeLessThanOrEqual(2 * limits.sharedKeys);
  expect(member.author.keys.has(1)).toBe(true);
});
