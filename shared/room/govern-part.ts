/**
 * The seam between the room machine and who decides about the room: approval, the host's orders, moving to new keys, comparing with
 * everyone, alarms (protocol.md "Who decides"). The part behind it (govern/) is handed in, because a first room can talk
 * without it; the machine only asks it where a membership begins or ends and gives it the records that are its own.
 *
 * Records that come before the part does wait in `early`. Rooms with approval or a password have it from the beginning.
 */
import type { ForkProof } from '../group/signed.ts';
import type { GovernInner } from '../wire/peer.ts';
import type { Info } from './info.ts';
import type { Member, Peer, Turn } from './state.ts';
import type { Deed, RoomInput } from './types.ts';

export interface GovernPart {
  /** Makes the state. */
  readonly attach: (turn: Turn) => GovernState;
  readonly deed: (turn: Turn, deed: Deed) => GovernNews[];
  /** A record of a member, or of a peer outside. Throws `ProtocolError`. */
  readonly heard: (turn: Turn, peer: Peer, member: Member, inner: GovernInner) => GovernNews[];
  /** A handshake is complete. True where the peer must stay outside for now. Throws `ProtocolError` for one that must not come back. */
  readonly keepsOut: (turn: Turn, staticKey: Uint8Array) => boolean;
  /** What to tell someone who was removed, instead of letting it in; null for anyone else. */
  readonly dismissal: (turn: Turn, staticKey: Uint8Array) => GovernInner | null;
  /** The peer is outside, and has just been told CONFIRM: say how it stands. */
  readonly metOutside: (turn: Turn, peer: Peer) => GovernNews[];
  /** The peer is a member from now on. */
  readonly metMember: (turn: Turn, peer: Peer, member: Member) => void;
  /** A member fell silent and is gone. True where its session is taken over, for when it comes back to a room that has moved. */
  readonly strayed: (turn: Turn, peer: Peer, member: Member) => boolean;
  /** PAIR of someone who is no member. False where it is of nobody known. Throws `ProtocolError`. */
  readonly heardStray: (turn: Turn, peer: Peer, frame: Uint8Array) => boolean;
  /** A socket to a room that we moved from. Throws `ProtocolError`. */
  readonly heardOutpost: (turn: Turn, input: OutpostInput) => void;
  /** What our own handshakes may say of us; null for everything. */
  readonly disclosed: (turn: Turn) => Pick<Info, 'name' | 'digest' | 'lamport'> | null;
  /** A wrong password was counted. */
  readonly guessed: (turn: Turn) => void;
  /** This page waits to be let in. */
  readonly isOutside: (turn: Turn) => boolean;
  /** Hands a frame for `peer` to the member that carries between the two. */
  readonly carry: (turn: Turn, peer: Peer, frame: Uint8Array) => void;
  /** A member has signed two things under one number. */
  readonly forked: (turn: Turn, proof: ForkProof) => void;
  /** Nothing may be sealed now. */
  readonly holdsBack: (turn: Turn) => boolean;
  readonly due: (turn: Pick<Turn, 'room'>) => number;
  readonly wake: (turn: Turn) => GovernNews[];
  /** Tells the view what has changed since it was last told; called at the end of every step. */
  readonly tellView: (turn: Turn) => void;
  /** What a page needs to come back in the same place after a reload. Copies, secret. */
  readonly keepsake: (turn: Pick<Turn, 'room'>) => KeptOffice;
  readonly wipe: (turn: Turn) => void;
}

/** The host's key, where this page is the host, and all orders. */
export interface KeptOffice {
  readonly adminSeed: Uint8Array | null;
  readonly orders: Uint8Array;
}

/** Sockets behind the places of the room's own relays. */
export type OutpostInput = Extract<RoomInput, { type: 'relay-open' | 'relay-bytes' | 'relay-closed' }>;

/** What the part remembers; the machine only keeps it. */
export interface GovernState {
  readonly brand: 'govern';
}

/** What follows for the machine. */
export type GovernNews =
  /** The peer outside is a member now. */
  | { readonly type: 'let-in'; readonly peer: Peer }
  | { readonly type: 'left'; readonly peer: Peer }
  /** A frame of this peer that another member carried. */
  | { readonly type: 'carried'; readonly from: Uint8Array; readonly by: Peer; readonly frame: Uint8Array };
