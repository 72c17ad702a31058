/**
 * The words in the language the person reads. One page speaks one language, so this is module state and every component
 * just asks `text()`. English is part of the page; others are fetched when wanted, and English stays until they are here.
 */
import type { Language } from '../session/types.ts';
import { en, type Text } from './en.ts';

export type { Text };

const catalogues: Record<Language, () => Promise<Text>> = {
  en: async () => en,
  de: async () => (await import('./de.ts')).de,
};

/** Each language by its own name. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch' };

let current = $state.raw<Text>(en);
let wanted: Language = 'en';

export const text = (): Text => current;

/** Changes the language; the page's `lang` follows once the words are here. Rejects where they cannot be fetched. */
export async function speak(language: Language): Promise<void> {
  wanted = language;
  const words = await catalogues[language]();
  if (wanted !== language) return;
  current = words;
  document.documentElement.lang = language;
}
