import { expect, test } from 'vitest';
import { hueOf, initial, shortTag } from './people.ts';

test('two people of one name differ in the code or the colour', () => {
  expect(shortTag('3fa9c2d1')).toBe('3fa9');
  expect(hueOf('3fa90000')).toBe(0);
  expect(hueOf('3fa90001')).toBe(30);
  expect(hueOf('3fa9000c')).toBe(0);
});

test('every tag has a hue on the circle', () => {
  for (let n = 0; n < 65_536; n += 257) {
    const hue = hueOf(`0000${n.toString(16).padStart(4, '0')}`);
    expect(hue).toBeGreaterThanOrEqual(0);
    expect(hue).toBeLessThan(360);
  }
});

test.each([
  ['ada', 'A'],
  [' émile', 'É'],
  ['👩‍🚀 Ann', '👩‍🚀'],
  ['', '?'],
])('the cap of %j carries %s', (name, letter) => {
  expect(initial(name)).toBe(letter);
});
