/**
 * The frames between a relay and a page without a seat, a *caller* (protocol.md "Ways in"): sharing and taking a spoken code,
 * reading the list of rooms, attending a room's door, knocking at one. A caller is challenged like everyone; its first
 * frame, in place of JOIN, says what it wants and brings the work. From then on it and whoever it has met exchange SEND and RECV.
 *
 *   OPEN    20 | caller                              share a code; again with the same inst: come back to it
 *   CLAIM   21 | caller | nameplate u16              take a code
 *   LIST    22 | caller                              the rooms here, and what changes
 *   PUBLISH 23 | caller | roomPub[32] | act u8 | lv(listing) | sig[64]         attend, list or withdraw; may be repeated
 *   KNOCK   24 | caller | roomPub[32]
 *   caller = inst[16] | pow u64
 *
 * A module of its own, since pages that just talk do not load it, and a relay has to read it.
 */
import { utf8, utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Reader } from './reader.ts';
import { instBytes, nonceBytes, roomPubBytes, sigBytes } from './relay.ts';
import { Writer } from './writer.ts';

export const deskFrameTypes = { open: 0x20, claim: 0x21, list: 0x22, publish: 0x23, knock: 0x24 } as const;

/** What the work of a caller is done for: no room (protocol.md "Relay", "Work"). */
export const noRoom: Uint8Array = new Uint8Array(roomPubBytes);

export interface Caller {
  readonly inst: Uint8Array;
  readonly pow: number;
}

/** How one gets into a listed room. */
export type Access = 'open' | 'code' | 'knock';
const accesses: readonly Access[] = ['open', 'code', 'knock'];

/** What a room says of itself in the list. Whoever shows it cleans the texts first: they are a stranger's. */
export interface Listing {
  readonly access: Access;
  readonly title: string;
  readonly topic: string;
  /** What follows the `#` of the room's link; only where anybody may enter. */
  readonly invite: string;
}

/** What a member does with its room's place in the list. All of them also attend the door from then on. */
export type PublishAct = 'attend' | 'list' | 'withdraw';
const acts: readonly PublishAct[] = ['attend', 'list', 'withdraw'];

/** What PUBLISH claims and signs. */
export interface PublishClaim extends Caller {
  readonly roomPub: Uint8Array;
  readonly act: PublishAct;
  /** `encodeListing`, signed; empty unless the act is `list`. */
  readonly listing: Uint8Array;
}

/** Caller -> relay. */
export type ToDesk =
  | ({ readonly type: 'open' } & Caller)
  | ({ readonly type: 'claim'; readonly nameplate: number } & Caller)
  | ({ readonly type: 'list' } & Caller)
  | ({ readonly type: 'publish'; readonly sig: Uint8Array } & PublishClaim)
  | ({ readonly type: 'knock'; readonly roomPub: Uint8Array } & Caller);

/** A room in the list. */
export interface ListedRoom {
  readonly roomPub: Uint8Array;
  /** Seats with a page in them. */
  readonly people: number;
  /** Seconds until the room ends; 0: when everyone has left. */
  readonly remainingS: number;
  /** `encodeListing`, signed; empty: it is not in the list any more. */
  readonly listing: Uint8Array;
}

/** Relay -> caller, beside CHAL, RECV, PEER-, GAP and ERR of the relay's other frames. */
export type FromDesk =
  /** OPENED 20 | nameplate u16 | seconds u16 */
  | { readonly type: 'opened'; readonly nameplate: number; readonly seconds: number }
  /** MET 21 | count u8 | count x inst[16]: whom SENDs may go to from now on. */
  | { readonly type: 'met'; readonly others: readonly Uint8Array[] }
  /** LISTINGS 22 | more u8 | count u16 | count x (roomPub[32] | people u8 | remainingS u32 | lv(listing)) */
  | { readonly type: 'listings'; readonly more: boolean; readonly rooms: readonly ListedRoom[] };

const fromDeskTypes = { opened: deskFrameTypes.open, met: deskFrameTypes.claim, listings: deskFrameTypes.list } as const;

/** With the address of its page, where that is needed. */
const inviteTextBytes = Math.ceil((limits.inviteBytes * 4) / 3) + 256;
/** access u8 | lv(title) | lv(topic) | lv(invite) | sig[64] */
export const listingBytes = 1 + 2 + limits.listingTitleBytes + 2 + limits.listingTopicBytes + 2 + inviteTextBytes + sigBytes;
const entryBytes = roomPubBytes + 1 + 4 + 2;

