/**
 * The configuration that the relay's own tor runs with. All of it is in one file that is written anew for each start and each change, checked by
 * tor itself (`--verify-config`), and read again at SIGNAL RELOAD: what tor does and what the file says are the same at any time,
 * also after a crash. Changes by SETCONF were rejected, since a reload forgets them.
 */
import { join } from 'node:path';
import { quoted } from './reply.ts';

/** What tor has in its folder. */
export interface TorFolder {
  readonly folder: string;
  readonly torrc: string;
  /** Empty: the defaults of a distribution are for its own tor. */
  readonly defaults: string;
  /** tor's own state: guards, keys of the onion, documents. Never wiped. */
  readonly data: string;
  readonly control: string;
  readonly cookie: string;
  readonly socks: string;
  /** SOCKS again, for the clearnet, where the operator wants that. */
  readonly exits: string;
  /** Where the relay takes the visitors of its onion, and those of the console's. */
  readonly door: string;
  readonly consoleDoor: string;
}

/**
 * `sockets` is where the unix sockets are: the same folder, unless its path is too long for a socket's name (108 bytes on Linux).
 */
export function torFolder(folder: string, sockets: string = folder): TorFolder {
  return {
    folder,
    torrc: join(folder, 'torrc'),
    defaults: join(folder, 'no-defaults'),
    data: join(folder, 'state'),
    control: join(sockets, 'control.sock'),
    cookie: join(folder, 'cookie'),
    socks: join(sockets, 'socks.sock'),
    exits: join(sockets, 'exits.sock'),
    door: join(sockets, 'door.sock'),
    consoleDoor: join(sockets, 'console.sock'),
  };
}

export function baseLines(places: TorFolder, socksFlags: readonly string[], owner: number): string[] {
  return [
    `DataDirectory ${quoted(places.data)}`,
    `ControlSocket ${quoted(places.control)}`,
    'CookieAuthentication 1',
    `CookieAuthFile ${quoted(places.cookie)}`,
    [`SocksPort unix:${quoted(places.socks)}`, ...socksFlags].join(' '),
    'ClientOnly 1',
    'Log notice stdout',
    `__OwningControllerProcess ${owner}`,
  ];
}

export interface OnionLimits {
  readonly onionPow: boolean;
  readonly onionStreams: number;
}

/** The port that people write, or rather do not write, behind the name. */
export const onionPort = 80;

/** The relay's own, and that of the operator's console. */
export type OnionName = 'onion' | 'console-onion';

export function onionFolder(places: TorFolder, name: OnionName = 'onion'): string {
  return join(places.folder, name);
}

/**
 * An onion service whose key tor keeps in its folder. With the id of the circuit in front of each connection (the PROXY line of haproxy) the
 * relay can tell visitors apart, who all come from this computer otherwise.
 */
export function onionLines(places: TorFolder, { onionPow, onionStreams }: OnionLimits): string[] {
  return [
    `HiddenServiceDir ${quoted(onionFolder(places))}`,
    `HiddenServicePort ${onionPort} unix:${quoted(places.door)}`,
    'HiddenServiceExportCircuitID haproxy',
    `HiddenServiceMaxStreams ${onionStreams}`,
    'HiddenServiceEnableIntroDoSDefense 1',
    ...(onionPow ? ['HiddenServicePoWDefensesEnabled 1'] : []),
  ];
}

/**
 * The operator's console under a name of its own. Who may find it is in its folder (onion-clients.ts); without anybody there it must not
 * stand here.
 */
export function consoleOnionLines(places: TorFolder): string[] {
  return [
    `HiddenServiceDir ${quoted(onionFolder(places, 'console-onion'))}`,
    `HiddenServicePort ${onionPort} unix:${quoted(places.consoleDoor)}`,
    'HiddenServiceExportCircuitID haproxy',
    'HiddenServiceMaxStreams 16',
  ];
}

export function bridgeLines(bridges: readonly string[], transports: readonly string[]): string[] {
  const plugins = transports.map((text) => {
    const [name, path] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
    return `ClientTransportPlugin ${name} exec ${path}`;
  });
  return ['UseBridges 1', ...plugins, ...bridges.map((bridge) => `Bridge ${bridge}`)];
}
