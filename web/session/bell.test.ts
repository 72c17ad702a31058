import { expect, test } from 'vitest';
import { readBell, rings } from './bell.ts';

const at = (time: string) => new Date(`2026-11-20T${time}:00`);
const loud = { ...readBell(null), sound: true };

test('nothing rings before somebody asked for it', () => {
  expect(readBell(null)).toEqual({ notify: false, content: false, sound: false, quietFrom: '', quietTo: '' });
  expect(rings(readBell(null), at('12:00'))).toBe(false);
  expect(rings(loud, at('03:00'))).toBe(true);
});

test('quiet hours go over midnight', () => {
  const choices = { ...loud, quietFrom: '22:00', quietTo: '07:00' };
  expect(['21:59', '22:00', '00:00', '06:59', '07:00'].map((time) => rings(choices, at(time)))).toEqual([true, false, false, false, true]);
});

test('quiet hours within a day', () => {
  const choices = { ...loud, quietFrom: '09:00', quietTo: '17:00' };
  expect(['08:59', '09:00', '16:59', '17:00'].map((time) => rings(choices, at(time)))).toEqual([true, false, false, true]);
});

test('choices come back as they were kept, and nonsense as silence', () => {
  const choices = { notify: true, content: true, sound: true, quietFrom: '22:00', quietTo: '07:30' };
  expect(readBell(JSON.stringify(choices))).toEqual(choices);
  for (const kept of ['', 'x', '[]', 'null', '7', '{"notify":"yes","quietFrom":"25:00","quietTo":7}'])
    expect(readBell(kept)).toEqual(readBell(null));
});
