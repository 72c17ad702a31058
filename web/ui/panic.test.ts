import { expect, test } from 'vitest';
import { panicKey } from './panic.ts';

const press = (key: string, timeStamp: number, more = {}) => ({ key, timeStamp, repeat: false, isComposing: false, ...more });

function pressing(...events: (ReturnType<typeof press> | { pointerId: number })[]): number {
  let panics = 0;
  const listener = panicKey(() => panics++);
  for (const event of events) listener(event);
  return panics;
}

test('Escape three times in a moment is the panic key', () => {
  expect(pressing(press('Escape', 0), press('Escape', 400), press('Escape', 900))).toBe(1);
});

test.each([
  ['slowly', [press('Escape', 0), press('Escape', 1000), press('Escape', 2000)]],
  ['twice', [press('Escape', 0), press('Escape', 100)]],
  ['held down', [press('Escape', 0), press('Escape', 30, { repeat: true }), press('Escape', 60, { repeat: true })]],
  ['to end compositions', [press('Escape', 0, { isComposing: true }), press('Escape', 1, { isComposing: true }), press('Escape', 2)]],
  ['with a press of the pointer between', [press('Escape', 0), { pointerId: 1 }, press('Escape', 1), { pointerId: 1 }, press('Escape', 2)]],
  ['with something typed between', [press('Escape', 0), press('Escape', 1), press('a', 2), press('Escape', 3)]],
] as const)('Escape pressed %s is not', (_, events) => {
  expect(pressing(...events)).toBe(0);
});

test('after three slow presses the next two quick ones still count', () => {
  expect(pressing(press('Escape', 0), press('Escape', 5000), press('Escape', 5100), press('Escape', 5200))).toBe(1);
});
