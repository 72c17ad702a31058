import { describe, expect, it } from 'vitest';
import { ResumeQueue } from './resume-queue.ts';

describe('ResumeQueue', () => {
  const budget = (seatBytes: number, totalBytes: number) => ({ seatBytes, totalBytes, held: 0 });
  const parcel = (n: number, bytes = 10) => ({ head: Buffer.alloc(bytes, n), body: null, length: bytes });
  const numbers = (queue: ResumeQueue, received: number) => {
    const { lost, parcels } = queue.since(received);
    return [lost, ...parcels.map(({ head }) => head[0])];
  };

  it('holds the last bytes and tells how many before them are lost', () => {
    const queue = new ResumeQueue(budget(50, 1000));
    for (let i = 1; i <= 8; i++) queue.push(parcel(i));
    expect([numbers(queue, 0), numbers(queue, 5), numbers(queue, 8), numbers(queue, 99)]).toEqual([
      [3, 4, 5, 6, 7, 8],
      [0, 6, 7, 8],
      [0],
      [0],
    ]);
  });

  it('lets go of what was received, and keeps counting', () => {
    const queue = new ResumeQueue(budget(1000, 1000));
    for (let i = 1; i <= 4; i++) queue.push(parcel(i));
    queue.release(3);
    queue.release(2);
    queue.push(parcel(5));
    expect([numbers(queue, 3), numbers(queue, 1), queue.bytes]).toEqual([[0, 4, 5], [2, 4, 5], 20]);
  });

  it('keeps to the bound of all seats together, and gives it back', () => {
    const all = budget(1000, 100);
    const [one, two] = [new ResumeQueue(all), new ResumeQueue(all)];
    for (let i = 0; i < 50; i++) for (const queue of [one, two]) queue.push(parcel(i));
    expect(all.held).toBeLessThanOrEqual(100);
    one.clear();
    two.clear();
    expect(all.held).toBe(0);
  });

  it('takes a message that is larger than its bound as lost', () => {
    const queue = new ResumeQueue(budget(5, 100));
    queue.push(parcel(1));
    expect(numbers(queue, 0)).toEqual([1]);
  });

  it('stays exact over a long life', () => {
    const queue = new ResumeQueue(budget(1000, 1e6));
    for (let i = 0; i < 10_000; i++) queue.push(parcel(i % 251));
    expect(queue.since(9_990).parcels.map(({ head }) => head[0])).toEqual(Array.from({ length: 10 }, (_, i) => (9_990 + i) % 251));
  });
});
