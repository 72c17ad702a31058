import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../bytes.ts';
import { cleanName } from './name.ts';

test.each([
  ['Ada', 'Ada'],
  ['  Ada \t\n Lovelace ', 'Ada Lovelace'],
  ['', ''],
  ['\u202eadA', 'adA'], // right-to-left override
  ['A\u200bd\u2060a\ufeff', 'Ada'],
  ['A\u0000d\u001ba\u009f', 'Ada'],
  ['\u2067\u2069', ''],
  ['Cafe\u0301', 'Caf\u00e9'],
  ['\ud83d\udc69\u200d\ud83d\ude80', '\ud83d\udc69\u200d\ud83d\ude80'], // an emoji of two with a joiner
  ['می\u200cخواهم', 'می\u200cخواهم'],
  ['half \ud83d', 'half \ufffd'],
])('%j becomes %j', (name, clean) => {
  expect(cleanName(name)).toBe(clean);
});

test('is cut to 64 bytes between characters', () => {
  expect(cleanName('é'.repeat(40))).toBe('é'.repeat(32));
  expect(cleanName(`${'a'.repeat(63)}é`)).toBe('a'.repeat(63));
});

test('is done once: a clean name stays as it is, whatever it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
      const clean = cleanName(name);
      expect(cleanName(clean)).toBe(clean);
      expect(utf8(clean).length).toBeLessThanOrEqual(64);
      expect(clean).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
    }),
  );
});
