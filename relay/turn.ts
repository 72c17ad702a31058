/**
 * Credentials for the operator's own TURN server, in the way that coturn's `use-auth-secret` reads them: the user name is the
 * time at which it expires, the password an HMAC-SHA1 of it under the shared secret. SHA-1 is coturn's choice; as an HMAC it stands.
 * The part after the colon is random for each join, so that coturn's quota for a user is one for a page and its log names nobody.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { TurnCredentials } from '../shared/wire/relay.ts';
import type { Clock } from './clock.ts';

export interface TurnSettings {
  readonly turnUrls: readonly string[];
  readonly turnSecret: string;
  readonly turnSeconds: number;
}

export class TurnGrants {
  readonly #settings: TurnSettings;
  readonly #clock: Clock;

  constructor(settings: TurnSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Credentials for one page; null where the operator has no TURN server. */
  grant(): TurnCredentials | null {
    const { turnUrls, turnSecret, turnSeconds } = this.#settings;
    if (turnUrls.length === 0) return null;
    const expires = Math.floor(this.#clock.wall() / 1000) + turnSeconds;
    const username = `${expires}:${randomBytes(6).toString('hex')}`;
    return { urls: turnUrls, username, credential: createHmac('sha1', turnSecret).update(username).digest('base64') };
  }
}
