/** The psk of knocks at a room (protocol.md "Ways in"): public, like the room's id that it comes from. It tells one door from another and no more. */
import { expand, extract, keyBytes } from '../primitives.ts';

export function knockKey(roomPub: Uint8Array): Uint8Array {
  return expand(extract('room/1 knock', roomPub), 'psk0', keyBytes);
}
