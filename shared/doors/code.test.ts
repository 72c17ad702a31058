import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from '../bytes.ts';
import { seededRandom } from '../testing/random.ts';
import { codeKeys, complete, drawWords, readCode, spell, suggest } from './code.ts';
import { words } from './words.ts';

/** Letters to change, take away or add to get from one word to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

describe('the words', () => {
  test('are 256, in order, short and plain', () => {
    expect(words).toHaveLength(256);
    expect([...words].sort()).toEqual(words);
    for (const word of words) expect(word).toMatch(/^[a-z]{4,9}$/);
  });

  test('are told apart by three letters, and by more than one slip of ear or finger', () => {
    expect(new Set(words.map((word) => word.slice(0, 3))).size).toBe(256);
    const near = words.flatMap((word, i) =>
      words
        .slice(0, i)
        .filter((other) => distance(word, other) < 3)
        .map((other) => [word, other]),
    );
    expect(near).toEqual([]);
  });
});

const code = fc.record({
  nameplate: fc.integer({ min: 1, max: 65535 }),
  words: fc.array(fc.constantFrom(...words), { minLength: 3, maxLength: 3 }),
});

describe('a code', () => {
  test('is drawn from all words, a byte for each', () => {
    expect(drawWords(() => Uint8Array.of(0, 128, 255))).toEqual([words[0], words[128], words[255]]);
    const drawn = new Set(Array.from({ length: 3000 }, (_, seed) => drawWords(seededRandom(seed + 1).bytes)).flat());
    expect(drawn.size).toBe(256);
  });

  test('is read as it was spelled', () => {
    fc.assert(
      fc.property(code, (one) => {
        expect(readCode(spell(one))).toEqual(one);
      }),
    );
  });

  test('is read from whatever people make of it', () => {
    const wanted = { nameplate: 7, words: ['crystal', 'window', 'potato'] };
    for (const typed of [
      '7-crystal-window-potato',
      '7 crystal window potato',
      '  7 - CRYSTAL, Window . potato! ',
      '7crystal window potato',
      '7 cry win pot',
      '7 crysta windo potat',
      '7 crystla winow pottato',
      '７－crystal－window－potato',
      '07 crystal window potato',
    ])
      expect(readCode(typed), typed).toEqual(wanted);
  });

  test('is nothing where it cannot be right, so that no guess is wasted', () => {
    for (const typed of [
      '',
      '7',
      'crystal window potato',
      '7 crystal window',
      '7 crystal window potato potato',
      '0 crystal window potato',
      '65536 crystal window potato',
      '7 cr win pot',
      '7 crystal window hippopotamus',
      '7 8 window potato',
      '#AQAA',
    ])
      expect(readCode(typed), typed).toBeNull();
  });

  test('reads any text without an error, and never as a word that is not in it by more than one slip', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const read = readCode(text);
        if (read !== null) expect(read.words.every((word) => words.includes(word))).toBe(true);
      }),
    );
  });
});

describe('suggestions', () => {
  test('complete the word that is being typed, and follow a slip', () => {
    expect(suggest('7 cry')).toEqual(['crystal']);
    expect(suggest('7-crystal-wind')).toEqual(['window']);
    expect(suggest('7 c')).toHaveLength(4);
    expect(suggest('7 crystla')).toEqual(['crystal']);
    expect(complete('7 Crystal wi', 'window')).toBe('7-crystal-window');
  });

  test('stay away before the number, after a whole word, and after the last', () => {
    for (const typed of ['', '7', 'cry', '7 crystal', '7 cry ', '7 crystal window potato ban']) expect(suggest(typed), typed).toEqual([]);
  });
});

test('another nameplate gives another room and another key, other words only another password', () => {
  const keys = codeKeys({ nameplate: 7, words: ['crystal', 'window', 'potato'] });
  const other = codeKeys({ nameplate: 8, words: ['crystal', 'window', 'potato'] });
  const reworded = codeKeys({ nameplate: 7, words: ['crystal', 'window', 'panda'] });
  expect(hex(keys.roomPub)).not.toBe(hex(other.roomPub));
  expect(hex(keys.psk0)).not.toBe(hex(other.psk0));
  expect(hex(keys.psk0)).toBe(hex(reworded.psk0));
  expect(hex(keys.prs)).not.toBe(hex(reworded.prs));
});
