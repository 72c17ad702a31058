/** The console's own catalogue: the chat never loads it. Sentences of the relay about a refusal come from the relay, in English. */
import { de } from './de.ts';
import { en, type Words } from './en.ts';

let spoken = $state.raw<Words>(en);

export const words = (): Words => spoken;

export async function speak(language: 'en' | 'de'): Promise<void> {
  spoken = language === 'de' ? de : en;
  document.documentElement.lang = language;
}
