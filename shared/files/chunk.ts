/**
 * Sealing and opening the chunks of a file (protocol.md "Files"). The key belongs to one file and a chunk's number is its nonce, so a
 * number must never be sealed with two contents: whoever seals compares with the list first.
 *
 * A browser's own ChaCha20-Poly1305 is twice to three times as fast as ours and is used by the page where it exists
 * (web/worker/chunk-cipher.ts); this is the same suite for all others, and what tests compare it with.
 */
import { equal, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { labelledHash, open, seal } from '../primitives.ts';
import { chunkLength, hashBytes, type Layout } from './layout.ts';

export const chunkAad = utf8('room/1 file chunk');

export function chunkNonce(chunk: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(8, chunk);
  return nonce;
}

export function sealChunk(key: Uint8Array, chunk: number, plaintext: Uint8Array): Uint8Array {
  return seal(key, chunkNonce(chunk), chunkAad, plaintext);
}

/** Throws `unauthentic`. */
export function openChunk(key: Uint8Array, chunk: number, sealed: Uint8Array): Uint8Array {
  return open(key, chunkNonce(chunk), chunkAad, sealed);
}

/** What the offer signs: nobody can change the size or a chunk without changing it. */
export function rootOf(size: number, list: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(size / 2 ** 32));
  view.setUint32(4, size % 2 ** 32);
  return labelledHash('file root', bytes, list);
}

/** Throws `unauthentic` for a list that is not the one that was offered. */
export function checkList(layout: Layout, root: Uint8Array, list: Uint8Array): void {
  if (list.length !== chunkLength(layout, 0) || !equal(rootOf(layout.size, list), root))
    throw new ProtocolError('unauthentic', 'not the list of this file');
}

/** The hash that a chunk of the file must have. A view. */
export function listedHash(list: Uint8Array, chunk: number): Uint8Array {
  return list.subarray((chunk - 1) * hashBytes, chunk * hashBytes);
}
