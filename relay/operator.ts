/**
 * Joins a relay and its console: what the operator's side may reach of it, and nothing more. Loaded only where the console is on.
 */
import { randomUUID, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import project from '../package.json' with { type: 'json' };
import { systemClock } from './clock.ts';
import { complaints } from './complaints.ts';
import { type Config, webFolder } from './config.ts';
import { type OperatorConsole, openConsole } from './console/console.ts';
import type { LiveSettings } from './console/live-settings.ts';
import type { DaemonView, OnionView, Operable, TorVerbs } from './console/operable.ts';
import { openConsoleOnion, visitorOfOnion } from './console-onion.ts';
import { openDataFolder } from './data-folder.ts';
import type { Log } from './log.ts';
import type { Counters } from './metrics.ts';
import { isOnionName } from './onion-name.ts';
import type { Relay } from './relay.ts';
import { TorError } from './tor/errors.ts';
import { type Exit, WayOut } from './tor/exits.ts';
import { Isolation } from './tor/isolation.ts';
import type { TorPool } from './tor/pool.ts';
import type { OwnTor } from './tor/process.ts';
import { dialSocks } from './tor/socks.ts';
import { hasOnion, type RelayTor } from './tor/start.ts';
import type { Tor } from './tor/tor.ts';
import { noWebFiles, readWebFiles } from './web-files.ts';

const streamMs = 20_000;

/** What there is of the relay that the console may be told of. */
export interface Operated {
  readonly relay: Relay;
  /** Null where the relay has none. */
  readonly running: RelayTor | null;
  /** Null where it is no gateway. */
  readonly pool: TorPool | null;
}

export interface Panel {
  /** What the relay reads from now on. */
  readonly settings: LiveSettings;
  start(operated: Operated, log: Log): Promise<OperatorConsole>;
}

/** Throws `RelayError`. */
export function openPanel(config: Config): Panel {
  openDataFolder(config.dataDir);
  const folder = join(dirname(webFolder(config)), 'console');
  const files = existsSync(folder) ? readWebFiles(folder) : noWebFiles;
  const { settings, start } = openConsole({ config, files, now: Date.now, visitorOf: visitorOfOnion });
  return {
    settings,
    start: async (operated, log) => {
      const bridges = operated.running?.bridges ?? null;
      settings.onChange(async (next) => {
        if (bridges !== null) await bridges.change(next);
        else if (next.bridgeUse !== config.bridgeUse || next.bridges.join() !== config.bridges.join())
          throw new Error('this relay has no tor of its own that could use bridges');
      });
      const complain = complaints(log, systemClock);
      // By its code: a message may hold a path.
      const failed = (error: Error): void => complain('console-trouble', { why: 'code' in error ? String(error.code) : error.name });
      const opened = await start(operable(operated, settings.current), failed);
      if (!config.consoleOnion) return opened;
      const onion = await openConsoleOnion(config, log, operated.running?.own as OwnTor, opened);
      const close = async (): Promise<void> => {
        await onion.close();
        await opened.close();
      };
      return { ...opened, close };
    },
  };
}

function operable({ relay, running, pool }: Operated, config: Config): Operable {
  const tor = running?.tor ?? null;
  const { onion, onionEphemeral, gateway, tlsCert } = config;
  return {
    version: project.version,
    startedAt: Date.now(),
    origins: relay.origins,
    counters: relay.counters,
    gauges: () => relay.gauges(),
    certificateUntil: () => (tlsCert === '' ? null : new X509Certificate(readFileSync(tlsCert)).validToDate.getTime()),
    onion: () => (onion || onionEphemeral ? onionOf(relay, tor) : null),
    gateway: () => (gateway ? { open: relay.gauges().gatewayStreams, most: config.gatewayStreams } : null),
    tor: tor === null ? null : { ...verbs(tor, pool, relay, config), bridges: () => running?.bridges?.view ?? null },
  };
}

function onionOf(relay: Relay, tor: Tor | null): OnionView {
  const { torBootstrapPercent, onionReachable } = relay.counters.levels;
  const waitsFor = tor?.state.name === 'bootstrapping' ? tor.state.waitsFor : '';
  return { address: relay.onion(), reachable: onionReachable === 1, bootstrapPercent: torBootstrapPercent, waitsFor };
}

function verbs(tor: Tor, pool: TorPool | null, { counters }: Relay, config: Config): Omit<TorVerbs, 'bridges'> {
  const isolation = new Isolation();
  const out = pool === null && config.torExits ? new WayOut(tor, isolation) : null;
  const daemons = (): TorPool => {
    if (pool === null) throw new Error('this relay is no gateway, so it has no pool of daemons');
    return pool;
  };
  return {
    daemons: () =>
      pool?.daemons.map(({ index, state, percent, latencyMs, restarts, streams, exit }) => ({
        id: index,
        state,
        latencyMs,
        streams,
        restarts,
        bootstrapPercent: percent,
        exit,
      })) ?? [onlyDaemon(tor, counters, hasOnion(config), out?.seen ?? null)],
    breaches: () => counters.torCircuitsShared,
    scale: async (count) => await daemons().scale(count),
    rotateAll: async () => await daemons().rotateAll(),
    rotateDaemon: async (id) => await daemons().rotateDaemon(id),
    rotateKey: (onion) => daemons().rotateKey(onion),
    restart: (id) => (pool === null ? tor.restart(new TorError('onion-unreachable')) : pool.restart(id)),
    dial: async (host, port) => {
      if (!isOnionName(host)) {
        if (pool !== null) return await pool.dialOut(host, port);
        if (out === null) throw new Error('exits are off: see torExits');
        return await out.dial(host, port);
      }
      if (tor.socks === null) throw new Error('Tor is not there');
      return await dialSocks(
        tor.socks,
        host,
        port,
        isolation.key({ destination: host, credential: 'alerts', session: randomUUID() }, 0),
        streamMs,
      );
    },
  };
}

/** The one that carries the onion, or alerts, where there is no pool. */
function onlyDaemon({ state }: Tor, counters: Counters, isForOnion: boolean, exit: Exit | null): DaemonView {
  const { onionReachable, torBootstrapPercent } = counters.levels;
  const name = state.name === 'ready' && isForOnion && onionReachable === 0 ? 'starting' : state.name;
  return {
    id: 0,
    state: name,
    latencyMs: null,
    streams: 0,
    restarts: counters.torStarts,
    bootstrapPercent: torBootstrapPercent,
    exit,
  };
}
