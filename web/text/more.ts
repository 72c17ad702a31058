/** The words of the parts that are fetched when wanted; a module of its own so that they come with those parts. */
import { fetchedText } from './catalogue.svelte.ts';
import { enMore, type MoreText } from './en-more.ts';

export const moreText = (): MoreText => fetchedText() ?? enMore;
