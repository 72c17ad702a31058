/**
 * The program: settings -> relay -> signals. Whatever is wrong with settings, port or files is one sentence on standard error and
 * exit code 1. Standard output has JSON lines, and for a person at a terminal the addresses.
 */
import './young-heap.ts';
import { renderUnicodeCompact } from 'uqr';
import { systemClock } from './clock.ts';
import { runCommand } from './commands.ts';
import { type Config, help, readConfig } from './config.ts';
import { RelayError } from './errors.ts';
import { jsonLog, type Log } from './log.ts';
import { LogFile } from './log-file.ts';
import { type FindWay, startRelay } from './relay.ts';
import { TorError } from './tor/errors.ts';
import { notOnward, Onward } from './tor/onward.ts';
import { hasOnion, needsTor, startOnion, startTor } from './tor/start.ts';

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(help());
    return;
  }
  const code = await runCommand(argv, process.env);
  if (code !== undefined) {
    process.exitCode = code;
    return;
  }
  const config = readConfig(argv, process.env);
  const log = jsonLog(config.logLevel, logWriter(config));
  process.on('uncaughtException', (error) => {
    // The message of an error may quote what a client sent: only its kind and the place in our own code are told.
    log('crashed', {
      error: error.name,
      where: (error.stack ?? '')
        .split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 8)
        .join(''),
    });
    process.exit(1);
  });
  const operator = config.console ? await import('./operator.ts') : null;
  const panel = operator?.openPanel(config) ?? null;
  const current = panel?.settings.current ?? config;
  const tor = needsTor(current) ? await startTor(current) : null;
  let onward: Onward | null = null;
  const findWay: FindWay | null =
    tor &&
    (async (doors) => {
      if (!current.gateway) return notOnward(tor.tor);
      onward = await Onward.start({ ...doors, settings: current, startTor: (index) => tor.startTor(index) });
      return onward;
    });
  const relay = await startRelay(current, log, systemClock, findWay).catch(async (error: unknown) => {
    await tor?.close();
    throw error;
  });
  tor?.follow(log, relay.counters);
  const haveOnion = (origin: string): void => {
    relay.haveOnion(origin);
    show(`Over Tor it is at ${origin}`, renderUnicodeCompact(origin));
  };
  const onion = tor !== null && hasOnion(current) ? await startOnion(current, log, { ...relay, haveOnion }, tor) : null;
  const opened = await panel?.start({ relay, running: tor, pool: (onward as Onward | null)?.pool ?? null }, log);
  const close = async (): Promise<void> => {
    await onion?.close();
    await Promise.all([relay.close(), opened?.close()]);
    await tor?.close();
  };
  const stop = (): void => {
    log('stopping');
    void close().then(() => {
      log('stopped');
      process.exit(0);
    });
  };
  // Not SIGHUP: a relay in a terminal ends with it.
  process.on('SIGUSR2', () => void scaleAgain(argv, onward, log));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const address = relay.origins[0] as string;
  log('listening', { address, port: relay.port });
  if (opened !== undefined) log('console', { port: opened.port });
  if (opened !== undefined && opened.setupSecret !== null)
    process.stderr.write(
      `hushroom: the console has no owner yet; within 15 minutes open ${opened.address} and give it ${opened.setupSecret}\n`,
    );
  show(`Hushroom is at ${address}`);
}

function logWriter({ logFile, logFileMegabytes, logFiles }: Config): (line: string) => void {
  const toOutput = (line: string): void => void process.stdout.write(line);
  if (logFile === '') return toOutput;
  return new LogFile({ path: logFile, mostBytes: logFileMegabytes * 1_000_000, files: logFiles, otherwise: toOutput }).write;
}

/** Reads the settings again, for how many tors there are to be. What is wrong with them is told, and changes nothing. */
async function scaleAgain(argv: readonly string[], onward: Onward | null, log: Log): Promise<void> {
  try {
    const { torDaemons } = readConfig(argv, process.env);
    await onward?.pool.scale(torDaemons);
    log('scaled', { daemons: onward === null ? 0 : torDaemons });
  } catch (error) {
    if (!(error instanceof RelayError || error instanceof TorError)) throw error;
    log('not-scaled', { why: error instanceof TorError ? error.code : error.kind });
  }
}

/** For a person at a terminal. */
function show(...paragraphs: readonly string[]): void {
  if (!process.stdout.isTTY) return;
  for (const text of paragraphs) process.stdout.write(`\n  ${text.replaceAll('\n', '\n  ')}\n`);
  process.stdout.write('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof RelayError || error instanceof TorError)) throw error;
  // With the code by which docs/operating.md has it.
  const code = error instanceof TorError ? `${error.code}: ` : '';
  process.stderr.write(`hushroom: ${code}${error.message}\n`);
  process.exitCode = 1;
});
