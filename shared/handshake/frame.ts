/**
 * The envelope of handshake frames (protocol.md "Handshake"): type u8 | hsId[8] | Noise message, always of the same length, since
 * each Noise payload is filled up: u16 length | data | zeros. The relay learns that two pages shake hands and no more,
 * not even which of them has a password or the longer name.
 */
import { ProtocolError } from '../errors.ts';
import { tagBytes } from '../primitives.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

export const handshakeTypes = { first: 0x11, second: 0x12, third: 0x13 } as const;
export type HandshakeType = (typeof handshakeTypes)[keyof typeof handshakeTypes];

export const handshakeIdBytes = 8;

/** What Noise adds to the payload of each message: keys, KEM key or ciphertext, and the tags of what is sealed. */
const overheadBytes: Readonly<Record<HandshakeType, number>> = {
  [handshakeTypes.first]: 32 + (1184 + tagBytes) + tagBytes,
  [handshakeTypes.second]: 32 + (1088 + tagBytes) + (32 + tagBytes) + tagBytes,
  [handshakeTypes.third]: 32 + tagBytes + tagBytes,
};

export interface HandshakeFrame {
  readonly type: HandshakeType;
  /** Chosen by the initiator; tells exchanges apart and proves nothing. */
  readonly id: Uint8Array;
  /** The Noise message. */
  readonly message: Uint8Array;
}

export function encodeFrame({ type, id, message }: HandshakeFrame): Uint8Array {
  return new Writer().u8(type).bytes(id).bytes(message).finish();
}

/** Throws `ProtocolError` unless `frame` is of this type and `frameBytes` long. */
export function decodeFrame(frame: Uint8Array, type: HandshakeType, frameBytes: number): HandshakeFrame {
  if (frame.length !== frameBytes) throw new ProtocolError(frame.length < frameBytes ? 'truncated' : 'oversize', 'handshake frame');
  const reader = new Reader(frame);
  if (reader.u8() !== type) throw new ProtocolError('unknown-type', 'handshake frame');
  return { type, id: reader.bytes(handshakeIdBytes), message: reader.rest() };
}

/** The Noise payload that makes a frame of `type` come out at `frameBytes`. RangeError where `data` does not fit. */
export function fillPayload(data: Uint8Array, type: HandshakeType, frameBytes: number): Uint8Array {
  const room = frameBytes - 1 - handshakeIdBytes - overheadBytes[type] - 2;
  if (data.length > room) throw new RangeError(`handshake payload of ${data.length} bytes, at most ${room}`);
  return new Writer()
    .lv(data)
    .bytes(new Uint8Array(room - data.length))
    .finish();
}

/** The data in a payload; `malformed` where the filler is not zero: it is the only byte of a handshake that could carry something unseen. */
export function unfillPayload(payload: Uint8Array): Uint8Array {
  const reader = new Reader(payload);
  const data = reader.lv();
  if (reader.rest().some((byte) => byte !== 0)) throw new ProtocolError('malformed', 'filler of a handshake payload');
  return data;
}
