import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { plain } from '../testing/plain.ts';
import { type Assembler, joinText, splitText } from './assemble.ts';
import { textPartBytes } from './record.ts';

const id = new Uint8Array(16);

/** The parts as they are opened, from number `seq` on. */
function opened(text: string, seq = 0, gen = 1, lamport = 1) {
  const parts = splitText(text);
  return parts.map((bytes, part) => ({
    type: 'text' as const,
    ...plain,
    gen,
    seq: seq + part,
    id,
    lamport,
    ageS: 0,
    part,
    parts: parts.length,
    bytes,
  }));
}

test('a text comes back whole, whatever its letters and the order of its parts', () => {
  const long = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .chain((piece) => fc.nat(1500).map((times) => piece.repeat(times + 1)));
  fc.assert(
    fc.property(long, fc.boolean(), (text, backwards) => {
      fc.pre(utf8(text).length <= limits.textBytes);
      const parts = opened(text, 5);
      const assembler: Assembler = new Map();
      const results = (backwards ? parts.toReversed() : parts).map((part) => joinText(assembler, part));
      expect(results.filter((result) => result !== null).length).toBe(1);
      expect(results.at(-1)).toMatchObject({ text, gen: 1, seq: 5, parts: parts.length });
      expect(assembler.size).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('32 KiB take at most four frames, each full but the last', () => {
  const parts = splitText('x'.repeat(limits.textBytes));
  expect(parts.length).toBeLessThanOrEqual(limits.textParts);
  for (const part of parts.slice(0, -1)) expect(part.length).toBe(textPartBytes);
});

test('an empty text and one above the limit are the caller’s mistake', () => {
  expect(() => splitText('')).toThrow(RangeError);
  expect(() => splitText('x'.repeat(limits.textBytes + 1))).toThrow(RangeError);
});

test('two texts under way do not mix', () => {
  const assembler: Assembler = new Map();
  const [first, second] = [opened('a'.repeat(20_000), 0), opened('b'.repeat(20_000), 2)] as const;
  expect(joinText(assembler, first[0]!)).toBeNull();
  expect(joinText(assembler, second[1]!)).toBeNull();
  expect(joinText(assembler, second[0]!)?.text).toBe('b'.repeat(20_000));
  expect(joinText(assembler, first[1]!)?.text).toBe('a'.repeat(20_000));
});

test('parts that contradict each other, are no UTF-8 or add up to too much are refused', () => {
  const [head, tail] = opened('a'.repeat(20_000)) as [ReturnType<typeof opened>[number], ReturnType<typeof opened>[number]];
  for (const other of [
    { ...tail, lamport: 9 },
    { ...tail, parts: 3 },
  ]) {
    const assembler: Assembler = new Map();
    joinText(assembler, head);
    expect(() => joinText(assembler, other)).toThrow(ProtocolError);
    expect(joinText(assembler, tail)?.text.length).toBe(20_000); // the honest part still completes it
  }
  expect(() => joinText(new Map(), { ...head, parts: 1, bytes: Uint8Array.of(0xff) })).toThrow(ProtocolError);
  expect(() => joinText(new Map(), { ...head, parts: 1, bytes: new Uint8Array(0) })).toThrow(ProtocolError);
  const big: Assembler = new Map();
  const part = (index: number) => ({ ...head, seq: index, part: index, parts: 3, bytes: new Uint8Array(textPartBytes).fill(97) });
  joinText(big, part(0));
  joinText(big, part(1));
  expect(() => joinText(big, part(2))).toThrow(ProtocolError);
  expect(big.size).toBe(0);
});

test('texts that are never finished do not add up', () => {
  const assembler: Assembler = new Map();
  for (let i = 0; i < 100; i++) joinText(assembler, opened('a'.repeat(20_000), 10 * i)[0]!);
  expect(assembler.size).toBe(4);
});
