/**
 * What the operator's page knows: who is signed in, the relay as it was two seconds ago, and the last refusal. The relay tells by an event stream;
 * while that is down, the page says so and shows when its figures are from.
 */
import type { Alert, AuditLine, Me, RelayState, Role, Sample, Samples } from '../../relay/console/api-shapes.ts';
import { ask, Refused } from './api.ts';

const rank: readonly Role[] = ['owner', 'operator', 'viewer'];
const mostLines = 200;
const againMs = 5000;

/** What the browser or the person refuses is a refusal like any other. */
const given = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
  answer.catch((error: Error) => {
    throw new Refused('refused', error.message);
  });

export class ConsoleSession {
  /** What the page shows before anything else: nothing known yet, a relay without an owner, the door, or the console. */
  place = $state<'arriving' | 'setup' | 'door' | 'inside'>('arriving');
  me = $state.raw<Me | null>(null);
  relay = $state.raw<RelayState | null>(null);
  hour = $state.raw<readonly Sample[]>([]);
  day = $state.raw<readonly Sample[]>([]);
  lines = $state.raw<readonly AuditLine[]>([]);
  news = $state.raw<readonly Alert[]>([]);
  live = $state(false);
  /** One sentence about what was refused last. */
  refusal = $state('');
  /** One sentence about what was done last. */
  done = $state('');
  #stream: EventSource | null = null;

  may(role: Role): boolean {
    return this.me !== null && rank.indexOf(this.me.role) <= rank.indexOf(role);
  }

  async arrive(): Promise<void> {
    try {
      this.#enter(await ask<Me>('GET', '/api/session', ''));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { setup } = await ask<{ setup: boolean }>('GET', '/api/door', '').catch(() => ({ setup: false }));
      this.place = setup ? 'setup' : 'door';
    }
  }

  setUp(secret: string, name: string, password: string): Promise<boolean> {
    return this.#try(async () => this.#enter(await ask<Me>('POST', '/api/setup', '', { secret, name, password })));
  }

  /** Resolves to `code-wanted` where the second step is asked for. */
  async signIn(name: string, password: string, code: string): Promise<'in' | 'code-wanted' | 'refused'> {
    try {
      this.#enter(await ask<Me>('POST', '/api/session', '', { name, password, ...(code === '' ? {} : { code }) }));
      return 'in';
    } catch (error) {
      if (error instanceof Refused && error.message === 'code-wanted') return 'code-wanted';
      this.#refused(error);
      return 'refused';
    }
  }

  signInByPasskey(): Promise<boolean> {
    return this.#try(async () => {
      const { startAuthentication } = await import('@simplewebauthn/browser');
      const optionsJSON = await ask<Parameters<typeof startAuthentication>[0]['optionsJSON']>('POST', '/api/session/passkey/options', '');
      const answer = await given(startAuthentication({ optionsJSON }));
      this.#enter(await ask<Me>('POST', '/api/session/passkey', '', answer));
    });
  }

  addPasskey(label: string, password: string): Promise<boolean> {
    return this.#try(async () => {
      const { startRegistration } = await import('@simplewebauthn/browser');
      const csrf = this.me?.csrf ?? '';
      const optionsJSON = await ask<Parameters<typeof startRegistration>[0]['optionsJSON']>('POST', '/api/passkeys/options', csrf, {
        password,
      });
      await ask('POST', '/api/passkeys', csrf, { label, answer: await given(startRegistration({ optionsJSON })) });
    });
  }

  async signOut(everywhere: boolean): Promise<void> {
    if (everywhere) await this.act('DELETE', '/api/sessions');
    await this.act('DELETE', '/api/session');
    this.#leave();
  }

  /** Asks for a change; says what was refused. Resolves to the answer, undefined where it was refused. */
  async act<Answer = true>(method: string, path: string, body?: unknown, done = ''): Promise<Answer | undefined> {
    let answer: Answer | undefined;
    const went = await this.#try(async () => {
      answer = await ask<Answer>(method, path, this.me?.csrf ?? '', body);
    });
    if (went) this.done = done;
    return went ? (answer ?? (true as Answer)) : undefined;
  }

  get<Answer>(path: string): Promise<Answer | undefined> {
    return this.act<Answer>('GET', path);
  }

  /** After what changes the session's own secret. */
  renew(me: Me): void {
    this.me = me;
  }

  #enter(me: Me): void {
    this.me = me;
    this.place = 'inside';
    this.refusal = '';
    this.#listen();
    void this.#remember();
  }

  async #remember(): Promise<void> {
    const samples = await this.get<Samples>('/api/history');
    if (samples !== undefined) {
      this.hour = samples.hour;
      this.day = samples.day;
    }
    if (this.may('operator')) this.lines = (await this.get<AuditLine[]>('/api/audit?most=100')) ?? [];
  }

  #listen(): void {
    this.#stream?.close();
    const stream = new EventSource('/api/live');
    this.#stream = stream;
    stream.addEventListener('open', () => {
      this.live = true;
    });
    stream.addEventListener('error', () => {
      this.live = false;
      // A browser comes back by itself after a cut, but not after a refusal (too many requests, a restart behind a proxy).
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => this.#stream === stream && this.#listen(), againMs);
    });
    const on = (event: string, take: (value: unknown) => void): void =>
      stream.addEventListener(event, ({ data }: MessageEvent<string>) => take(data === '' ? null : JSON.parse(data)));
    on('state', (state) => {
      this.relay = state as RelayState;
    });
    on('sample', (sample) => {
      this.hour = [...this.hour, sample as Sample].slice(-360);
    });
    on('audit', (line) => {
      this.lines = [line as AuditLine, ...this.lines].slice(0, mostLines);
    });
    on('alert', (alert) => {
      this.news = [alert as Alert, ...this.news].slice(0, mostLines);
    });
    on('signed-out', () => this.#leave());
  }

  #leave(): void {
    this.#stream?.close();
    this.#stream = null;
    this.me = null;
    this.relay = null;
    this.lines = [];
    this.place = 'door';
  }

  async #try(work: () => Promise<void>): Promise<boolean> {
    this.refusal = '';
    this.done = '';
    try {
      await work();
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    }
  }

  #refused(error: unknown): void {
    if (!(error instanceof Refused)) throw error;
    this.refusal = error.code === 'offline' ? 'offline' : error.message;
    if (error.code === 'signed-out' && this.place === 'inside') this.#leave();
  }
}
