/**
 * Who may find the onion (client authorization, rend-spec-v3 appendix G). Each client has an X25519 key; the relay keeps the public halves, a file each,
 * where its tor reads them. As soon as there is one, the descriptor is encrypted to those who are there, and nobody else even learns
 * that the onion exists. The private half is shown once and kept nowhere.
 *
 * An empty list means everybody to tor. For the console's onion it has to mean nobody, so that one is locked: a key stands on the list whose private
 * half nobody has ever had.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { keepSecret } from '../data-folder.ts';
import { RelayError } from '../errors.ts';
import { base32 } from '../onion-name.ts';
import { Control } from './control.ts';
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
  return { key: privateKey, isApplied: await apply(config) };
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
  return await apply(config);
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

/** Lets the tor of a relay that runs read its files again. False where there is none. */
async function apply(config: Config): Promise<boolean> {
  const { control: path, cookie } = torOf(config);
  const control = await Control.open({ path }, { cookieFile: cookie }).catch(() => null);
  await control?.signal('RELOAD');
  control?.close();
  return control !== null;
}
