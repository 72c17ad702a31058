/**
 * The one signature check of the relay: a JOIN proves that its sender holds the room's key (protocol.md "Relay", "Proof").
 *
 * Node's Ed25519 (OpenSSL) is about ten times faster than JavaScript. It computes R' = SB - hA and compares encodings, and refuses S >= L; what it
 * takes beyond RFC 8032 and beyond what pages produce is refused here first: a public key that is not canonical, and keys or R of small
 * order, for which one signature would fit many messages. The vectors in the test run against the pages' verifier as well.
 */
import { createPublicKey, verify } from 'node:crypto';
import { type JoinClaim, joinProof } from '../shared/wire/relay.ts';

export type VerifyJoin = (origins: readonly string[], nonce: Uint8Array, join: JoinClaim & { readonly sig: Uint8Array }) => boolean;

/** True when `join` was signed by its room's key, for this socket's nonce, for one of `origins`. */
export const verifyJoin: VerifyJoin = (origins, nonce, join) =>
  origins.some((origin) => verifyStrictly(join.roomPub, joinProof(origin, nonce, join), join.sig));

/** DER of a SubjectPublicKeyInfo that holds an Ed25519 key (RFC 8410): the 32 bytes follow. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The y coordinates, sign bit cleared, of the eight points of order 8 or less. */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** Ed25519 as RFC 8032 section 5.1.7 has it, with small orders refused. False for anything malformed, never an exception. */
export function verifyStrictly(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!isSoundPoint(publicKey) || !isSoundPoint(signature.subarray(0, 32))) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false; // 32 bytes that are no point of the curve
  }
}

function isSoundPoint(bytes: Uint8Array): boolean {
  const y = Buffer.from(bytes);
  y[31]! &= 0x7f;
  return isBelowPrime(y) && !smallOrder.has(y.toString('hex'));
}

/** y < 2^255 - 19, little-endian. */
function isBelowPrime(y: Buffer): boolean {
  if (y[31] !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (y[i] !== 0xff) return true;
  return y[0]! < 0xed;
}
