/**
 * What a message looks like before anything is parsed: whether it can hold markup at all (most do not, and then the parser is
 * never fetched), and whether it tells what its author does (`/me`).
 */

/** Cheap, and wrong only towards yes. A single `_` or `*` marks nothing, and neither does a word_with_underscores alone. */
const marks = /\*[^\s*]|(?:^|[^\p{L}\p{N}])_[^\s_]|__|~~|`|\]\(|\\[!-/:-@[-`{-~]|^ {0,3}(?:>|[-+*] |\d{1,9}[.)] )/mu;

export const mayHaveMarkup = (text: string): boolean => marks.test(text);

/** "/me waves" tells what the author does: gives "waves", or undefined for a message that merely says something. */
export const action = (text: string): string | undefined => /^\/me\s+(\S.*)$/su.exec(text)?.[1];
