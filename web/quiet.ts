/** The page's quiet moments, for work that nobody waits for. */

/** No page stays busy for longer. */
const quietMs = 3000;

/** Resolves when the browser has nothing else to do, or after `withinMs`; where it does not tell, after `withinMs`. */
export function quiet(withinMs = quietMs): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve(), { timeout: withinMs });
    else setTimeout(resolve, withinMs);
  });
}
