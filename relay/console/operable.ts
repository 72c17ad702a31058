/**
 * All that the operator's side can reach of a relay: counts, states and verbs. Nothing here can name a room, a member or a visitor, and the
 * linter keeps the modules that could (`rooms`, `connection`, `forward`) out of this folder.
 */
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
  /** Sockets that came over the onion service. */
  overOnion(): number;
  onion(): OnionView | null;
  gateway(): GatewayView | null;
  /** Null where this relay has no Tor. */
  readonly tor: TorVerbs | null;
}

export interface OnionView {
  /** http://NAME.onion, null until it is published. */
  readonly address: string | null;
  readonly reachable: boolean;
  /** What Tor waits for, in words, and how far it is. */
  readonly bootstrapPercent: number;
  readonly waitsFor: string;
}

export interface GatewayView {
  readonly open: number;
  readonly most: number;
}

export type DaemonState = 'stopped' | 'starting' | 'bootstrapping' | 'ready' | 'slow' | 'failing';

export interface DaemonView {
  readonly id: number;
  readonly state: DaemonState;
  readonly latencyMs: number | null;
  readonly circuits: number;
  readonly restarts: number;
  readonly bootstrapPercent: number;
  /** Where exits are used. */
  readonly exit: { readonly address: string; readonly country: string } | null;
}

export interface TorVerbs {
  daemons(): readonly DaemonView[];
  /** Times that one circuit carried two keys, since the start. */
  breaches(): number;
  /** Throws `RelayError` where the number is out of bounds. */
  scale(daemons: number): Promise<void>;
  /** Milliseconds until it takes effect. */
  rotateAll(): Promise<number>;
  rotateDaemon(id: number): Promise<number>;
  rotateKey(key: string): Promise<number>;
  restart(id: number): Promise<void>;
  /** A connection to a clearnet server through an exit. */
  dial(host: string, port: number): Promise<import('node:net').Socket>;
}
