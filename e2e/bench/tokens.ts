/** Texts that the probe recognises in a log. */

let last = 0;

export function token(): string {
  return `bench-${++last}`;
}
