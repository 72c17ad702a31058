/**
 * Passkeys (WebAuthn, by @simplewebauthn): both steps of a sign-in at once, bound to the console's own origin, so that a page elsewhere can ask for
 * nothing. A challenge is good for five minutes and one answer. User verification is required: a stolen key alone is not enough.
 */
import type { DatabaseSync } from 'node:sqlite';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';

export interface PasskeyView {
  readonly id: string;
  readonly label: string;
  readonly created: number;
}

/** Ed25519, ECDSA and RSA, which keys have; the library's newest ones are experiments of Node. */
const supportedAlgorithmIDs = [-8, -7, -257];
const challengeMs = 5 * 60_000;
/** Challenges that wait at a time; beyond them the oldest is let go. */
const mostChallenges = 200;
const relayName = 'Hushroom relay';

interface Row {
  readonly id: string;
  readonly account: number;
  readonly public_key: Uint8Array;
  readonly counter: number;
}

export class Passkeys {
  readonly #database: DatabaseSync;
  readonly #origins: readonly string[];
  readonly #now: () => number;
  /** By challenge: for which account a key is being added, null for a sign-in. */
  readonly #challenges = new Map<string, { readonly account: number | null; readonly until: number }>();

  constructor(database: DatabaseSync, origins: readonly string[], now: () => number) {
    this.#database = database;
    this.#origins = origins;
    this.#now = now;
  }

  /** What a browser needs to add a key. `origin`: where the console is open. */
  async askForNew(
    account: { readonly id: number; readonly name: string },
    origin: string,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const options = await generateRegistrationOptions({
      rpName: relayName,
      rpID: new URL(origin).hostname,
      userName: account.name,
      userID: new TextEncoder().encode(String(account.id)),
      attestationType: 'none',
      supportedAlgorithmIDs,
      excludeCredentials: this.of(account.id).map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    this.#expect(options.challenge, account.id);
    return options;
  }

  /** False where the answer is not that of a key, a challenge of ours and this account. */
  async add(account: number, label: string, answer: RegistrationResponseJSON, origin: string): Promise<boolean> {
    const verified = await verifyRegistrationResponse({
      response: answer,
      expectedChallenge: (challenge) => this.#take(challenge)?.account === account,
      expectedOrigin: [...this.#origins],
      expectedRPID: new URL(origin).hostname,
      supportedAlgorithmIDs,
      requireUserVerification: true,
    }).catch(() => undefined);
    const credential = verified?.registrationInfo?.credential;
    if (verified?.verified !== true || credential === undefined) return false;
    this.#database
      .prepare('insert into passkeys (id, account, public_key, counter, label, created) values (?, ?, ?, ?, ?, ?) on conflict do nothing')
      .run(credential.id, account, credential.publicKey, credential.counter, label, this.#now());
    return true;
  }

  async askForSignIn(origin: string): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const options = await generateAuthenticationOptions({ rpID: new URL(origin).hostname, userVerification: 'required' });
    this.#expect(options.challenge, null);
    return options;
  }

  /** The account whose key answered; undefined where none did. */
  async signIn(answer: AuthenticationResponseJSON, origin: string): Promise<number | undefined> {
    const row = this.#database.prepare('select * from passkeys where id = ?').get(answer.id) as Row | undefined;
    if (row === undefined) return undefined;
    const verified = await verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: (challenge) => this.#take(challenge)?.account === null,
      expectedOrigin: [...this.#origins],
      expectedRPID: new URL(origin).hostname,
      credential: { id: row.id, publicKey: new Uint8Array(row.public_key), counter: row.counter },
      requireUserVerification: true,
    }).catch(() => undefined);
    if (verified?.verified !== true) return undefined;
    this.#database.prepare('update passkeys set counter = ? where id = ?').run(verified.authenticationInfo.newCounter, row.id);
    return row.account;
  }

  of(account: number): PasskeyView[] {
    return this.#database
      .prepare('select id, label, created from passkeys where account = ? order by created')
      .all(account) as unknown as PasskeyView[];
  }

  remove(account: number, id: string): boolean {
    return Number(this.#database.prepare('delete from passkeys where account = ? and id = ?').run(account, id).changes) === 1;
  }

  #expect(challenge: string, account: number | null): void {
    this.#challenges.set(challenge, { account, until: this.#now() + challengeMs });
    if (this.#challenges.size > mostChallenges) this.#challenges.delete(this.#challenges.keys().next().value as string);
  }

  #take(challenge: string): { readonly account: number | null } | undefined {
    const found = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    return found !== undefined && this.#now() < found.until ? found : undefined;
  }
}
