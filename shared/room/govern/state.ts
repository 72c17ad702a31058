/** What those who decide remember (protocol.md "Who decides"), and how they speak to everyone. */
import { hex } from '../../bytes.ts';
import type { KeyPair } from '../../primitives.ts';
import { sendInner } from '../channel.ts';
import type { GovernState } from '../govern-part.ts';
import type { Living, Member, Peer, Turn } from '../state.ts';
import type { PeerId } from '../types.ts';
import type { Alarms } from './alarms.ts';
import type { Comparing } from './compare.ts';
import type { EarlyOffer, Moving } from './move.ts';
import type { OrderBook } from './orders.ts';
import type { Handed, LeftRoom, Stray } from './strays.ts';
import { encodeGovern, type GovernRecord } from './wire.ts';

export interface Governing extends GovernState {
  /** Signs orders, while this page is the host. */
  key: KeyPair | null;
  /** Made for the host who wants to hand over to us. */
  offeredKey: KeyPair | null;
  /** Whom the host has asked for a key. */
  handingTo: PeerId | null;
  /** Null in a room without a host. */
  readonly book: OrderBook | null;
  /** Static keys (hex) that members have let in by their word. */
  readonly words: Set<string>;
  /** This page was let in, or was here first. */
  inside: boolean;
  /** Wrong passwords have made approval necessary. */
  forced: boolean;
  /** When wrong passwords were counted here, oldest first; and what members said of theirs. */
  readonly guessTimes: number[];
  readonly guesses: Map<PeerId, { readonly count: number; readonly at: number }>;
  /** What each peer outside was last told, and what it told us. */
  readonly doorTold: Map<PeerId, string>;
  readonly doors: Map<PeerId, number>;
  /** Static keys (hex) whose wish to come in was declined here. */
  readonly declined: Set<string>;
  /** CLOSE was ordered here: when to end although not everyone has it. */
  closeAt: number;
  move: Moving | null;
  /** A move that was wanted while one was not over: everyone has to be there first. `at`: when to look again. */
  wanted: { readonly expiresAt: number | null; readonly at: number } | null;
  /** Oldest first. */
  readonly earlyOffers: EarlyOffer[];
  /** Members that fell silent, and the rooms where they will look for us (strays.ts). */
  readonly strays: Map<PeerId, Stray>;
  readonly left: LeftRoom[];
  handed: Handed | null;
  /** When a member whom only a link joins to us was last told to come after us. */
  readonly nudged: Map<PeerId, number>;
  compare: Comparing;
  /** Runs (hex) that have ended: a late record must not begin them anew. */
  readonly runsOver: Set<string>;
  readonly alarms: Alarms;
  strict: boolean;
  /** What the view was last told. */
  told: string;
}

export const governing = ({ room }: { readonly room: Living }): Governing => room.govern.state as Governing;

export function sendRecord(turn: Turn, peer: Peer, member: Member, record: GovernRecord): void {
  sendInner(turn, peer, member, encodeGovern(record));
}

export function sendToMembers(turn: Turn, record: GovernRecord): void {
  for (const peer of turn.room.peers.values()) if (peer.member !== null) sendRecord(turn, peer, peer.member, record);
}

/** Our own static key and those of all members. */
export function presentStatics({ room }: Pick<Turn, 'room'>): Uint8Array[] {
  const statics = [room.me.statics.public];
  for (const { member } of room.peers.values()) if (member !== null) statics.push(member.staticKey);
  return statics;
}

export function peerOf({ room }: Pick<Turn, 'room'>, staticKey: string): Peer | null {
  for (const peer of room.peers.values()) {
    const member = peer.member ?? peer.outside?.member;
    if (member !== undefined && hex(member.staticKey) === staticKey) return peer;
  }
  return null;
}

export const myStatic = ({ room }: Pick<Turn, 'room'>): string => hex(room.me.statics.public);
