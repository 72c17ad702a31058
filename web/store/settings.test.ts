import { expect, test } from 'vitest';
import { openSettings, storageAllowed } from './settings.ts';

function memory() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

const forbidden = () => {
  throw new DOMException('The operation is insecure.', 'SecurityError');
};

test('a choice is kept until it is forgotten', () => {
  const storage = memory();
  const settings = openSettings(() => storage);
  settings.write('name', 'Ada');
  expect(settings.read('name')).toBe('Ada');
  settings.write('name', null);
  expect(settings.read('name')).toBeNull();
  expect(storage.kept.size).toBe(0);
});

test('a browser that forbids storage makes choices last as long as the page, without an error', () => {
  const settings = openSettings(forbidden);
  settings.write('theme', 'dark');
  expect(settings.read('theme')).toBeNull();
});

test('storage that throws is not allowed', () => {
  expect(storageAllowed(forbidden)).toBe(false);
  expect(storageAllowed(memory)).toBe(true);
});
