/** Cuts running text where something in it is to be marked: people it means, and words that are looked for. Pure. */
import type { Mention } from '../session/types.ts';

export interface Piece {
  readonly text: string;
  /** `me` and `other` name a person, `found` is what was looked for. */
  readonly kind?: 'me' | 'other' | 'found';
}

/** Upper and lower case, accents that are written apart, and wide letters look the same to whoever searches; lengths stay. */
export function folded(text: string): string {
  const low = text.toLocaleLowerCase();
  return low.length === text.length ? low : text;
}

function cut(text: string, places: readonly (readonly [from: number, to: number, kind: Piece['kind']])[]): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const [from, to, kind] of places) {
    if (from > done) pieces.push({ text: text.slice(done, from) });
    pieces.push(kind === undefined ? { text: text.slice(from, to) } : { text: text.slice(from, to), kind });
    done = to;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}

/** `query` is folded already. */
function found(text: string, query: string): Piece[] {
  const places: [number, number, 'found'][] = [];
  const low = folded(text);
  for (let at = low.indexOf(query); at >= 0; at = low.indexOf(query, at + query.length)) places.push([at, at + query.length, 'found']);
  return cut(text, places);
}

export function pieces(text: string, mentions: readonly Mention[], query: string | undefined): readonly Piece[] {
  if (mentions.length === 0 && !query) return [{ text }];
  const places: [number, number, 'me' | 'other'][] = [];
  const waiting = [...mentions];
  for (let at = text.indexOf('@'); at >= 0 && waiting.length > 0; at = text.indexOf('@', at + 1)) {
    const here = waiting.filter(({ name }) => text.startsWith(name, at + 1)).sort((a, b) => b.name.length - a.name.length)[0];
    if (here === undefined) continue;
    waiting.splice(waiting.indexOf(here), 1);
    places.push([at, at + 1 + here.name.length, here.peer === 'me' ? 'me' : 'other']);
  }
  const parts = cut(text, places);
  return query ? parts.flatMap((part) => (part.kind === undefined ? found(part.text, folded(query)) : [part])) : parts;
}
