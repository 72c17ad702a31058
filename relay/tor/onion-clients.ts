/**
 * Who may find the onion (client authorization, rend-spec-v3 appendix G). Each client has an X25519 key; the relay keeps the public halves,
 * a file each, where its tor reads them. As soon as there is one, the descriptor is encrypted to those who are there, and nobody else even
 * learns that the onion exists. The private half is shown once and kept nowhere.
 *
 * An empty list means everybody to tor. For the console's onion it has to mean nobody, so that one is locked: a key stands on the list whose private
 * half nobody has ever had.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { keepSecret } from '../data-folder.ts';
import { RelayError } from '../errors.ts';
import { base32 } from '../onion-name.ts';
import { Control } from './control.ts';
import { pause } from './process.ts';
import { type OnionName, onionFolder, type TorFolder, torFolder } from './torrc.ts';

const ending = '.auth';

const torOf = ({ dataDir }: Config) => torFolder(join(dataDir, 'tor'));
const listOf = (tor: TorFolder, onion: OnionName): string => join(onionFolder(tor, onion), 'authorized_clients');
const folderOf = (config: Config, onion: OnionName): string => listOf(torOf(config), onion);
const nameShape = /^[A-Za-z0-9_-]{1,40}$/;
/** No client can be called that. */
const lock = `.nobody${ending}`;

export function clientNames(config: Config, onion: OnionName = 'onion'): string[] {
  const folder = folderOf(config, onion);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .filter((name) => nameShape.test(name))
    .sort();
}

/** From now on an empty list lets nobody in. */
export function lockOnion(tor: TorFolder, onion: OnionName): void {
  openList(tor, onion);
  if (!existsSync(join(listOf(tor, onion), lock))) keepClient(listOf(tor, onion), lock, newClientKey().publicKey);
}

/** Their public keys in base32, for a tor that is told them. */
export function clientKeys(config: Config): string[] {
  return clientNames(config).map(
    (name) =>
      readFileSync(join(folderOf(config, 'onion'), name + ending), 'utf8')
        .trim()
        .split(':')[2] ?? '',
  );
}

/** Lets one more client in. `key` is its private key in base32, which is kept nowhere. Throws `RelayError`. */
export async function addClient(config: Config, name: string, onion: OnionName = 'onion'): Promise<{ key: string; isApplied: boolean }> {
  checkName(name);
  if (clientNames(config, onion).includes(name)) throw new RelayError('bad-settings', `there is a client ${name} already`);
  openList(torOf(config), onion);
  const { publicKey, privateKey } = newClientKey();
  keepClient(folderOf(config, onion), name + ending, publicKey);
  return { key: privateKey, isApplied: await apply(config, onion) };
}

function openList(tor: TorFolder, onion: OnionName): void {
  for (const folder of [tor.folder, onionFolder(tor, onion), listOf(tor, onion)]) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Both halves in base32. */
function newClientKey(): { readonly publicKey: string; readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = (key: typeof publicKey, part: 'x' | 'd'): string =>
    base32(Buffer.from(key.export({ format: 'jwk' })[part] as string, 'base64url'));
  return { publicKey: raw(publicKey, 'x'), privateKey: raw(privateKey, 'd') };
}

function keepClient(folder: string, file: string, publicKey: string): void {
  keepSecret(folder, file, Buffer.from(`descriptor:x25519:${publicKey}\n`));
}

/** From now on it finds the onion no more; a connection that it has goes on until it ends. */
export async function revokeClient(config: Config, name: string, onion: OnionName = 'onion'): Promise<boolean> {
  if (!clientNames(config, onion).includes(name)) throw new RelayError('bad-settings', `there is no client ${name}`);
  rmSync(join(folderOf(config, onion), name + ending));
  return await apply(config, onion);
}

function checkName(name: string): void {
  if (!nameShape.test(name))
    throw new RelayError('bad-settings', 'the name of a client is of letters, digits, - and _, at most 40 of them');
}

/** The name of the onion, where it has one already: tor makes it at the first start. */
export function onionHost(config: Config, onion: OnionName): string | undefined {
  const file = join(onionFolder(torOf(config), onion), 'hostname');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

// ---------------------------------------------------------------- a running tor

/** Lets the tor of a relay that runs publish the onion for those who are on the list now. False where there is none, or it could not. */
async function apply(config: Config, onion: OnionName): Promise<boolean> {
  const { control: path, cookie } = torOf(config);
  const control = await Control.open({ path }, { cookieFile: cookie }).catch(() => null);
  if (control === null) return false;
  try {
    return await publishList(control, folderOf(config, onion), onionHost(config, onion) ?? '');
  } finally {
    control.close();
  }
}

/** Longer than a second of tor's, which may be one behind. */
const usualSecondMs = 2000;
const resultMs = 15_000;
const mostTries = 6;
/** Nobody has its other half. That it comes or goes changes the list, and changes nothing. */
const renewal = `.renewal${ending}`;

/**
 * Tor numbers a descriptor by the second in which it sends it, and a directory takes only a higher number than it has: what is sent in the
 * same second as the one before is refused, and tor leaves it at that for an hour or two. Who was revoked would find the onion all that
 * time. So there are seconds between any two, and what is refused is sent again; which tor does only where the list has changed. Exported
 * for its test.
 */
export async function publishList(control: Control, folder: string, host: string, secondMs = usualSecondMs): Promise<boolean> {
  const file = join(folder, renewal);
  try {
    for (let tries = 0; tries < mostTries; tries++) {
      await wait(secondMs);
      const isRefused = await reloadAndLook(control, host);
      const isRenewal = existsSync(file);
      if (!isRefused && !isRenewal) return true;
      if (isRenewal) rmSync(file);
      else keepClient(folder, renewal, newClientKey().publicKey);
    }
    return false;
  } finally {
    rmSync(file, { force: true });
  }
}

/** Whether a directory refuses the new descriptor. What is not sent now is sent as soon as tor can. */
async function reloadAndLook(control: Control, host: string): Promise<boolean> {
  const end = new AbortController();
  let isRefused = false;
  const stop = await control.listen(['HS_DESC'], ({ words: [, action, name], fields }) => {
    if (`${name}.onion` !== host) return;
    if (action === 'FAILED' && fields.get('REASON') === 'UPLOAD_REJECTED') isRefused = true;
    else if (action !== 'UPLOADED') return;
    end.abort();
  });
  await control.signal('RELOAD');
  await pause(resultMs, end.signal);
  await stop();
  return isRefused;
}
