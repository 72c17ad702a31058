/**
 * Joins a relay and its console: what the operator's side may reach of it, and nothing more. Loaded only where the console is on.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, webFolder } from './config.ts';
import { type OperatorConsole, openConsole } from './console/console.ts';
import type { LiveSettings } from './console/live-settings.ts';
import type { Operable } from './console/operable.ts';
import { openDataFolder } from './data-folder.ts';
import type { Relay } from './relay.ts';
import { noWebFiles, readWebFiles } from './web-files.ts';

export interface Panel {
  /** What the relay reads from now on. */
  readonly settings: LiveSettings;
  start(relay: Relay): Promise<OperatorConsole>;
}

/** Throws `RelayError`. */
export function openPanel(config: Config): Panel {
  openDataFolder(config.dataDir);
  const folder = join(dirname(webFolder(config)), 'console');
  const files = existsSync(folder) ? readWebFiles(folder) : noWebFiles;
  const { settings, start } = openConsole({ config, files, now: Date.now });
  return { settings, start: (relay) => start(operable(relay, config)) };
}

function operable(relay: Relay, config: Config): Operable {
  return {
    version: process.env['npm_package_version'] ?? '0.1.0',
    startedAt: Date.now(),
    origins: relay.origins,
    counters: relay.counters,
    gauges: () => relay.gauges(),
    certificateUntil: () => (config.tlsCert === '' ? null : new X509Certificate(readFileSync(config.tlsCert)).validToDate.getTime()),
    overOnion: () => 0,
    onion: () => null,
    gateway: () => null,
    tor: null,
  };
}
