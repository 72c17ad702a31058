/** What a page remembers of the call in its room (protocol.md "Calls"); `call.ts` and `call-legs.ts` work with it. */
import type { SignalOrder } from '../paths.ts';
import type { Peer } from '../state.ts';
import type { CallShown, PeerId } from '../types.ts';

export interface CallBook {
  /** Of our last state. */
  seq: number;
  me: OwnVisit | null;
  /** We wanted in, and there was no place. */
  full: boolean;
  /** Numbers those who come in, so that they can be told in order. */
  arrivals: number;
  /** Everybody who has said a word of a call in this room and is a member still. */
  readonly callers: Map<PeerId, Caller>;
  /** What the view was told last. */
  told: string;
}

export interface OwnVisit extends CallShown {
  readonly visit: number;
  readonly since: number;
  /** `arrivals` when we came in. */
  readonly after: number;
}

export interface Caller extends SignalOrder {
  readonly peer: Peer;
  /** Of the last state heard. */
  seq: number;
  here: (CallShown & { readonly visit: number; readonly arrival: number }) | null;
  leg: Leg;
  /** The offering side's number of the connection; earlier ones are over. */
  attempt: number;
  /** Index of the next signal we send. */
  sent: number;
  failures: number;
  /** When the other side began its last attempts. */
  readonly begun: number[];
  /** A leg of this visit has been bound before. */
  wasBound: boolean;
}

/** The connection to one other member of the call. */
export type Leg =
  /** `dialAt` is Infinity on the side that does not offer. */
  | { readonly name: 'rest'; readonly dialAt: number }
  | { readonly name: 'dialing'; readonly giveUpAt: number; readonly ours: Uint8Array | null; readonly theirs: Uint8Array | null }
  | { readonly name: 'bound' }
  /** The two ends saw different certificates; not tried again in this visit. */
  | { readonly name: 'unauthentic' };

export function newBook(): CallBook {
  return { seq: 0, me: null, full: false, arrivals: 0, callers: new Map(), told: '' };
}

export function callerOf({ callers }: CallBook, peer: Peer): Caller {
  const known = callers.get(peer.id);
  if (known !== undefined) return known;
  const leg: Leg = { name: 'rest', dialAt: Number.POSITIVE_INFINITY };
  const fresh: Caller = {
    ...{ peer, seq: 0, here: null, leg, attempt: 0, sent: 0, next: 0, early: new Map(), failures: 0, begun: [], wasBound: false },
  };
  callers.set(peer.id, fresh);
  return fresh;
}
