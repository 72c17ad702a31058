/**
 * The path of a message through the relay: SEND in, RECV out (protocol.md "Relay"). The frame inside is never looked at.
 *
 * One parcel is built for a message, WebSocket header included, and shared by all who get it: the address of SEND is overwritten
 * with the sender's, which is all that RECV differs in. The copy into the parcel is deliberate. What `ws` hands over is a view
 * of a 64 KiB read buffer, and a short message in a queue would keep all of that alive.
 */
import { addressedBytes, relayFrameTypes } from '../shared/wire/relay.ts';
import type { Parcel } from './resume-queue.ts';
import type { Seat } from './rooms.ts';

const finalBinary = 0x82;
const shortLength = 125;
const length16 = 126;

/** A parcel with room for a message of `length` (below 64 KiB), its header written. The message starts at `length - message`. */
function parcelFor(length: number): Parcel {
  if (length <= shortLength) {
    const parcel = Buffer.allocUnsafe(2 + length);
    parcel[0] = finalBinary;
    parcel[1] = length;
    return parcel;
  }
  const parcel = Buffer.allocUnsafe(4 + length);
  parcel[0] = finalBinary;
  parcel[1] = length16;
  parcel[2] = length >> 8;
  parcel[3] = length & 255;
  return parcel;
}

/** Any relay frame as it goes over the wire: an unmasked, unfragmented, binary WebSocket message (RFC 6455 section 5.2). */
export function wrap(message: Uint8Array): Parcel {
  const parcel = parcelFor(message.length);
  parcel.set(message, parcel.length - message.length);
  return parcel;
}

/** Whether these bytes can be a SEND: its type, an address and at least one byte. */
export function isSend(message: Buffer): boolean {
  return message.length > addressedBytes && message[0] === relayFrameTypes.send;
}

/**
 * Gives `message`, a SEND, to whom it is addressed to. Returns how many it was given to, present or away; 0 where the
 * destination has no seat in this room.
 */
export function forward(from: Seat, message: Buffer): number {
  const toAll = isToAll(message);
  const only = toAll ? undefined : from.room.seats.get(message.toString('latin1', 1, addressedBytes));
  if (!toAll && (only === undefined || only === from)) return 0;
  const parcel = wrap(message);
  const start = parcel.length - message.length;
  parcel[start] = relayFrameTypes.received;
  parcel.set(from.inst, start + 1);
  if (only !== undefined) {
    give(only, parcel);
    return 1;
  }
  const { list } = from.room;
  for (let i = 0; i < list.length; i++) if (list[i] !== from) give(list[i]!, parcel);
  return list.length - 1;
}

function give(seat: Seat, parcel: Parcel): void {
  seat.kept.push(parcel);
  seat.outlet?.deliver(parcel);
}

function isToAll(message: Buffer): boolean {
  for (let i = 1; i < addressedBytes; i++) if (message[i] !== 0) return false;
  return true;
}
