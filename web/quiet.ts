/** The page's quiet moments, for work that nobody waits for. */

/** No page stays busy for longer. */
const quietMs = 3000;

/** Resolves when the browser has nothing else to do, or after three seconds. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve(), { timeout: quietMs });
    else setTimeout(resolve, quietMs);
  });
}
