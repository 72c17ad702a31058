/**
 * From a room's password to the PRS that CPace takes (protocol.md "Handshake"). CPace alone keeps anyone from trying passwords
 * offline; Argon2id makes each honest try slow as well, should a member's PRS ever be taken. The door to Argon2, loaded only
 * when a person types a password.
 */
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { utf8 } from '../bytes.ts';
import type { ExportCost } from '../export/sealed.ts';
import { keyBytes, labelledHash } from '../primitives.ts';

/** OWASP's smallest advice for Argon2id: 19 MiB, two passes, one lane. 0.3 s to 0.5 s in JavaScript; phones have to do it too. */
const cost = { m: 19 * 1024, t: 2, p: 1 };

/** Below a frame, so that a page that has no worker still paints. */
const tickMs = 10;

/**
 * The 32-byte password-related string of `password` in the room `roomPub`. Takes a good part of a second and gives control
 * back every 10 ms; works in a page and in a worker. The caller wipes the result.
 */
export function passwordSecret(password: string, roomPub: Uint8Array, onProgress?: (share: number) => void): Promise<Uint8Array> {
  const salt = labelledHash('pw', roomPub).slice(0, 16);
  const options = { ...cost, dkLen: keyBytes, asyncTick: tickMs, ...(onProgress && { onProgress }) };
  return argon2idAsync(utf8(password.normalize('NFC')), salt, options);
}

/** The secret of an export's passphrase (shared/export/sealed.ts), for the work that the file names. */
export function exportSecret(passphrase: string, salt: Uint8Array, cost: ExportCost): Promise<Uint8Array> {
  const { memoryKiB: m, passes: t } = cost;
  return argon2idAsync(utf8(passphrase.normalize('NFC')), salt, { m, t, p: 1, dkLen: keyBytes, asyncTick: tickMs });
}
