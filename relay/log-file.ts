/**
 * The log in a file instead of on standard output: a bounded ring of files, `relay.log` the youngest, `relay.log.1` the one before it. What
 * the file cannot take (a full disk, a folder that went away) goes to standard output, so no line is lost and no line stops the relay.
 *
 * Each line is written at once and in order, so that the last words before a crash are in the file; the log has events, not requests, and is
 * slow enough for that. Libraries that rotate write later or from a thread of their own, and lose those words (decision 128).
 */
import { closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { RelayError } from './errors.ts';

export interface LogFileOptions {
  readonly path: string;
  /** A file is never longer, unless a single line is. */
  readonly mostBytes: number;
  /** The one that is written included. */
  readonly files: number;
  /** Takes what the file cannot. */
  readonly otherwise: (line: string) => void;
}

export class LogFile {
  readonly #options: LogFileOptions;
  #file: number;
  #bytes = 0;

  /** Throws `RelayError` `bad-settings` where the file cannot be written. */
  constructor(options: LogFileOptions) {
    this.#options = options;
    try {
      this.#file = this.#open();
    } catch (cause) {
      throw new RelayError('bad-settings', `the log file ${options.path} cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  readonly write = (line: string): void => {
    const bytes = Buffer.from(line);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.mostBytes) this.#rotate();
      // A disk that fills up takes a part of a line; the rest of it is told where the next ones are.
      for (let from = 0; from < bytes.length; ) from += writeSync(this.#file, bytes, from);
      this.#bytes += bytes.length;
    } catch {
      this.#options.otherwise(line);
    }
  };

  close(): void {
    closeSync(this.#file);
  }

  /** The oldest is let go of by being written over. */
  #rotate(): void {
    const { path, files } = this.#options;
    const nameOf = (age: number): string => (age === 0 ? path : `${path}.${age}`);
    for (let age = files - 1; age > 0; age--) renameWhereThereIs(nameOf(age - 1), nameOf(age));
    const next = this.#open(files === 1 ? constants.O_TRUNC : 0);
    closeSync(this.#file);
    this.#file = next;
  }

  /** Never through a link that somebody laid, and never for others to read, whatever the umask and the file before. */
  #open(more = 0): number {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | more;
    const file = openSync(this.#options.path, flags, 0o600);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) throw new Error('it is no file');
      fchmodSync(file, 0o600);
      this.#bytes = found.size;
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }
}

function renameWhereThereIs(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
