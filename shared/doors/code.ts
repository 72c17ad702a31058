/**
 * A spoken code, "7-crystal-window-potato" (protocol.md "Ways in"): a nameplate that tells the relay which mailbox, and three words
 * that only the two people know: 24 bits, one guess. What people type is read generously, since a wrong code costs the right one its life.
 */
import { utf8 } from '../bytes.ts';
import type { Random } from '../ports.ts';
import { expand, extract, keyBytes, labelledHash } from '../primitives.ts';
import { Writer } from '../wire/writer.ts';
import { words } from './words.ts';

export const codeWords = 3;
/** Words that begin alike are told apart from here on. */
const tellingLetters = 3;
const suggestions = 4;

export interface Code {
  readonly nameplate: number;
  readonly words: readonly string[];
}

export function drawWords(random: Random): readonly string[] {
  return Array.from(random(codeWords), (byte) => words[byte] as string);
}

export function spell({ nameplate, words: said }: Code): string {
  return [nameplate, ...said].join('-');
}

/**
 * The code that a person typed: any case, any signs between the parts, words cut after three letters or more, one slip a word.
 * Null where it is none, so that nothing is sent that cannot be right.
 */
export function readCode(typed: string): Code | null {
  const [number = '', ...said] = partsOf(typed);
  const nameplate = Number(number);
  if (!/^\d{1,5}$/.test(number) || nameplate < 1 || nameplate > 0xffff || said.length !== codeWords) return null;
  const known = said.map(wordFor);
  return known.every((word) => word !== null) ? { nameplate, words: known } : null;
}

/** What the word that is being typed may become; nothing once it is whole. */
export function suggest(typed: string): readonly string[] {
  const parts = partsOf(typed);
  const last = parts.at(-1) ?? '';
  if (parts.length < 2 || parts.length > codeWords + 1 || words.includes(last) || /[^\p{L}]$/u.test(typed)) return [];
  const fitting = words.filter((word) => word.startsWith(last));
  return (fitting.length > 0 ? fitting : words.filter((word) => isOneSlip(last, word))).slice(0, suggestions);
}

/** `typed` with its last part replaced by `word`, in the way that codes are written. */
export function complete(typed: string, word: string): string {
  return [...partsOf(typed).slice(0, -1), word].join('-');
}

function partsOf(typed: string): string[] {
  return (
    typed
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{L}+|\p{Nd}+/gu) ?? []
  );
}

function wordFor(typed: string): string | null {
  if (words.includes(typed)) return typed;
  const longer = typed.length >= tellingLetters ? words.filter((word) => word.startsWith(typed)) : [];
  const fitting = longer.length > 0 ? longer : words.filter((word) => isOneSlip(typed, word));
  return fitting.length === 1 ? (fitting[0] as string) : null;
}

/** One letter wrong, missing, too many, or two exchanged. Words are further apart than that from each other. */
function isOneSlip(typed: string, word: string): boolean {
  if (Math.abs(typed.length - word.length) > 1) return false;
  let at = 0;
  while (at < word.length && typed[at] === word[at]) at++;
  const rest = (text: string, from: number) => text.slice(at + from);
  if (rest(typed, 1) === rest(word, 1) || rest(typed, 1) === rest(word, 0) || rest(typed, 0) === rest(word, 1)) return true;
  return typed[at] === word[at + 1] && typed[at + 1] === word[at] && rest(typed, 2) === rest(word, 2);
}

/** What the handshake of a code depends on. All of it is public but `prs`, which is the words. */
export interface CodeKeys {
  readonly roomPub: Uint8Array;
  readonly psk0: Uint8Array;
  readonly prs: Uint8Array;
}

export function codeKeys({ nameplate, words: said }: Code): CodeKeys {
  const plate = new Writer().u16(nameplate).finish();
  return {
    roomPub: labelledHash('code', plate),
    psk0: expand(extract('room/1 code', plate), 'psk0', keyBytes),
    prs: utf8(said.join('-')),
  };
}
