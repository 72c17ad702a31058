/** Which of the page's languages a person gets before choosing one. */
import type { Language } from './types.ts';

const known: readonly string[] = ['en', 'de', 'es', 'fr', 'ar'] satisfies readonly Language[];

export const isLanguage = (value: string | null): value is Language => value !== null && known.includes(value);

/** The first that the page speaks of those that the browser names, best first ("de-AT", "en"). */
export function preferredLanguage(named: readonly string[]): Language {
  return named.map((tag) => tag.split('-')[0] ?? '').find(isLanguage) ?? 'en';
}
