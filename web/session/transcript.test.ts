import { expect, test } from 'vitest';
import { transcript } from './transcript.ts';
import type { MessageId, PeerId, ShownMessage } from './types.ts';

const me = { name: 'Quiet Fox', tag: '0b5d90cc' };
const message = (id: string, text: string, more: Partial<ShownMessage> = {}): ShownMessage => ({
  ...{ id: id as MessageId, key: id as MessageId, from: 'aa' as PeerId, name: 'Ada', tag: '01234567', text },
  at: Date.UTC(2026, 10, 21, 8, 40, 5),
  ...more,
});

test('a conversation reads well: who said what when, and what became of it', () => {
  const messages = [
    message('1', 'Shall we meet at eight?', { reactions: [{ emoji: '👍', mine: true, by: [{ peer: 'me', ...me }] }] }),
    message('2', 'two\nlines', { from: 'me', ...me, reply: '1' as MessageId, edited: true }),
    message('3', 'waves', { action: true, reply: 'x' as MessageId }),
    message('4', '', { deleted: true }),
    message('5', 'from before', { passedOn: { by: 'Bob', verified: false, history: true }, missingBefore: 2 }),
  ];
  expect(transcript({ relay: 'hush.example', me, messages }, Date.UTC(2026, 10, 21, 9))).toBe(`\
Hushroom conversation at hush.example, exported by Quiet Fox (0b5d90cc) on 2026-11-21 09:00:00 UTC
5 messages

[2026-11-21 08:40:05 UTC] Ada (01234567): Shall we meet at eight?
    (👍 Quiet Fox)

[2026-11-21 08:40:05 UTC] Quiet Fox (0b5d90cc): two
lines
    (in answer to Ada: “Shall we meet at eight?”)
    (edited)

[2026-11-21 08:40:05 UTC] * Ada (01234567) waves
    (in answer to a message that is not here)

[2026-11-21 08:40:05 UTC] Ada (01234567): [deleted]

[2026-11-21 08:40:05 UTC] Ada (01234567): from before
    (passed on by Bob, not verified)
    (2 missing before this)
`);
});
