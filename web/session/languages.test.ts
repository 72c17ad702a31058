import { expect, test } from 'vitest';
import { isLanguage, preferredLanguage } from './languages.ts';

test('the first language that the page speaks is taken, whatever its region', () => {
  expect(preferredLanguage(['nl-BE', 'fr-CA', 'en'])).toBe('fr');
  expect(preferredLanguage(['ar-EG'])).toBe('ar');
  expect(preferredLanguage(['nl'])).toBe('en');
  expect(preferredLanguage([])).toBe('en');
});

test('what was kept is a language or nothing', () => {
  expect(['de', 'xx', '', null].map(isLanguage)).toEqual([true, false, false, false]);
});
