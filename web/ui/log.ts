/**
 * What the log shows, line by line, from the messages and the notices of a room: who speaks, where a day begins, who came
 * and went in between. Pure. A line whose content has not changed stays the same object, so a message that arrives in a
 * log of thousands redraws nothing but its own line.
 */
import type { RoomNotice, ShownMessage } from '../session/types.ts';
import { dayNumber } from './times.ts';

export type Coming = Extract<RoomNotice, { type: 'joined' | 'left' | 'silent' }>;
export type Decided = Extract<RoomNotice, { type: 'decided' }>;
export type Warning = Exclude<RoomNotice, Coming | Decided>;

/** People who came or went with nothing said in between: one sentence for each way, not one for each person. */
export interface Comings {
  readonly type: Coming['type'];
  readonly last: Coming;
  readonly more: number;
}

export interface SaidLine {
  readonly key: string;
  readonly message: ShownMessage;
  /** The author speaks anew: a name is shown. */
  readonly opens: boolean;
  /** The message is the first of its day. */
  readonly opensDay: boolean;
  /** How many have read it, where it is one's own. */
  readonly readers: number;
}

export type Line =
  | SaidLine
  | { readonly key: string; readonly comings: readonly Comings[] }
  | { readonly key: string; readonly decided: Decided };

/** A pause after which the author's name is shown again. */
const pauseMs = 5 * 60_000;

export const isComing = (notice: RoomNotice): notice is Coming =>
  notice.type === 'joined' || notice.type === 'left' || notice.type === 'silent';
export const isWarning = (notice: RoomNotice): notice is Warning => !isComing(notice) && !isDecided(notice);
export const isDecided = (notice: RoomNotice): notice is Decided => notice.type === 'decided';

/** The last thing that each person did, gathered by what it was, in the order in which it began. */
export function gather(notices: readonly Coming[]): Comings[] {
  const byPerson = new Map(notices.map((notice) => [`${notice.tag} ${notice.name}`, notice]));
  const byType = new Map<Coming['type'], Coming[]>();
  for (const notice of byPerson.values()) byType.set(notice.type, [...(byType.get(notice.type) ?? []), notice]);
  return [...byType].map(([type, all]) => ({ type, last: all.at(-1)!, more: all.length - 1 }));
}

const same = (line: Line | undefined, wanted: SaidLine): line is SaidLine =>
  line !== undefined &&
  'message' in line &&
  line.message === wanted.message &&
  line.opens === wanted.opens &&
  line.opensDay === wanted.opensDay &&
  line.readers === wanted.readers;

/** `readTo`: the place in `messages` down to which each of the others has read. `before` is the last result: its lines are used again. */
export function layOut(
  messages: readonly ShownMessage[],
  notices: readonly RoomNotice[],
  readTo: readonly number[],
  before: ReadonlyMap<string, Line>,
): Line[] {
  const lines: Line[] = [];
  const events = notices.filter((notice) => isComing(notice) || isDecided(notice));
  let told = 0;
  let last: ShownMessage | undefined;

  /** The comings and goings before `at`, as one line. True if there were any. */
  const tell = (at: number): boolean => {
    const from = told;
    while (told < events.length && events[told]!.at < at) told++;
    if (told === from) return false;
    const batch = events.slice(from, told);
    for (const decided of batch.filter(isDecided)) {
      const key = `notice ${decided.id}`;
      lines.push(before.get(key) ?? { key, decided });
    }
    const comings = batch.filter(isComing);
    if (comings.length === 0) return true;
    const key = `notice ${comings[0]!.id}`;
    const known = before.get(key);
    const gathered = gather(comings);
    const unchanged = known !== undefined && 'comings' in known && JSON.stringify(known.comings) === JSON.stringify(gathered);
    lines.push(unchanged ? known : { key, comings: gathered });
    return true;
  };

  for (const [place, message] of messages.entries()) {
    const interrupted = tell(message.at);
    const opensDay = last === undefined || dayNumber(message.at) !== dayNumber(last.at);
    const opens =
      interrupted || opensDay || last?.from !== message.from || message.missingBefore !== undefined || message.at - last.at > pauseMs;
    const readers = message.delivery?.state === 'delivered' ? readTo.filter((to) => to >= place).length : 0;
    const line = { key: message.key, message, opens, opensDay, readers };
    const known = before.get(message.key);
    lines.push(same(known, line) ? known : line);
    last = message;
  }
  tell(Number.POSITIVE_INFINITY);
  return lines;
}

/** Pictures that one person sent in a row, side by side. */
export interface Album {
  readonly key: string;
  readonly album: readonly SaidLine[];
}

const isPicture = (line: Line): line is SaidLine => 'message' in line && line.message.file?.about.kind === 'picture';

/** The same lines, with rows of pictures put together. */
export function albums(lines: readonly Line[]): (Line | Album)[] {
  const all: (Line | Album)[] = [];
  for (const line of lines) {
    const last = all.at(-1);
    const row = !last || !isPicture(line) || line.opens ? [] : 'album' in last ? last.album : isPicture(last) ? [last] : [];
    if (row.length > 0) all.pop();
    all.push(row.length > 0 ? { key: `album ${row[0]?.key}`, album: [...row, line as SaidLine] } : line);
  }
  return all;
}

/** The element of a message. */
export const lineId = (key: string): string => `line-${key}`;

/** How many of one's own messages are on no path to anyone yet. */
export const unsent = (messages: readonly ShownMessage[]): number =>
  messages.filter(({ delivery }) => delivery?.state === 'sending').length;
