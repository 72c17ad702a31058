/**
 * A `Random` that gives what a vector says it should. The only way to make the core deterministic, and one that no program
 * can reach: the linter lets nothing but tests, vectors and benchmarks import `testing/`.
 */
import type { Random } from '../ports.ts';

/** Gives `draws` one after another; throws `RangeError` on a draw that is not in the script or has another length. */
export function scripted(...draws: readonly Uint8Array[]): Random {
  let at = 0;
  return (length) => {
    const draw = draws[at++];
    if (draw?.length !== length)
      throw new RangeError(`scripted: draw ${at} wants ${length} bytes, the script has ${draw?.length ?? 'none'}`);
    return draw.slice();
  };
}
