import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runFile } from './run.ts';

/** Published vectors lie outside the checkout, where somebody has put them. */
const published = join(import.meta.dirname, '../../../shared/vectors');

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []);

describe('our own vectors', () => {
  const counts: Record<string, number> = {
    'cpace.json': 15,
    'doors.json': 14,
    'handshakes.json': 3,
    'invites.json': 23,
    'noise-xxhfs-psk0-psk3.json': 3,
    'records.json': 21,
  };

  test('are these files', () => {
    expect(filesIn(import.meta.dirname).sort()).toEqual(Object.keys(counts));
  });

  test.each(Object.entries(counts))('%s: all %i hold', async (name, passed) => {
    expect(await runFile(join(import.meta.dirname, name))).toEqual({ passed, failed: 0, skipped: 0, failures: [] });
  });
});

describe.skipIf(filesIn(published).length === 0)('published vectors', () => {
  test.each(filesIn(published))('%s: all hold', async (name) => {
    const tally = await runFile(join(published, name));
    expect(tally).toMatchObject({ failed: 0, failures: [] });
    expect(tally.passed).toBeGreaterThan(0);
    console.log(`${name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
  });
});

describe('the runner', () => {
  async function tallyOf(content: unknown) {
    const folder = mkdtempSync(join(tmpdir(), 'hushroom-vectors-'));
    try {
      writeFileSync(join(folder, 'x.json'), JSON.stringify(content));
      return await runFile(join(folder, 'x.json'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  test('skips what is for another suite', async () => {
    const vectors = ['Noise_XX_448_ChaChaPoly_SHA256', 'Noise_NN_25519_AESGCM_SHA256', 'Noise_XXfallback_25519_ChaChaPoly_SHA256'];
    const tally = await tallyOf({ vectors: vectors.map((protocol_name) => ({ protocol_name, messages: [] })) });
    expect(tally).toEqual({ passed: 0, failed: 0, skipped: 3, failures: [] });
    expect(await tallyOf({ G_X25519: { PRS: '00' } })).toMatchObject({ skipped: 1 });
  });

  test.each([
    ['noise-xxhfs-psk0-psk3.json', 'k_r2i'],
    ['handshakes.json', 'sas'],
    ['invites.json', 'psk0'],
    ['cpace.json', 'K'],
    ['records.json', 'mk'],
    ['doors.json', 'psk0'],
  ])('tells of a wrong value in %s', async (name, field) => {
    const whole = readFileSync(join(import.meta.dirname, name), 'utf8');
    const digit = new RegExp(`(?<="${field}": ["[]\\s*)\\d`);
    const spoilt = JSON.parse(whole.replace(digit, (was) => String(9 - Number(was))));
    expect(JSON.stringify(spoilt)).not.toBe(JSON.stringify(JSON.parse(whole)));
    const tally = await tallyOf(spoilt);
    expect(tally.failed).toBeGreaterThan(0);
    expect(tally.failures).toHaveLength(tally.failed);
  });

  test('refuses a file of no known format', async () => {
    await expect(tallyOf({ hello: 1 })).rejects.toThrow(TypeError);
    await expect(tallyOf([])).rejects.toThrow(TypeError);
  });
});
