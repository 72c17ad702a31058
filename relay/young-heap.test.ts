import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const mebibyte = 1024 * 1024;

/** A program that keeps a few megabytes for a moment, again and again, and then prints how many bytes new objects have room in. */
const busy = `
import { getHeapSpaceStatistics } from 'node:v8';
for (let held = [], i = 0; i < 2_000_000; i++) {
  held.push({ i });
  if (held.length > 100_000) held = [];
}
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);`;

const roomAfter = (program: string): number =>
  Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));

it('keeps the room for new objects at a few megabytes, where V8 alone would let it grow to dozens', () => {
  // Mostly two; reading this source, unlike the built relay, can have made it six before the flag is set.
  expect(roomAfter(`import '${new URL('young-heap.ts', import.meta.url)}';${busy}`)).toBeLessThanOrEqual(8 * mebibyte);
  expect(roomAfter(busy)).toBeGreaterThan(16 * mebibyte);
});
