/**
 * Sealing and opening PAIR and GROUP frames (protocol.md "Records and ratchets").
 *
 *   frame     = type u8 | kid[4] | mseq[4] | guard[4] | ct              its length is one of limits.buckets
 *   plaintext = u16 len | inner | 0^pad                                 another pad is refused: it would be a hidden channel
 *   AAD       = "room/1" | type | roomPub | senderInst | gen u32 | seq u32 | guard         gen is 0 in the pairwise channel
 *   nonce     = n0 XOR (guard || 0^8): random, so that even a state copied by a snapshot does not repeat a nonce (RFC 9420 6.3.1)
 *   mseq      = seq XOR ChaCha20(hp, ct[0..12]): else gaps on the relay's path would tell how much went by another
 *   sig       = Ed25519(generation key, "room/1 msg" | 00 | roomPub | sPub | inst | gen | seq | H(ctype || body))
 *
 * Everyone in the room holds the keys of everyone's chains, so that a frame opens proves only that a member made it. The
 * signature says which one, and the number is used up only after it verified: else any member could burn another's numbers.
 */
import { concat, utf8, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Random } from '../ports.ts';
import { mask, open, seal, sha256, sign, tagBytes, verify } from '../primitives.ts';
import { encodeGroupInner, type GroupInner, passedHeaderBytes, textHeaderBytes } from '../wire/group.ts';
import { groupType, headerBytes, pairType } from '../wire/peer.ts';
import { commitKey, discardKey, type PeekedKey, peekKey, type ReceiveChain, type SendChain, takeKey } from './chain.ts';
import { chainOf, type GroupReceiver } from './receiver.ts';
import type { GroupSender } from './sender.ts';
import { type Author, recordId, type SignedRecord, toSign } from './signed.ts';

const sigBytes = 64;
const guardBytes = 4;
const lengthBytes = 2;
const overhead = headerBytes + lengthBytes + tagBytes;
/** The longest inner of a PAIR frame. */
export const pairInnerBytes = limits.frameBytes - overhead;
/** The longest content of a GROUP frame: whoever has it can pass it on in one PAIR frame, with all that belongs to it. */
export const contentBytes = pairInnerBytes - passedHeaderBytes;
/** The longest text that fits one GROUP frame. */
export const textPartBytes = contentBytes - textHeaderBytes;

// ---------------------------------------------------------------- the pairwise channel

/** Seals `inner` under the chain's next number. Throws `RangeError` above `pairInnerBytes`, `exhausted` at the end of the chain. */
export function sealPair(
  chain: SendChain,
  roomPub: Uint8Array,
  inst: Uint8Array,
  inner: Uint8Array,
  random: Random,
): { frame: Uint8Array; seq: number } {
  const frame = emptyFrame(pairType, chain, inner.length);
  const { seq, key } = takeKey(chain);
  return { frame: fill(frame, chain, key, seq, binding(pairType, roomPub, inst, 0), inner, random), seq };
}

/** `fresh` false: opened before, to be acknowledged again and otherwise ignored. */
export type OpenedPair =
  | { readonly fresh: true; readonly seq: number; readonly inner: Uint8Array }
  | { readonly fresh: false; readonly seq: number };

/** Opens a PAIR frame of the member `inst`. Throws `ProtocolError`; the chain is then as it was. */
export function openPair(chain: ReceiveChain, roomPub: Uint8Array, inst: Uint8Array, frame: Uint8Array, now: number): OpenedPair {
  const seq = unmask(chain, frame);
  const peeked = peekKey(chain, seq, now);
  if (peeked === null) return { fresh: false, seq };
  return proven(chain, peeked, now, () => ({ fresh: true, seq, inner: unfill(frame, peeked, binding(pairType, roomPub, inst, 0)) }));
}

// ---------------------------------------------------------------- the group

export interface SealedGroup extends SignedRecord {
  readonly frame: Uint8Array;
}

/** Seals and signs one message for everyone who holds the current generation. Throws as `sealPair` does. */
export function sealGroup(sender: GroupSender, author: Author, message: GroupInner, random: Random): SealedGroup {
  return sealContent(sender, author, encodeGroupInner(message, sender.lastId), random);
}

/** The same for what is encoded already. */
export function sealContent(sender: GroupSender, author: Author, content: Uint8Array, random: Random): SealedGroup {
  const { chain, gen } = sender;
  if (content.length > contentBytes) throw new RangeError(`record: at most ${contentBytes} bytes fit a group frame, got ${content.length}`);
  const frame = emptyFrame(groupType, chain, content.length + sigBytes);
  const { seq, key } = takeKey(chain);
  const digest = sha256(content);
  const signed = toSign(author, gen, seq, digest);
  const sig = sign(sender.signer.secret, signed);
  fill(frame, chain, key, seq, binding(groupType, author.roomPub, author.inst, gen), concat(content, sig), random);
  const id = recordId(signed);
  sender.lastId = id;
  return { frame, gen, seq, id, digest, sig, content };
}

