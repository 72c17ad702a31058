import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchPageLife } from './page-life.ts';

/** A window that is nothing but its events. */
function fakePage() {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const page = Object.assign(new EventTarget(), { document });
  return {
    page: page as unknown as Window,
    show(state: 'visible' | 'hidden') {
      document.visibilityState = state;
      document.dispatchEvent(new Event('visibilitychange'));
    },
    tell: (type: string, persisted = false) => page.dispatchEvent(Object.assign(new Event(type), { persisted })),
  };
}

let told: string[];
let now: number;
let window: ReturnType<typeof fakePage>;

beforeEach(() => {
  told = [];
  now = 0;
  window = fakePage();
  const life = {
    resumed: () => told.push('resumed'),
    leaving: () => told.push('leaving'),
    online: (on: boolean) => told.push(on ? 'online' : 'offline'),
    away: (on: boolean) => told.push(on ? 'away' : 'back'),
  };
  watchPageLife(window.page, life, () => now);
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('whoever has not looked for a minute is away until the page is looked at again', () => {
  window.show('hidden');
  vi.advanceTimersByTime(59_000);
  window.show('visible');
  expect(told).toEqual([]);
  window.show('hidden');
  vi.advanceTimersByTime(61_000);
  expect(told).toEqual(['away']);
  window.show('visible');
  expect(told).toEqual(['away', 'back']);
});

test('coming back after a while is a return, a glance elsewhere is not', () => {
  window.show('hidden');
  now += 1000;
  window.show('visible');
  expect(told).toEqual([]);
  window.show('hidden');
  now += 60_000;
  window.show('visible');
  expect(told).toEqual(['resumed']);
});

test('a page that is put into the back/forward cache does not leave, and comes back as the same page', () => {
  window.tell('pagehide', true);
  window.tell('pageshow', true);
  expect(told).toEqual(['resumed']);
});

test('a page that goes for good leaves; its first showing is no return', () => {
  window.tell('pageshow', false);
  window.tell('pagehide', false);
  expect(told).toEqual(['leaving']);
});

test('the network coming back is a reason to try every path', () => {
  window.tell('offline');
  window.tell('online');
  expect(told).toEqual(['offline', 'online', 'resumed']);
});
