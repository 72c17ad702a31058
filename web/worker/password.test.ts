/** A worker that cannot compute says so: whoever waits for it computes by itself. */
import { expect, test, vi } from 'vitest';

vi.mock('./stretch.ts', () => ({ stretch: () => Promise.reject(new RangeError('no memory')) }));

test('a password that cannot be stretched in the worker is an error there, not a silence', async () => {
  const scope: { onmessage?: (event: { data: unknown }) => void; postMessage: () => void } = { postMessage: () => {} };
  const reported: unknown[] = [];
  vi.stubGlobal('self', scope);
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
  await import('./password.worker.ts');
  scope.onmessage?.({ data: { password: 'x', roomPub: new Uint8Array(32) } });
  await vi.waitFor(() => expect(reported).toEqual([new RangeError('no memory')]));
  vi.unstubAllGlobals();
});
