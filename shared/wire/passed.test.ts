import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { decodeSide, encodeSide, type Passed, type SideRecord } from './passed.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const counter = fc.nat(limits.maxSeq);
const passedHead = { gen: counter, seq: counter, spk: bytes(32), ageS: u32, sig: bytes(64) };
const passed: fc.Arbitrary<Passed> = fc.oneof(
  fc.record({ ...passedHead, content: fc.uint8Array(), digest: fc.constant(null) }),
  fc.record({ ...passedHead, content: fc.constant(null), digest: bytes(32) }),
);

const side: fc.Arbitrary<SideRecord> = fc.oneof(
  fc.record({
    type: fc.constant('resend-request' as const),
    inst: bytes(16),
    spans: fc.array(fc.record({ gen: u32, from: counter, count: u16 }), { maxLength: limits.resendSpans }),
  }),
  fc.record({ type: fc.constant('resend' as const), inst: bytes(16), record: passed }),
  fc.oneof(
    fc.record({ type: fc.constant('history' as const), kind: fc.constantFrom('ask' as const, 'end' as const) }),
    fc.record({
      type: fc.constant('history' as const),
      kind: fc.constant('keys' as const),
      keys: fc.array(fc.record({ gen: u32, spk: bytes(32) })),
    }),
    fc.record({
      type: fc.constant('history' as const),
      kind: fc.constant('records' as const),
      ...{ inst: bytes(16), staticKey: bytes(32), name: fc.uint8Array({ maxLength: limits.nameBytes }) },
      records: fc.array(passed),
    }),
  ),
  fc.oneof(
    fc.record({ type: fc.constant('presence' as const), kind: fc.constantFrom('typing' as const, 'away' as const), on: fc.boolean() }),
    fc.record({ type: fc.constant('presence' as const), kind: fc.constant('read' as const), id: bytes(16) }),
    fc.record({
      type: fc.constant('presence' as const),
      kind: fc.constant('sharing' as const),
      ...{ typing: fc.boolean(), read: fc.boolean(), delivered: fc.boolean(), away: fc.boolean() },
    }),
  ),
);

describe('what members tell each other beside messages', () => {
  test('is read back as it was written', () => {
    fc.assert(fc.property(side, (record) => void expect(decodeSide(encodeSide(record))).toEqual(record)));
  });

  test('is never more than a value or a ProtocolError, whatever the bytes', () => {
    const ctype = fc.constantFrom(0x0b, 0x0c, 0x13, 0x15);
    fc.assert(
      fc.property(
        ctype,
        fc.uint8Array({ maxLength: 200 }),
        (type, body) => void codeOf(() => decodeSide({ type: 'side', ctype: type, body })),
      ),
      { numRuns: 3000 },
    );
  });

  test('of a kind from the future is unknown, not fatal', () => {
    for (const ctype of [0x13, 0x15])
      expect(codeOf(() => decodeSide({ type: 'side', ctype, body: Uint8Array.of(9, 1) }))).toBe('unknown-type');
  });
});
