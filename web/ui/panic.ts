/**
 * Escape three times within a moment means "forget everything". Escape, because it is found without looking and types
 * nothing; three times, because once closes dialogs and twice happens by accident.
 */
const times = 3;
const withinMs = 1500;

/** A listener for keydown that calls `panic` at the third press. */
export function panicKey(panic: () => void): (event: Pick<KeyboardEvent, 'key' | 'repeat' | 'isComposing' | 'timeStamp'>) => void {
  let presses: number[] = [];
  return ({ key, repeat, isComposing, timeStamp }) => {
    if (key !== 'Escape') presses = [];
    if (key !== 'Escape' || repeat || isComposing) return;
    presses = [...presses, timeStamp].slice(-times);
    if (presses.length < times || timeStamp - presses[0]! > withinMs) return;
    presses = [];
    panic();
  };
}
