/**
 * Who may find the onion (client authorization, rend-spec-v3 appendix G). Each client has an X25519 key; the relay keeps the public halves, a file each,
 * where its tor reads them. As soon as there is one, the descriptor is encrypted to those who are there, and nobody else even learns
 * that the onion exists. The private half is shown once and kept nowhere.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { keepSecret } from '../data-folder.ts';
import { RelayError } from '../errors.ts';
import { base32 } from '../onion-name.ts';
import { Control } from './control.ts';
import { onionFolder, torFolder } from './torrc.ts';

const ending = '.auth';

const torOf = ({ dataDir }: Config) => torFolder(join(dataDir, 'tor'));
const folderOf = (config: Config): string => join(onionFolder(torOf(config)), 'authorized_clients');

export function clientNames(config: Config): string[] {
  const folder = folderOf(config);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

/** Their public keys in base32, for a tor that is told them. */
export function clientKeys(config: Config): string[] {
  return clientNames(config).map(
    (name) =>
      readFileSync(join(folderOf(config), name + ending), 'utf8')
        .trim()
        .split(':')[2] ?? '',
  );
}

/** Lets one more client in. `key` is its private key in base32, which is kept nowhere. Throws `RelayError`. */
export async function addClient(config: Config, name: string): Promise<{ key: string; isApplied: boolean }> {
  checkName(name);
  if (clientNames(config).includes(name)) throw new RelayError('bad-settings', `there is a client ${name} already`);
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = (key: typeof publicKey, part: 'x' | 'd'): Buffer => Buffer.from(key.export({ format: 'jwk' })[part] as string, 'base64url');
  for (const folder of [torOf(config).folder, onionFolder(torOf(config)), folderOf(config)])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  keepSecret(folderOf(config), name + ending, Buffer.from(`descriptor:x25519:${base32(raw(publicKey, 'x'))}\n`));
  return { key: base32(raw(privateKey, 'd')), isApplied: await apply(config) };
}

/** From now on it finds the onion no more; a connection that it has goes on until it ends. */
export async function revokeClient(config: Config, name: string): Promise<boolean> {
  if (!clientNames(config).includes(name)) throw new RelayError('bad-settings', `there is no client ${name}`);
  rmSync(join(folderOf(config), name + ending));
  return await apply(config);
}

function checkName(name: string): void {
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(name))
    throw new RelayError('bad-settings', 'the name of a client is of letters, digits, - and _, at most 40 of them');
}

/** Lets the tor of a relay that runs read its files again. False where there is none. */
async function apply(config: Config): Promise<boolean> {
  const { control: path, cookie } = torOf(config);
  const control = await Control.open({ path }, { cookieFile: cookie }).catch(() => null);
  await control?.signal('RELOAD');
  control?.close();
  return control !== null;
}
