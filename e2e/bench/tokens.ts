/** Texts that the probe recognises in a log, whatever stands right before or after them. */

let last = 0;

export function token(): string {
  return `bench-${++last}-end`;
}
