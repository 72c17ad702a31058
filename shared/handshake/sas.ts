/**
 * The short authentication string (protocol.md "Handshake"): 42 bits that two people compare as seven emoji.
 *
 * The initiator commits to a nonce and its static key in the first message and reveals both in the third; the responder's
 * nonce and static key are fixed in between. So whoever sits in the middle has to choose everything before anything is
 * known, and gets one try in 2^42 for each handshake. A string from the handshake hash alone would not do: its last message can be
 * varied until the string fits. Only values fixed before the reveal go in, for the same reason.
 */
import { concat, equal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { expand, extract, labelledHash } from '../primitives.ts';

export const sasNonceBytes = 32;
export const commitmentBytes = 32;
/** Seven numbers of six bits: indices into a list of 64 emoji. */
export const sasLength = 7;

/** What the initiator sends first, in place of its nonce. */
export function commit(initiatorNonce: Uint8Array, initiatorStatic: Uint8Array): Uint8Array {
  return labelledHash('sas', initiatorNonce, initiatorStatic);
}

/** Throws `bad-commitment` where the values revealed are not the ones committed to: someone tried more than one. */
export function checkCommitment(commitment: Uint8Array, initiatorNonce: Uint8Array, initiatorStatic: Uint8Array): void {
  if (!equal(commitment, commit(initiatorNonce, initiatorStatic))) throw new ProtocolError('bad-commitment', 'SAS');
}

export interface SasInputs {
  readonly initiatorNonce: Uint8Array;
  readonly responderNonce: Uint8Array;
  readonly roomPub: Uint8Array;
  readonly initiatorStatic: Uint8Array;
  readonly responderStatic: Uint8Array;
  /** The handshake hash after the second message. */
  readonly secondHash: Uint8Array;
}

/** The seven indices, 0 to 63, that both sides must see. */
export function sasIndices(inputs: SasInputs): number[] {
  const key = extract('room/1 sas', concat(inputs.initiatorNonce, inputs.responderNonce));
  const bits = expand(key, '', 6, concat(inputs.roomPub, inputs.initiatorStatic, inputs.responderStatic, inputs.secondHash));
  return sixBits(bits);
}

/** The first 42 of 48 bits in groups of six, the highest first. */
export function sixBits(bytes: Uint8Array): number[] {
  return Array.from({ length: sasLength }, (_, i) => {
    const bit = 6 * i;
    const pair = ((bytes[bit >> 3] as number) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    return (pair >> (10 - (bit & 7))) & 63;
  });
}