export type OpenedGroup =
  /** `content` is ctype and body, for `decodeGroupInner`. */
  | ({ readonly fresh: true; readonly content: Uint8Array } & SignedRecord)
  | { readonly fresh: false; readonly gen: number; readonly seq: number };

/**
 * Opens a GROUP frame of the member `author`; null where its generation is not known (yet). Throws `ProtocolError`, `misuse`
 * for a frame that a member made in the name of another; the receiver is then as it was.
 */
export function openGroup(receiver: GroupReceiver, author: Author, frame: Uint8Array, now: number): OpenedGroup | null {
  const generation = chainOf(receiver, frame, now);
  if (generation === null) return null;
  const { chain, gen, spk } = generation;
  const seq = unmask(chain, frame);
  const peeked = peekKey(chain, seq, now);
  if (peeked === null) return { fresh: false, gen, seq };
  return proven(chain, peeked, now, () => {
    const signedInner = unfill(frame, peeked, binding(groupType, author.roomPub, author.inst, gen));
    if (signedInner.length <= sigBytes) throw new ProtocolError('misuse', 'a group frame without a signature');
    const content = signedInner.slice(0, -sigBytes);
    const sig = signedInner.slice(-sigBytes);
    wipe(signedInner);
    const digest = sha256(content);
    const signed = toSign(author, gen, seq, digest);
    if (!verify(spk, signed, sig)) throw new ProtocolError('misuse', 'a group frame that its author did not sign');
    return { fresh: true, gen, seq, id: recordId(signed), digest, sig, content };
  });
}

// ---------------------------------------------------------------- one frame

const aadLabel = utf8('room/1');

/** The part of the AAD that holds for a whole chain. */
function binding(type: number, roomPub: Uint8Array, inst: Uint8Array, gen: number): Uint8Array {
  return concat(aadLabel, Uint8Array.of(type), roomPub, inst, u32(gen));
}

/** A frame of the smallest size that takes `innerLength` bytes, with type and kid in place. */
function emptyFrame(type: number, { kid }: SendChain, innerLength: number): Uint8Array {
  const size = limits.buckets.find((bucket) => bucket >= innerLength + overhead);
  if (size === undefined) throw new RangeError(`record: at most ${pairInnerBytes} bytes fit a frame, got ${innerLength}`);
  const frame = new Uint8Array(size);
  frame[0] = type;
  frame.set(kid, 1);
  return frame;
}

function fill(
  frame: Uint8Array,
  chain: SendChain,
  key: Uint8Array,
  seq: number,
  bound: Uint8Array,
  inner: Uint8Array,
  random: Random,
): Uint8Array {
  const plaintext = new Uint8Array(frame.length - headerBytes - tagBytes);
  plaintext[0] = inner.length >> 8;
  plaintext[1] = inner.length & 255;
  plaintext.set(inner, lengthBytes);
  const guard = random(guardBytes);
  const ct = seal(key.subarray(0, 32), nonceOf(key, guard), concat(bound, u32(seq), guard), plaintext);
  wipe(key, plaintext);
  frame.set(u32((seq ^ maskOf(chain, ct)) >>> 0), 5);
  frame.set(guard, 9);
  frame.set(ct, headerBytes);
  return frame;
}

function unfill(frame: Uint8Array, { key, seq }: PeekedKey, bound: Uint8Array): Uint8Array {
  const guard = frame.subarray(9, headerBytes);
  const plaintext = open(key.subarray(0, 32), nonceOf(key, guard), concat(bound, u32(seq), guard), frame.subarray(headerBytes));
  const end = lengthBytes + (((plaintext[0] as number) << 8) | (plaintext[1] as number));
  if (end > plaintext.length || plaintext.subarray(end).some((byte) => byte !== 0)) throw new ProtocolError('malformed', 'padding');
  return plaintext.subarray(lengthBytes, end);
}

/** Runs `use` on a key; the chain moves on only where it succeeds. */
function proven<Result>(chain: ReceiveChain, peeked: PeekedKey, now: number, use: () => Result): Result {
  try {
    const result = use();
    commitKey(chain, peeked, now);
    return result;
  } catch (error) {
    discardKey(peeked);
    throw error;
  }
}

function nonceOf(key: Uint8Array, guard: Uint8Array): Uint8Array {
  const nonce = key.slice(32);
  for (let i = 0; i < guardBytes; i++) nonce[i] = (nonce[i] as number) ^ (guard[i] as number);
  return nonce;
}

function unmask(chain: ReceiveChain, frame: Uint8Array): number {
  return (readU32(frame, 5) ^ maskOf(chain, frame.subarray(headerBytes))) >>> 0;
}

function maskOf({ hp }: { readonly hp: Uint8Array }, ct: Uint8Array): number {
  return readU32(mask(hp, ct.subarray(0, 12)), 0);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function readU32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
