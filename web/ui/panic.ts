/**
 * Escape three times within a moment means "forget everything". Escape, because it is found without looking and types
 * nothing; three times, because once closes dialogs and twice happens by accident. Whoever presses anything else in between, a key or
 * with the pointer, is closing one dialog after the other.
 */
const times = 3;
const withinMs = 1500;

type Press = Pick<KeyboardEvent, 'key' | 'repeat' | 'isComposing' | 'timeStamp'> | Pick<PointerEvent, 'pointerId'>;

/** A listener for keydown and pointerdown that calls `panic` at the third press. */
export function panicKey(panic: () => void): (event: Press) => void {
  let presses: number[] = [];
  return (event) => {
    if (!('key' in event) || event.key !== 'Escape') {
      presses = [];
      return;
    }
    const { repeat, isComposing, timeStamp } = event;
    if (repeat || isComposing) return;
    presses = [...presses, timeStamp].slice(-times);
    if (presses.length < times || timeStamp - presses[0]! > withinMs) return;
    presses = [];
    panic();
  };
}
