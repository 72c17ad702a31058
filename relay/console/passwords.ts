/**
 * Passwords of operators: Argon2id (RFC 9106, second recommended set: 64 MiB, 3 passes, 4 lanes) on a thread of its own, kept as a PHC string.
 * A password is refused where it is shorter than 12 characters, or where zxcvbn's dictionaries guess it in under 10^10 tries.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export const shortestPassword = 12;
const longestPassword = 256;
const fewestGuessesLog10 = 10;
const cost = { memory: 64 * 1024, passes: 3, parallelism: 4 };
const tagLength = 32;
const argon2id = promisify(argon2);

export type PasswordFault = 'too-short' | 'too-long' | 'common';

/** Why this cannot be somebody's password; undefined if it can. `about`: words that a guesser would try first, like the account's name. */
export async function passwordFault(password: string, about: readonly string[]): Promise<PasswordFault | undefined> {
  const { length } = [...password];
  if (length < shortestPassword) return 'too-short';
  if (length > longestPassword) return 'too-long';
  // Megabytes of dictionaries, wanted a few times in the life of a relay: fetched then, and let go.
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const judge = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return judge.check(password, ['hushroom', 'relay', ...about]).guessesLog10 < fewestGuessesLog10 ? 'common' : undefined;
}

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await argon2id('argon2id', { message: password.normalize('NFC'), nonce, ...cost, tagLength });
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(nonce)}$${text(tag)}`;
}

/** Takes the same time whether the account exists: `phc` undefined is compared with a hash of nothing. */
export async function checkPassword(password: string, phc: string | undefined): Promise<boolean> {
  const [, , , parameters, nonce, tag] = (phc ?? nobody).split('$') as [string, string, string, string, string, string];
  const [memory, passes, parallelism] = parameters.split(',').map((pair) => Number(pair.slice(2))) as [number, number, number];
  const wanted = Buffer.from(tag, 'base64');
  const message = password.slice(0, 4 * longestPassword).normalize('NFC');
  const found = await argon2id('argon2id', {
    message,
    nonce: Buffer.from(nonce, 'base64'),
    memory,
    passes,
    parallelism,
    tagLength: wanted.length,
  });
  return timingSafeEqual(found, wanted) && phc !== undefined;
}

const nobody = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
