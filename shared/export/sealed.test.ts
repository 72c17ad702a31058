import { expect, test } from 'vitest';
import { utf8, utf8Text } from '../bytes.ts';
import { exportSecret } from '../handshake/password.ts';
import { codeOf } from '../testing/code-of.ts';
import { seededRandom } from '../testing/random.ts';
import { exportCost, openExport, readExportHead, saltBytes, sealExport } from './sealed.ts';

const { bytes: random } = seededRandom(90);
const text = 'Ada: good night – gute Nacht';

function sealed(): { file: Uint8Array; prk: Uint8Array } {
  const prk = random(32);
  return { file: sealExport(utf8(text), prk.slice(), random(saltBytes), random), prk };
}

test('opens under the passphrase it was sealed with, which takes the work it names', { timeout: 60_000 }, async () => {
  const salt = random(saltBytes);
  const file = sealExport(utf8(text), await exportSecret('four green cats sleeping', salt, exportCost), salt, random);
  const head = readExportHead(file);
  expect(head).toEqual({ salt, cost: exportCost });
  expect(utf8Text(openExport(file, await exportSecret('four green cats sleeping', head.salt, head.cost)))).toBe(text);
});

test('another passphrase is told apart from a file that was changed', () => {
  const { file, prk } = sealed();
  expect(codeOf(() => openExport(file, random(32)))).toBe('wrong-password');
  for (let at = 18 + 16 + 8 + 32; at < file.length; at += 7) {
    const changed = file.slice();
    changed[at]! ^= 1;
    expect(codeOf(() => openExport(changed, prk.slice()))).toBe('unauthentic');
  }
  const cheaper = file.slice();
  cheaper[18 + 16 + 3]! ^= 1;
  expect(codeOf(() => openExport(cheaper, prk.slice()))).toBe('unauthentic');
});

test('what is no export, or asks for absurd work, is refused before any', () => {
  const { file } = sealed();
  expect(codeOf(() => readExportHead(utf8('hello')))).toBe('malformed');
  expect(codeOf(() => readExportHead(file.subarray(0, 30)))).toBe('truncated');
  const greedy = file.slice();
  greedy.fill(255, 18 + 16, 18 + 20);
  expect(codeOf(() => readExportHead(greedy))).toBe('oversize');
  const idle = file.slice();
  idle.fill(0, 18 + 20, 18 + 24);
  expect(codeOf(() => readExportHead(idle))).toBe('malformed');
});
