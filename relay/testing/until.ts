/** Waits for what nothing tells of: it is looked for again and again, and the test's own time limit ends it. */
import { setTimeout } from 'node:timers/promises';

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(10);
}
