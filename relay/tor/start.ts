/**
 * The tor that a relay needs by its settings: its own or one that was there, with bridges where those are needed; and the onion service on it. What
 * happens to them becomes lines of the log and numbers; the clearnet side of the relay hears of none of it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { keepSecret, openDataFolder, readSecret } from '../data-folder.ts';
import type { Log } from '../log.ts';
import type { Counters } from '../metrics.ts';
import type { OnionDoor } from '../onion-door.ts';
import { Bridges } from './bridges.ts';
import { controlPlace } from './control.ts';
import { TorError } from './errors.ts';
import { countriesFor, exitLines } from './exits.ts';
import { Onion, type ProbePace, type Publish, publishAsLed, publishByAdding, publishFromFolder } from './onion.ts';
import { clientKeys, lockOnion } from './onion-clients.ts';
import { onwardSocksFlags, watchTor } from './onward.ts';
import { probeOnion } from './probe.ts';
import { OwnTor } from './process.ts';
import { watchForStall } from './stall.ts';
import { SystemTor } from './system.ts';
import type { Tor } from './tor.ts';
import { consoleOnionLines, onionFolder, onionLines, onionPort, type TorFolder } from './torrc.ts';

export interface RelayTor {
  readonly tor: Tor;
  /** Null where the tor is somebody else's. */
  readonly own: OwnTor | null;
  /** Null where the tor is somebody else's, whose configuration is not ours. */
  readonly bridges: Bridges | null;
  /** Further daemons of the pool are started beside it; the first one is this. */
  startTor(index: number): Promise<Tor>;
  /** What is to be told from now on, and has been so far. */
  follow(log: Log, counters: Counters): void;
  close(): Promise<void>;
}

export const needsTor = (config: Config): boolean => hasOnion(config) || config.gateway || config.torExits || config.consoleOnion;
export const hasOnion = ({ onion, onionEphemeral }: Config): boolean => onion || onionEphemeral;

