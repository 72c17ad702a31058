/** WebP: RIFF chunks kept are those of the picture, its animation and its colours; EXIF, XMP and unknown ones go. */
import { concat, utf8, utf8Text } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { orientationOf, orientationOnly } from './orientation.ts';

const kept = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
const [exifFlag, xmpFlag] = [0x08, 0x04];

const tagAt = (bytes: Uint8Array, at: number): string => {
  const letters = bytes.subarray(at, at + 4);
  return letters.every((letter) => letter <= 0x7f) ? utf8Text(letters) : '';
};

export function isWebp(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && tagAt(bytes, 0) === 'RIFF' && tagAt(bytes, 8) === 'WEBP';
}

function* chunksOf(bytes: Uint8Array): Generator<{ name: string; body: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(bytes.length, 8 + view.getUint32(4, true));
  for (let at = 12; at + 8 <= end; ) {
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > bytes.length) throw new ProtocolError('malformed', 'WebP: a chunk beyond the end');
    yield { name: tagAt(bytes, at), body: bytes.subarray(at + 8, at + 8 + length) };
    at += 8 + length + (length % 2);
  }
}

/** Throws `malformed`. */
export function cleanWebp(bytes: Uint8Array): Uint8Array {
  const chunks = [...chunksOf(bytes)];
  if (!chunks.some(({ name }) => name === 'VP8 ' || name === 'VP8L' || name === 'ANMF'))
    throw new ProtocolError('malformed', 'WebP: no picture');
  const noted = chunks.find(({ name }) => name === 'EXIF');
  const orientation = noted === undefined ? 1 : orientationOf(withoutMark(noted.body));
  const parts = chunks
    .filter(({ name }) => kept.has(name))
    .map(({ name, body }) => chunkOf(name, name === 'VP8X' ? flagged(body, orientation) : body));
  if (orientation !== 1) parts.push(chunkOf('EXIF', orientationOnly(orientation)));
  const body = concat(utf8('WEBP'), ...parts);
  return concat(utf8('RIFF'), little(body.length), body);
}

/** Some writers put JPEG's "Exif" before the block. */
function withoutMark(body: Uint8Array): Uint8Array {
  return tagAt(body, 0) === 'Exif' ? body.subarray(6) : body;
}

function flagged(body: Uint8Array, orientation: number): Uint8Array {
  const flags = body.slice();
  flags[0] = ((flags[0] as number) & ~(exifFlag | xmpFlag)) | (orientation === 1 ? 0 : exifFlag);
  return flags;
}

function chunkOf(name: string, body: Uint8Array): Uint8Array {
  return concat(utf8(name), little(body.length), body, new Uint8Array(body.length % 2));
}

function little(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
}

/** Throws `malformed`. */
export function webpSize(bytes: Uint8Array): { width: number; height: number } {
  for (const { name, body } of chunksOf(bytes)) {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    if (name === 'VP8X' && body.length >= 10) {
      const u24 = (at: number) => view.getUint16(at, true) | ((body[at + 2] as number) << 16);
      return { width: u24(4) + 1, height: u24(7) + 1 };
    }
    if (name === 'VP8L' && body.length >= 5) {
      const bits = view.getUint32(1, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    if (name === 'VP8 ' && body.length >= 10) return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
  }
  throw new ProtocolError('malformed', 'WebP: no picture');
}
