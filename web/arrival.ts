/**
 * Takes the invite out of the address bar: a link's secret is its fragment, and what stays in the bar is read over shoulders, shared
 * from screens and kept by histories. Some gateways and messengers rewrite `#` to `%23`, which makes it part of the path; that is
 * undone here as well (the relay serves the same page for such paths and logs none). What another program shares with the installed
 * page (`share_target` of the manifest) comes as a query, which the service worker keeps out of the network; it is taken the same way.
 */

/** What followed `#` (or `%23`), or what was shared, or '' for nothing; the address becomes plain `/`. */
export function takeArrival(
  place: Pick<Location, 'href' | 'pathname' | 'search' | 'hash'>,
  history: Pick<History, 'replaceState'>,
): string {
  const text = place.pathname === sharePath ? shared(place.search) : fragment(place);
  if (place.href.includes('#') || place.pathname !== '/' || place.search !== '') history.replaceState(null, '', '/');
  return text;
}

const sharePath = '/share';

function fragment({ hash, pathname }: Pick<Location, 'pathname' | 'hash'>): string {
  return hash.length > 1 ? hash.slice(1) : (/%23(.*)$/.exec(pathname)?.[1] ?? '');
}

/** Programs put a link into any of the three. */
function shared(search: string): string {
  const query = new URLSearchParams(search);
  return ['url', 'text', 'title']
    .flatMap((name) => query.get(name) ?? [])
    .join(' ')
    .trim();
}
