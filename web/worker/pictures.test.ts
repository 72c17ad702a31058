/** When the worker that draws pictures is there: never after its room. */
import { afterEach, expect, test, vi } from 'vitest';

vi.mock('./pictures.worker.ts?worker&url', () => ({ default: '/worker.js' }));
vi.mock('../trusted.ts', () => ({ scriptAddress: (address: string) => address }));

const made: { isEnded: boolean; onmessage?: (event: { data: unknown }) => void }[] = [];
class FakeWorker {
  isEnded = false;
  constructor() {
    made.push(this);
  }
  postMessage(): void {}
  terminate(): void {
    this.isEnded = true;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test('what waits when the room ends is not drawn any more', async () => {
  vi.stubGlobal('Worker', FakeWorker);
  const { Pictures } = await import('./pictures.ts');
  const pictures = new Pictures();
  const first = pictures.show(new Blob(['1']), 10);
  const second = pictures.show(new Blob(['2']), 10);
  await vi.waitFor(() => expect(made).toHaveLength(1));
  pictures.close();
  expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
  expect(made.map(({ isEnded }) => isEnded)).toEqual([true]);
});
