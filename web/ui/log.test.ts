import { describe, expect, test } from 'vitest';
import type { MessageId, PeerId, RoomNotice, ShownMessage } from '../session/types.ts';
import { albums, gather, isWarning, type Line, layOut } from './log.ts';

const noon = new Date(2026, 10, 20, 12).getTime();
const minute = 60_000;

function said(n: number, from: string, at: number, more: Partial<ShownMessage> = {}): ShownMessage {
  const id = `m${n}` as MessageId;
  return { id, key: id, from: from as PeerId, name: from, tag: '00000000', text: `text ${n}`, at, ...more };
}

const came = (id: number, name: string, at: number, type: 'joined' | 'left' | 'silent' = 'joined'): RoomNotice => ({
  id,
  type,
  name,
  tag: `tag-${name}`,
  at,
});
const remember = (lines: readonly Line[]) => new Map(lines.map((line) => [line.key, line]));
const draw = (messages: ShownMessage[], notices: RoomNotice[] = []) => layOut(messages, notices, [], new Map());
const shape = (lines: readonly Line[]) =>
  lines.map((line) =>
    'comings' in line
      ? line.comings.map((c) => `${c.type} ${c.last.name}+${c.more}`).join()
      : 'decided' in line
        ? line.decided.what
        : `${line.opensDay ? 'D' : ''}${line.opens ? 'N' : ''}${line.message.id}`,
  );

describe('the log', () => {
  test('names an author once until someone else speaks, time passes or messages are missing', () => {
    const lines = draw([
      said(1, 'ada', noon),
      said(2, 'ada', noon + 1),
      said(3, 'bob', noon + 2),
      said(4, 'ada', noon + 3),
      said(5, 'ada', noon + 3 + 6 * minute),
      said(6, 'ada', noon + 4 + 6 * minute, { missingBefore: 2 }),
    ]);
    expect(shape(lines)).toEqual(['DNm1', 'm2', 'Nm3', 'Nm4', 'Nm5', 'Nm6']);
  });

  test('marks where a day begins', () => {
    expect(shape(draw([said(1, 'ada', noon), said(2, 'ada', noon + 24 * 60 * minute)]))).toEqual(['DNm1', 'DNm2']);
  });

  test('tells who came and went where it happened, one line for many', () => {
    const lines = draw(
      [said(1, 'ada', noon), said(2, 'ada', noon + 10)],
      [came(1, 'bob', noon + 1), came(2, 'cleo', noon + 2), came(3, 'dan', noon + 3, 'left'), came(4, 'eve', noon + 20)],
    );
    expect(shape(lines)).toEqual(['DNm1', 'joined cleo+1,left dan+0', 'Nm2', 'joined eve+0']);
  });

  test('keeps only the last thing that a person did between two messages', () => {
    const flapping = [came(1, 'bob', 1), came(2, 'bob', 2, 'silent'), came(3, 'bob', 3), came(4, 'bob', 4, 'left')];
    expect(gather(flapping as Parameters<typeof gather>[0]).map((c) => [c.type, c.more])).toEqual([['left', 0]]);
  });

  test('shows no warning among the messages', () => {
    const warning: RoomNotice = { id: 1, type: 'member-floods', name: 'bob', tag: 'x', at: noon };
    expect(isWarning(warning)).toBe(true);
    expect(draw([], [warning])).toEqual([]);
  });

  test('uses every line again that has not changed', () => {
    const first = [said(1, 'ada', noon), said(2, 'bob', noon + 2)];
    const notices = [came(1, 'cleo', noon + 1)];
    const before = layOut(first, notices, [], new Map());
    const after = layOut([...first, said(3, 'bob', noon + 3)], notices, [], remember(before));
    expect(after.slice(0, 3).map((line, n) => line === before[n])).toEqual([true, true, true]);
    expect(after).toHaveLength(4);
  });

  test('draws a line again when its message has changed, under the same key', () => {
    const sending = said(1, 'me', noon, { delivery: { state: 'sending', why: 'handing-over' } });
    const before = draw([sending]);
    const [line] = layOut([{ ...sending, id: 'sealed' as MessageId, delivery: { state: 'delivered', of: 1 } }], [], [], remember(before));
    expect(line).not.toBe(before[0]);
    expect(line?.key).toBe(before[0]?.key);
  });

  test('counts who has read a delivered message, and draws again only lines of which that changed', () => {
    const delivery = { state: 'delivered', of: 2 } as const;
    const messages = [said(1, 'me', noon, { delivery }), said(2, 'bob', noon + 1), said(3, 'me', noon + 2, { delivery })];
    const readers = (lines: readonly Line[]) => lines.map((line) => 'message' in line && line.readers);
    const before = layOut(messages, [], [0, -7], new Map());
    expect(readers(before)).toEqual([1, 0, 0]);
    const after = layOut(messages, [], [2, -7], remember(before));
    expect(readers(after)).toEqual([1, 0, 1]);
    expect(after.map((line, n) => line === before[n])).toEqual([true, true, false]);
    expect(readers(layOut(messages, [], [2, 9], new Map()))).toEqual([2, 0, 2]);
  });
});

describe('pictures', () => {
  const shows = { file: { about: { kind: 'picture' } } as NonNullable<ShownMessage['file']> };
  const rows = (messages: ShownMessage[]) =>
    albums(draw(messages)).map((line) => ('album' in line ? line.album.map(({ key }) => key).join('+') : line.key));

  test('that one person sends in a row stand side by side; words, another person and a pause part them', () => {
    const messages = [
      said(1, 'ada', noon, shows),
      said(2, 'ada', noon + 1, shows),
      said(3, 'ada', noon + 2, shows),
      said(4, 'ada', noon + 3),
      said(5, 'ada', noon + 4, shows),
      said(6, 'bob', noon + 5, shows),
      said(7, 'bob', noon + 6, shows),
      said(8, 'bob', noon + 7 + 6 * minute, shows),
    ];
    expect(rows(messages)).toEqual(['m1+m2+m3', 'm4', 'm5', 'm6+m7', 'm8']);
  });

  test('are told from other files', () => {
    const file = { file: { about: { kind: 'file' } } as NonNullable<ShownMessage['file']> };
    expect(rows([said(1, 'ada', noon, shows), said(2, 'ada', noon + 1, file), said(3, 'ada', noon + 2, shows)])).toEqual([
      'm1',
      'm2',
      'm3',
    ]);
  });
});
