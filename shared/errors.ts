/**
 * One way for the protocol to fail: `ProtocolError` with a code. A caller's own mistake stays a `TypeError` or `RangeError`.
 * Peers never see a code before they have proven that they hold the invite (protocol.md "Errors and limits").
 */

/** Why bytes or a state change were refused. `docs/operating.md` explains each code; a test holds the two together. */
export type ProtocolCode =
  // decoding
  | 'truncated' // ended before a field did
  | 'trailing' // bytes after the last field
  | 'oversize' // longer than its limit
  | 'malformed' // a value that no encoder writes
  | 'unknown-type' // a type byte this version does not have
  | 'unknown-version' // written by a newer Hushroom
  // invite
  | 'bad-checksum' // an invite cut or edited
  | 'expired' // an invite past its time
  // keys and proofs
  | 'unauthentic' // a tag, signature or proof that does not verify
  | 'weak-key' // a public key of low order, or an invalid KEM key
  | 'wrong-password' // the invite is proven, the password (in a rekey: the session before) is not
  | 'bad-commitment' // a revealed value that was not the committed one
  | 'replayed' // accepted before
  | 'out-of-window' // too far ahead or behind
  | 'exhausted' // a counter reached its end
  // behaviour
  | 'unexpected' // right bytes in the wrong state
  | 'misuse' // a member did what no honest client does
  | 'flood'; // more than the receive limit

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolCode;

  constructor(code: ProtocolCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
  }
}
