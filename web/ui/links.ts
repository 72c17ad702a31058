/**
 * Finds web addresses in a message, so that they become link elements; never HTML. Only http and https and only when
 * written out: a guessed "example.com" is wrong often, and `javascript:` and its kind can never match.
 */

/** A stretch of a message; with `href`, a link whose visible text is exactly what was written. */
export interface Part {
  readonly text: string;
  readonly href?: string;
}

const address = /\bhttps?:\/\/[^\s<>"'`\p{Cc}\u202a-\u202e\u2066-\u2069]+/giu;
const closers = { ')': '(', ']': '[', '}': '{' } as const;

/** Drops what ends a sentence rather than an address; a closing bracket stays if the address opened it. */
function trimmed(found: string): string {
  let url = found;
  for (;;) {
    const last = url.at(-1)!;
    const opener = closers[last as keyof typeof closers];
    const unopened = opener !== undefined && url.split(last).length > url.split(opener).length;
    if (!unopened && !/[.,;:!?*_~…»”’]/u.test(last)) return url;
    url = url.slice(0, -1);
  }
}

export function linkParts(text: string): readonly Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    const url = trimmed(found);
    if (!URL.canParse(url)) continue;
    if (index > done) parts.push({ text: text.slice(done, index) });
    parts.push({ text: url, href: url });
    done = index + url.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

/** The address that `text` begins with, if it begins with one. */
export function linkAtStart(text: string): string | undefined {
  if (!/^https?:/iu.test(text)) return undefined;
  const [first] = linkParts(/^\S*/u.exec(text)![0]);
  return first?.href !== undefined && text.startsWith(first.text) ? first.text : undefined;
}

/** One to three emoji and nothing else, which are drawn large. */
export function isOnlyEmoji(text: string): boolean {
  return (
    text.length < 40 &&
    /^(?:(?:\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\p{EMod}|\ufe0f|\u200d\p{Extended_Pictographic})*)\s?){1,3}$/u.test(text)
  );
}
