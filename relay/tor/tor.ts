/** A tor as the rest of the relay sees it, whoever started it: process.ts for one of our own, system.ts for one that was there. */
import type { Control } from './control.ts';
import type { TorError } from './errors.ts';

export type TorState =
  | { readonly name: 'stopped' }
  | { readonly name: 'starting' }
  | { readonly name: 'bootstrapping'; readonly percent: number; readonly waitsFor: string }
  | { readonly name: 'ready' }
  /** It is not there, or not to be talked to; it will be tried again. */
  | { readonly name: 'failing'; readonly trouble: TorError };

/** Where SOCKS is spoken. */
export type SocksPlace = { readonly path: string } | { readonly host: string; readonly port: number };

export interface TorListener {
  /** A new state. */
  onState?(state: TorState): void;
  /** A new control connection, of a tor that may still be bootstrapping. Whatever was set up over the last one may be gone. */
  onControl?(control: Control): void;
  /** Something an operator should know; the tor may well work on. */
  onTrouble?(trouble: TorError): void;
}

export interface Tor {
  readonly state: TorState;
  /** While there is a control connection. */
  readonly control: Control | null;
  /** Where it takes streams; null until that is known. */
  readonly socks: SocksPlace | null;
  /** The same for clearnet servers, if it takes such; null until that is known. */
  readonly exits: SocksPlace | null;
  /** Tells of changes from now on, and at once of a control connection that is there. The function ends that. */
  watch(listener: TorListener): () => void;
  /** Ends it for it to be started again, where it is ours. */
  restart(why: TorError): void;
  /** Ends it where it is ours, lets go of it where not. Idempotent. */
  close(): Promise<void>;
}
