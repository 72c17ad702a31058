/**
 * An exported conversation under a passphrase (docs/export.md), in one file:
 *
 *   "hushroom export 1\n"[18] | salt[16] | memory KiB u32 | passes u32 | commitment[32] | nonce[12] | AEAD
 *
 *   prk = Argon2id(NFC(passphrase), salt, memory, passes, one lane, 32 bytes)
 *   key = X(prk, "export key", 32)      commitment = X(prk, "export commitment", 32)      AAD = everything before the nonce
 *
 * The commitment is compared before anything is opened: ChaCha20-Poly1305 alone lets one file open under two keys to two
 * texts, and a file that is shown around must have one meaning only (partitioning oracles, "fast message franking").
 */
import { concat, equal, utf8, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { expand, keyBytes, open, seal } from '../primitives.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** What makes guessing a passphrase slow. */
export interface ExportCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** RFC 9106's second choice: 64 MiB, three passes. One to three seconds in JavaScript. */
export const exportCost: ExportCost = { memoryKiB: 64 * 1024, passes: 3 };
/** A file that asks for more is not opened: it would only exhaust the machine. */
const mostMemoryKiB = 1024 * 1024;
const mostPasses = 16;

const magic = utf8('hushroom export 1\n');
export const saltBytes = 16;
const nonceBytes = 12;

/** `prk` is the stretched passphrase; it is wiped. */
export function sealExport(plaintext: Uint8Array, prk: Uint8Array, salt: Uint8Array, random: Random): Uint8Array {
  const { key, commitment } = keysOf(prk);
  const head = new Writer().bytes(magic).bytes(salt).u32(exportCost.memoryKiB).u32(exportCost.passes).bytes(commitment).finish();
  const nonce = random(nonceBytes);
  const sealed = seal(key, nonce, head, plaintext);
  wipe(key);
  return concat(head, nonce, sealed);
}

export interface ExportHead {
  readonly salt: Uint8Array;
  readonly cost: ExportCost;
}

/** What is needed to stretch the passphrase. Throws `malformed` for what is no such file, `oversize` for one that asks too much. */
export function readExportHead(file: Uint8Array): ExportHead {
  if (!equal(file.subarray(0, magic.length), magic)) throw new ProtocolError('malformed', 'not an exported conversation');
  const reader = new Reader(file.subarray(magic.length));
  const salt = reader.bytes(saltBytes).slice();
  const cost = { memoryKiB: reader.u32(), passes: reader.u32() };
  if (cost.memoryKiB < 8 || cost.passes < 1) throw new ProtocolError('malformed', 'an export without work');
  if (cost.memoryKiB > mostMemoryKiB || cost.passes > mostPasses)
    throw new ProtocolError('oversize', 'an export that asks for too much work');
  return { salt, cost };
}

/** Throws `wrong-password` for another passphrase, `unauthentic` for a file that was changed. `prk` is wiped. */
export function openExport(file: Uint8Array, prk: Uint8Array): Uint8Array {
  const headBytes = magic.length + saltBytes + 8 + keyBytes;
  const head = file.subarray(0, headBytes);
  const { key, commitment } = keysOf(prk);
  if (!equal(head.subarray(-keyBytes), commitment)) throw new ProtocolError('wrong-password', 'another passphrase');
  const nonce = file.subarray(headBytes, headBytes + nonceBytes);
  const plaintext = open(key, nonce, head, file.subarray(headBytes + nonceBytes));
  wipe(key);
  return plaintext;
}

function keysOf(prk: Uint8Array): { key: Uint8Array; commitment: Uint8Array } {
  const keys = { key: expand(prk, 'export key', keyBytes), commitment: expand(prk, 'export commitment', keyBytes) };
  wipe(prk);
  return keys;
}