// ---------------------------------------------------------------- caller -> relay

export function isDeskFrame(bytes: Uint8Array): boolean {
  const type = bytes[0] as number;
  return type >= deskFrameTypes.open && type <= deskFrameTypes.knock;
}

export function encodeToDesk(frame: ToDesk): Uint8Array {
  const writer = callerTo(new Writer().u8(deskFrameTypes[frame.type]), frame);
  switch (frame.type) {
    case 'open':
    case 'list':
      break;
    case 'claim':
      writer.u16(frame.nameplate);
      break;
    case 'knock':
      writer.bytes(frame.roomPub);
      break;
    case 'publish':
      publishTo(writer, frame).bytes(frame.sig);
      break;
  }
  return writer.finish();
}

/** Throws `ProtocolError` for anything that no caller writes. */
export function decodeToDesk(bytes: Uint8Array): ToDesk {
  const reader = new Reader(bytes);
  const type = reader.u8();
  const caller = { inst: reader.bytes(instBytes), pow: reader.u64() };
  if (caller.inst.every((byte) => byte === 0)) throw new ProtocolError('malformed', 'the instance means everyone');
  const frame = decodeWish(type, caller, reader);
  reader.end();
  return frame;
}

function decodeWish(type: number, caller: Caller, reader: Reader): ToDesk {
  switch (type) {
    case deskFrameTypes.open:
      return { type: 'open', ...caller };
    case deskFrameTypes.claim:
      return { type: 'claim', ...caller, nameplate: reader.u16() };
    case deskFrameTypes.list:
      return { type: 'list', ...caller };
    case deskFrameTypes.knock:
      return { type: 'knock', ...caller, roomPub: reader.bytes(roomPubBytes) };
    case deskFrameTypes.publish: {
      const roomPub = reader.bytes(roomPubBytes);
      const act = oneOf(acts, reader.u8(), 'act');
      const listing = reader.lv(listingBytes);
      if ((act === 'list') !== listing.length > 0) throw new ProtocolError('malformed', 'a listing where none belongs, or none');
      return { type: 'publish', ...caller, roomPub, act, listing, sig: reader.bytes(sigBytes) };
    }
    default:
      throw new ProtocolError('unknown-type', `no caller's frame has type ${type}`);
  }
}

/**
 * What a member signs with its room's key to be let near the room's listing and door. Bound to the origin that was dialled and to this
 * socket's nonce, like the proof of a JOIN, so that nobody can use it twice or elsewhere.
 *
 *   "room/1 door" | 00 | lv(origin) | nonce[32] | inst[16] | pow u64 | roomPub[32] | act u8 | lv(listing)
 */
export function publishProof(origin: string, nonce: Uint8Array, claim: PublishClaim): Uint8Array {
  if (nonce.length !== nonceBytes) throw new RangeError(`nonce: expected ${nonceBytes} bytes, got ${nonce.length}`);
  const writer = new Writer().bytes(utf8('room/1 door')).u8(0).lv(utf8(origin)).bytes(nonce);
  return publishTo(callerTo(writer, claim), claim).finish();
}

function callerTo(writer: Writer, { inst, pow }: Caller): Writer {
  return writer.bytes(inst).u64(pow);
}

function publishTo(writer: Writer, { roomPub, act, listing }: PublishClaim): Writer {
  return writer.bytes(roomPub).u8(acts.indexOf(act)).lv(listing);
}

// ---------------------------------------------------------------- relay -> caller

export function encodeFromDesk(frame: FromDesk): Uint8Array {
  const writer = new Writer().u8(fromDeskTypes[frame.type]);
  switch (frame.type) {
    case 'opened':
      return writer.u16(frame.nameplate).u16(frame.seconds).finish();
    case 'met':
      writer.u8(frame.others.length);
      for (const inst of frame.others) writer.bytes(inst);
      return writer.finish();
    case 'listings':
      writer.u8(frame.more ? 1 : 0).u16(frame.rooms.length);
      for (const { roomPub, people, remainingS, listing } of frame.rooms) writer.bytes(roomPub).u8(people).u32(remainingS).lv(listing);
      return writer.finish();
  }
}

/** Whether a relay's message is an answer to a caller, for `decodeFromDesk`; all others are for `decodeFromRelay`. */
export function isFromDesk(bytes: Uint8Array): boolean {
  const type = bytes[0] as number;
  return type >= fromDeskTypes.opened && type <= fromDeskTypes.listings;
}

