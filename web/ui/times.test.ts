import { expect, test } from 'vitest';
import { clockTime, dayNumber, duration, fromNow, longDay, remaining, remainingHolds } from './times.ts';

test.each([
  [-5, '0:00'],
  [1, '0:01'],
  [59_001, '1:00'],
  [69_000, '1:09'],
  [119_001, '2 min'],
  [249_000, '4 min'],
  [329_000, '5 min'],
  [600_000, '10 min'],
  [3_600_000, '60 min'],
  [7_200_000, '2 hr 0 min'],
  [83_400_000, '23 hr 10 min'],
])('%d ms remain as %s', (ms, words) => {
  expect(remaining(ms, 'en')).toBe(words);
});

test('the countdown changes exactly when it says that it will', () => {
  for (const ms of [
    1, 999, 1000, 59_001, 300_000, 119_000, 119_001, 120_000, 120_001, 149_999, 150_000, 150_001, 3_600_000, 3_600_001, 86_399_999,
  ]) {
    const holds = remainingHolds(ms);
    expect(remaining(ms - holds + 1, 'en')).toBe(remaining(ms, 'en'));
    expect(remaining(ms - holds, 'en')).not.toBe(remaining(ms, 'en'));
  }
});

test('moments of one local day share a number and the next day has the next', () => {
  const noon = new Date(2026, 2, 28, 12).getTime();
  expect(dayNumber(new Date(2026, 2, 28, 0, 0).getTime())).toBe(dayNumber(noon));
  expect(dayNumber(new Date(2026, 2, 28, 23, 59).getTime())).toBe(dayNumber(noon));
  for (let days = 1; days < 400; days++) expect(dayNumber(new Date(2026, 2, 28 + days, 12).getTime())).toBe(dayNumber(noon) + days);
});

test('dates and times follow the language', () => {
  const at = new Date(2026, 10, 20, 0, 3).getTime();
  expect(clockTime('en', at)).toBe('00:03');
  expect(clockTime('de', at)).toBe('00:03');
  expect(longDay('de', at)).toBe('Freitag, 20. November');
  expect(fromNow('en', 249_000)).toBe('in 4 minutes');
  expect(fromNow('de', 86_400_000)).toBe('in 24 Stunden');
});

test.each(['en', 'de', 'es', 'fr', 'ar'])('a clock in %s shows what the browser would', (locale) => {
  const browser = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  for (const [hour, minute] of [
    [0, 0],
    [9, 5],
    [12, 59],
    [23, 40],
  ] as const) {
    const at = new Date(2026, 10, 20, hour, minute).getTime();
    expect(clockTime(locale, at)).toBe(browser.format(at));
  }
});

test('says how long something lasts in the largest unit that fits', () => {
  expect([30, 60, 300, 3600, 7200, 86_400].map((seconds) => duration('en', seconds))).toEqual([
    '30 seconds',
    '60 seconds',
    '5 minutes',
    '60 minutes',
    '2 hours',
    '24 hours',
  ]);
});
