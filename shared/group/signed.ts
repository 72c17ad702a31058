/**
 * What the signature of a group record covers (protocol.md "Records and ratchets"), apart from the frame it came in. A member that
 * holds content and signature can pass both on, and whoever knows the author's key of that generation can tell that nothing was
 * changed. The content goes in as a hash, so that a record whose text was erased can still be told from one that never was.
 *
 *   digest = H(ctype || body)     TBS = "room/1 msg" | 00 | roomPub | sPub | inst | gen | seq | digest     id = H(TBS)[0..16]
 */
import { concat, equal, utf8 } from '../bytes.ts';
import { sha256, verify } from '../primitives.ts';

/** Who says it, and where: bound into everything a member seals. */
export interface Author {
  readonly roomPub: Uint8Array;
  readonly inst: Uint8Array;
  readonly staticKey: Uint8Array;
}

/** A record as its author signed it. `content` is ctype and body; null once erased. */
export interface SignedRecord {
  readonly gen: number;
  readonly seq: number;
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
  readonly sig: Uint8Array;
  content: Uint8Array | null;
}

const label = utf8('room/1 msg\0');

export function toSign({ roomPub, inst, staticKey }: Author, gen: number, seq: number, digest: Uint8Array): Uint8Array {
  return concat(label, roomPub, staticKey, inst, u32(gen), u32(seq), digest);
}

/** The id of a record. */
export function recordId(signed: Uint8Array): Uint8Array {
  return sha256(signed).slice(0, 16);
}

/** The id of what `spk` signed; null where it did not. */
export function verifiedId(
  author: Author,
  spk: Uint8Array,
  { gen, seq, digest, sig }: Omit<SignedRecord, 'id' | 'content'>,
): Uint8Array | null {
  const signed = toSign(author, gen, seq, digest);
  return verify(spk, signed, sig) ? recordId(signed) : null;
}

/** One author signed two different records with one number: it told different members different things. Holds no content. */
export interface ForkProof {
  readonly inst: Uint8Array;
  readonly staticKey: Uint8Array;
  /** The author's key of the generation. Who checks a proof must know by itself that it is. */
  readonly spk: Uint8Array;
  readonly gen: number;
  readonly seq: number;
  readonly a: { readonly digest: Uint8Array; readonly sig: Uint8Array };
  readonly b: { readonly digest: Uint8Array; readonly sig: Uint8Array };
}

export function provesFork(roomPub: Uint8Array, { inst, staticKey, spk, gen, seq, a, b }: ForkProof): boolean {
  if (equal(a.digest, b.digest)) return false;
  const author = { roomPub, inst, staticKey };
  return [a, b].every(({ digest, sig }) => verifiedId(author, spk, { gen, seq, digest, sig }) !== null);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
