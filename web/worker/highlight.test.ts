/** What becomes of the worker that colours code: it is ended when it fails or takes too long, and never in place of the next. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.mock('./highlight.worker.ts?worker&url', () => ({ default: '/worker.js' }));
vi.mock('../trusted.ts', () => ({ scriptAddress: (address: string) => address }));

class FakeWorker {
  static made: FakeWorker[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: (() => void) | undefined;
  isEnded = false;
  constructor() {
    FakeWorker.made.push(this);
  }
  postMessage(): void {}
  terminate(): void {
    this.isEnded = true;
  }
}

const question = { language: 'js', text: 'let a' };
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  FakeWorker.made = [];
  vi.resetModules();
  vi.useFakeTimers();
  vi.stubGlobal('Worker', FakeWorker);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('one that failed does not take the next with it', async () => {
  const { highlight } = await import('./highlight.ts');
  const first = highlight(question);
  await settled();
  FakeWorker.made[0]!.onerror!();
  expect(await first).toEqual([]);
  const second = highlight(question);
  await settled();
  FakeWorker.made[1]!.onmessage!({ data: [['word', 'let']] });
  expect(await second).toEqual([['word', 'let']]);
  await vi.advanceTimersByTimeAsync(5000);
  void highlight(question);
  await settled();
  expect(FakeWorker.made).toHaveLength(2);
});

test('where there is none, code is shown without colours, time and again', async () => {
  vi.stubGlobal('Worker', undefined);
  const { highlight } = await import('./highlight.ts');
  for (const _ of [1, 2]) expect(await highlight(question)).toEqual([]);
});
