/** Where the focus goes when the screen changes: to the new screen's heading, so that a screen reader begins there. */
let first = true;

/** For the heading of a screen, as an attachment. A page that has just been opened keeps the focus where the browser put it. */
export function takeFocus(heading: HTMLElement): void {
  if (!first) heading.focus();
  first = false;
}
