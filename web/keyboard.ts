/**
 * Keeps the page out from under a soft keyboard. Where the browser resizes the page by itself (`interactive-widget` in index.html)
 * nothing is covered and this does nothing; iOS lays the keyboard over the page instead and scrolls the field into view, which
 * would take the head of the room off the screen.
 */
export function watchKeyboard(page: Window): void {
  const view = page.visualViewport;
  if (view === null) return;
  const follow = (): void => {
    const covered = view.scale === 1 ? Math.max(0, Math.round(page.innerHeight - view.height)) : 0; // a page zoomed in is left alone
    page.document.documentElement.style.setProperty('--covered', `${covered}px`);
    if (covered > 0) page.scrollTo(0, 0);
  };
  view.addEventListener('resize', follow);
  view.addEventListener('scroll', follow); // a finger can still draw the page under the keyboard
}
