/**
 * All that the operator's side can reach of a relay: counts, states and verbs. Nothing here can name a room, a member or a visitor, and the
 * linter keeps the modules that could (`rooms`, `connection`, `forward`) out of this folder.
 */
import type { Socket } from 'node:net';
import type { Config } from '../config.ts';
import type { Counters, Gauges } from '../metrics.ts';

export interface Operable {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly origins: readonly string[];
  /** The state of its own certificate; null: a proxy has it, or there is none. */
  certificateUntil(): number | null;
  readonly counters: Counters;
  gauges(): Gauges;
  onion(): OnionView | null;
  gateway(): GatewayView | null;
  /** Null where this relay has no Tor. */
  readonly tor: TorVerbs | null;
}

export interface OnionView {
  /** http://NAME.onion, null until it is published. */
  readonly address: string | null;
  readonly reachable: boolean;
  /** How far Tor is with connecting, and what it waits for, in its own words. */
  readonly bootstrapPercent: number;
  readonly waitsFor: string;
}

export interface GatewayView {
  readonly open: number;
  readonly most: number;
}

export type DaemonState = 'stopped' | 'starting' | 'bootstrapping' | 'ready' | 'slow' | 'failing' | 'draining';

export interface DaemonView {
  readonly id: number;
  readonly state: DaemonState;
  readonly latencyMs: number | null;
  /** Streams in use, each on a circuit of its own. */
  readonly streams: number;
  readonly restarts: number;
  readonly bootstrapPercent: number;
  /** Through which exit its last stream to the clearnet went, where exits are on. */
  readonly exit: { readonly address: string; readonly country: string } | null;
}

/** Why bridges are used (`always`, `needed`, `kept` until the next start), or are not. */
export const bridgeReasons = ['none', 'off', 'not-needed', 'always', 'needed', 'kept'] as const;

export interface BridgesView {
  readonly use: Config['bridgeUse'];
  readonly areUsed: boolean;
  readonly why: (typeof bridgeReasons)[number];
  /** Nobody is shown the lines: their transports ('' for a plain one), and the end of their fingerprints where they have one. */
  readonly list: readonly { readonly transport: string; readonly fingerprintEnd: string | null }[];
  /** Transports for which there is a program. */
  readonly transports: readonly string[];
}

export interface TorVerbs {
  daemons(): readonly DaemonView[];
  /** Null where no tor is the relay's own. */
  bridges(): BridgesView | null;
  /** Times that one circuit carried two keys, since the start. */
  breaches(): number;
  /** Throws `RelayError` where the number is out of bounds. */
  scale(daemons: number): Promise<void>;
  /** Milliseconds until it takes effect. */
  rotateAll(): Promise<number>;
  rotateDaemon(id: number): Promise<number>;
  /** A new epoch for the keys of one onion, by its name or its tag in the log; false where there are none. */
  rotateKey(onion: string): boolean;
  /** Throws where it may not be restarted now. */
  restart(id: number): void;
  /** A stream to a port of an onion, or of a clearnet server where exits are on. Throws where there is no way. */
  dial(host: string, port: number): Promise<Socket>;
}
