import { expect, test } from 'vitest';
import { around, atEndLines, bounds, earlier, held, later, newest, type Stretch } from './stretch.ts';

const log = (length: number, from = 0) => Array.from({ length }, (_, n) => ({ key: `k${n + from}` }));
const size = (stretch: Stretch, messages: readonly { key: string }[]) => {
  const [from, to] = bounds(stretch, messages);
  return to - from;
};

test('a reader at the end sees the newest lines, also of those to come', () => {
  expect(bounds(newest, log(10_000))).toEqual([9880, 10_000]);
  expect(bounds(newest, log(3))).toEqual([0, 3]);
  expect(bounds(newest, [])).toEqual([0, 0]);
});

test('at the end old lines go forty at once, and never so many that fewer than a hundred are left', () => {
  const sizes = Array.from({ length: 400 }, (_, more) => size(newest, log(1000 + more)));
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([atEndLines, atEndLines + 39]);
  expect(sizes.filter((lines, n) => n > 0 && lines < sizes[n - 1]!)).toHaveLength(10);
});

test('reading upwards comes to the first message, and never draws more than a few screens', () => {
  const messages = log(10_000);
  let stretch = held(newest, messages);
  let steps = 0;
  while (bounds(stretch, messages)[0] > 0) {
    stretch = earlier(stretch, messages);
    expect(size(stretch, messages)).toBeLessThanOrEqual(360);
    steps++;
  }
  expect(steps).toBe(247);
  expect(bounds(stretch, messages)[0]).toBe(0);
});

test('reading down again comes back to the end', () => {
  const messages = log(1000);
  let stretch = around('k3', messages);
  expect(bounds(stretch, messages)).toEqual([0, atEndLines]);
  for (let step = 0; step < 30; step++) stretch = later(stretch, messages);
  expect(stretch.tail).toBeUndefined();
  expect(bounds(stretch, messages)).toEqual([640, 1000]);
});

test('lines stay drawn when more comes, when older ones are forgotten, and when the first of them is', () => {
  const messages = log(500);
  const stretch = held(newest, messages);
  expect(bounds(stretch, log(510))).toEqual([400, 510]);
  expect(bounds(stretch, log(500, 100))).toEqual([300, 500]);
  expect(bounds(stretch, log(500, 400))).toEqual([0, 360]);
});

test('a reader who stays far up is not followed by everything that comes', () => {
  const stretch = held(newest, log(500));
  expect(bounds(stretch, log(5000))).toEqual([400, 760]);
});

test('what is jumped to is in the middle', () => {
  const messages = log(5000);
  const [from, to] = bounds(around('k2500', messages), messages);
  expect([from, to]).toEqual([2450, 2550]);
  expect(bounds(around('gone', messages), messages)).toEqual([0, atEndLines]);
});
