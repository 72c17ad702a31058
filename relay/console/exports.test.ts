import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exported } from './exports.ts';

/** RFC 4180, as a spreadsheet reads it. */
function readCsv(text: string): string[][] {
  return [...text.matchAll(/((?:(?:"(?:[^"]|"")*"|[^",\r\n]*),?)+)\r\n/g)].map(([, line]) =>
    [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^",]*)),/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''),
  );
}

describe('an export', () => {
  it('holds every row and column in each format', () => {
    const table = [
      { id: 1, state: 'ready' },
      { id: 2, state: 'slow', note: 'a, "b"' },
    ];
    expect(JSON.parse(exported(table, 'json'))).toEqual(table);
    expect(readCsv(exported(table, 'csv'))).toEqual([
      ['id', 'state', 'note'],
      ['1', 'ready', ''],
      ['2', 'slow', 'a, "b"'],
    ]);
    expect(exported(table, 'txt')).toBe('id  state  note\n1   ready\n2   slow   a, "b"\n');
  });

  it('makes no formula in a spreadsheet, whatever was typed', () => {
    fc.assert(
      fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '\r'), fc.string(), (start, rest) => {
        const csv = exported([{ name: `${start}${rest}` }], 'csv');
        expect(csv.slice('name\r\n'.length)).toMatch(/^"'/);
      }),
    );
  });

  it('of nothing is empty and well-formed', () => {
    expect(exported([], 'csv')).toBe('\r\n');
    expect(JSON.parse(exported([], 'json'))).toEqual([]);
  });
});
