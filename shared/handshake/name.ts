/**
 * A display name is whatever its owner chose (protocol.md "Handshake", info), so it is made harmless on both sides: by the sender
 * for honesty, by the receiver because senders lie. It is cleaned rather than refused: a name should not be able to keep its
 * owner's handshake from completing, and clients whose rules differ by one character should still meet.
 */
import { utf8 } from '../bytes.ts';
import { limits } from '../limits.ts';

/**
 * Code points taken out of names, as ranges: control characters, line and paragraph separators, everything that changes
 * the direction of text (it would reach into the words around the name), and what shows nothing and so makes two names look
 * alike. Listed instead of named by Unicode property, since properties grow with each release of Unicode and clients would
 * differ. Left in: the joiners U+200C and U+200D, which Persian and emoji need.
 */
const harmful: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x001f], // C0 controls; blanks among them have become spaces before
  [0x007f, 0x009f], // delete, C1 controls
  [0x00ad, 0x00ad], // soft hyphen
  [0x034f, 0x034f], // combining grapheme joiner
  [0x061c, 0x061c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5], // Khmer inherent vowels
  [0x180e, 0x180e], // Mongolian vowel separator
  [0x200b, 0x200b], // zero-width space
  [0x200e, 0x200f], // direction marks
  [0x2028, 0x202e], // separators, direction embeddings and overrides
  [0x2060, 0x206f], // word joiner, invisible operators, direction isolates
  [0x2800, 0x2800], // blank Braille pattern
  [0x3164, 0x3164], // Hangul filler
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0], // half-width Hangul filler
  [0xfff9, 0xfffb], // annotations
  [0xe0000, 0xe007f], // tags
];

export function isHarmful(character: string): boolean {
  const point = character.codePointAt(0) as number;
  return harmful.some(([first, last]) => point >= first && point <= last);
}

/** `name` without harmful characters, in NFC, with single spaces, and no longer than 64 bytes of UTF-8. May be empty. */
export function cleanName(name: string): string {
  return cleanLine(name, limits.nameBytes);
}

/** The same for any line that a stranger wrote: no longer than `maxBytes` of UTF-8. */
export function cleanLine(line: string, maxBytes: number): string {
  const blanks = line.toWellFormed().normalize('NFC').replace(/\s+/gu, ' ');
  const safe = [...blanks].filter((character) => !isHarmful(character)).join('');
  let clean = '';
  let bytes = 0;
  for (const character of safe.replace(/ +/g, ' ').trim()) {
    bytes += utf8(character).length;
    if (bytes > maxBytes) break;
    clean += character;
  }
  return clean.trimEnd();
}
