/**
 * How much is unread, in the window's title and, for an installed page, on its icon, when there is time: setting a title costs more
 * than showing a message, and most messages are read before anyone could look up.
 */

const name = 'Hushroom';
const soonMs = 100;
let wanted = 0;
let shown = 0;
let due = false;

export function showUnread(count: number): void {
  wanted = count;
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    if (shown === wanted) return;
    shown = wanted;
    document.title = shown > 0 ? `(${shown}) ${name}` : name;
    void navigator.setAppBadge?.(shown).catch(() => {}); // only an installed page has an icon to write on
  }, soonMs);
}
