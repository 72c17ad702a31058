/**
 * How a file lies in chunks and pieces (protocol.md "Files"): a function of its size alone, so that both ends agree without a word.
 *
 *   chunk 0 is the list of the hashes of all others; the file, filled with zeros up to Padme(size), follows in chunks 1, 2, ...
 *   a chunk is sealed as a whole and then cut into pieces, each one frame; piece p of chunk c has the position 64 c + p
 *
 * The chunk is the unit of sealing, of hashing and of what is handed on; the piece the unit of sending and of asking again. A chunk
 * is so long that, sealed, it fills its 64 frames to the last byte.
 */
import { limits } from '../limits.ts';
import { tagBytes } from '../primitives.ts';
import { pieceBytes } from '../wire/file.ts';

export const piecesPerChunk = 64;
export const chunkBytes = piecesPerChunk * pieceBytes - tagBytes;
export const hashBytes = 32;

export interface Layout {
  readonly size: number;
  /** Chunks of the file, without the list. */
  readonly chunks: number;
  /** Bytes of the file and its filling. */
  readonly padded: number;
  /** Frames that carry everything, the list included. */
  readonly pieces: number;
}

export function layoutOf(size: number): Layout {
  if (!Number.isInteger(size) || size < 1 || size > limits.fileBytes)
    throw new RangeError(`file: a size of 1 to ${limits.fileBytes} bytes`);
  const padded = padme(size);
  const chunks = Math.ceil(padded / chunkBytes);
  const sized = { size, chunks, padded, pieces: 0 };
  let pieces = piecesOf(sized, 0) + piecesOf(sized, chunks);
  if (chunks > 1) pieces += (chunks - 1) * piecesPerChunk;
  return { ...sized, pieces };
}

/** Bytes of a chunk before sealing, filling included. */
export function chunkLength({ chunks, padded }: Layout, chunk: number): number {
  if (chunk === 0) return chunks * hashBytes;
  return chunk < chunks ? chunkBytes : padded - (chunks - 1) * chunkBytes;
}

/** Bytes of a chunk that belong to the file. */
export function contentLength(layout: Layout, chunk: number): number {
  if (chunk === 0) return 0;
  return Math.max(0, Math.min(chunkLength(layout, chunk), layout.size - offsetOf(chunk)));
}

/** Where in the file a chunk begins. */
export function offsetOf(chunk: number): number {
  return (chunk - 1) * chunkBytes;
}

export function sealedLength(layout: Layout, chunk: number): number {
  return chunkLength(layout, chunk) + tagBytes;
}

export function piecesOf(layout: Layout, chunk: number): number {
  return Math.ceil(sealedLength(layout, chunk) / pieceBytes);
}

export function positionOf(chunk: number, piece: number): number {
  return chunk * piecesPerChunk + piece;
}

/** The chunk and piece of a position; null where the file has none there. */
export function placeOf(layout: Layout, position: number): { readonly chunk: number; readonly piece: number } | null {
  const chunk = Math.floor(position / piecesPerChunk);
  const piece = position % piecesPerChunk;
  return chunk <= layout.chunks && piece < piecesOf(layout, chunk) ? { chunk, piece } : null;
}

/** Padme (PURBs, 2019): few sizes for many lengths, at most 12 % more. */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return step <= 1 ? length : Math.ceil(length / step) * step;
}
