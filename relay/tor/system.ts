/** A tor that somebody else started: found by its control port or socket, used, and let go of. Nothing of its configuration is changed. */
import { Backoff, endlessPace } from './backoff.ts';
import { Control, type ControlAuth, type ControlPlace } from './control.ts';
import type { TorError } from './errors.ts';
import { asTorError, pause } from './process.ts';
import { sentence } from './reply.ts';
import type { SocksPlace, Tor, TorListener, TorState } from './tor.ts';
import { Watchers } from './watchers.ts';

export class SystemTor implements Tor {
  socks: SocksPlace | null = null;
  readonly #place: ControlPlace;
  readonly #auth: ControlAuth;
  readonly #watchers = new Watchers();
  readonly #closing = new AbortController();
  readonly #living: Promise<void>;

  private constructor(place: ControlPlace, auth: ControlAuth, first: Control) {
    this.#place = place;
    this.#auth = auth;
    this.#living = this.#live(first);
  }

  /** Connects. Throws `TorError` where that cannot be: at the start it is a setting that a person has to change. */
  static async start(place: ControlPlace, auth: ControlAuth): Promise<SystemTor> {
    return new SystemTor(place, auth, await Control.open(place, auth));
  }

  get state(): TorState {
    return this.#watchers.state;
  }

  get control(): Control | null {
    return this.#watchers.control;
  }

  /** Another's tor has one SOCKS port for everything, or none for us. */
  get exits(): SocksPlace | null {
    return this.socks;
  }

  watch(listener: TorListener): () => void {
    return this.#watchers.add(listener);
  }

  /** It is not ours to restart: only the connection is made anew. */
  restart(why: TorError): void {
    this.#watchers.complain(why);
    this.control?.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#living;
    this.#watchers.turn({ name: 'stopped' });
  }

  async #live(first: Control): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new Backoff(endlessPace);
    let next: Control | undefined = first;
    while (!signal.aborted) {
      const trouble = await this.#once(next, () => backoff.succeeded()).catch(asTorError);
      next = undefined;
      if (signal.aborted) return;
      this.#watchers.turn({ name: 'failing', trouble });
      await pause(backoff.failed(), signal);
    }
  }

  async #once(given: Control | undefined, isUp: () => void): Promise<TorError> {
    const control = given ?? (await Control.open(this.#place, this.#auth));
    const end = (): void => control.close();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    try {
      this.socks = socksIn(await control.info('net/listeners/socks'));
      await this.#watchers.connected(control);
      isUp();
      return await control.closed;
    } finally {
      this.#closing.signal.removeEventListener('abort', end);
      control.close();
      this.#watchers.disconnected(control);
    }
  }
}

/** The first of tor's SOCKS listeners: `"127.0.0.1:9050" "unix:/run/tor/socks"`. */
export function socksIn(listeners: string): SocksPlace | null {
  const [first] = sentence(listeners).words;
  if (first === undefined) return null;
  if (first.startsWith('unix:')) return { path: first.slice(5) };
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(first) ?? [];
  return port === undefined ? null : { host, port: Number(port) };
}
