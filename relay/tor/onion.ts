/**
 * The relay's onion service, from a name to an address that people can use. A name is known at once; it can be reached when its descriptor
 * is at the onion's directories, which takes seconds and can take minutes. So the relay says that it has an onion only after a probe has
 * come back that left this tor as a stranger's would: with an isolation key of its own, by a circuit of its own, to the descriptor as
 * others find it.
 *
 * The probe goes on every minute. Three that fail, and tor is started again (process.ts says how often at most); the address stays the same.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RelayError } from '../errors.ts';
import type { Control } from './control.ts';
import { TorError } from './errors.ts';
import { asTorError, pause } from './process.ts';
import type { Tor } from './tor.ts';

/** How the name comes to tor. Resolves to the host. */
export type Publish = (control: Control) => Promise<string>;

export interface OnionListener {
  /** The name is known; nobody can use it yet. */
  onName(host: string): void;
  /** A directory has the descriptor. */
  onPublished(): void;
  onReachable(isReachable: boolean): void;
  /** `seconds`: how long it took. */
  onProbe(trouble: TorError | null, seconds: number): void;
  /** It could not be published. */
  onTrouble(trouble: TorError): void;
}

export interface OnionOptions {
  readonly tor: Tor;
  readonly publish: Publish;
  /** A stranger's visit. Rejects where it does not come back. */
  readonly probe: (host: string) => Promise<void>;
  readonly listener: OnionListener;
  /** Whether a tor that does not bring a visitor any more is started again. */
  readonly restarts: boolean;
  readonly pace?: ProbePace;
}

export interface ProbePace {
  readonly everyMs: number;
  /** Until the first one has come back, and after one that has not. */
  readonly againMs: number;
}

const usualPace: ProbePace = { everyMs: 60_000, againMs: 2000 };

const failuresToRestart = 3;

export class Onion {
  #host: string | undefined;
  #isReachable = false;
  readonly #options: OnionOptions;
  readonly #closing = new AbortController();
  readonly #stopWatching: () => void;
  /** Ends the pause before the next probe. */
  #hurry = (): void => {};
  #living: Promise<void>;

  constructor(options: OnionOptions) {
    this.#options = options;
    this.#living = this.#probeOn();
    this.#stopWatching = options.tor.watch({
      onControl: (control) => void this.#publish(control).catch((error: unknown) => this.#complain(error)),
      onState: ({ name }) => name === 'ready' && this.#hurry(),
    });
  }

  /** Once it is known. */
  get host(): string | undefined {
    return this.#host;
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  async close(): Promise<void> {
    this.#stopWatching();
    this.#closing.abort();
    await this.#living;
  }

  async #publish(control: Control): Promise<void> {
    const { publish, listener } = this.#options;
    let isPublished = false;
    await control.listen(['HS_DESC'], ({ words: [, action, host] }) => {
      // Six directories and more get it; the first makes it public.
      if (isPublished || action !== 'UPLOADED' || `${host}.onion` !== this.#host) return;
      isPublished = true;
      listener.onPublished();
      this.#hurry();
    });
    const host = await publish(control);
    if (host !== this.#host) listener.onName(host);
    this.#host = host;
    this.#hurry();
  }

  #complain(error: unknown): void {
    const isOurs = error instanceof RelayError;
    this.#options.listener.onTrouble(isOurs ? new TorError('key-unusable', error.message, { cause: error }) : asTorError(error));
  }

  async #probeOn(): Promise<void> {
    const { pace = usualPace, tor, restarts } = this.#options;
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      const next = new AbortController();
      this.#hurry = () => next.abort();
      await pause(this.#isReachable && failures === 0 ? pace.everyMs : pace.againMs, AbortSignal.any([signal, next.signal]));
      if (signal.aborted) break;
      if (this.#host === undefined || tor.state.name !== 'ready') continue;
      const trouble = await this.#probe(this.#host);
      failures = trouble === null ? 0 : failures + 1;
      if (trouble === null) this.#turn(true);
      // Before it has ever been reachable, its descriptor is only on its way.
      else if (this.#isReachable && failures >= failuresToRestart) {
        this.#turn(false);
        if (restarts) tor.restart(trouble);
      }
    }
  }

  async #probe(host: string): Promise<TorError | null> {
    const { probe, listener } = this.#options;
    const from = performance.now();
    const trouble = await probe(host).then(
      () => null,
      (cause: Error) => new TorError('onion-unreachable', cause.message, { cause }),
    );
    if (!this.#closing.signal.aborted) listener.onProbe(trouble, (performance.now() - from) / 1000);
    return trouble;
  }

  #turn(isReachable: boolean): void {
    if (this.#closing.signal.aborted || isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    this.#options.listener.onReachable(isReachable);
  }
}

