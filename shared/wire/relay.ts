/**
 * The frames between a client and a relay (protocol.md "Relay"): one frame is one binary WebSocket message. The relay speaks
 * first (`challenge`), so that joining costs one round trip after the socket opens.
 *
 * SEND and RECV have one layout, type[1] | address[16] | frame, so that the relay can turn the first into the second by
 * rewriting 17 bytes in place. Decoded fields are views of the message, never copies: keep a copy of what must outlive it.
 * The hash is handed in wherever one is needed, since the relay may not import the project's primitives.
 */
import { concat, utf8, utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** Where a relay listens for sockets, and the name both ends must give the protocol in the WebSocket handshake. */
export const relayPath = '/relay';
export const relaySubprotocol = 'hushroom.room.1';
export const relayVersion = 1;
/** Where a gateway takes pages for the onion that follows, and a home relay takes what gateways bring; both speak the pipe. */
export const viaPath = '/via/';
export const pipePath = '/pipe';
export const pipeSubprotocol = 'hushroom.pipe.1';

export const instBytes = 16;
export const nonceBytes = 32;
export const roomPubBytes = 32;
export const sigBytes = 64;
/** What stands before the frame in SEND and RECV. */
export const addressedBytes = 1 + instBytes;
/** The destination of a SEND to everyone else in the room. No instance may have it. */
export const everyone: Uint8Array = new Uint8Array(instBytes);

/** The first byte of each message. */
export const relayFrameTypes = {
  challenge: 0x02,
  join: 0x03,
  joined: 0x04,
  came: 0x05,
  left: 0x06,
  send: 0x07,
  received: 0x08,
  away: 0x09,
  gap: 0x0a,
  error: 0x0e,
  listed: 0x23,
} as const;

/** Why a relay refuses or ends a connection. The socket then closes with `relayCloseCode` of it. */
export const relayErrors = {
  /** A message that no client writes, or that does not belong here. */
  badFrame: 1,
  /** The signature of a JOIN does not verify. */
  unauthentic: 2,
  /** The JOIN proves itself to no origin of this relay. */
  wrongOrigin: 3,
  /** The room's time is over. */
  expired: 4,
  /** The room has another expiry, or this one is further away than the relay allows. */
  badExpiry: 5,
  /** The room has all its members. */
  full: 6,
  /** The same instance has joined again: the newest socket has the seat. */
  taken: 7,
  /** More frames or bytes than a connection may send. */
  flood: 8,
  /** Messages were not read as fast as they came. */
  slowReader: 9,
  /** This address, or the relay, has all the connections or rooms it may have; `retryS` says when to try again. */
  busy: 10,
  /** The proof of work is missing, too weak or stale. A new challenge follows on the same socket. */
  work: 11,
  /** The relay is being stopped. */
  shutdown: 12,
  /** The client speaks another version. */
  unsupported: 13,
  /** Asked for a way to an onion, this relay is no gateway. */
  noGateway: 14,
  /** The onion, or a relay behind it, did not answer. */
  unreachable: 15,
  /** No such code, room or listing: never was, used up, over, or none of the caller's business. One answer for all. */
  gone: 16,
  /** This relay lists no rooms. */
  listingOff: 17,
  /** The room is listed, but nobody attends its door now. */
  nobody: 18,
} as const;

export type RelayErrorCode = (typeof relayErrors)[keyof typeof relayErrors];

/** The WebSocket close code that goes with an error: 4000 + code, but for a relay that restarts the standard's own 1012. */
export function relayCloseCode(code: RelayErrorCode): number {
  return code === relayErrors.shutdown ? 1012 : 4000 + code;
}

/** Time-limited TURN credentials, as `RTCIceServer` wants them. */
export interface TurnCredentials {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

/** Relay -> client. */
export type FromRelay =
  /** CHAL 02 | ver u8 | nonce[32] | powBits u8 */
  | { readonly type: 'challenge'; readonly version: number; readonly nonce: Uint8Array; readonly powBits: number }
  /** JOINED 04 | resumed u8 | remainingS u32 (0: no expiry) | count u8 | count x inst[16] | lv(turn) */
  | {
      readonly type: 'joined';
      readonly resumed: boolean;
      /** Seconds until the room ends, by the relay's clock; 0 where it has no end. */
      readonly remainingS: number;
      /** The other members' instances. */
      readonly members: readonly Uint8Array[];
      readonly turn: TurnCredentials | null;
    }
  /** PEER+ 05 | inst[16] */
  | { readonly type: 'came'; readonly inst: Uint8Array }
  /** PEER- 06 | inst[16] */
  | { readonly type: 'left'; readonly inst: Uint8Array }
  /** AWAY 09 | inst[16]: its socket is gone, its seat is kept. */
  | { readonly type: 'away'; readonly inst: Uint8Array }
  /** RECV 08 | src[16] | frame */
  | { readonly type: 'received'; readonly src: Uint8Array; readonly frame: Uint8Array }
  /** GAP 0a | lost u32: so many RECVs were dropped here; they count as received in `lastRecv`. */
  | { readonly type: 'gap'; readonly lost: number }
  /** LISTED 23 | listed u8: to members, whether the room is in the relay's list (0 no, 1 yes, 2 yes and visitors may knock). */
  | { readonly type: 'listed'; readonly listed: ListedAs }
  /** ERR 0e | code u16 | retryS u16 */
  | { readonly type: 'error'; readonly code: number; readonly retryS: number };

/** How a room stands in the relay's list. */
export type ListedAs = 'no' | 'yes' | 'knocks';

export const listedAs: readonly ListedAs[] = ['no', 'yes', 'knocks'];

/** What a JOIN claims and signs. */
export interface JoinClaim {
  readonly roomPub: Uint8Array;
  readonly inst: Uint8Array;
  /** Seconds since 1970; 0: the room lives until it is empty. */
  readonly expiresAt: number;
  /** RECVs received since the first JOIN of this instance; 0 for that one. */
  readonly lastRecv: number;
  /** This page may open direct links: TURN credentials are of use to it. */
  readonly wantsTurn: boolean;
  /** The proof of work. */
  readonly pow: number;
}

/** Client -> relay. */
export type ToRelay =
  /** JOIN 03 | roomPub[32] | inst[16] | expiresAt u32 | lastRecv u32 | wants u8 (1: TURN) | pow u64 | sig[64] */
  | ({ readonly type: 'join'; readonly sig: Uint8Array } & JoinClaim)
  /** SEND 07 | dst[16] (zeros: everyone else) | frame */
  | { readonly type: 'send'; readonly dst: Uint8Array; readonly frame: Uint8Array };

const maxTurnBytes = 4096;
const maxTurnUrls = 16;

// ---------------------------------------------------------------- client -> relay

export function encodeJoin(join: JoinClaim & { readonly sig: Uint8Array }): Uint8Array {
  return claimTo(new Writer().u8(relayFrameTypes.join), join)
    .bytes(sized(join.sig, sigBytes, 'sig'))
    .finish();
}

/** `dst` null sends to everyone else in the room. */
export function encodeSend(dst: Uint8Array | null, frame: Uint8Array): Uint8Array {
  return encodeAddressed(relayFrameTypes.send, dst ?? everyone, frame);
}

/** Throws `ProtocolError` for anything that no client writes. */
export function decodeToRelay(bytes: Uint8Array): ToRelay {
  const reader = new Reader(bounded(bytes));
  const type = reader.u8();
  switch (type) {
    case relayFrameTypes.join:
      return decodeJoin(reader);
    case relayFrameTypes.send:
      return { type: 'send', dst: reader.bytes(instBytes), frame: someFrame(reader) };
    default:
      throw new ProtocolError('unknown-type', `no client frame has type ${type}`);
  }
}

function decodeJoin(reader: Reader): ToRelay {
  const join = {
    type: 'join',
    roomPub: reader.bytes(roomPubBytes),
    inst: reader.bytes(instBytes),
    expiresAt: reader.u32(),
    lastRecv: reader.u32(),
    wantsTurn: flagOf(reader.u8(), 'wants'),
    pow: reader.u64(),
    sig: reader.bytes(sigBytes),
  } as const;
  reader.end();
  if (join.inst.every((byte) => byte === 0)) throw new ProtocolError('malformed', 'the instance means everyone');
  return join;
}

// ---------------------------------------------------------------- relay -> client

export function encodeFromRelay(frame: FromRelay): Uint8Array {
  const type = relayFrameTypes[frame.type];
  switch (frame.type) {
    case 'challenge':
      return new Writer()
        .u8(type)
        .u8(frame.version)
        .bytes(sized(frame.nonce, nonceBytes, 'nonce'))
        .u8(frame.powBits)
        .finish();
    case 'joined':
      return encodeJoined(frame);
    case 'came':
    case 'left':
    case 'away':
      return new Writer()
        .u8(type)
        .bytes(sized(frame.inst, instBytes, 'inst'))
        .finish();
    case 'received':
      return encodeAddressed(type, frame.src, frame.frame);
    case 'gap':
      return new Writer().u8(type).u32(frame.lost).finish();
    case 'listed':
      return new Writer().u8(type).u8(listedAs.indexOf(frame.listed)).finish();
    case 'error':
      return new Writer().u8(type).u16(frame.code).u16(frame.retryS).finish();
  }
}

/** Throws `ProtocolError` for anything that no relay writes. */
export function decodeFromRelay(bytes: Uint8Array): FromRelay {
  const reader = new Reader(bounded(bytes));
  const frame = decodeFieldsFromRelay(reader.u8(), reader);
  reader.end();
  return frame;
}

function decodeFieldsFromRelay(type: number, reader: Reader): FromRelay {
  switch (type) {
    case relayFrameTypes.challenge:
      return { type: 'challenge', version: reader.u8(), nonce: reader.bytes(nonceBytes), powBits: reader.u8() };
    case relayFrameTypes.joined:
      return decodeJoined(reader);
    case relayFrameTypes.came:
      return { type: 'came', inst: reader.bytes(instBytes) };
    case relayFrameTypes.left:
      return { type: 'left', inst: reader.bytes(instBytes) };
    case relayFrameTypes.away:
      return { type: 'away', inst: reader.bytes(instBytes) };
    case relayFrameTypes.received:
      return { type: 'received', src: reader.bytes(instBytes), frame: someFrame(reader) };
    case relayFrameTypes.gap:
      return { type: 'gap', lost: reader.u32() };
    case relayFrameTypes.listed:
      return { type: 'listed', listed: decodeListed(reader.u8()) };
    case relayFrameTypes.error:
      return { type: 'error', code: reader.u16(), retryS: reader.u16() };
    default:
      throw new ProtocolError('unknown-type', `no relay frame has type ${type}`);
  }
}

function decodeListed(value: number): ListedAs {
  const listed = listedAs[value];
  if (listed === undefined) throw new ProtocolError('malformed', 'listed is none of three');
  return listed;
}

function encodeJoined(frame: Extract<FromRelay, { type: 'joined' }>): Uint8Array {
  const writer = new Writer()
    .u8(relayFrameTypes.joined)
    .u8(frame.resumed ? 1 : 0)
    .u32(frame.remainingS)
    .u8(frame.members.length);
  for (const inst of frame.members) writer.bytes(sized(inst, instBytes, 'inst'));
  return writer.lv(frame.turn === null ? new Uint8Array(0) : encodeTurn(frame.turn)).finish();
}

function decodeJoined(reader: Reader): FromRelay {
  const resumed = flagOf(reader.u8(), 'resumed');
  const remainingS = reader.u32();
  const count = reader.u8();
  if (count >= limits.members) throw new ProtocolError('oversize', `${count} other members`);
  const members = Array.from({ length: count }, () => reader.bytes(instBytes));
  const turn = reader.lv(maxTurnBytes);
  return { type: 'joined', resumed, remainingS, members, turn: turn.length === 0 ? null : decodeTurn(turn) };
}

/** turn = count u8 | count x lv(url) | lv(username) | lv(credential) */
function encodeTurn(turn: TurnCredentials): Uint8Array {
  const writer = new Writer().u8(turn.urls.length);
  for (const url of turn.urls) writer.lv(utf8(url));
  return writer.lv(utf8(turn.username)).lv(utf8(turn.credential)).finish();
}

function decodeTurn(bytes: Uint8Array): TurnCredentials {
  const reader = new Reader(bytes);
  const count = reader.u8();
  if (count > maxTurnUrls) throw new ProtocolError('oversize', `${count} TURN addresses`);
  const urls = Array.from({ length: count }, () => text(reader.lv()));
  const turn = { urls, username: text(reader.lv()), credential: text(reader.lv()) };
  reader.end();
  return turn;
}

// ---------------------------------------------------------------- proofs

/**
 * The bytes that a JOIN's Ed25519 signature covers. The origin is the one the client dialled ("https://host" or with a port), so
 * that a relay cannot use the proof at another one, and the nonce is this socket's, so that nobody can use it twice.
 *
 *   "room/1 join" | 00 | lv(origin) | nonce[32] | roomPub[32] | inst[16] | expiresAt u32 | lastRecv u32 | wants u8 | pow u64
 */
export function joinProof(origin: string, nonce: Uint8Array, claim: JoinClaim): Uint8Array {
  const writer = new Writer()
    .bytes(utf8('room/1 join'))
    .u8(0)
    .lv(utf8(origin))
    .bytes(sized(nonce, nonceBytes, 'nonce'));
  return claimTo(writer, claim).finish();
}

/**
 * Whether `pow` is a proof of work of `bits` bits: SHA-256("room/1 pow" | nonce[32] | roomPub[32] | inst[16] | pow u64) begins
 * with so many zero bits. Finding one takes 2^bits hashes on average. `sha256` is handed in.
 */
export function workDone(
  sha256: (bytes: Uint8Array) => Uint8Array,
  bits: number,
  nonce: Uint8Array,
  roomPub: Uint8Array,
  inst: Uint8Array,
  pow: number,
): boolean {
  if (bits === 0) return true;
  const digest = sha256(concat(powLabel, nonce, roomPub, inst, new Writer().u64(pow).finish()));
  return leadingZeroBits(digest) >= bits;
}

const powLabel = utf8('room/1 pow');

function leadingZeroBits(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 8 * bytes.length : 8 * first + Math.clz32(bytes[first] as number) - 24;
}

// ---------------------------------------------------------------- fields

function claimTo(writer: Writer, claim: JoinClaim): Writer {
  return writer
    .bytes(sized(claim.roomPub, roomPubBytes, 'roomPub'))
    .bytes(sized(claim.inst, instBytes, 'inst'))
    .u32(claim.expiresAt)
    .u32(claim.lastRecv)
    .u8(claim.wantsTurn ? 1 : 0)
    .u64(claim.pow);
}

/** type[1] | address[16] | frame, in one allocation. */
function encodeAddressed(type: number, address: Uint8Array, frame: Uint8Array): Uint8Array {
  if (frame.length < 1 || frame.length > limits.frameBytes)
    throw new RangeError(`frame: 1 to ${limits.frameBytes} bytes, got ${frame.length}`);
  const message = new Uint8Array(addressedBytes + frame.length);
  message[0] = type;
  message.set(sized(address, instBytes, 'address'), 1);
  message.set(frame, addressedBytes);
  return message;
}

function flagOf(value: number, label: string): boolean {
  if (value > 1) throw new ProtocolError('malformed', `${label} is neither 0 nor 1`);
  return value === 1;
}

function someFrame(reader: Reader): Uint8Array {
  if (reader.left === 0) throw new ProtocolError('truncated', 'an address without a frame');
  return reader.rest();
}

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length > limits.relayMessageBytes) throw new ProtocolError('oversize', `message of ${bytes.length} bytes`);
  return bytes;
}

function sized(value: Uint8Array, length: number, label: string): Uint8Array {
  if (value.length !== length) throw new RangeError(`${label}: expected ${length} bytes, got ${value.length}`);
  return value;
}

function text(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new ProtocolError('malformed', 'text that is not UTF-8', { cause });
  }
}
