/**
 * Which stretch of a long log is drawn. A room with ten thousand messages costs what one with two hundred does: a few screens around
 * the reader exist as elements, real ones in their real order, so that a screen reader and the browser's own search work on them as on
 * any page. Estimated heights and absolutely placed lines (what lists for pictures do) were tried and left: see docs/decisions/094.
 *
 * Ends are named by key, because messages are forgotten at the old end and slip in anywhere.
 */

/** `head` is the first line drawn and `tail` the last; undefined stands for "as the end has it". */
export interface Stretch {
  readonly head: string | undefined;
  readonly tail: string | undefined;
}

interface Keyed {
  readonly key: string;
}

/** Lines drawn for a reader at the newest message, at least, and around a message that is jumped to. */
export const atEndLines = 100;
/** Lines drawn anew when the reader comes near an end: few enough for one frame. At the newest message so many go at once. */
const step = 40;
/** Lines that exist at once, at most. */
const most = 360;

export const newest: Stretch = { head: undefined, tail: undefined };

/** From (inclusive) and to (exclusive) within `messages`. A key that is gone stands for its end of the log. */
export function bounds(stretch: Stretch, messages: readonly Keyed[]): readonly [from: number, to: number] {
  const tail = stretch.tail === undefined ? -1 : messages.findLastIndex(({ key }) => key === stretch.tail);
  const to = tail < 0 ? messages.length : tail + 1;
  if (stretch.head === undefined) return [fromSteps(Math.max(0, to - atEndLines)), to];
  const from = Math.max(
    0,
    messages.findIndex(({ key }) => key === stretch.head),
  );
  return [Math.min(from, to), Math.min(to, from + most)];
}

/** If a line went for each that comes, all others would move, and the browser would have to look at every one of them. */
const fromSteps = (line: number): number => line - (line % step);

function between(from: number, to: number, messages: readonly Keyed[]): Stretch {
  return { head: messages[from]?.key, tail: to >= messages.length ? undefined : messages[to - 1]?.key };
}

/** The reader nears the oldest line drawn. */
export function earlier(stretch: Stretch, messages: readonly Keyed[]): Stretch {
  const [from, to] = bounds(stretch, messages);
  const next = Math.max(0, from - step);
  return between(next, Math.min(to, next + most), messages);
}

/** The reader nears the newest line drawn. */
export function later(stretch: Stretch, messages: readonly Keyed[]): Stretch {
  const [from, to] = bounds(stretch, messages);
  const next = Math.min(messages.length, to + step);
  return between(Math.max(from, next - most), next, messages);
}

/** The lines around one message. */
export function around(key: string, messages: readonly Keyed[]): Stretch {
  const at = Math.max(
    0,
    messages.findIndex((message) => message.key === key),
  );
  const from = Math.max(0, at - atEndLines / 2);
  return between(from, Math.min(messages.length, from + atEndLines), messages);
}

/** The same lines, held by name: what is drawn now stays drawn when more comes. */
export function held(stretch: Stretch, messages: readonly Keyed[]): Stretch {
  const [from] = bounds(stretch, messages);
  return { head: messages[from]?.key, tail: stretch.tail };
}