/** Of a service in tor's own configuration: its key and its name are in this folder. */
export function publishFromFolder(folder: string): Publish {
  return async () => {
    const host = (await readFile(join(folder, 'hostname'), 'utf8').catch(unusable)).trim();
    if (!/^[a-z2-7]{56}\.onion$/.test(host)) throw new TorError('key-unusable', `${folder} holds no name`);
    return host;
  };
}

export interface LedOnion {
  readonly host: string;
  /** As HiddenServicePort has it. */
  readonly target: string;
  readonly port: number;
  /** Whether that tor names the circuits of visitors. */
  readonly tell: (hasCircuits: boolean) => void;
}

/** Of a service in the configuration of somebody else's tor. It is there already; what is asked is how it brings its visitors. */
export function publishAsLed({ host, target, port, tell }: LedOnion): Publish {
  return async (control) => {
    const { lines } = await control.ask('GETCONF HiddenServiceOptions');
    const services: Map<string, string[]>[] = [];
    for (const { text } of lines) {
      const [name, value] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
      if (name === 'HiddenServiceDir') services.push(new Map());
      const service = services.at(-1);
      service?.set(name, [...(service.get(name) ?? []), value]);
    }
    const wanted = `${port} ${target}`;
    const service = services.find((each) => each.get('HiddenServicePort')?.some((value) => value.replaceAll('"', '') === wanted));
    if (service === undefined) throw new TorError('no-such-onion', target);
    tell(service.get('HiddenServiceExportCircuitID')?.includes('haproxy') ?? false);
    return host;
  };
}

export interface AddedOnion {
  /** What tor is to connect to. */
  readonly target: string;
  readonly port: number;
  readonly hasPow: boolean;
  readonly maxStreams: number;
  /** Public keys of the clients that are let in, in base32; none: everybody. */
  readonly clients: () => readonly string[];
  /** The key as tor writes it, where there is one already. */
  readonly kept: () => string | undefined;
  /** Takes the key of a new one. */
  readonly keep: (key: string) => void;
}

/** Of a service that exists for as long as the control connection does: in somebody else's tor, or under an address that is nowhere stored. */
export function publishByAdding({ target, port, hasPow, maxStreams, clients, kept, keep }: AddedOnion): Publish {
  return async (control) => {
    const allowed = clients();
    const key = kept();
    const command = [
      `ADD_ONION ${key ?? 'NEW:ED25519-V3'}`,
      ...(allowed.length > 0 ? ['Flags=V3Auth'] : []),
      `MaxStreams=${maxStreams}`,
      ...(hasPow ? ['PoWDefensesEnabled=1'] : []),
      `Port=${port},${target}`,
      ...allowed.map((client) => `ClientAuthV3=${client}`),
    ].join(' ');
    const { lines } = await control.ask(command).catch((error: unknown) => {
      // A tor that was built without it.
      if (hasPow && error instanceof TorError && /PoW/i.test(error.detail))
        return control.ask(command.replace(' PoWDefensesEnabled=1', ''));
      throw error;
    });
    const told = (name: string): string | undefined => lines.find(({ text }) => text.startsWith(`${name}=`))?.text.slice(name.length + 1);
    const made = told('PrivateKey');
    if (key === undefined && made !== undefined) keep(made);
    return `${told('ServiceID')}.onion`;
  };
}

function unusable(cause: NodeJS.ErrnoException): never {
  throw new TorError('key-unusable', cause.code ?? '', { cause });
}
