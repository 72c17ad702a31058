/**
 * What a browser tells a page about being put aside and fetched back (field notes behind this: phones suspend pages and leave
 * sockets that look open but are dead, so every return is a reason to doubt each path).
 */

export interface PageLife {
  /** Back from being hidden, suspended or offline. */
  resumed(): void;
  /** The page is going away for good. Not told to a page that may come back from the back/forward cache. */
  leaving(): void;
  online(online: boolean): void;
  /** Out of sight for a minute, or in sight again. */
  away(away: boolean): void;
}

/** Shorter absences (a glance at another tab) leave sockets alive. */
const absenceMs = 3000;
/** Longer ones mean that nobody looks. */
const awayMs = 60_000;

/** Watches `page` (the window) and its document for as long as they live. */
export function watchPageLife(page: Window, life: PageLife, now: () => number): void {
  let hiddenAt = Number.POSITIVE_INFINITY;
  let awayTimer: ReturnType<typeof setTimeout> | undefined;
  let isAway = false;
  const away = () => {
    isAway = true;
    life.away(true);
  };
  page.document.addEventListener('visibilitychange', () => {
    const hidden = page.document.visibilityState === 'hidden';
    if (!hidden && now() - hiddenAt > absenceMs) life.resumed();
    clearTimeout(awayTimer);
    if (hidden) awayTimer = setTimeout(away, awayMs);
    else if (isAway) life.away(false);
    isAway &&= hidden;
    hiddenAt = hidden ? now() : Number.POSITIVE_INFINITY;
  });
  page.addEventListener('pageshow', ({ persisted }) => persisted && life.resumed());
  page.addEventListener('pagehide', ({ persisted }) => !persisted && life.leaving());
  page.addEventListener('online', () => {
    life.online(true);
    life.resumed();
  });
  page.addEventListener('offline', () => life.online(false));
}
