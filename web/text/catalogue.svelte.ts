/**
 * The words in the language the person reads. One page speaks one language, so this is module state and every component
 * just asks `text()`. English is part of the page; another language is fetched when wanted, and English stays until it
 * is here.
 */
import type { Language } from '../session/types.ts';
import { en, type Text } from './en.ts';
import type { Words } from './translation.ts';

/** Each language by its own name. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', ar: 'العربية' };

const fetches: Record<Exclude<Language, 'en'>, () => Promise<Words>> = {
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  fr: async () => (await import('./fr.ts')).fr,
  ar: async () => (await import('./ar.ts')).ar,
};
const rightToLeft: readonly Language[] = ['ar'];

let fetched = $state.raw<Words>();
let wanted: Language = 'en';

export const text = (): Text => fetched ?? en;

/** The catalogue of a language other than English, while the page speaks it. */
export const fetchedText = (): Words | undefined => fetched;

/** Changes the language; the page's `lang` follows once the words are here. Rejects where they cannot be fetched. */
export async function speak(language: Language): Promise<void> {
  wanted = language;
  const words = language === 'en' ? undefined : await fetches[language]();
  if (wanted !== language) return;
  fetched = words;
  document.documentElement.lang = language;
  document.documentElement.dir = rightToLeft.includes(language) ? 'rtl' : 'ltr';
}
