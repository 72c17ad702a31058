/**
 * Telling people apart. Names are chosen by their owners; colour and code come from the key. They make a mix-up unlikely,
 * not an impostor impossible (32 bits can be searched): that is what the seven emoji are for.
 */
import type { RoomView } from '../session/types.ts';

/** Twelve hues that differ at a glance. */
const hues = 12;

/** Degrees on the colour circle, from the half of the tag that `shortTag` does not show. */
export const hueOf = (tag: string): number => (Number.parseInt(tag.slice(4, 8), 16) % hues) * (360 / hues);

/** What stands beside a name in the log. */
export const shortTag = (tag: string): string => tag.slice(0, 4);

/** Made when it is first needed, since that costs more than all its uses. */
let segmenter: Intl.Segmenter | undefined;

/** The letter on someone's cap: the first that a reader would call one, an emoji included. */
export function initial(name: string): string {
  segmenter ??= new Intl.Segmenter();
  const [first] = segmenter.segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? '?';
}

/** A name for someone who does not choose one: one of 64, so not one that says anything. */
export function quietName(words: {
  readonly quiet: readonly string[];
  readonly animals: readonly string[];
  called(quiet: string, animal: string): string;
}): string {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint8Array(2));
  return words.called(words.quiet[a % words.quiet.length] ?? '', words.animals[b % words.animals.length] ?? '');
}

/** How a room is called where several are: by the people in it. */
export function roomLabel(room: Pick<RoomView, 'people'>, locale: string, onlyYou: string): string {
  const names = room.people.map(({ name }) => name);
  return names.length === 0 ? onlyYou : new Intl.ListFormat(locale, { type: 'unit' }).format(names);
}
