/**
 * What the program can do besides being a relay: `hushroom-relay VERB ...`. Each verb reads the same settings (environment and file; its flags
 * are its own), says what it did in words, and ends with exit code 0 only if it was done.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { backUp, unpack } from './backup.ts';
import { type Config, readConfig } from './config.ts';
import { examine } from './doctor.ts';
import { RelayError } from './errors.ts';
import { applyRules, confirmMs, difference, type FirewallRules, load, rulesFor, rulesInForce, rulesText } from './firewall.ts';
import { areHere } from './proxies.ts';
import { addClient, clientNames, onionHost, revokeClient } from './tor/onion-clients.ts';
import type { OnionName } from './tor/torrc.ts';

export interface Command {
  /** How it is called, and what it does. */
  readonly usage: string;
  /** Resolves to the exit code. Throws `RelayError`. */
  run(args: readonly string[], config: Config): Promise<number>;
}

export const commands: Readonly<Record<string, Command>> = {
  backup: {
    usage: 'backup --to FOLDER [--passphrase-file FILE]: settings and keys, encrypted; seven are kept',
    run: makeBackup,
  },
  restore: {
    usage: 'restore FILE [--overwrite] [--passphrase-file FILE]: what a backup holds, back into its folder',
    run: restore,
  },
  doctor: {
    usage: 'doctor: whether all that is configured works, and what to do where it does not',
    run: doctor,
  },
  'onion-clients': {
    usage: 'onion-clients list | add NAME | revoke NAME: who may find the onion; with none on the list, everybody with its address',
    run: (args, config) => onionClients('onion', args, config),
  },
  'console-clients': {
    usage: 'console-clients list | add NAME | revoke NAME: who may find the onion of the console; with none on the list, nobody',
    run: (args, config) => onionClients('console-onion', args, config),
  },
  firewall: {
    usage: 'firewall show | apply | remove | print iptables|ufw|firewalld: rules in an nftables table of their own',
    run: firewall,
  },
  console: {
    usage: 'console reset NAME | allow-all | audit: a new password, no allow-list, is the audit log whole',
    run: async (args, { dataDir }) => {
      const { recover } = await import('./console/recover.ts');
      return await recover(dataDir, args, say, Date.now);
    },
  },
};

/** Runs the verb that `argv` names, if it names one. Resolves to its exit code; undefined: there is none, be a relay. */
export async function runCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const [verb, ...args] = argv;
  if (verb === undefined || verb.startsWith('-')) return undefined;
  const command = commands[verb];
  if (command === undefined) {
    const usages = Object.values(commands).map(({ usage }) => `  ${usage}`);
    throw new RelayError('bad-settings', [`${verb} is no verb; without one this is the relay, and there are:`, ...usages].join('\n'));
  }
  return await command.run(args, readConfig([], env));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

// ---------------------------------------------------------------- backup and restore

async function makeBackup(args: readonly string[], config: Config): Promise<number> {
  const { values } = parse(args, { to: { type: 'string' }, 'passphrase-file': { type: 'string' } });
  if (values['to'] === undefined) throw new RelayError('bad-backup', 'say where to: backup --to FOLDER');
  const path = await backUp(
    dataFolder(config),
    resolve(values['to'] as string),
    await passphrase(values['passphrase-file'], true),
    new Date(),
  );
  say(`Made ${path}. It opens with the passphrase alone: keep the two apart.`);
  return 0;
}

async function restore(args: readonly string[], config: Config): Promise<number> {
  const { values, positionals } = parse(args, { overwrite: { type: 'boolean' }, 'passphrase-file': { type: 'string' } });
  const [file] = positionals;
  if (file === undefined) throw new RelayError('bad-backup', 'say which: restore FILE');
  const folder = dataFolder(config);
  const { made, files } = await unpack(
    read(file),
    await passphrase(values['passphrase-file'], false),
    folder,
    values['overwrite'] === true,
  );
  say(`Restored ${files.length} files of ${made} into ${folder}. Start the relay to use them.`);
  return 0;
}

function dataFolder({ dataDir }: Config): string {
  if (dataDir === '') throw new RelayError('bad-backup', 'without `dataDir` this relay keeps nothing, so there is nothing to save');
  return resolve(dataDir);
}

/** From a file, or typed without being shown; never from a flag or a variable, which other users of the host can read. */
async function passphrase(file: unknown, twice: boolean): Promise<string> {
  if (typeof file === 'string')
    return read(file)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  if (!process.stdin.isTTY) throw new RelayError('bad-backup', 'there is nobody to ask for the passphrase; give --passphrase-file');
  const first = await askHidden('Passphrase: ');
  if (twice && (await askHidden('Once more: ')) !== first) throw new RelayError('bad-backup', 'the two differ; nothing was made');
  return first;
}

