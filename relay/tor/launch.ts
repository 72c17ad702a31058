/** The program tor: its configuration file written and checked, its process. The only file here that starts programs. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TorError } from './errors.ts';
import { type TorFolder, torFolder } from './torrc.ts';

const execute = promisify(execFile);

/** Linux takes 107 bytes, others less. */
const maxSocketPath = 100;

/** Makes the folder of one tor, for its owner alone. Throws `TorError`. */
export function openTorFolder(folder: string): TorFolder {
  return onDisk(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const places = torFolder(folder);
    writeFileSync(places.defaults, '', { mode: 0o600 });
    const isTooLong = Buffer.byteLength(places.control) > maxSocketPath;
    return isTooLong ? torFolder(folder, mkdtempSync(join(tmpdir(), 'hushroom-tor-'))) : places;
  });
}

/** What of the last life would only mislead. Throws `TorError`. */
export function sweepTorFolder({ control, cookie, socks, exits }: TorFolder): void {
  onDisk(() => {
    for (const file of [control, cookie, socks, exits]) rmSync(file, { force: true });
  });
}

export function closeTorFolder(places: TorFolder): void {
  sweepTorFolder(places);
  if (!places.control.startsWith(places.folder)) rmSync(join(places.control, '..'), { recursive: true, force: true });
}

/** Puts `lines` in place of the configuration, if tor accepts them. Throws `TorError`, and the old one stays. */
export async function writeTorrc(program: string, places: TorFolder, lines: readonly string[]): Promise<void> {
  const beside = `${places.torrc}.new`;
  await writeVerified(program, places, beside, lines);
  onDisk(() => renameSync(beside, places.torrc));
}

/** Throws `TorError` where tor would not accept `lines`; nothing of them stays. */
export async function tryTorrc(program: string, places: TorFolder, lines: readonly string[]): Promise<void> {
  const tried = `${places.torrc}.tried`;
  await writeVerified(program, places, tried, lines).finally(() => rmSync(tried, { force: true }));
}

async function writeVerified(program: string, places: TorFolder, file: string, lines: readonly string[]): Promise<void> {
  onDisk(() => writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 }));
  await verify(program, places, file);
}

export function spawnTor(program: string, places: TorFolder): ChildProcess {
  return spawn(program, configuredBy(places, places.torrc), { stdio: ['ignore', 'pipe', 'pipe'] });
}

const configuredBy = (places: TorFolder, file: string): string[] => ['--defaults-torrc', places.defaults, '-f', file];

async function verify(program: string, places: TorFolder, file: string): Promise<void> {
  const checking = execute(program, ['--verify-config', ...configuredBy(places, file)]);
  const said = await checking.then(
    ({ stdout }) => stdout,
    (failure: NodeJS.ErrnoException & { readonly stdout?: string }) => {
      if (typeof failure.code === 'string') throw new TorError('no-tor', `${program}: ${failure.code}`, { cause: failure });
      const words = complaintsIn(failure.stdout ?? '');
      throw /No space left/.test(words) ? new TorError('disk-full') : new TorError('bad-torrc', words);
    },
  );
  const [, version = ''] = /Tor (\d+\.\d+\.\d+\.\d+)/.exec(said) ?? [];
  if (isOlder(version, oldestTor)) throw new TorError('old-tor', version);
}

/** Has onions with proof of work, and ids of circuits for them. */
export const oldestTor = '0.4.8.0';

export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 4; i++) if ((a![i] ?? 0) !== (b![i] ?? 0)) return (a![i] ?? 0) < (b![i] ?? 0);
  return false;
}

/** Warnings and errors among lines of tor's log, without their times. */
export function complaintsIn(log: string): string {
  const found = [...log.matchAll(/\[(?:warn|err)\] (.*)/g)].map(([, words]) => words as string);
  return found
    .filter((words) => !/running Tor as root|Reading config failed/.test(words))
    .slice(-3)
    .join('; ');
}

/** What the disk refuses is a trouble of tor's, which is watched for, and of nobody else's. */
function onDisk<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw code === 'ENOSPC' ? new TorError('disk-full', '', { cause }) : new TorError('no-folder', message, { cause });
  }
}
