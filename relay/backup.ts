/**
 * `hushroom-relay backup|restore`: what would be lost with a host and cannot be made again (the settings file, the keys of the onion
 * service and the relay, the operators' accounts) in one encrypted file. Never rooms: there is nothing of them to save.
 *
 *   "hushroom backup 1\n" | salt[16] | nonce[12] | commitment[32] | ChaCha20-Poly1305(JSON of the files) with its tag
 *
 * key || commitment = Argon2id(passphrase, salt, 64 MiB, 3 passes), 64 bytes: the cipher alone would let one file open under two
 * passphrases to two contents. Nothing is compressed, so nothing can swell on restore. A file to restore is data from a
 * stranger until its tag is checked, and its names are held to the folder even after that.
 */
import { argon2, createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { RelayError } from './errors.ts';

const magic = Buffer.from('hushroom backup 1\n');
const [saltBytes, nonceBytes, commitmentBytes, tagBytes] = [16, 12, 32, 16];
const headBytes = magic.length + saltBytes + nonceBytes + commitmentBytes;
/** Settings, keys and accounts are some hundred kilobytes; more is not theirs. */
const mostBytes = 64 * 1024 * 1024;
const mostFiles = 4096;
const kept = 7;
const shortestPassphrase = 12;

/** Tor fetches these again; its guards (`state`) it must not lose. */
const remade =
  /(?:^|\/)(?:cached-[^/]*|diff-cache|unverified-[^/]*|lock|[^/]*\.log(?:\.\d+)?|[^/]*\.sock(?:et)?|control_auth_cookie|[^/]*\.tmp)(?:\/|$)/;

const entries = z.strictObject({
  made: z.iso.datetime(),
  files: z.array(z.strictObject({ path: z.string().min(1).max(512), mode: z.int().min(0).max(0o777), content: z.base64() })).max(mostFiles),
});

export interface Restored {
  /** When the backup was made, ISO 8601. */
  readonly made: string;
  readonly files: readonly string[];
}

/** One file of a backup; its content is base64. */
export type Kept = z.infer<typeof entries>['files'][number];

/** The files under `folder`, encrypted. Throws `RelayError` `bad-backup` where they are too many or the passphrase is too short. */
export async function pack(folder: string, passphrase: string): Promise<Buffer> {
  const files = filesIn(folder).map((path): Kept => {
    const file = join(folder, path);
    return { path: path.split(sep).join('/'), mode: statSync(file).mode & 0o777, content: readFileSync(file).toString('base64') };
  });
  if (files.length === 0) throw new RelayError('bad-backup', `there is nothing to back up in ${folder}`);
  return await seal(files, passphrase);
}

export async function seal(files: readonly Kept[], passphrase: string): Promise<Buffer> {
  if (passphrase.length < shortestPassphrase)
    throw new RelayError('bad-backup', `the passphrase needs ${shortestPassphrase} characters or more`);
  const plain = Buffer.from(JSON.stringify({ made: new Date().toISOString(), files }));
  if (files.length > mostFiles || plain.length > mostBytes) throw new RelayError('bad-backup', 'this is more than a backup takes');
  const [salt, nonce] = [randomBytes(saltBytes), randomBytes(nonceBytes)];
  const { key, commitment } = await keysOf(passphrase, salt);
  const head = Buffer.concat([magic, salt, nonce, commitment]);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(head, { plaintextLength: plain.length });
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Writes the files of a backup into `folder`, each whole or not at all. Throws `RelayError` `bad-backup`: no backup, damaged, wrong
 * passphrase, a name that leaves the folder, or (unless `overwrite`) a file that is there already; then nothing is written.
 */
export async function unpack(backup: Buffer, passphrase: string, folder: string, overwrite: boolean): Promise<Restored> {
  const { made, files } = await open(backup, passphrase);
  const places = files.map(({ path, mode, content }) => ({ path, mode, content, place: placeIn(folder, path) }));
  if (!overwrite) {
    const taken = places.find(({ place }) => existsSync(place));
    if (taken !== undefined) throw new RelayError('bad-backup', `${taken.place} is there already; --overwrite replaces it`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { mode, content, place } of places) {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    const unfinished = `${place}.${randomBytes(4).toString('hex')}.tmp`;
    writeFileSync(unfinished, Buffer.from(content, 'base64'), { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(unfinished, mode);
    renameSync(unfinished, place);
  }
  return { made, files: files.map(({ path }) => path) };
}

/** Makes a backup of `folder` in `into`, and removes all but the newest seven there. Resolves to its path. */
export async function backUp(folder: string, into: string, passphrase: string, now: Date): Promise<string> {
  const bytes = await pack(folder, passphrase);
  mkdirSync(into, { recursive: true, mode: 0o700 });
  const path = join(into, `hushroom-${now.toISOString().replaceAll(':', '').replace(/\.\d+/, '')}.backup`);
  writeFileSync(`${path}.tmp`, bytes, { mode: 0o600, flush: true });
  renameSync(`${path}.tmp`, path);
  const all = readdirSync(into)
    .filter((name) => /^hushroom-[\dTZ-]+\.backup$/.test(name))
    .sort();
  for (const name of all.slice(0, -kept)) rmSync(join(into, name));
  return path;
}

async function open(backup: Buffer, passphrase: string): Promise<z.infer<typeof entries>> {
  if (backup.length > mostBytes * 1.5) throw new RelayError('bad-backup', 'this file is larger than any backup');
  if (backup.length < headBytes + tagBytes || !backup.subarray(0, magic.length).equals(magic))
    throw new RelayError('bad-backup', 'this file is no backup of a relay');
  const field = (from: number, length: number): Buffer => backup.subarray(magic.length + from, magic.length + from + length);
  const nonce = field(saltBytes, nonceBytes);
  const { key, commitment } = await keysOf(passphrase, field(0, saltBytes));
  if (!timingSafeEqual(commitment, field(saltBytes + nonceBytes, commitmentBytes)))
    throw new RelayError('bad-backup', 'the passphrase is wrong, or the file is damaged');
  const sealed = backup.subarray(headBytes, -tagBytes);
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(backup.subarray(0, headBytes), { plaintextLength: sealed.length });
  decipher.setAuthTag(backup.subarray(-tagBytes));
  try {
    const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
    return entries.parse(JSON.parse(plain.toString('utf8')));
  } catch (cause) {
    throw new RelayError('bad-backup', 'the file is damaged', { cause });
  }
}

async function keysOf(passphrase: string, salt: Buffer): Promise<{ key: Buffer; commitment: Buffer }> {
  const both = await promisify(argon2)('argon2id', {
    message: passphrase.normalize('NFC'),
    nonce: salt,
    memory: 64 * 1024,
    passes: 3,
    parallelism: 1,
    tagLength: 64,
  });
  return { key: both.subarray(0, 32), commitment: both.subarray(32) };
}

/** Every regular file under a folder that is worth keeping, as paths within it. Links are not followed: they could lead anywhere. */
function filesIn(folder: string): string[] {
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const name of readdirSync(at).sort()) {
      const path = join(at, name);
      if (remade.test(relative(folder, path).split(sep).join('/'))) continue;
      const kind = lstatSync(path);
      if (kind.isDirectory()) walk(path);
      else if (kind.isFile()) found.push(relative(folder, path));
    }
  };
  if (existsSync(folder)) walk(folder);
  return found;
}

function placeIn(folder: string, path: string): string {
  const root = resolve(folder);
  const place = resolve(root, path);
  if (path.includes('\0') || path.includes('\\') || !place.startsWith(root + sep))
    throw new RelayError('bad-backup', 'the file names places outside the folder');
  for (let at = dirname(place); at.length > root.length; at = dirname(at))
    if (existsSync(at) && lstatSync(at).isSymbolicLink())
      throw new RelayError('bad-backup', `${at} is a link, and nothing is written through links`);
  return place;
}
