/** Holds the numbers that protocol.md states to the code, which cites it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limits } from '../shared/limits.ts';
import { deskFrameTypes } from '../shared/wire/desk.ts';
import { relayErrors, relayFrameTypes } from '../shared/wire/relay.ts';

const document = readFileSync(join(import.meta.dirname, 'protocol.md'), 'utf8');

/** Cells of all table rows under a heading. */
function rowsOf(heading: string): string[][] {
  const section = document.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))!;
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

function written(name: string, value: number): string {
  if (/Bytes$/.test(name)) return `${value} bytes`;
  if (!/Ms$/.test(name)) return String(value);
  if (value % 60_000 === 0) return `${value / 60_000} min`;
  return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
}

test('every limit stands in the table with its value, and no other does', () => {
  const isLimit = ([name = '', value = '']: string[]) => /^`[a-z]+[A-Z]?\w*`$/i.test(name) && /\d/.test(value);
  const inDocument = rowsOf('Errors and limits').filter(isLimit);
  const inCode = Object.entries(limits).map(([name, value]) => {
    const values = typeof value === 'number' ? [value] : value;
    return [`\`${name}\``, values.map((each) => written(name, each)).join(', ')];
  });
  expect(inDocument.map(([name, value]) => [name, value])).toEqual(inCode);
});

test('every code of a ProtocolError is explained, and no other is', () => {
  const source = readFileSync(join(import.meta.dirname, '../shared/errors.ts'), 'utf8');
  const inCode = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code]) => `\`${code}\``);
  const inDocument = rowsOf('Errors and limits')
    .filter((row) => row.length === 2)
    .map(([code]) => code!)
    .filter((code) => code.startsWith('`'));
  expect(inDocument).toEqual(inCode);
});

test('the error codes of the relay are those of the table', () => {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const inCode = Object.entries(relayErrors).map(([name, code]) => [String(code), kebab(name)]);
  const inDocument = rowsOf('Relay')
    .filter(([code = '']) => /^\d+$/.test(code))
    .map(([code, name]) => [code, name]);
  expect(inDocument).toEqual(inCode);
});

test('the frame types of callers are those of the table', () => {
  const written = rowsOf('Ways in').flatMap(([name = '', type = '', from]) => (from === 'caller' ? [[name.toLowerCase(), type]] : []));
  expect(written).toEqual(Object.entries(deskFrameTypes).map(([name, type]) => [name, `\`${type.toString(16)}\``]));
});

test('the frame types of the relay are those of the table', () => {
  const inCode = Object.values(relayFrameTypes).map((type) => `\`${type.toString(16).padStart(2, '0')}\``);
  const inDocument = rowsOf('Relay').flatMap(([, type = '']) => (/^`[0-9a-f]{2}`$/.test(type) ? [type] : []));
  expect(inDocument).toEqual(inCode);
});