/** Throws `ProtocolError` for anything that no relay writes. */
export function decodeFromDesk(bytes: Uint8Array): FromDesk {
  if (bytes.length > limits.relayMessageBytes) throw new ProtocolError('oversize', `message of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  const frame = decodeAnswer(reader.u8(), reader);
  reader.end();
  return frame;
}

function decodeAnswer(type: number, reader: Reader): FromDesk {
  switch (type) {
    case fromDeskTypes.opened:
      return { type: 'opened', nameplate: reader.u16(), seconds: reader.u16() };
    case fromDeskTypes.met: {
      const count = reader.u8();
      if (count > limits.doorkeepers) throw new ProtocolError('oversize', `${count} to meet`);
      return { type: 'met', others: Array.from({ length: count }, () => reader.bytes(instBytes).slice()) };
    }
    case fromDeskTypes.listings: {
      const more = reader.u8();
      if (more > 1) throw new ProtocolError('malformed', 'more is neither 0 nor 1');
      return { type: 'listings', more: more === 1, rooms: Array.from({ length: reader.u16() }, () => decodeRoom(reader)) };
    }
    default:
      throw new ProtocolError('unknown-type', `no answer to a caller has type ${type}`);
  }
}

function decodeRoom(reader: Reader): ListedRoom {
  return {
    roomPub: reader.bytes(roomPubBytes).slice(),
    people: reader.u8(),
    remainingS: reader.u32(),
    listing: reader.lv(listingBytes).slice(),
  };
}

/** As many `rooms` to a message as fit one, in order; at least one message. */
export function encodeListings(rooms: readonly ListedRoom[]): Uint8Array[] {
  const messages: ListedRoom[][] = [[]];
  let left = limits.relayMessageBytes - 4;
  for (const room of rooms) {
    const bytes = entryBytes + room.listing.length;
    if (bytes > left) {
      messages.push([]);
      left = limits.relayMessageBytes - 4;
    }
    left -= bytes;
    messages.at(-1)?.push(room);
  }
  return messages.map((some, i) => encodeFromDesk({ type: 'listings', more: i < messages.length - 1, rooms: some }));
}

// ---------------------------------------------------------------- what a room says of itself

/** access u8 | lv(title) | lv(topic) | lv(invite), to be followed by its signature. RangeError where a text is too long. */
export function encodeListing({ access, title, topic, invite }: Listing): Uint8Array {
  return new Writer()
    .u8(accesses.indexOf(access))
    .lv(within(utf8(title), limits.listingTitleBytes, 'title'))
    .lv(within(utf8(topic), limits.listingTopicBytes, 'topic'))
    .lv(within(utf8(invite), inviteTextBytes, 'invite'))
    .finish();
}

/** Takes the signature off, unchecked. Throws `ProtocolError`. */
export function decodeListing(signed: Uint8Array): { readonly listing: Listing; readonly content: Uint8Array; readonly sig: Uint8Array } {
  const reader = new Reader(signed);
  const listing = {
    access: oneOf(accesses, reader.u8(), 'access'),
    title: text(reader.lv(limits.listingTitleBytes)),
    topic: text(reader.lv(limits.listingTopicBytes)),
    invite: text(reader.lv(inviteTextBytes)),
  };
  const sig = reader.bytes(sigBytes);
  reader.end();
  if ((listing.access === 'open') !== (listing.invite !== ''))
    throw new ProtocolError('malformed', 'an invite where none belongs, or none');
  return { listing, content: signed.subarray(0, -sigBytes), sig };
}

/** What the room's key signs in a listing, so that a relay cannot put words in a room's mouth: "room/1 listing" | 00 | roomPub[32] | content */
export function listingProof(roomPub: Uint8Array, content: Uint8Array): Uint8Array {
  return new Writer().bytes(utf8('room/1 listing')).u8(0).bytes(roomPub).bytes(content).finish();
}

function oneOf<Value>(values: readonly Value[], index: number, label: string): Value {
  const value = values[index];
  if (value === undefined) throw new ProtocolError('malformed', `${label} ${index}`);
  return value;
}

function within(bytes: Uint8Array, most: number, label: string): Uint8Array {
  if (bytes.length > most) throw new RangeError(`${label}: at most ${most} bytes, got ${bytes.length}`);
  return bytes;
}

function text(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new ProtocolError('malformed', 'text that is not UTF-8', { cause });
  }
}
