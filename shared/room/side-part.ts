/**
 * The seam between the room machine and what members tell each other beside messages: presence, which records they have, records
 * passed on, the past (protocol.md "Passing on", "History", "Presence"). The part behind it (side/) is handed in a moment later, because
 * a first room can talk without it; until then its records and what the person does wait here, within bounds.
 */
import { ProtocolError } from '../errors.ts';
import type { ForkProof } from '../group/signed.ts';
import type { Latest } from '../wire/group.ts';
import type { SideInner } from '../wire/peer.ts';
import type { CallBook } from './side/call-book.ts';
import type { Author, KeptRecord, Living, Member, Peer, Turn } from './state.ts';
import type { SideDeed } from './types.ts';

export interface SidePart {
  /** A record of a member. Returns the proof where it contradicts what we have. Throws `ProtocolError`. */
  readonly heard: (turn: Turn, peer: Peer, member: Member, inner: SideInner) => ForkProof | null;
  readonly heardSync: (turn: Turn, sender: Author, latest: readonly Latest[]) => void;
  /** The peer is a member from now on. */
  readonly met: (turn: Turn, peer: Peer, member: Member) => void;
  /** The peer is a member no more. */
  readonly left: (turn: Turn, peer: Peer) => void;
  readonly deed: (turn: Turn, deed: SideDeed) => void;
  /** These records have changed a message. */
  readonly changed: (turn: Turn, records: readonly KeptRecord[]) => void;
  /** Tells one member of a record without its content. */
  readonly sendBare: (turn: Turn, peer: Peer, member: Member, record: KeptRecord) => void;
  readonly due: (room: Living) => number;
  readonly wake: (turn: Turn) => void;
  /** Now and then. */
  readonly tidy: (turn: Turn) => void;
}

export interface Side {
  part: SidePart | null;
  readonly early: { readonly peer: Peer; readonly inner: SideInner }[];
  /** The last of each kind that the person did. */
  readonly deeds: Map<SideDeed['type'], SideDeed>;
  /** Null while nobody has said a word of a call. */
  call: CallBook | null;
}

const mostEarly = 64;

export function newSide(): Side {
  return { part: null, early: [], deeds: new Map(), call: null };
}

export function heardSide(turn: Turn, peer: Peer, member: Member, inner: SideInner): ForkProof | null {
  const { part, early } = turn.room.side;
  if (part !== null) return part.heard(turn, peer, member, inner);
  if (early.length >= mostEarly) throw new ProtocolError('flood', 'too many records for a part that is not here');
  early.push({ peer, inner });
  return null;
}

/** What is not shared is not shared from this moment on, whatever is here to tell it. */
export function doSide(turn: Turn, deed: SideDeed): void {
  const { side, presence } = turn.room;
  if (side.part !== null) side.part.deed(turn, deed);
  else if (deed.type === 'share') presence.sharing = { ...deed.sharing };
  else side.deeds.set(deed.type, deed);
}
