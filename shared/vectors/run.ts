/**
 * `npm run vectors -- FILE...`: runs every published vector in the files whose suite this project implements.
 * Prints `FILE: N passed, N failed, N skipped` for each and ends with exit code 1 where one failed or a file cannot be read.
 * The formats are told apart by their contents; README.md describes them.
 */
import { readFileSync } from 'node:fs';
import { type Check, NotImplemented } from './check.ts';
import { type CpaceFile, cpaceChecks } from './cpace.ts';
import { type CacophonyVector, cacophonyChecks, type HybridFile, hybridChecks } from './noise.ts';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each vector that failed. */
  failures: string[];
}

/** Runs all vectors of one file; throws where it is not JSON of a known format. */
export function runFile(path: string): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const { name, run } of checksOf(JSON.parse(readFileSync(path, 'utf8')))) {
    try {
      run();
      tally.passed++;
    } catch (failure) {
      if (failure instanceof NotImplemented) {
        tally.skipped++;
        continue;
      }
      tally.failed++;
      tally.failures.push(`${name}: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  }
  return tally;
}

function checksOf(file: unknown): Check[] {
  if (typeof file === 'object' && file !== null) {
    if ('protocol' in file) return hybridChecks(file as HybridFile);
    if (Object.keys(file).every((key) => key.startsWith('G_'))) return cpaceChecks(file as CpaceFile);
    if ('vectors' in file) return cacophonyChecks(file.vectors as CacophonyVector[]);
  }
  throw new TypeError('not a vector file of a known format');
}

function main(paths: readonly string[]): number {
  if (paths.length === 0) {
    console.error('usage: npm run vectors -- FILE...');
    return 2;
  }
  let failed = false;
  for (const path of paths) {
    try {
      const tally = runFile(path);
      console.log(`${path}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
      for (const failure of tally.failures) console.log(`  ${failure}`);
      failed ||= tally.failed > 0;
    } catch (failure) {
      console.error(`${path}: ${failure instanceof Error ? failure.message : String(failure)}`);
      failed = true;
    }
  }
  return failed ? 1 : 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
