/** GIF: comments and applications' notes go, all but the one that says how often an animation repeats. */
import { concat } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';

const [extension, image, trailer] = [0x21, 0x2c, 0x3b];
const [commentLabel, applicationLabel] = [0xfe, 0xff];
const repeats = 'NETSCAPE2.0';

const letters = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export function isGif(bytes: Uint8Array): boolean {
  return /^GIF8[79]a$/.test(letters(bytes.subarray(0, 6)));
}

/** Throws `malformed`. */
export function cleanGif(bytes: Uint8Array): Uint8Array {
  let at = 13 + tableBytes(bytes[10] ?? 0);
  const parts = [bytes.subarray(0, at)];
  while (at < bytes.length) {
    const from = at;
    const kind = bytes[at];
    if (kind === trailer) return concat(...parts, Uint8Array.of(trailer));
    if (kind === image) {
      at = endOfBlocks(bytes, at + 11 + tableBytes(bytes[at + 9] ?? 0));
      parts.push(bytes.subarray(from, at));
    } else if (kind === extension) {
      at = endOfBlocks(bytes, at + 2);
      if (isKept(bytes.subarray(from, at))) parts.push(bytes.subarray(from, at));
    } else break;
  }
  throw new ProtocolError('malformed', 'GIF: no end');
}

function isKept(block: Uint8Array): boolean {
  if (block[1] === commentLabel) return false;
  return block[1] !== applicationLabel || letters(block.subarray(3, 14)) === repeats;
}

function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function endOfBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const length = bytes[at] as number;
    at += 1 + length;
    if (length === 0) return at;
  }
  throw new ProtocolError('malformed', 'GIF: a block beyond the end');
}

/** Throws `malformed`. */
export function gifSize(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < 13) throw new ProtocolError('malformed', 'GIF: no header');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}
