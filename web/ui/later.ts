/**
 * Parts that nobody needs in order to talk. They are fetched when first wanted, or in the first quiet moment of a room:
 * the relay that serves them may be gone when they are.
 */
export const later = {
  home: () => import('./Home.svelte'),
  invite: () => import('./Invite.svelte'),
  settings: () => import('./Settings.svelte'),
  verify: () => import('./Verify.svelte'),
};

/** Fetches all of them when the page has nothing else to do. What fails now is tried again when it is wanted. */
export function fetchLater(): void {
  const fetchAll = () => {
    for (const load of Object.values(later)) load().catch(() => {});
  };
  if ('requestIdleCallback' in window) requestIdleCallback(fetchAll, { timeout: 5000 });
  else setTimeout(fetchAll, 1000);
}
