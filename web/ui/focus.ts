/** Where the focus goes when the screen changes: to the new screen's heading, so that a screen reader begins there. */
let first = true;

/**
 * For the heading of a screen, as an attachment. A page that has just been opened keeps the focus where the browser put it, and so does a
 * screen that has a better place for it. It happens with the next frame, which lays the screen out anyway: to ask for it at once costs a layout.
 */
export function takeFocus(heading: HTMLElement): () => void {
  if (first) {
    first = false;
    return () => {};
  }
  const frame = requestAnimationFrame(() => {
    if (document.activeElement === document.body) heading.focus();
  });
  return () => cancelAnimationFrame(frame);
}
