/**
 * What tor says on its control connection (Tor control-spec 2.3), from bytes to replies. Line by line, with bounds on a line and on a reply, so that
 * whatever sits at a control port by mistake costs a little memory and one `control-garbled`.
 *
 *   250-version=0.4.9.11      a line, and more of this reply follow
 *   250+circuit-status=       a line with data: all until a line that is a single dot
 *   250 OK                    the last line
 *   650 BW 12 34              6xx: an event, which may come between any two replies
 */
import { TorError } from './errors.ts';

export interface ReplyLine {
  readonly text: string;
  /** Lines of data, joined by newlines; null where the line has none. */
  readonly data: string | null;
}

export interface Reply {
  readonly status: number;
  readonly lines: readonly ReplyLine[];
}

const maxLineBytes = 256 * 1024;
const maxReplyBytes = 8 * 1024 * 1024;

export class ReplyReader {
  #rest = '';
  #lines: ReplyLine[] = [];
  /** The line whose data is being read, and the data so far. */
  #open: { readonly text: string; readonly data: string[] } | undefined;
  #status = 0;
  #bytes = 0;

  /** Replies that are whole now. Throws `TorError` `control-garbled`; nothing that comes after it can be trusted. */
  push(bytes: Uint8Array): Reply[] {
    const lines = (this.#rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')).split('\r\n');
    this.#rest = lines.pop() as string;
    if (this.#rest.length > maxLineBytes) throw new TorError('control-garbled', 'an endless line');
    return lines.map((line) => this.#take(line)).filter((reply) => reply !== undefined);
  }

  #take(line: string): Reply | undefined {
    this.#bytes += line.length + 2;
    if (line.length > maxLineBytes || this.#bytes > maxReplyBytes) throw new TorError('control-garbled', 'an endless reply');
    if (this.#open === undefined) return this.#takeLine(line);
    const { text, data } = this.#open;
    // A dot at the beginning of a line of data is doubled, so that a single one can be the end.
    if (line !== '.') data.push(line.startsWith('.') ? line.slice(1) : line);
    else {
      this.#lines.push({ text, data: data.join('\n') });
      this.#open = undefined;
    }
    return undefined;
  }

  #takeLine(line: string): Reply | undefined {
    const [, code, mark, text = ''] = /^([2-6]\d\d)([-+ ])(.*)$/s.exec(line) ?? [];
    const status = Number(code);
    if (code === undefined || (this.#lines.length > 0 && status !== this.#status)) throw new TorError('control-garbled');
    this.#status = status;
    if (mark === '+') {
      this.#open = { text, data: [] };
      return undefined;
    }
    this.#lines.push({ text, data: null });
    if (mark === '-') return undefined;
    const reply = { status, lines: this.#lines };
    this.#lines = [];
    this.#bytes = 0;
    return reply;
  }
}

/** `BOOTSTRAP PROGRESS=10 SUMMARY="Connected to a relay"`: words in their order, and what has a name. */
export interface Sentence {
  readonly words: readonly string[];
  readonly fields: ReadonlyMap<string, string>;
}

const part = /(?:([A-Za-z0-9_-]+)=)?(?:"((?:[^"\\]|\\.)*)"|(\S*))(?:\s+|$)/sy;

export function sentence(text: string): Sentence {
  const words: string[] = [];
  const fields = new Map<string, string>();
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    // A quote that does not end, for one: the rest is a word as it stands.
    if (found === null) break;
    const [, name, inQuotes, plain = ''] = found;
    const value = inQuotes === undefined ? plain : unescaped(inQuotes);
    if (name !== undefined) fields.set(name, value);
    else if (value !== '') words.push(value);
  }
  return { words, fields };
}

const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** control-spec 2.1.1: C escapes, of which octal ones stand for bytes. */
function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{2}|.)/gs, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : (named[escaped] ?? escaped),
  );
}

/** A QuotedString, for values that go to tor. Throws `RangeError` on what no line can hold. */
export function quoted(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new RangeError('a value for tor must be on one line');
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
