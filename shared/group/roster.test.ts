import { expect, test } from 'vitest';
import { concat, hex, utf8 } from '../bytes.ts';
import { sha256 } from '../primitives.ts';
import { seededRandom } from '../testing/random.ts';
import { rosterDigest } from './roster.ts';

const { bytes } = seededRandom(3);
const entries = Array.from({ length: 5 }, () => ({ inst: bytes(16), staticKey: bytes(32) }));

test('the digest is what the protocol says', () => {
  const sorted = entries.map(({ inst, staticKey }) => hex(concat(inst, staticKey))).sort();
  const written = concat(utf8('room/1 roster'), Uint8Array.of(0, 5), Uint8Array.from(Buffer.from(sorted.join(''), 'hex')));
  expect(hex(rosterDigest(entries))).toBe(hex(sha256(written)));
});

test('the order of entries does not matter, everything else does', () => {
  const digest = hex(rosterDigest(entries));
  expect(hex(rosterDigest(entries.toReversed()))).toBe(digest);
  const other = [...entries.slice(1), { inst: entries[0]!.inst, staticKey: bytes(32) }];
  const more = [...entries, { inst: bytes(16), staticKey: bytes(32) }];
  for (const list of [entries.slice(1), other, more, []]) expect(hex(rosterDigest(list))).not.toBe(digest);
});
