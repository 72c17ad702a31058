/**
 * How tor can fail us. Each kind has a sentence for the operator in `docs/operating.md` "When tor has trouble" (a test holds it), its own
 * test, and never ends the relay: the clearnet side goes on.
 */
export const torTroubles = {
  'no-tor':
    'the program tor could not be started; install it (Debian: `apt install tor`; the image: its target `with-tor` has it), or say where it is with `torPath`',
  'old-tor': 'tor is older than 0.4.8; update it',
  'bad-torrc': 'tor refuses its configuration; what it said is in the log',
  'no-folder': 'the data folder cannot be used; it must be a folder of the relay alone (mode 0700) that it may write to',
  'disk-full': 'the disk of the data folder is full; tor and the address of the onion need a few MB there',
  'tor-ended': 'tor ended by itself; the relay starts it again, after 1 s at first and 30 s at most',
  'tor-gives-up':
    'tor ended five times in a short time; the relay tries again every five minutes (see what tor said), or when you restart it',
  'bootstrap-stalls':
    'tor does not get on connecting to the Tor network; it is never restarted for that, since that would throw its progress away. See what it waits for; if the network blocks Tor, set `bridges`',
  'clock-off': 'the clock of this computer is wrong by so much that Tor does not work; set it (for example with systemd-timesyncd)',
  'control-unreachable':
    'nothing answers at the control port or socket of tor; see `torControl`, and ControlPort or ControlSocket in the torrc',
  'control-closed': 'the control connection broke; the relay connects again, and the onion works on meanwhile',
  'control-silent': 'tor does not answer on its control connection; it may be stopped, or the computer overloaded',
  'control-garbled': 'what answers at the control port does not speak the control protocol of tor; check `torControl`',
  'no-cookie':
    'the cookie file of tor cannot be read; add the user of the relay to the group of tor (Debian: debian-tor), or use `torPassword`',
  'wrong-cookie': 'tor does not accept the cookie, or cannot prove that it knows it; the cookie file is of another tor',
  'wrong-password': 'tor does not accept `torPassword`; it must be the one whose hash is HashedControlPassword in the torrc',
  'no-authentication':
    'tor offers no way to authenticate that the relay can use; set CookieAuthentication 1 or HashedControlPassword in the torrc',
  refused: 'tor refused a command; what it said is in the log',
  'key-unusable': 'the key of the onion cannot be used; restore it from a backup, or remove its folder to get a new address',
  'no-such-onion':
    'the configuration of that tor leads no port 80 of an onion to `onionDoor`; add HiddenServicePort 80 there, or correct `onionDoor`',
  'no-circuit-ids':
    'tor does not name the circuits of the onion’s visitors, so all of them share one limit; add HiddenServiceExportCircuitID haproxy to its configuration, and start the relay again',
  'onion-unreachable':
    'a probe through the Tor network does not reach the onion; it is published again, and people with the address may have to wait',
} as const;

export type TorTrouble = keyof typeof torTroubles;

export class TorError extends Error {
  override readonly name = 'TorError';
  readonly code: TorTrouble;
  /** What tor or the system said; it may hold paths of this computer, never anything of a visitor. */
  readonly detail: string;

  constructor(code: TorTrouble, detail = '', options?: ErrorOptions) {
    super(detail === '' ? torTroubles[code] : `${torTroubles[code]} (${detail})`, options);
    this.code = code;
    this.detail = detail;
  }
}
