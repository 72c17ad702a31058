/**
 * Version 3 onion names (Tor rend-spec-v3 section 6): base32 of public key[32] | checksum[2] | version, where the checksum is the first two
 * bytes of SHA3-256(".onion checksum" | public key | version). A gateway dials nothing that does not pass here, so there is no
 * name, address or port that a visitor could smuggle into it.
 */
import { createHash } from 'node:crypto';

const shape = /^[a-z2-7]{56}\.onion$/;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const version = 3;

/** True for a whole, lower-case, well-formed name with its `.onion`; no subdomain, port or trailing dot. */
export function isOnionName(host: string): boolean {
  if (!shape.test(host)) return false;
  const bytes = unbase32(host.slice(0, 56));
  return bytes[34] === version && bytes.subarray(32, 34).equals(checksum(bytes.subarray(0, 32)));
}

/** The name of the service that holds the Ed25519 key. */
export function onionName(publicKey: Uint8Array): string {
  return `${base32(Buffer.concat([publicKey, checksum(publicKey), Buffer.of(version)]))}.onion`;
}

/** RFC 4648 in small letters, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
    }
  }
  return bits === 0 ? text : text + alphabet[(held << (5 - bits)) & 31];
}

function checksum(publicKey: Uint8Array): Buffer {
  return createHash('sha3-256').update('.onion checksum').update(publicKey).update(Buffer.of(version)).digest().subarray(0, 2);
}

/** 56 letters are 35 bytes exactly. */
function unbase32(text: string): Buffer {
  const bytes = Buffer.alloc((text.length * 5) / 8);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    held = ((held << 5) | alphabet.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}