function askHidden(question: string): Promise<string> {
  return new Promise((done) => {
    process.stdout.write(question);
    const lines = createInterface({ input: process.stdin, terminal: true, output: undefined });
    lines.once('line', (line) => {
      lines.close();
      process.stdout.write('\n');
      done(line);
    });
  });
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new RelayError('bad-backup', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

// ---------------------------------------------------------------- doctor

async function doctor(args: readonly string[], config: Config): Promise<number> {
  parse(args, {});
  const findings = await examine(config);
  for (const { what, fault } of findings) say(fault === null ? `ok     ${what}` : `FAULT  ${what}: ${fault}`);
  return findings.every(({ fault }) => fault === null) ? 0 : 1;
}

// ---------------------------------------------------------------- clients of the onion

async function onionClients(onion: OnionName, args: readonly string[], config: Config): Promise<number> {
  const { positionals } = parse(args, {});
  const [what, name = ''] = positionals;
  if (config.dataDir === '') throw new RelayError('bad-settings', 'without `onion` or `dataDir` this relay keeps no clients');
  const verb = onion === 'onion' ? 'onion-clients' : 'console-clients';
  if (onion === 'onion' && config.onionName !== '')
    throw new RelayError(
      'bad-settings',
      'the clients of an onion in another tor’s configuration are in the authorized_clients of its own folder',
    );
  switch (what) {
    case 'list':
      for (const client of clientNames(config, onion)) say(client);
      return 0;
    case 'add': {
      const { key, isApplied } = await addClient(config, name, onion);
      const host = onionHost(config, onion);
      say(
        `${name} may find the onion${host === undefined ? '' : ` http://${host}`} with this key, which is kept nowhere; Tor Browser asks for it:\n\n  ${key}\n`,
      );
      sayApplied(isApplied);
      return 0;
    }
    case 'revoke':
      sayApplied(await revokeClient(config, name, onion));
      return 0;
    default:
      throw new RelayError('bad-settings', `say what: ${verb} list, add NAME or revoke NAME`);
  }
}

function sayApplied(isApplied: boolean): void {
  say(isApplied ? 'The running tor knows already.' : 'It counts from the next start of the relay.');
}

// ---------------------------------------------------------------- firewall

async function firewall(args: readonly string[], config: Config): Promise<number> {
  const { positionals } = parse(args, {});
  const [what, frontEnd] = positionals;
  const rules = rulesOf(config);
  switch (what) {
    case 'show': {
      const changes = difference(await rulesInForce(), rulesText(rules));
      say(changes === '' ? 'The rules in force are these settings’ rules.' : changes);
      return changes === '' ? 0 : 3;
    }
    case 'apply': {
      const result = await applyRules(rulesText(rules), { input: process.stdin, output: process.stdout }, confirmMs);
      const words = {
        applied: '\nKept until the host restarts. For longer: nft list table inet hushroom > /etc/nftables.d/hushroom.nft',
        unchanged: 'The rules in force are these settings’ rules already.',
        'rolled-back': '\nNot confirmed: what was there before is in force again.',
      };
      say(words[result]);
      return result === 'rolled-back' ? 3 : 0;
    }
    case 'remove':
      await load('');
      say('Removed.');
      return 0;
    case 'print':
      if (frontEnd === 'iptables' || frontEnd === 'ufw' || frontEnd === 'firewalld') {
        process.stdout.write(rulesFor(frontEnd, rules));
        return 0;
      }
      throw new RelayError('no-firewall', 'say for which: firewall print iptables, ufw or firewalld');
    default:
      throw new RelayError('no-firewall', 'say what: firewall show, apply, remove or print');
  }
}

/** Behind a proxy people reach the ports of `origins`, and behind one on this computer the relay's own port is nobody else's. */
function rulesOf({ origins, port, proxies, connectsPerSecondPerAddress }: Config): FirewallRules {
  const portOf = (origin: string): number => {
    const { port: named, protocol } = new URL(origin);
    return named === '' ? (protocol === 'https:' ? 443 : 80) : Number(named);
  };
  const isBehind = proxies.length > 0;
  const outer = isBehind && origins.length > 0 ? origins.filter((origin) => !origin.endsWith('.onion')).map(portOf) : [port];
  return { ports: outer, innerPorts: isBehind && areHere(proxies) ? [port] : [], connectsPerSecond: connectsPerSecondPerAddress };
}

function parse(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true });
  } catch (cause) {
    throw new RelayError('bad-settings', (cause as Error).message, { cause });
  }
}
