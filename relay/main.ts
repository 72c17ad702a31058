/**
 * The program: settings -> relay -> signals. Whatever is wrong with settings, port or files is one sentence on standard error and
 * exit code 1. Standard output has JSON lines, and for a person at a terminal one line that is none.
 */
import { runCommand } from './commands.ts';
import { help, readConfig } from './config.ts';
import { RelayError } from './errors.ts';
import { jsonLog } from './log.ts';
import { startRelay } from './relay.ts';

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
  const log = jsonLog(config.logLevel, (line) => process.stdout.write(line));
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
  const relay = await startRelay(panel?.settings.current ?? config, log);
  const opened = await panel?.start(relay);
  const stop = (): void => {
    log('stopping');
    void Promise.all([relay.close(), opened?.close()]).then(() => {
      log('stopped');
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const address = relay.origins[0] as string;
  log('listening', { address, port: relay.port });
  if (opened !== undefined) log('console', { port: opened.port });
  if (opened !== undefined && opened.setupSecret !== null)
    process.stderr.write(
      `hushroom: the console has no owner yet; within 15 minutes open ${opened.address} and give it ${opened.setupSecret}\n`,
    );
  if (process.stdout.isTTY) process.stdout.write(`\n  Hushroom is at ${address}\n\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof RelayError)) throw error;
  process.stderr.write(`hushroom: ${error.message}\n`);
  process.exitCode = 1;
});
