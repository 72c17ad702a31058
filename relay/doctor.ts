/**
 * `hushroom-relay doctor`: looks at all that the settings ask for, from outside, as it is now, and says for each fault what to do. It changes
 * nothing. What is not configured is not looked at, so that exit code 0 means: all that is configured works.
 */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from './config.ts';
import { Control, type ControlAuth, type ControlPlace, controlPlace } from './tor/control.ts';
import { TorError, torTroubles } from './tor/errors.ts';
import { isOlder, oldestTor } from './tor/launch.ts';
import { clientNames, onionHost } from './tor/onion-clients.ts';
import { probeOnion } from './tor/probe.ts';
import { sentence } from './tor/reply.ts';
import { hasOnion, needsTor } from './tor/start.ts';
import { socksIn } from './tor/system.ts';
import type { SocksPlace } from './tor/tor.ts';
import { torFolder } from './tor/torrc.ts';
import { TurnGrants } from './turn.ts';
import { turnFault } from './turn-check.ts';

export interface Finding {
  readonly what: string;
  /** Null: it is as it should be. Else what is wrong and what to do. */
  readonly fault: string | null;
}

/** All findings, in the order in which a person would mend them. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  const find = async (what: string, look: () => Promise<string | null> | string | null): Promise<boolean> => {
    const fault = await Promise.resolve()
      .then(look)
      .catch((error: Error) => error.message);
    findings.push({ what, fault });
    return fault === null;
  };
  if (config.dataDir !== '') await find(`the folder ${config.dataDir}`, () => folderFault(config.dataDir));
  if (config.tlsCert !== '') await find('the certificate', () => certificateFault(config.tlsCert));
  const runs = await find(`the relay at port ${config.port}`, () => relayFault(config));
  if (needsTor(config)) await examineTor(config, runs, find);
  for (const url of config.turnUrls) await find(url, () => turnFault(url, credentials(config)));
  return findings;
}

type Find = (what: string, look: () => Promise<string | null> | string | null) => Promise<boolean>;

// ---------------------------------------------------------------- this computer

function folderFault(folder: string): string | null {
  if (!existsSync(folder)) return 'it is not there; it is made when the relay starts for the first time';
  const { mode, uid } = statSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid())
    return `it belongs to another user; give it to the relay's: chown -R USER ${folder}`;
  if ((mode & 0o077) !== 0) return `others can look into it; chmod 700 ${folder}`;
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  const open = (readdirSync(folder, { recursive: true }) as string[]).find((name) => isOpenSecret(join(folder, name)));
  return open === undefined ? null : `others can read a secret; chmod 600 ${join(folder, open)}`;
}

const isOpenSecret = (path: string): boolean => /(?:secret_key|-key|\.auth)$/.test(path) && (statSync(path).mode & 0o077) !== 0;

function certificateFault(file: string): string | null {
  const { validFromDate, validToDate } = new X509Certificate(readFileSync(file));
  const now = Date.now();
  if (now < validFromDate.getTime()) return `it is good only from ${validFromDate.toISOString()} on; check the clock`;
  if (now > validToDate.getTime()) return `it has been no good since ${validToDate.toISOString()}; renew it and start the relay again`;
  return null;
}

async function relayFault(config: Config): Promise<string | null> {
  const { ok } = await ask(config, '/healthz').catch(() => {
    throw new Error('nothing answers there; start the relay with the same settings, or look at what it says when it starts');
  });
  return ok ? null : 'what answers there is no relay; choose another with --port';
}

/** The relay at its own port, whatever names its certificate has. */
async function ask(config: Config, path: string): Promise<Response> {
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host;
  if (config.tlsCert !== '') return await fetch(`${config.origins[0] ?? `https://${host}:${config.port}`}${path}`);
  return await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${config.port}${path}`);
}

function credentials(config: Config): { username: string; password: string } | null {
  if (config.turnSecret === '') return null;
  const grant = new TurnGrants(config, { now: () => performance.now(), wall: () => Date.now() }).grant();
  return grant === null ? null : { username: grant.username, password: grant.credential };
}

// ---------------------------------------------------------------- Tor

async function examineTor(config: Config, runs: boolean, find: Find): Promise<void> {
  const system = controlPlace(config.torControl);
  if (system === undefined) await find(`the program ${config.torPath}`, () => programFault(config.torPath));
  for (const transport of config.transports) {
    // Its arguments come behind it.
    const [name, path = ''] = [transport.slice(0, transport.indexOf('=')), transport.slice(transport.indexOf('=') + 1).split(' ')[0]];
    await find(`the program for ${name} bridges`, () => executableFault(path));
  }
  const { place, auth } = system === undefined ? ownDoors(config) : { place: system, auth: systemAuth(config) };
  let control: Control | undefined;
  const isIn = await find('the control connection to tor', async () => {
    if (system === undefined && !runs) return 'its tor runs only while the relay does; start the relay';
    control = await Control.open(place, auth);
    return null;
  });
  if (!isIn || control === undefined) return;
  await examineRunning(config, control, find, system === undefined ? ownDoors(config).socks : undefined);
  control.close();
}

async function examineRunning(config: Config, control: Control, find: Find, ownSocks?: SocksPlace): Promise<void> {
  await find('the version of tor', async () =>
    isOlder((await control.info('version')).split(' ')[0]!, oldestTor) ? torTroubles['old-tor'] : null,
  );
  await find('the clock', () => clockFault(control));
  const isUp = await find('the connection to the Tor network', () => bootstrapFault(control));
  if (config.consoleOnion) await find('the onion of the console', () => consoleOnionFault(config, control));
  if (!hasOnion(config)) return;
  await find('the onion', async () => {
    if (!isUp) return 'it needs the Tor network';
    const { onion } = (await (await ask(config, '/relay.json')).json()) as { onion: string | null };
    if (onion === null) return 'its descriptor is not out yet; give it some minutes and look again';
    const socks = ownSocks ?? socksIn(await control.info('net/listeners/socks'));
    await probeOnion(socks, new URL(onion).hostname, 60_000);
    return null;
  });
}

/** It cannot be visited from here: this tor is no client of it. */
async function consoleOnionFault(config: Config, control: Control): Promise<string | null> {
  if (clientNames(config, 'console-onion').length === 0) return 'nobody may find it; hushroom-relay console-clients add NAME';
  const host = onionHost(config, 'console-onion');
  if (host === undefined) return 'it has no name yet; start the relay again with consoleOnion';
  const descriptor = await control.info(`hs/service/desc/id/${host.replace('.onion', '')}`).catch(() => '');
  return descriptor === '' ? 'its descriptor is not out yet; give it some minutes and look again' : null;
}

function ownDoors({ dataDir }: Config): { place: ControlPlace; auth: ControlAuth; socks: SocksPlace } {
  const { control, cookie, socks } = torFolder(join(dataDir, 'tor'));
  return { place: { path: control }, auth: { cookieFile: cookie }, socks: { path: socks } };
}

function systemAuth({ torCookie, torPassword }: Config): ControlAuth {
  return { ...(torCookie === '' ? {} : { cookieFile: torCookie }), ...(torPassword === '' ? {} : { password: torPassword }) };
}

async function programFault(program: string): Promise<string | null> {
  const { stdout } = await promisify(execFile)(program, ['--version']).catch((error: NodeJS.ErrnoException) => {
    throw new TorError('no-tor', `${program}: ${error.code}`);
  });
  const [, version = ''] = /(\d+\.\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  return isOlder(version, oldestTor) ? torTroubles['old-tor'] : null;
}

function executableFault(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return null;
  } catch {
    return `${path} is not there or cannot be run; install it, or correct transports`;
  }
}

async function clockFault(control: Control): Promise<string | null> {
  const [from, until] = await Promise.all(
    ['consensus/valid-after', 'consensus/valid-until'].map(async (key) => Date.parse(`${await control.info(key).catch(() => '')}Z`)),
  );
  // Without a consensus, the clock is either right or the reason for that; tor tells which.
  if (from === undefined || until === undefined || Number.isNaN(from)) return null;
  const now = Date.now();
  return now < from || now > until ? torTroubles['clock-off'] : null;
}

async function bootstrapFault(control: Control): Promise<string | null> {
  const { fields } = sentence(await control.info('status/bootstrap-phase'));
  if (fields.get('PROGRESS') !== '100')
    return `it is at ${fields.get('PROGRESS')} %: ${fields.get('SUMMARY')}. ${torTroubles['bootstrap-stalls']}`;
  return (await control.info('status/circuit-established')) === '1' ? null : 'tor has no circuit now; is this computer online?';
}