/** Throws `TorError` where a person has to change something first. */
export async function startTor(config: Config): Promise<RelayTor> {
  const place = controlPlace(config.torControl);
  if (place !== undefined) {
    const { torCookie, torPassword } = config;
    const auth = { ...(torCookie === '' ? {} : { cookieFile: torCookie }), ...(torPassword === '' ? {} : { password: torPassword }) };
    return new Running(config, await SystemTor.start(place, auth), null, null, null);
  }
  const temporary = config.dataDir === '' ? mkdtempSync(join(tmpdir(), 'hushroom-tor-')) : null;
  try {
    if (temporary === null) openDataFolder(config.dataDir);
    const bridges = new Bridges(config);
    const own = await startOwn(config, bridges, temporary ?? config.dataDir, 0, await hasProofOfWork(config));
    return new Running(config, own, own, temporary, bridges);
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

const folderOf = (root: string, index: number): string => join(root, index === 0 ? 'tor' : `tor-${index}`);

async function startOwn(config: Config, bridges: Bridges, root: string, index: number, hasPow: boolean): Promise<OwnTor> {
  const lines = (places: TorFolder): readonly string[] => {
    const hasKeptOnion = index === 0 && config.onion;
    const extra = config.torExtra === '' ? [] : [`%include ${config.torExtra}`];
    const limits = { ...config, onionPow: config.onionPow && hasPow };
    const exits = config.torExits ? exitLines(places, countriesFor(index, config.torExitCountries)) : [];
    const hasConsoleOnion = index === 0 && config.consoleOnion;
    if (hasConsoleOnion) lockOnion(places, 'console-onion');
    return [
      ...extra,
      ...exits,
      ...bridges.lines,
      ...(hasKeptOnion ? onionLines(places, limits) : []),
      ...(hasConsoleOnion ? consoleOnionLines(places) : []),
    ];
  };
  const own = await OwnTor.start({ folder: folderOf(root, index), program: config.torPath, socksFlags: onwardSocksFlags, lines });
  bridges.add(own);
  return own;
}

async function hasProofOfWork({ torPath }: Config): Promise<boolean> {
  return await promisify(execFile)(torPath, ['--list-modules']).then(
    ({ stdout }) => /^pow: yes$/m.test(stdout),
    () => false,
  );
}

class Running implements RelayTor {
  readonly tor: Tor;
  readonly own: OwnTor | null;
  readonly bridges: Bridges | null;
  readonly #config: Config;
  readonly #temporary: string | null;
  #stopWatching = (): void => {};

  constructor(config: Config, tor: Tor, own: OwnTor | null, temporary: string | null, bridges: Bridges | null) {
    this.#config = config;
    this.tor = tor;
    this.own = own;
    this.#temporary = temporary;
    this.bridges = bridges;
  }

  async startTor(index: number): Promise<Tor> {
    // The pool may let go of it; the onion may not.
    if (index === 0 || this.bridges === null) return shared(this.tor);
    return await startOwn(this.#config, this.bridges, this.#temporary ?? this.#config.dataDir, index, false);
  }

  follow(log: Log, counters: Counters): void {
    const { tor } = this;
    const stop = tor.watch({
      onState: (state) => {
        counters.levels.torBootstrapPercent = state.name === 'bootstrapping' ? state.percent : state.name === 'ready' ? 100 : 0;
        if (state.name === 'bootstrapping') log('tor-bootstrap', { percent: state.percent, waitsFor: state.waitsFor });
        else if (state.name === 'ready') {
          this.bridges?.ready();
          log('tor-ready');
        } else if (state.name === 'starting') counters.torStarts++;
      },
      onTrouble: (trouble) => tell(log, counters, trouble),
      // A gateway's pool watches all its tors, this one too.
      onControl: (control) => {
        if (!this.#config.gateway) watchTor(control, counters, systemClock, log);
      },
    });
    const stopStall = watchForStall(tor, this.#config.bootstrapSeconds, (at) => {
      tell(log, counters, new TorError('bootstrap-stalls', at));
      if (this.bridges?.stalled() !== true) return;
      counters.torBridgeUses++;
      log('tor-bridges', { bridges: this.bridges.view.list.length });
      void this.bridges.reload().catch((error: unknown) => error instanceof TorError && tell(log, counters, error));
    });
    this.#stopWatching = () => {
      stop();
      stopStall();
    };
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await this.tor.close();
    if (this.#temporary !== null) rmSync(this.#temporary, { recursive: true, force: true });
  }
}

export function tell(log: Log, counters: Counters, trouble: TorError): void {
  counters.torTroubles[trouble.code]++;
  log('tor-trouble', { trouble: trouble.code, ...(trouble.detail === '' ? {} : { detail: trouble.detail }) });
}

/** The same tor for somebody who must not end it. */
function shared(tor: Tor): Tor {
  return {
    get state() {
      return tor.state;
    },
    get control() {
      return tor.control;
    },
    get socks() {
      return tor.socks;
    },
    get exits() {
      return tor.exits;
    },
    watch: (listener) => tor.watch(listener),
    restart: (why) => tor.restart(why),
    close: async () => {},
  };
}

// ---------------------------------------------------------------- the onion

/** What the onion needs of the relay. */
export interface OnionHost {
  readonly counters: Counters;
  /** Opens the door for the onion's visitors; resolves to what tor is to connect to. */
  openOnionDoor(door: OnionDoor): Promise<string>;
  /** The onion's name counts from now on, for those who come by it. */
  acceptOnion(origin: string): void;
  /** The onion can be reached: it is shown, and carried by invites. */
  haveOnion(origin: string): void;
}

export async function startOnion(config: Config, log: Log, relay: OnionHost, running: RelayTor, pace?: ProbePace): Promise<Onion> {
  const { tor, own } = running;
  const { counters } = relay;
  const isInTorrc = own !== null && config.onion;
  const place = controlPlace(config.onionDoor);
  let hasCircuits = false;
  const target = await relay.openOnionDoor(
    isInTorrc ? { path: own.folder.door } : place === undefined ? 'loopback' : { place, hasCircuits: () => hasCircuits },
  );
  const led = (): Publish =>
    publishAsLed({
      host: config.onionName,
      target,
      port: onionPort,
      tell: (has) => {
        hasCircuits = has;
        if (!has) tell(log, counters, new TorError('no-circuit-ids'));
      },
    });
  const publish = isInTorrc ? publishFromFolder(onionFolder(own.folder)) : place === undefined ? adding(config, target) : led();
  const origin = (): string => `http://${onion.host}`;
  const onion: Onion = new Onion({
    tor,
    publish,
    probe: (host) => probeOnion(tor.socks, host),
    // A gateway's pool probes the same, and restarts what fails.
    restarts: !config.gateway,
    ...(pace === undefined ? {} : { pace }),
    listener: {
      onName: (host) => relay.acceptOnion(`http://${host}`),
      onPublished: () => log('onion-published'),
      onProbe: (trouble, seconds) => {
        counters.onionProbes++;
        if (trouble === null) {
          counters.seconds.torProbe.observe(seconds);
          return;
        }
        counters.onionProbesFailed++;
        if (onion.isReachable) tell(log, counters, trouble);
      },
      onTrouble: (trouble) => tell(log, counters, trouble),
      onReachable: (isReachable) => {
        counters.levels.onionReachable = isReachable ? 1 : 0;
        if (!isReachable) return;
        relay.haveOnion(origin());
        log('onion-reachable', { address: origin() });
      },
    },
  });
  return onion;
}

const keyName = 'onion-key';

function adding(config: Config, target: string): Publish {
  let key = config.onion ? readSecret(config.dataDir, keyName)?.toString() : undefined;
  return publishByAdding({
    target,
    port: onionPort,
    hasPow: config.onionPow,
    maxStreams: config.onionStreams,
    clients: () => (config.onion ? clientKeys(config) : []),
    kept: () => key,
    keep: (made) => {
      key = made;
      if (config.onion) keepSecret(config.dataDir, keyName, Buffer.from(made));
    },
  });
}
