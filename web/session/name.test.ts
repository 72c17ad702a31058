import { expect, test } from 'vitest';
import { cleanName } from './name.ts';

test('an ordinary name stays as it is, composed', () => {
  expect(cleanName('Zoë 🦊 O’Neil')).toBe('Zoë 🦊 O’Neil');
  expect(cleanName('Zoe\u0308')).toBe('Zoë');
});

test('line breaks, control characters and the direction of text are not part of a name', () => {
  expect(cleanName(' Ada\n\u202eevil\u2069\u0000 ')).toBe('Ada evil');
});

test('a long name is cut at a whole character', () => {
  expect(cleanName('é'.repeat(40))).toBe('é'.repeat(32));
  expect(cleanName(`${'a'.repeat(63)}🦊`)).toBe('a'.repeat(63));
});
