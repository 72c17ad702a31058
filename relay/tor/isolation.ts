/**
 * Which streams may share a circuit. Tor puts two streams on one circuit only if they gave the same SOCKS user and password, so those are the
 * isolation key: HMAC(secret of this process, policy | destination | credential | session | epoch). Nothing in them can be read, guessed or
 * recognised by another process, and a log shows destinations and keys only as the first 8 hex of a keyed hash.
 *
 * It fails closed: a policy that asks for something which is not known makes no key, and `dialSocks` takes nothing but a key made here.
 * The levels that count are the operator's; all three are the default, and then no two streams ever share a circuit.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** What may keep streams apart, from the coarsest on. */
export const isolationLevels = ['destination', 'credential', 'session'] as const;
export type IsolationLevel = (typeof isolationLevels)[number];

/** What a stream is for. Only what the policy asks for has to be known. */
export interface Purpose {
  /** The onion host. */
  readonly destination?: string;
  /** Whose stream it is: an operator's token, or a visitor's id of the day. */
  readonly credential?: string;
  /** This stream alone. */
  readonly session?: string;
}

/** The user and password of one isolated circuit. Made by `Isolation.key` alone. */
export class IsolationKey {
  readonly user: string;
  readonly password: string;
  /** For logs and metrics: says nothing about the key, and nothing outside this process. */
  readonly tag: string;

  constructor(user: string, password: string, tag: string) {
    if (!/^[0-9a-f]{32}$/.test(user) || !/^[0-9a-f]{32}$/.test(password)) throw new RangeError('isolation: not a key');
    this.user = user;
    this.password = password;
    this.tag = tag;
  }
}

export class Isolation {
  readonly levels: readonly IsolationLevel[];
  readonly #secret = randomBytes(32);

  /** RangeError where `levels` is empty: streams that share circuits freely are what this prevents. */
  constructor(levels: readonly IsolationLevel[] = isolationLevels) {
    this.levels = isolationLevels.filter((level) => levels.includes(level));
    if (this.levels.length === 0) throw new RangeError('isolation: no level');
  }

  /** TypeError where the policy asks for something that `purpose` does not say. */
  key(purpose: Purpose, epoch: number): IsolationKey {
    const parts = isolationLevels.map((level) => (this.levels.includes(level) ? needed(purpose, level) : ''));
    const digest = this.#digest('key', this.levels.join('+'), ...parts, String(epoch)).toString('hex');
    return new IsolationKey(digest.slice(0, 32), digest.slice(32), this.tag(digest));
  }

  /** How a destination, a credential or a key appears in a log. */
  tag(text: string): string {
    return this.#digest('tag', text).toString('hex').slice(0, 8);
  }

  #digest(...parts: string[]): Buffer {
    const hmac = createHmac('sha256', this.#secret);
    // With its length before each, no two lists of parts look alike.
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
    return hmac.digest();
  }
}

function needed(purpose: Purpose, level: IsolationLevel): string {
  const value = purpose[level];
  if (value === undefined || value === '') throw new TypeError(`isolation: the policy asks for a ${level}, and there is none`);
  return value;
}
