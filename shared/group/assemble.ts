/**
 * Texts longer than one frame (protocol.md "Delivery"): cut into at most four parts that take consecutive sequence numbers of one
 * generation, so the number minus the part's index names the text, and no field is needed for it. Parts come in any
 * order, each at most once. One author has few texts under way; beyond four the oldest is given up.
 */
import { concat, equal, utf8, utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { TextPart } from '../wire/group.ts';
import { textPartBytes } from './record.ts';

/** The parts of `text`, in order. Throws `RangeError` for an empty text or one above `limits.textBytes`. */
export function splitText(text: string): Uint8Array[] {
  const bytes = utf8(text);
  if (bytes.length === 0 || bytes.length > limits.textBytes)
    throw new RangeError(`text: 1 to ${limits.textBytes} bytes expected, got ${bytes.length}`);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += textPartBytes) parts.push(bytes.subarray(at, at + textPartBytes));
  return parts;
}

/** Texts of one author whose parts have not all come, oldest first, by generation and first number. */
export type Assembler = Map<string, Unfinished>;

type Opened = TextPart & Place;

interface Place {
  readonly gen: number;
  readonly seq: number;
  readonly id: Uint8Array;
}

type Unfinished = (Opened | undefined)[];

/** A whole text; place and id are those of its first part. */
export interface WholeText extends Place, Omit<TextPart, 'type' | 'part' | 'bytes'> {
  readonly text: string;
}

const unfinishedTexts = 4;

/** Takes one part that was opened. Returns the text once it is whole. Throws `ProtocolError` where parts contradict each other or are no text. */
export function joinText(assembler: Assembler, part: Opened): WholeText | null {
  const key = `${part.gen} ${part.seq - part.part}`;
  const found = assembler.get(key) ?? new Array<Opened | undefined>(part.parts).fill(undefined);
  const other = found.find((known) => known !== undefined);
  if (other !== undefined && (other.lamport !== part.lamport || other.parts !== part.parts || !sameTarget(other.edits, part.edits)))
    throw new ProtocolError('misuse', 'parts of two texts in one');
  found[part.part] = part;
  assembler.set(key, found);
  const all = found.filter((known) => known !== undefined);
  if (all.length < part.parts) {
    forgetOldest(assembler);
    return null;
  }
  assembler.delete(key);
  const { gen, seq, id, lamport, ageS, parts, edits, reply, action, mentions } = all[0] as Opened;
  return { gen, seq, id, lamport, ageS, parts, edits, reply, action, mentions, text: textOf(all.map(({ bytes }) => bytes)) };
}

function sameTarget(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equal(a, b);
}

function forgetOldest(assembler: Assembler): void {
  for (const oldest of assembler.keys()) {
    if (assembler.size <= unfinishedTexts) return;
    assembler.delete(oldest);
  }
}

function textOf(parts: readonly Uint8Array[]): string {
  const bytes = concat(...parts);
  if (bytes.length === 0 || bytes.length > limits.textBytes) throw new ProtocolError('oversize', `a text of ${bytes.length} bytes`);
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new ProtocolError('malformed', 'a text that is not UTF-8', { cause });
  }
}
