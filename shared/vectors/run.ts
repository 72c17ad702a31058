/**
 * `npm run vectors -- FILE...`: runs every published vector in the files whose suite this project implements.
 * Prints `FILE: N passed, N failed, N skipped` for each and ends with exit code 1 where one failed or a file cannot be read.
 * The formats are told apart by their contents; README.md describes them.
 */
import { readFileSync } from 'node:fs';
import { type Check, NotImplemented } from './check.ts';
import { type CpaceFile, cpaceChecks } from './cpace.ts';
import { type DoorFile, doorChecks } from './doors.ts';
import { type CacophonyVector, cacophonyChecks, type HybridFile, hybridChecks } from './noise.ts';
import { type RecordFile, recordChecks } from './records.ts';
import { type HandshakeFile, handshakeChecks, type InviteFile, inviteChecks } from './room.ts';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each vector that failed. */
  failures: string[];
}

/** Runs all vectors of one file; throws where it is not JSON of a known format. */
export async function runFile(path: string): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const { name, run } of checksOf(JSON.parse(readFileSync(path, 'utf8')))) {
    try {
      await run();
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
    if ('format' in file && file.format === 'room/1 invite') return inviteChecks(file as InviteFile);
    if ('format' in file && file.format === 'room/1 handshake') return handshakeChecks(file as HandshakeFile);
    if ('format' in file && file.format === 'room/1 records') return recordChecks(file as RecordFile);
    if ('format' in file && file.format === 'room/1 doors') return doorChecks(file as DoorFile);
    if ('protocol' in file) return hybridChecks(file as HybridFile);
    if (Object.keys(file).some((key) => key.startsWith('G_'))) return cpaceChecks(file as CpaceFile);
    if ('vectors' in file) return cacophonyChecks(file.vectors as CacophonyVector[]);
  }
  throw new TypeError('not a vector file of a known format');
}

async function main(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) {
    console.error('usage: npm run vectors -- FILE...');
    return 2;
  }
  let failed = false;
  for (const path of paths) {
    try {
      const tally = await runFile(path);
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

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
