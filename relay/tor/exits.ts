/**
 * The way out of Tor, for the few things that this relay itself wants of the clearnet: telling its operator by mail or webhook where nobody may see that
 * it was this computer. A SocksPort of its own, which is there only where the operator wants it; the pool's other one takes onions alone.
 *
 * Which exit a stream really took is asked of tor, never assumed from the settings, and shown to the operator.
 */
import { dirname, join } from 'node:path';
import type { Control, ControlEvent } from './control.ts';
import { quoted } from './reply.ts';
import type { SocksPlace } from './tor.ts';
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
export function exitLines({ socks }: TorFolder, countries: readonly string[]): string[] {
  const nodes = countries.map((country) => `{${country}}`).join(',');
  return [`SocksPort unix:${quoted(beside(socks))} IsolateSOCKSAuth`, ...(nodes === '' ? [] : [`ExitNodes ${nodes}`, 'StrictNodes 1'])];
}

/** Where a tor with `exitLines` takes streams to the clearnet; null where it is not one of ours. */
export function exitsOf(socks: SocksPlace | null): SocksPlace | null {
  return socks !== null && 'path' in socks ? { path: beside(socks.path) } : null;
}

const beside = (socks: string): string => join(dirname(socks), 'exits.sock');

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

/** STREAM id SUCCEEDED circuit host:port */
function isOutward({ words, fields }: ControlEvent): boolean {
  const [, , status, , target = ''] = words;
  return (
    status === 'SUCCEEDED' && fields.get('CLIENT_PROTOCOL') !== 'UNKNOWN' && !/\.onion:\d+$/.test(target) && !target.includes('.exit:')
  );
}
