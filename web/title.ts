/**
 * The window's title, when there is time: setting it costs more than showing a message, and most messages are read before
 * anyone could look up.
 */

const soonMs = 100;
let wanted = '';
let due = false;

export function showTitle(title: string): void {
  wanted = title;
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    if (document.title !== wanted) document.title = wanted;
  }, soonMs);
}
