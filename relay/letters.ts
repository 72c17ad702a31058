/** What goes from one caller to another at the desk: SENDs of a bounded size, addressed to whom one has met (protocol.md "Ways in"). */
import { ProtocolError } from '../shared/errors.ts';
import { limits } from '../shared/limits.ts';
import { decodeToRelay, encodeFromRelay } from '../shared/wire/relay.ts';
import { type Parcel, wrap } from './forward.ts';
import { idOf } from './rooms.ts';

export interface Letter {
  /** `idOf` the instance it is for. */
  readonly dst: string;
  readonly frame: Uint8Array;
}

/** Throws `ProtocolError` for anything but a SEND of the one size that errands use. */
export function readLetter(bytes: Uint8Array): Letter {
  const send = decodeToRelay(bytes);
  if (send.type !== 'send') throw new ProtocolError('unexpected', 'a caller joins no room');
  if (send.frame.length !== limits.handshakeFrameBytes)
    throw new ProtocolError('malformed', `an errand's frame of ${send.frame.length} bytes`);
  return { dst: idOf(send.dst), frame: send.frame };
}

/** RECV, in memory of its own. */
export function received(src: Uint8Array, frame: Uint8Array): Parcel {
  return wrap(encodeFromRelay({ type: 'received', src, frame }));
}

/** Closing with 1000 means that one has finished. Any other end may have been an accident. */
export function isKept(closeCode: number): boolean {
  return closeCode !== 1000;
}
