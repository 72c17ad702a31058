/**
 * Where the focus goes when the screen changes: to the new screen's heading, so that a screen reader begins there, or to what the screen
 * has for it. It goes there with the next frame, which lays the screen out anyway: to focus at once costs a layout of its own.
 */

let first = true;
let wanted: HTMLElement | undefined;

/** For the heading of a screen, as an attachment. A page that has just been opened keeps the focus where the browser put it. */
export function takeFocus(heading: HTMLElement): void {
  if (!first) wantFocus(heading);
  first = false;
}

/** Of several in one screen the last one gets the focus; none does where the person has moved it meanwhile. */
export function wantFocus(element: HTMLElement): void {
  if (wanted === undefined) {
    const before = document.activeElement;
    requestAnimationFrame(() => {
      const now = document.activeElement;
      if (now === before || now === document.body) wanted?.focus();
      wanted = undefined;
    });
  }
  wanted = element;
}
