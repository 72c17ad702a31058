/**
 * Noise handshake patterns as data: a pattern is text in the notation of Noise 7, a protocol is that text with the
 * modifiers of its name applied. Nothing here or in `handshake.ts` knows any pattern by name, so a published vector of
 * any pattern tests the code that the one in use runs through (protocol.md "Handshake").
 *
 * Modifiers: `pskN` (Noise 9.4) and `hfs` (Noise HFS revision 1, section 5). `fallback` is not implemented: it changes
 * protocols in the middle of a handshake, and this project has one protocol.
 * Whatever psk modifiers are chosen, each fundamental pattern satisfies Noise 9.3 (no encryption under a key made
 * only of psks), because the first thing either side sends is always its ephemeral.
 */

export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk' | 'e1' | 'ekem1';

/** A Noise protocol of the suite 25519, ChaChaPoly, SHA256 (with MLKEM768 where the pattern is hybrid), ready to run. */
export interface Protocol {
  /** The full name, which is hashed into the handshake (Noise 8). */
  readonly name: string;
  /** Which static keys the other side knows beforehand. */
  readonly initiatorKnown: boolean;
  readonly responderKnown: boolean;
  /** Tokens of each message; the initiator sends the first, and the sides take turns. */
  readonly messages: readonly (readonly Token[])[];
  /** How many psks the handshake takes, in the order of their tokens. */
  readonly psks: number;
}

/** Pattern, modifiers, then DH, cipher and hash (Noise 8). */
const nameShape = /^Noise_([A-Z0-9]+)([a-z0-9+]*)_([^_]+)_([^_]+)_([^_]+)$/;

/**
 * The protocol called `name`, whose unmodified pattern is `notation`: messages in order, each begun by its arrow, after
 * an optional pre-message part ended by `...`, as in `'<- s ... -> e, es <- e, ee'`.
 * Throws `RangeError` for a suite or modifier that is not implemented.
 */
export function protocol(name: string, notation: string): Protocol {
  const parts = nameShape.exec(name);
  if (!parts) throw new RangeError(`noise: not a protocol name: ${name}`);
  const modifiers = parts[2] ? parts[2].split('+') : [];
  const hybrid = modifiers.includes('hfs');
  const suite = `${parts[3]}_${parts[4]}_${parts[5]}`;
  if (suite !== `25519${hybrid ? '+MLKEM768' : ''}_ChaChaPoly_SHA256`) throw new RangeError(`noise: suite not implemented: ${suite}`);
  if (modifiers.some((modifier, i) => i > 0 && modifier <= (modifiers[i - 1] as string))) {
    throw new RangeError(`noise: modifiers must be sorted and single: ${name}`);
  }

  const [main, pre = ''] = notation.split('...').reverse() as [string, string?];
  const messages = arrows(main).map(({ tokens }) => [...tokens]);
  for (const modifier of modifiers) {
    if (modifier === 'hfs') makeHybrid(messages);
    else placePsk(messages, modifier);
  }
  const known = arrows(pre);
  return {
    name,
    initiatorKnown: known.some(({ arrow }) => arrow === '->'),
    responderKnown: known.some(({ arrow }) => arrow === '<-'),
    messages,
    psks: messages.flat().filter((token) => token === 'psk').length,
  };
}

/** Every message pattern in `notation`, with its direction. */
function arrows(notation: string): { arrow: string; tokens: Token[] }[] {
  return [...notation.matchAll(/(->|<-)([^<-]*)/g)].map(([, arrow, tokens]) => ({
    arrow: arrow as string,
    tokens: (tokens as string).split(',').map((token) => token.trim() as Token),
  }));
}

/** `psk0` begins the first message, `pskN` ends message N (Noise 9.4). */
function placePsk(messages: Token[][], modifier: string): void {
  const place = /^psk(\d)$/.exec(modifier)?.[1];
  const message = messages[Math.max(0, Number(place) - 1)];
  if (!place || !message) throw new RangeError(`noise: modifier not implemented or out of place: ${modifier}`);
  if (place === '0') message.unshift('psk');
  else message.push('psk');
}

/** `e1` follows the first `e`, or the first DH of that message so that it is encrypted; `ekem1` follows the first `ee` (HFS 5). */
function makeHybrid(messages: Token[][]): void {
  const first = messages[0] as Token[];
  const firstExchange = first.findIndex((token) => token === 'es' || token === 'ss' || token === 'se');
  const answer = messages.find((tokens) => tokens.includes('ee'));
  if (!answer) throw new RangeError('noise: hfs needs a pattern in which both sides send ephemerals');
  first.splice(Math.max(first.indexOf('e'), firstExchange) + 1, 0, 'e1');
  answer.splice(answer.indexOf('ee') + 1, 0, 'ekem1');
}
