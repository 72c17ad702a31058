import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TorError } from './errors.ts';
import { quoted, type Reply, ReplyReader, sentence } from './reply.ts';

const read = (text: string, step = text.length): Reply[] => {
  const reader = new ReplyReader();
  const bytes = Buffer.from(text, 'latin1');
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; at += step) replies.push(...reader.push(bytes.subarray(at, at + step)));
  return replies;
};

describe('replies of tor', () => {
  it('are read with their data, whatever the pieces in which they come', () => {
    const text = '250-version=0.4.9\r\n250+config-text=\r\na b\r\n..\r\n\r\n.\r\n250 OK\r\n650 BW 1 2\r\n551 No\r\n';
    for (const step of [1, 2, 7, text.length]) {
      expect(read(text, step)).toEqual([
        {
          status: 250,
          lines: [
            { text: 'version=0.4.9', data: null },
            { text: 'config-text=', data: 'a b\n.\n' },
            { text: 'OK', data: null },
          ],
        },
        { status: 650, lines: [{ text: 'BW 1 2', data: null }] },
        { status: 551, lines: [{ text: 'No', data: null }] },
      ]);
    }
  });

  it('end the connection where they are none, change their code half-way, or never end', () => {
    for (const text of ['HTTP/1.1 400 Bad Request\r\n', '250-a\r\n251 b\r\n', '25 OK\r\n', '750 OK\r\n', `250 ${'x'.repeat(300_000)}`])
      expect(() => read(text)).toThrow(TorError);
    const reader = new ReplyReader();
    reader.push(Buffer.from('250+desc/all=\r\n'));
    const flood = Buffer.from(`${'x'.repeat(1000)}\r\n`.repeat(1000));
    expect(() => {
      for (let i = 0; i < 10; i++) reader.push(flood);
    }).toThrow(/endless reply/);
  });

  it('are replies or a TorError, and nothing else, for any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.constantFrom('250', '650', '-', '+', ' ', 'OK', '.', '\r\n', '\r', '=', '"', '\\', 'x'), { maxLength: 60 })
        .map((parts) => Buffer.from(parts.join(''))),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (pieces) => {
        const reader = new ReplyReader();
        try {
          for (const piece of pieces) for (const { lines } of reader.push(piece)) for (const { text } of lines) sentence(text);
        } catch (error) {
          if (!(error instanceof TorError) || error.code !== 'control-garbled') throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('give the same for any cut of the same bytes', () => {
    const line = fc.stringMatching(/^[ -~]{0,20}$/);
    const data = fc.array(line, { maxLength: 4 });
    const part = fc.tuple(
      line.map((text) => text.replaceAll('+', '')),
      fc.option(data),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 9 }), (parts, step) => {
        const text = parts
          .map(([said, lines]) =>
            lines === null
              ? `250-${said}\r\n`
              : `250+${said}\r\n${lines.map((one) => `${one.startsWith('.') ? '.' : ''}${one}\r\n`).join('')}.\r\n`,
          )
          .join('');
        const expected = [
          ...parts.map(([said, lines]) => ({ text: said, data: lines === null ? null : lines.join('\n') })),
          { text: 'OK', data: null },
        ];
        expect(read(`${text}250 OK\r\n`, step)).toEqual([{ status: 250, lines: expected }]);
      }),
    );
  });
});

describe('a sentence of tor', () => {
  it('has words and fields, in quotes or not', () => {
    const { words, fields } = sentence('STREAM 12 SUCCEEDED 5 abc.onion:80 SOCKS_USERNAME="a \\"b\\\\ \\101" PURPOSE=USER EMPTY= N=""');
    expect(words).toEqual(['STREAM', '12', 'SUCCEEDED', '5', 'abc.onion:80']);
    expect(Object.fromEntries(fields)).toEqual({ SOCKS_USERNAME: 'a "b\\ A', PURPOSE: 'USER', EMPTY: '', N: '' });
  });

  it('keeps the paths of circuits whole', () => {
    const { words, fields } = sentence('CIRC 7 BUILT $AB~x,$CD=y BUILD_FLAGS=NEED_CAPACITY,IS_INTERNAL TIME_CREATED=2026-11-21T07:51:35.1');
    expect(words).toEqual(['CIRC', '7', 'BUILT', '$AB~x,$CD=y']);
    expect(fields.get('TIME_CREATED')).toBe('2026-11-21T07:51:35.1');
  });

  it('takes back what was quoted', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*$/), (text) => {
        expect(sentence(`X=${quoted(text)}`).fields.get('X')).toBe(text);
      }),
    );
    expect(() => quoted('a\r\nSIGNAL HALT')).toThrow(RangeError);
  });
});
