/**
 * The path of a message through the relay: SEND in, RECV out (protocol.md "Relay"). The frame inside is never looked at.
 *
 * One parcel is made for a message and shared by all who get it: the address of SEND is overwritten with the sender's, which is all that
 * RECV differs in. Ordinary messages are copied into it, WebSocket header and all, because what `ws` hands over is a view of a 64 KiB read
 * buffer, and a short message in a queue would keep all of that alive. Bulk is rewritten where it lies: there the copies
 * would be most of the work (a third of the throughput with 16 KiB frames, nearly all of it garbage collection).
 */
import { addressedBytes, relayFrameTypes } from '../shared/wire/relay.ts';
import type { Seat } from './rooms.ts';

/** A WebSocket message as it goes over the wire, shared between all who get it. */
export interface Parcel {
  /** The header and, but for bulk, the message. */
  readonly head: Buffer;
  /** The message, where it is bulk. */
  body: Buffer | null;
  /** Bytes of both. */
  readonly length: number;
}

/** From here on a message is bulk. */
export const bulkBytes = 8192;

const finalBinary = 0x82;
const shortLength = 125;
const length16 = 126;

/** Any relay frame as it goes over the wire: an unmasked, unfragmented, binary WebSocket message (RFC 6455 section 5.2), below 64 KiB. */
export function wrap(message: Uint8Array): Parcel {
  const headerBytes = message.length <= shortLength ? 2 : 4;
  const head = Buffer.allocUnsafe(headerBytes + message.length);
  writeHeader(head, message.length);
  head.set(message, headerBytes);
  return { head, body: null, length: head.length };
}

/** The same of a message that may be bulk, which is then not copied. */
export function parcelOf(message: Buffer): Parcel {
  return message.length < bulkBytes ? wrap(message) : wrapBulk(message);
}

/** The message in a parcel. */
export function messageOf({ head, body }: Parcel): Buffer {
  return body ?? head.subarray(head[1] === length16 ? 4 : 2);
}

function wrapBulk(message: Buffer): Parcel {
  const head = Buffer.allocUnsafe(4);
  writeHeader(head, message.length);
  return { head, body: message, length: 4 + message.length };
}

function writeHeader(into: Buffer, length: number): void {
  into[0] = finalBinary;
  if (length <= shortLength) {
    into[1] = length;
    return;
  }
  into[1] = length16;
  into[2] = length >> 8;
  into[3] = length & 255;
}

/** An empty ping (RFC 6455 section 5.5.2). Browsers answer it by themselves. */
export const pingParcel: Parcel = { head: Buffer.from([0x89, 0]), body: null, length: 2 };

/** Stands in a resume queue for a message that was not kept. Its length is what its place in the queue costs, so that holes are bounded too. */
export const hole: Parcel = { head: Buffer.alloc(0), body: null, length: 64 };

/** Lets go of the read buffer that a bulk message lies in, by a copy: for messages that are to be kept for long. */
function settle(parcel: Parcel): void {
  if (parcel.body !== null && parcel.body.buffer.byteLength > parcel.body.length)
    parcel.body = Buffer.from(new Uint8Array(parcel.body).buffer);
}

/** Whether these bytes can be a SEND: its type, an address and at least one byte. */
export function isSend(message: Buffer): boolean {
  return message.length > addressedBytes && message[0] === relayFrameTypes.send;
}

/** A big frame for one member, as those of a file are. */
export function isBulkToOne(message: Buffer): boolean {
  return message.length >= bulkBytes && isSend(message) && !isToAll(message);
}

/** Whom a SEND is for: one seat, everyone else (`all`), or nobody who is here. */
export function destination(from: Seat, message: Buffer): Seat | 'all' | 'nobody' {
  if (isToAll(message)) return 'all';
  const seat = from.room.seats.get(message.toString('latin1', 1, addressedBytes));
  return seat === undefined || seat === from ? 'nobody' : seat;
}

/** Gives `message`, a SEND, to `to`, who may be present or away. The message is this function's from here on. */
export function forward(from: Seat, message: Buffer, to: Seat | 'all'): void {
  const parcel = received(from, message);
  if (to !== 'all') {
    give(to, parcel);
    return;
  }
  const { list } = from.room;
  for (let i = 0; i < list.length; i++) if (list[i] !== from) give(list[i]!, parcel);
}

/** The RECV that a SEND becomes. */
function received(from: Seat, message: Buffer): Parcel {
  const parcel = parcelOf(message);
  const bytes = parcel.body ?? parcel.head;
  const start = bytes.length - message.length;
  bytes[start] = relayFrameTypes.received;
  bytes.set(from.inst, start + 1);
  return parcel;
}

/**
 * Bulk is kept only for those who are away. For the others it would have to outlive its read buffer, and collecting those costs more
 * than forwarding; if their socket dies with bulk in flight, a GAP stands for it and its sender sends it again.
 */
export function give(seat: Seat, parcel: Parcel): void {
  if (seat.outlet === null) {
    settle(parcel);
    seat.kept.push(parcel);
  } else {
    seat.kept.push(parcel.body === null ? parcel : hole);
    seat.outlet.deliver(parcel);
  }
}

function isToAll(message: Buffer): boolean {
  for (let i = 1; i < addressedBytes; i++) if (message[i] !== 0) return false;
  return true;
}
