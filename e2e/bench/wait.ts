/** Time, for a bench that paces itself and gives up on what does not come. */
import { setTimeout } from 'node:timers/promises';

export const sleep = (ms: number) => setTimeout(ms);

/** What `promise` gives, or undefined after `ms`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const given = new AbortController();
  const late = setTimeout(ms, undefined, { signal: given.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    given.abort();
  }
}
