/**
 * Whether a message can hold markup at all: most do not, and then the parser is never fetched. Cheap, and wrong only towards
 * yes. A single `_` or `*` marks nothing, and neither does a word_with_underscores alone.
 */
const marks = /\*[^\s*]|(?:^|[^\p{L}\p{N}])_[^\s_]|__|~~|`|\]\(|\\[!-/:-@[-`{-~]|^ {0,3}(?:>|[-+*] |\d{1,9}[.)] )/mu;

export const mayHaveMarkup = (text: string): boolean => marks.test(text);
