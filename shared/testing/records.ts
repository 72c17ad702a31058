/**
 * A second implementation of protocol.md "Records and ratchets", on Node's OpenSSL instead of noble, written from the document: what
 * both agree on is the protocol and not one program's habit. It seals whatever it is told to, well-formed or not, so tests
 * make with it what a modified client would send.
 */
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';

/** One record to seal. `plaintext` is the whole of it: length, inner, padding. */
export interface HandMade {
  readonly type: 0x20 | 0x30;
  readonly roomPub: Uint8Array;
  readonly inst: Uint8Array;
  readonly gen: number;
  /** Chain key of number 0. */
  readonly ck0: Uint8Array;
  readonly kid: Uint8Array;
  readonly seq: number;
  readonly guard: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** X(prk, label, length): HKDF-Expand with SHA-256. */
export function expandByHand(prk: Uint8Array, label: string, length: number): Buffer {
  let block = Buffer.alloc(0);
  let out = Buffer.alloc(0);
  for (let i = 1; out.length < length; i++) {
    block = createHmac('sha256', prk)
      .update(Buffer.concat([block, Buffer.from(`room/1 ${label}`), Buffer.from([i])]))
      .digest();
    out = Buffer.concat([out, block]);
  }
  return out.subarray(0, length);
}

/** The keys of number `seq`. */
export function keysByHand(ck0: Uint8Array, seq: number): { ck: Uint8Array; mk: Buffer; n0: Buffer; hp: Buffer } {
  let ck: Uint8Array = ck0;
  for (let i = 0; i < seq; i++) ck = expandByHand(ck, 'next', 32);
  const key = expandByHand(ck, 'msg', 44);
  return { ck, mk: key.subarray(0, 32), n0: key.subarray(32), hp: expandByHand(ck0, 'hp', 32) };
}

export function frameByHand({ type, roomPub, inst, gen, ck0, kid, seq, guard, plaintext }: HandMade): Uint8Array {
  const { mk, n0, hp } = keysByHand(ck0, seq);
  for (let i = 0; i < 4; i++) n0[i] = (n0[i] as number) ^ (guard[i] as number);
  const aad = Buffer.concat([Buffer.from('room/1'), Buffer.from([type]), roomPub, inst, u32(gen), u32(seq), guard]);
  const cipher = createCipheriv('chacha20-poly1305', mk, n0, { authTagLength: 16 });
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  const ct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  // OpenSSL's ChaCha20 takes the block counter, little-endian, before the nonce.
  const mask = createCipheriv('chacha20', hp, Buffer.concat([Buffer.alloc(4), ct.subarray(0, 12)])).update(Buffer.alloc(4));
  const masked = u32(seq).map((byte, i) => byte ^ (mask[i] as number));
  return new Uint8Array(Buffer.concat([Buffer.from([type]), kid, masked, guard, ct]));
}

/** u16 len | inner | 0^pad, for a frame of `size` bytes. */
export function padByHand(inner: Uint8Array, size: number): Uint8Array {
  const plaintext = new Uint8Array(size - 13 - 16);
  plaintext.set([inner.length >> 8, inner.length & 255]);
  plaintext.set(inner, 2);
  return plaintext;
}

/** What a GROUP record says; bytes in hexadecimal. */
export type MessageByHand =
  | {
      readonly type: 'text';
      readonly lamport: number;
      readonly ageS: number;
      readonly part: number;
      readonly parts: number;
      readonly edits: string | null;
      readonly reply: string | null;
      readonly action: boolean;
      readonly mentions: readonly string[];
      readonly bytes: string;
    }
  | {
      readonly type: 'react';
      readonly lamport: number;
      readonly ageS: number;
      readonly target: string;
      readonly on: boolean;
      readonly emoji: string;
    }
  | { readonly type: 'erase'; readonly lamport: number; readonly ageS: number; readonly target: string }
  | {
      readonly type: 'sync';
      readonly latest: readonly { readonly who: string; readonly gen: number; readonly seq: number; readonly id: string }[];
    };

/** ctype, prevId and body, spelled in hexadecimal as the document lays them out. */
export function contentByHand(message: MessageByHand, prevId: Uint8Array): Uint8Array {
  const number = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0');
  const spell = (ctype: string, ...fields: string[]) =>
    new Uint8Array(Buffer.from(ctype + Buffer.from(prevId).toString('hex') + fields.join(''), 'hex'));
  if (message.type === 'sync')
    return spell('43', ...message.latest.map(({ who, gen, seq, id }) => who + number(gen, 4) + number(seq, 4) + id));
  const place = number(message.lamport, 4) + number(message.ageS, 2);
  if (message.type === 'erase') return spell('41', place, '02', message.target);
  if (message.type === 'react')
    return spell('41', place, '00', message.target, message.on ? '01' : '00', Buffer.from(message.emoji).toString('hex'));
  const { part, parts, edits, reply, action, mentions, bytes } = message;
  const flags = (reply === null ? 0 : 1) + (action ? 2 : 0) + (mentions.length > 0 ? 4 : 0);
  const text = [number(part, 1), number(parts, 1), number(flags, 1), reply ?? ''];
  if (mentions.length > 0) text.push(number(mentions.length, 1), ...mentions);
  return edits === null ? spell('40', place, ...text, bytes) : spell('41', place, '01', edits, ...text, bytes);
}

/** `content` with the author's signature behind it. `seed` is the generation's Ed25519 seed. */
export function signByHand(
  message: Omit<HandMade, 'plaintext'>,
  staticKey: Uint8Array,
  seed: Uint8Array,
  content: Uint8Array,
): { inner: Uint8Array; id: Uint8Array } {
  const digest = createHash('sha256').update(content).digest();
  const signed = Buffer.concat([
    Buffer.from('room/1 msg\0'),
    message.roomPub,
    staticKey,
    message.inst,
    u32(message.gen),
    u32(message.seq),
    digest,
  ]);
  const sig = sign(null, signed, privateKey(seed));
  const id = createHash('sha256').update(signed).digest().subarray(0, 16);
  return { inner: new Uint8Array(Buffer.concat([content, sig])), id: new Uint8Array(id) };
}

/** The Ed25519 public key of a seed. */
export function signerByHand(seed: Uint8Array): Uint8Array {
  const { x } = createPublicKey(privateKey(seed)).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x as string, 'base64url'));
}

/** RFC 8410: a PKCS#8 header before the seed. */
function privateKey(seed: Uint8Array) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The roster digest of entries given in hexadecimal. */
export function rosterByHand(entries: readonly { readonly inst: string; readonly staticKey: string }[]): Uint8Array {
  const sorted = entries.map(({ inst, staticKey }) => inst + staticKey).sort();
  const count = Buffer.from([sorted.length >> 8, sorted.length & 255]);
  return new Uint8Array(
    createHash('sha256')
      .update(Buffer.concat([Buffer.from('room/1 roster'), count, Buffer.from(sorted.join(''), 'hex')]))
      .digest(),
  );
}
