/**
 * The folder for the little that a relay keeps: keys that give it its name (an onion's, the pipe's) and Tor's own state. The folder is for its
 * owner alone (0700), a secret in it too (0600), and a secret is written beside its place and moved there, so that a crash leaves the old one or
 * the new one and never a part.
 */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RelayError } from './errors.ts';

/** Makes `folder` where it is missing. Throws `RelayError` `bad-data-folder` where it cannot be written or belongs to others. */
export function openDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid } = statSync(folder);
    if (process.getuid !== undefined && uid !== process.getuid()) throw new Error('it belongs to another user');
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/** The secret kept under `name`, or what `make` draws, kept from now on. Throws `RelayError` `bad-data-folder`. */
export function keptSecret(folder: string, name: string, make: () => Uint8Array): Uint8Array {
  const kept = readSecret(folder, name);
  if (kept !== undefined) return kept;
  const secret = make();
  keepSecret(folder, name, secret);
  return secret;
}

/** The secret kept under `name`, if there is one. Throws `RelayError` `bad-data-folder`. */
export function readSecret(folder: string, name: string): Uint8Array | undefined {
  try {
    return readFileSync(join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(folder, error);
    return undefined;
  }
}

export function keepSecret(folder: string, name: string, secret: Uint8Array): void {
  const place = join(folder, name);
  const beside = `${place}.new`;
  try {
    const file = openSync(beside, 'w', 0o600);
    try {
      writeSync(file, secret);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, place);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw unusable(folder, cause);
  }
}

function unusable(folder: string, cause: unknown): RelayError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOSPC' ? 'its disk is full; make room and start again' : `${message}; choose another with --data-dir`;
  return new RelayError('bad-data-folder', `the folder ${folder} cannot be used: ${why}`, { cause });
}
