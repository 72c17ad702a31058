/**
 * A conversation as a text that is pleasant to read in any editor: one line a message, in the order in which everyone sees them, with
 * what was done to each. Times are those of this page's clock, in UTC, so that a file means the same everywhere. Loaded when
 * somebody exports.
 */
import type { ShownMessage } from './types.ts';

export interface Conversation {
  readonly relay: string;
  readonly me: { readonly name: string; readonly tag: string };
  readonly messages: readonly ShownMessage[];
}

const quotedLength = 60;

/** `now` in milliseconds since 1970. */
export function transcript({ relay, me, messages }: Conversation, now: number): string {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const lines = messages.map((message) => lineOf(message, me, byId));
  const head = `Hushroom conversation at ${relay}, exported by ${me.name} (${me.tag}) on ${stamp(now)}\n${lines.length} messages`;
  return `${[head, ...lines].join('\n\n')}\n`;
}

function lineOf(message: ShownMessage, me: Conversation['me'], byId: ReadonlyMap<string, ShownMessage>): string {
  const author = message.from === 'me' ? me : message;
  const who = `${author.name} (${author.tag})`;
  const said = message.deleted ? '[deleted]' : message.text === '' ? '[a file]' : message.text;
  const opening = message.action && !message.deleted ? `* ${who} ${said}` : `${who}: ${said}`;
  return [`[${stamp(message.at)}] ${opening}`, ...notesOn(message, byId)].join('\n');
}

function notesOn(message: ShownMessage, byId: ReadonlyMap<string, ShownMessage>): string[] {
  const notes: string[] = [];
  if (message.reply !== undefined) notes.push(`in answer to ${quote(byId.get(message.reply))}`);
  if (message.edited) notes.push('edited');
  for (const { emoji, by } of message.reactions ?? []) notes.push(`${emoji} ${by.map(({ name }) => name).join(', ')}`);
  if (message.passedOn) notes.push(`passed on by ${message.passedOn.by}${message.passedOn.verified ? '' : ', not verified'}`);
  if (message.missingBefore) notes.push(`${message.missingBefore} missing before this`);
  return notes.map((note) => `    (${note})`);
}

function quote(message: ShownMessage | undefined): string {
  if (message === undefined) return 'a message that is not here';
  const text = message.text.replaceAll(/\s+/g, ' ');
  return `${message.name}: “${text.length > quotedLength ? `${text.slice(0, quotedLength)}…` : text}”`;
}

/** 2026-11-21 08:40:05 UTC */
function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
