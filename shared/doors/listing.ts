/**
 * What a room says of itself in a relay's list (protocol.md "Ways in"): made harmless on both sides, like names, signed by the room's
 * key, so that a relay cannot put words in its mouth, and checked before anyone acts on it.
 */
import { concat, equal, hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { cleanLine } from '../handshake/name.ts';
import { deriveRoomKeys } from '../handshake/schedule.ts';
import { limits } from '../limits.ts';
import { sign, verify } from '../primitives.ts';
import { type Access, decodeListing, encodeListing, type ListedRoom, type Listing, listingProof } from '../wire/desk.ts';
import { parseInvite } from '../wire/invite.ts';

/** A room of the list as it may be shown. Nothing in it is proven before `checkListing`. */
export interface ShownRoom {
  /** The room's id in hexadecimal. */
  readonly id: string;
  readonly access: Access;
  readonly title: string;
  readonly topic: string;
  readonly people: number;
  /** Seconds until the room ends; 0: when everyone has left. */
  readonly remainingS: number;
}

/** Signs what `listing` says for the room of `roomSk`, cleaned. */
export function signListing(listing: Listing, roomSk: Uint8Array, roomPub: Uint8Array): Uint8Array {
  const content = encodeListing(cleaned(listing));
  return concat(content, sign(roomSk, listingProof(roomPub, content)));
}

/** A listing that makes sense, cleaned. Throws `ProtocolError` for one that does not. */
export function showRoom({ roomPub, people, remainingS, listing }: ListedRoom): ShownRoom {
  const { access, title, topic } = cleaned(decodeListing(listing).listing);
  if (title === '') throw new ProtocolError('malformed', 'a room without a title');
  return { id: hex(roomPub), access, title, topic, people, remainingS };
}

/**
 * Throws `unauthentic` unless the room itself said this of itself; gives the invite of a room that anybody may enter, and
 * makes sure that it leads there.
 */
export function checkListing(roomPub: Uint8Array, signed: Uint8Array): { readonly access: Access; readonly invite: string } {
  const { listing, content, sig } = decodeListing(signed);
  if (!verify(roomPub, listingProof(roomPub, content), sig)) throw new ProtocolError('unauthentic', 'a listing that its room did not sign');
  if (listing.access === 'open') checkInvite(roomPub, listing.invite);
  return { access: listing.access, invite: listing.invite };
}

/** Throws `ProtocolError` unless `invite` leads to the room `roomPub` and nowhere else. */
export function checkInvite(roomPub: Uint8Array, invite: string): void {
  const keys = deriveRoomKeys(parseInvite(invite).invite);
  keys.roomSk.fill(0);
  keys.psk0.fill(0);
  if (!equal(keys.roomPub, roomPub)) throw new ProtocolError('unauthentic', 'an invite to another room');
}

function cleaned({ access, title, topic, invite }: Listing): Listing {
  return { access, invite, title: cleanLine(title, limits.listingTitleBytes), topic: cleanLine(topic, limits.listingTopicBytes) };
}
