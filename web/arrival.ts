/**
 * Takes the invite out of the address bar: a link's secret is its fragment, and what stays in the bar is read over shoulders, shared
 * from screens and kept by histories. Some gateways and messengers rewrite `#` to `%23`, which makes it part of the path; that is
 * undone here as well (the relay serves the same page for such paths and logs none).
 */

/** What followed `#` (or `%23`), or '' for nothing; the address becomes plain `/`. */
export function takeArrival(
  place: Pick<Location, 'href' | 'pathname' | 'search' | 'hash'>,
  history: Pick<History, 'replaceState'>,
): string {
  const text = place.hash.length > 1 ? place.hash.slice(1) : (/%23(.*)$/.exec(place.pathname)?.[1] ?? '');
  if (place.href.includes('#') || place.pathname !== '/' || place.search !== '') history.replaceState(null, '', '/');
  return text;
}
