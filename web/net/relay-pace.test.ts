import { describe, expect, test } from 'vitest';
import { RelayPace } from './relay-pace.ts';

/** Fills a socket from which `bytesPerMs` leave, for so many looks; what is sent a second in the end, and how long the last byte waits then. */
function run(bytesPerMs: number, looks: number): { perSecond: number; waitsMs: number } {
  const pace = new RelayPace();
  let waiting = 0;
  let sent = 0;
  for (let look = 0; look < looks; look++) {
    const more = Math.max(0, pace.bytes - waiting);
    waiting += more;
    if (look >= looks / 2) sent += more;
    waiting = Math.max(0, waiting - bytesPerMs * pace.lookAfterMs);
    pace.looked(waiting);
  }
  return { perSecond: sent / ((looks / 2) * (pace.lookAfterMs / 1000)), waitsMs: pace.bytes / bytesPerMs };
}

const mebibyte = 1024 * 1024;

describe('the pace of files at a relay', () => {
  test('fills a road that takes 50 MiB a second', () => {
    expect(run((50 * mebibyte) / 1000, 200).perSecond).toBeGreaterThan(0.75 * 50 * mebibyte);
  });

  test('keeps what waits on a wide road to a few looks', () => {
    for (const rate of [12, 25, 50, 100]) expect(run((rate * mebibyte) / 1000, 200).waitsMs).toBeLessThan(4 * new RelayPace().lookAfterMs);
  });

  test('lets no more wait on a narrow road than 64 KiB', () => {
    const pace = new RelayPace();
    for (let look = 0; look < 20; look++) pace.looked(0);
    for (let look = 0; look < 20; look++) pace.looked(pace.bytes);
    expect(pace.bytes).toBe(64 * 1024);
  });
});
