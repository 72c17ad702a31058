/** PNG: chunks kept are the critical ones and those that change how the picture looks; texts, times, EXIF and unknown chunks go. */
import { concat, utf8, utf8Text } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { orientationOf, orientationOnly } from './orientation.ts';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const kept = new Set('IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT'.split(' '));

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

interface Chunk {
  readonly name: string;
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = signature.length;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) throw new ProtocolError('malformed', 'PNG: a chunk beyond the end');
    const letters = bytes.subarray(at + 4, at + 8);
    if (letters.some((letter) => letter > 0x7f)) throw new ProtocolError('malformed', 'PNG: no chunk');
    const name = utf8Text(letters);
    yield { name, whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, end - 4) };
    if (name === 'IEND') return;
    at = end;
  }
  throw new ProtocolError('malformed', 'PNG: no end');
}

/** Throws `malformed`. */
export function cleanPng(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [signature];
  const chunks = [...chunksOf(bytes)];
  const noted = chunks.find(({ name }) => name === 'eXIf');
  const orientation = noted === undefined ? 1 : orientationOf(noted.body);
  for (const { name, whole } of chunks) {
    if (kept.has(name)) parts.push(whole);
    if (name === 'IHDR' && orientation !== 1) parts.push(chunkOf('eXIf', orientationOnly(orientation)));
  }
  return concat(...parts);
}

/** Throws `malformed`. */
export function pngSize(bytes: Uint8Array): { width: number; height: number } {
  const [head] = chunksOf(bytes);
  if (head?.name !== 'IHDR' || head.body.length !== 13) throw new ProtocolError('malformed', 'PNG: no header');
  const view = new DataView(head.body.buffer, head.body.byteOffset);
  return { width: view.getUint32(0), height: view.getUint32(4) };
}

function chunkOf(name: string, body: Uint8Array): Uint8Array {
  const named = concat(utf8(name), body);
  const chunk = new Uint8Array(body.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length);
  chunk.set(named, 4);
  view.setUint32(chunk.length - 4, crc32(named));
  return chunk;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
