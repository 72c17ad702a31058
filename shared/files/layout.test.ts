import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { pieceBytes } from '../wire/file.ts';
import {
  chunkBytes,
  chunkLength,
  contentLength,
  layoutOf,
  offsetOf,
  padme,
  piecesOf,
  piecesPerChunk,
  placeOf,
  sealedLength,
} from './layout.ts';

const size = fc.oneof(fc.integer({ min: 1, max: 5 * chunkBytes }), fc.integer({ min: 1, max: limits.fileBytes }));

describe('the layout of a file', () => {
  test('fills the frames of a chunk to the last byte', () => {
    const layout = layoutOf(3 * chunkBytes);
    expect(sealedLength(layout, 1)).toBe(piecesPerChunk * pieceBytes);
  });

  test('holds every byte of the file exactly once, in order', () => {
    fc.assert(
      fc.property(size, (bytes) => {
        const layout = layoutOf(bytes);
        let at = 0;
        for (let chunk = 1; chunk <= layout.chunks; chunk++) {
          const content = contentLength(layout, chunk);
          if (content > 0) expect(offsetOf(chunk)).toBe(at);
          at += content;
        }
        expect(at).toBe(bytes);
      }),
      { numRuns: 40 },
    );
  });

  test('counts the pieces that its chunks have', () => {
    fc.assert(
      fc.property(size, (bytes) => {
        const layout = layoutOf(bytes);
        let pieces = 0;
        for (let chunk = 0; chunk <= layout.chunks; chunk++) pieces += piecesOf(layout, chunk);
        expect(layout.pieces).toBe(pieces);
      }),
      { numRuns: 40 },
    );
  });

  test('knows a place for each position and for no other', () => {
    const layout = layoutOf(chunkBytes + 1);
    expect(placeOf(layout, 0)).toEqual({ chunk: 0, piece: 0 });
    expect(placeOf(layout, 1)).toBeNull();
    expect(placeOf(layout, piecesPerChunk)).toEqual({ chunk: 1, piece: 0 });
    expect(placeOf(layout, 3 * piecesPerChunk)).toBeNull();
    expect(placeOf(layout, 2 ** 32 - 1)).toBeNull();
  });

  test('shows one of few sizes', () => {
    expect([1, 9, 1000, 100_000_000, limits.fileBytes].map(padme)).toEqual([1, 10, 1024, 100_663_296, limits.fileBytes]);
    fc.assert(
      fc.property(size, (bytes) => {
        const padded = padme(bytes);
        expect(padded).toBeGreaterThanOrEqual(bytes);
        expect(padded).toBeLessThanOrEqual(bytes * 1.12);
        expect(padme(padded)).toBe(padded);
      }),
    );
    const lengths = new Set(Array.from({ length: 1024 }, (_, i) => chunkLength(layoutOf(60_000 + i), 1)));
    expect(lengths.size).toBeLessThan(3);
  });

  test('the list of the largest file fits one chunk', () => {
    expect(chunkLength(layoutOf(limits.fileBytes), 0)).toBeLessThan(chunkBytes);
  });
});
