/** Names are chosen by their owners and shown to strangers: what could mislead is taken out, of one's own before sending and of others' on arrival. */
import { utf8 } from '../../shared/bytes.ts';
import { limits } from '../../shared/limits.ts';

/**
 * A name as it is sent: composed (NFC), without line breaks and characters that steer the direction of text (with which one could
 * dress up as another), and cut, at a whole character, to what the protocol carries.
 */
export function cleanName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  let kept = '';
  for (const character of plain) {
    if (utf8(kept + character).length > limits.nameBytes) break;
    kept += character;
  }
  return kept;
}
