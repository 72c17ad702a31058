/**
 * How the relay's surroundings can fail it: settings, files, ports. Each is told in one sentence, without a stack, and the
 * program ends with exit code 1 (`docs/operating.md` "When it does not start"). What a client does wrong is a `ProtocolError`
 * or a code of `relayErrors`; it never ends the program.
 */
export type RelayErrorKind =
  | 'bad-settings'
  | 'port-taken'
  | 'cannot-listen'
  | 'no-web-files'
  | 'bad-tls'
  | 'bad-data-folder'
  | 'no-firewall'
  | 'bad-backup';

export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly kind: RelayErrorKind;

  constructor(kind: RelayErrorKind, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.kind = kind;
  }
}
