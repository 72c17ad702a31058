/**
 * The way out of Tor, for the few things that this relay itself wants of the clearnet: telling its operator by mail or webhook where nobody
 * may see that it was this computer. A SocksPort of its own, which is there only where the operator wants it; the pool's other one takes
 * onions alone.
 *
 * Which exit a stream really took is asked of tor, never assumed from the settings, and shown to the operator.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Control, ControlEvent } from './control.ts';
import type { Isolation } from './isolation.ts';
import { quoted } from './reply.ts';
import { dialSocks } from './socks.ts';
import type { Tor } from './tor.ts';
import type { TorFolder } from './torrc.ts';

export interface Exit {
  readonly address: string;
  /** Two letters, as Tor's own table of addresses has it; `??` where it does not know. */
  readonly country: string;
}

/** `nl` is meant for every daemon, `1:nl` for the second alone. */
export const exitCountryShape = /^(?:\d{1,2}:)?[a-z]{2}$/;

export function countriesFor(index: number, wanted: readonly string[]): string[] {
  return wanted.flatMap((entry) => {
    const [country = '', place] = entry.split(':').reverse();
    return place === undefined || Number(place) === index ? [country] : [];
  });
}

/** The SocksPort for exits, and which countries they may be in: then those or none. */
export function exitLines({ exits }: TorFolder, countries: readonly string[]): string[] {
  const nodes = countries.map((country) => `{${country}}`).join(',');
  return [`SocksPort unix:${quoted(exits)} IsolateSOCKSAuth`, ...(nodes === '' ? [] : [`ExitNodes ${nodes}`, 'StrictNodes 1'])];
}

/** Sees through which exit a tor's streams went last. */
export class ExitWatch {
  seen: Exit | null = null;

  /** Throws `TorError`. */
  async attach(control: Control): Promise<void> {
    await control.listen(['STREAM'], (event) => {
      if (isOutward(event)) void this.#look(control, event.words[3] as string).catch(() => {});
    });
  }

  async #look(control: Control, circuit: string): Promise<void> {
    const status = await control.info('circuit-status');
    const path = status
      .split('\n')
      .find((line) => line.startsWith(`${circuit} BUILT `))
      ?.split(' ')[2];
    const last = /\$([0-9A-F]{40})[^,]*$/.exec(path ?? '')?.[1];
    if (last === undefined) return;
    const router = await control.info(`ns/id/${last}`);
    // r nickname identity digest date time address orport dirport (dir-spec 3.4.1)
    const address = /^r (?:\S+ ){5}(\S+)/m.exec(router)?.[1];
    if (address === undefined) return;
    this.seen = { address, country: await control.info(`ip-to-country/${address}`).catch(() => '??') };
  }
}

const streamMs = 20_000;

/** Out of the one tor of a relay that has no pool. Each stream has a key of its own. */
export class WayOut {
  readonly #tor: Tor;
  readonly #isolation: Isolation;
  readonly #watch = new ExitWatch();

  constructor(tor: Tor, isolation: Isolation) {
    this.#tor = tor;
    this.#isolation = isolation;
    // Where that fails the connection breaks, and the next one brings another watch.
    tor.watch({ onControl: (control) => void this.#watch.attach(control).catch(() => {}) });
  }

  /** The exit that the last stream took. */
  get seen(): Exit | null {
    return this.#watch.seen;
  }

  /** Rejects where there is no way, and never goes another. */
  async dial(host: string, port: number): Promise<Socket> {
    const { state, exits } = this.#tor;
    if (state.name !== 'ready' || exits === null) throw new Error('tor is not ready');
    const session = randomBytes(16).toString('hex');
    return await dialSocks(
      exits,
      host,
      port,
      this.#isolation.key({ destination: `${host}:${port}`, credential: 'operator', session }, 0),
      streamMs,
    );
  }
}

/** STREAM id SUCCEEDED circuit host:port */
function isOutward({ words, fields }: ControlEvent): boolean {
  const [, , status, , target = ''] = words;
  return (
    status === 'SUCCEEDED' && fields.get('CLIENT_PROTOCOL') !== 'UNKNOWN' && !/\.onion:\d+$/.test(target) && !target.includes('.exit:')
  );
}
