/**
 * Under which names people reach this relay. A JOIN is signed for the origin that its page dialled, so the relay must know its own
 * names: a proof made for another relay's name is worth nothing here (protocol.md "Relay", "Proof").
 */
import { networkInterfaces } from 'node:os';
import type { Config } from './config.ts';

/** The origins of a relay that listens on `port`: those that were set, or those that a browser here or on its networks would use. */
export function ownOrigins(config: Config, port: number): readonly string[] {
  if (config.origins.length > 0) return config.origins;
  const scheme = config.tlsCert === '' ? 'http' : 'https';
  return [...new Set(hostsOf(config.host).map((host) => new URL(`${scheme}://${host}:${port}`).origin))];
}

function hostsOf(host: string): string[] {
  const here = ['localhost', '127.0.0.1', '[::1]'];
  if (host === 'localhost') return here;
  if (host !== '0.0.0.0' && host !== '::') return [...here, inUrl(host)];
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return [...here, ...addresses.filter(({ address }) => !address.startsWith('fe80:')).map(({ address }) => inUrl(address))];
}

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** What a running relay is called. */
export class Names {
  #own: readonly string[] = [];
  #onion: string | null = null;
  #all: readonly string[] = [];
  #byHost: ReturnType<typeof originsByHost> = new Map();

  /** Those of its listener; the first is the one to show. */
  get own(): readonly string[] {
    return this.#own;
  }

  listensAs(origins: readonly string[]): void {
    this.#own = origins;
    this.#call(origins);
  }

  /** That of its onion, while it can be reached. */
  get onion(): string | null {
    return this.#onion;
  }

  /** From now on people can come by this onion. */
  accept(onion: string): void {
    this.#call([...new Set([...this.#own, onion])]);
  }

  /** It can be reached, or, where it is null, no longer. */
  haveOnion(onion: string | null): void {
    this.#onion = onion;
    if (onion !== null) this.accept(onion);
  }

  has(origin: string): boolean {
    return this.#all.includes(origin);
  }

  /** The origins that a client may have dialled who sent this Host header. */
  forHost(host: string | undefined): readonly string[] {
    return this.#byHost.get(host?.toLowerCase() ?? '') ?? [];
  }

  #call(all: readonly string[]): void {
    this.#all = all;
    this.#byHost = originsByHost(all);
  }
}

/**
 * Host header (in lower case) -> the origins that a client may have dialled who sent it: with TLS in front of the relay, it cannot tell http from
 * https by itself. A look-up in a fixed map: nothing that a stranger writes is parsed.
 */
export function originsByHost(origins: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byHost = new Map<string, string[]>();
  for (const origin of origins) {
    const { host, hostname, port, protocol } = new URL(origin);
    const spelledOut = port === '' ? `${hostname}:${protocol === 'https:' ? 443 : 80}` : host;
    for (const name of new Set([host, spelledOut])) byHost.set(name, [...(byHost.get(name) ?? []), origin]);
  }
  return byHost;
}
