/**
 * A language other than English: the same sentences under the same names. A sentence that a language does not have yet is said in
 * English; a test names each of them, so that none stays away for long.
 */
import { en, type Text } from './en.ts';
import { enMore, type MoreText } from './en-more.ts';

export type Words = Text & MoreText;

type Part<Whole> = Whole extends string | readonly unknown[] | ((...words: never[]) => string)
  ? Whole
  : { readonly [Key in keyof Whole]?: Part<Whole[Key]> };

export type Translation = Part<Words>;

const isGroup = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function filled<Whole>(whole: Whole, part: unknown): Whole {
  if (!isGroup(whole) || !isGroup(part)) return (part ?? whole) as Whole;
  return Object.fromEntries(Object.entries(whole).map(([key, value]) => [key, filled(value, part[key])])) as Whole;
}

export const complete = (translation: Translation): Words => filled({ ...en, ...enMore }, translation);
