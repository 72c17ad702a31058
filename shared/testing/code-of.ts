/** How tests ask what a refusal was. */
import { ProtocolError } from '../errors.ts';

/** The code of the `ProtocolError` that `attempt` throws, null where it throws nothing. Any other error is the test's to fail by. */
export function codeOf(attempt: () => unknown): string | null {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}
