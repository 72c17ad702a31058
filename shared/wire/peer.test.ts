import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { anyOffer } from '../testing/offers.ts';
import { plain } from '../testing/plain.ts';
import { decodeGroupInner, encodeGroupInner, type GroupInner } from './group.ts';
import { decodePairInner, encodePairInner, frameKid, frameType, type PairInner } from './peer.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const counter = fc.nat(limits.maxSeq);
const type = <Name extends PairInner['type']>(name: Name) => fc.constant(name);

const pairInner: fc.Arbitrary<PairInner> = fc.oneof(
  fc.record({ type: type('confirm'), info: fc.uint8Array() }),
  fc.record({
    type: type('skdm'),
    gen: counter,
    seq: counter,
    ck: bytes(32),
    hp: bytes(32),
    spk: bytes(32),
    kid: bytes(4),
    digest: bytes(32),
    previous: fc.option(fc.record({ lastSeq: counter, lastId: bytes(16) })),
  }),
  fc.record({
    type: type('ack'),
    spans: fc.array(fc.record({ kind: fc.constantFrom('pair' as const, 'group' as const), gen: u32, from: counter, count: u16 }), {
      maxLength: limits.ackSpans,
    }),
  }),
  fc.record({
    type: type('diff'),
    reply: fc.boolean(),
    entries: fc.array(fc.record({ inst: bytes(16), staticKey: bytes(32) }), { maxLength: limits.members }),
  }),
  fc.record({ type: type('rtc'), attempt: u32, index: u16, signal: fc.option(fc.string({ unit: 'grapheme' })) }),
  fc.record({ type: type('bind'), attempt: u32, hash: bytes(32) }),
  fc.record({ type: type('rekey'), frame: fc.uint8Array() }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), digest: bytes(32) }),
  fc.record({ type: type('leave') }),
  fc.record({ type: type('file'), control: fc.uint8Array() }),
  fc.record({ type: type('side'), ctype: fc.constantFrom(0x0b, 0x0c, 0x13, 0x15), body: fc.uint8Array() }),
);

const place = { lamport: u32, ageS: u16 };
const head = { reply: fc.option(bytes(16)), action: fc.boolean(), mentions: fc.array(bytes(8), { maxLength: limits.mentions }) };
const noHead = { reply: fc.constant(null), action: fc.constant(false), mentions: fc.constant<Uint8Array<ArrayBuffer>[]>([]) };
const textOf = (part: number, edits: fc.Arbitrary<Uint8Array | null>, more: typeof head | typeof noHead) =>
  fc.record({
    type: fc.constant('text' as const),
    ...place,
    part: fc.constant(part),
    parts: fc.integer({ min: part + 1, max: limits.textParts }),
    edits,
    ...more,
    bytes: fc.uint8Array(),
  });

const groupInner: fc.Arbitrary<GroupInner> = fc.oneof(
  textOf(0, fc.constant(null), head),
  textOf(1, fc.option(bytes(16)), noHead),
  textOf(0, bytes(16), { ...noHead, mentions: head.mentions }),
  fc.record({
    type: fc.constant('react' as const),
    ...place,
    target: bytes(16),
    on: fc.boolean(),
    emoji: fc.constantFrom('👍', '❤️', '👩🏽‍🚀', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🇪🇺', '7️⃣'),
  }),
  fc.record({ type: fc.constant('file' as const), ...place, offer: anyOffer }),
  fc.record({ type: fc.constant('erase' as const), ...place, target: bytes(16) }),
  fc.record({
    type: fc.constant('sync' as const),
    latest: fc.array(fc.record({ who: bytes(8), gen: u32, seq: u32, id: bytes(8) }), { maxLength: limits.syncAuthors }),
  }),
);

describe('frames', () => {
  const frame = (first: number, length: number) => Uint8Array.from({ length }, (_, i) => (i === 0 ? first : i));

  test('are told apart by their first byte', () => {
    expect([0x11, 0x12, 0x13].map((first) => frameType(frame(first, 2048)))).toEqual(['hs1', 'hs2', 'hs3']);
    expect([0x20, 0x30].map((first) => frameType(frame(first, 256)))).toEqual(['pair', 'group']);
  });

  test('of an unknown type are refused, and the empty one', () => {
    for (let first = 0; first < 256; first++) {
      if ([0x11, 0x12, 0x13, 0x20, 0x30, 0x40].includes(first)) continue;
      expect(codeOf(() => frameType(frame(first, 2048)))).toBe('unknown-type');
    }
    expect(codeOf(() => frameType(new Uint8Array(0)))).toBe('unknown-type');
  });

  test('have no length that is not a bucket', () => {
    const accepted = (first: number) => {
      const longest = frame(first, limits.frameBytes + 1);
      const lengths = Array.from(longest, (_, i) => i + 1);
      return lengths.filter((length) => codeOf(() => frameType(longest.subarray(0, length))) === null);
    };
    expect(accepted(0x20)).toEqual(limits.buckets);
    expect(accepted(0x30)).toEqual(limits.buckets);
    expect(accepted(0x11)).toEqual([limits.handshakeFrameBytes]);
  });

  test('name their chain in bytes 1 to 4', () => {
    expect([...frameKid(frame(0x20, 256))]).toEqual([1, 2, 3, 4]);
  });
});

describe('what a PAIR frame holds', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(pairInner, (inner) => {
        expect(decodePairInner(encodePairInner(inner))).toEqual(inner);
      }),
    );
  });

  test('is never more than a value or a ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.nat(0x50), fc.uint8Array({ maxLength: 400 }), (ctype, body) => {
        codeOf(() => decodePairInner(Uint8Array.of(ctype, ...body)));
      }),
      { numRuns: 5000 },
    );
  });

  test('that is cut short or continued is refused or read as another value, never as the same', () => {
    fc.assert(
      fc.property(pairInner, fc.nat(), (inner, at) => {
        const encoded = encodePairInner(inner);
        const cut = encoded.subarray(0, at % encoded.length);
        if (codeOf(() => decodePairInner(cut)) === null) expect(decodePairInner(cut)).not.toEqual(inner);
      }),
    );
  });

  test('is refused as misuse where its type belongs to the group', () => {
    for (let ctype = 0x40; ctype < 0x100; ctype++) expect(codeOf(() => decodePairInner(Uint8Array.of(ctype, 1, 2, 3)))).toBe('misuse');
  });

  test('of a type from the future is unknown, not fatal', () => {
    const known = [0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15];
    for (let ctype = 0; ctype < 0x40; ctype++) {
      if (!known.includes(ctype)) expect(codeOf(() => decodePairInner(Uint8Array.of(ctype, 1, 2, 3)))).toBe('unknown-type');
    }
  });

  test('keeps to its limits: spans, members, counters, flags, UTF-8', () => {
    const span = { kind: 'pair', gen: 0, from: 0, count: 1 } as const;
    const tooManySpans = encodePairInner({ type: 'ack', spans: new Array(limits.ackSpans + 1).fill(span) });
    expect(codeOf(() => decodePairInner(tooManySpans))).toBe('oversize');
    const entry = { inst: new Uint8Array(16), staticKey: new Uint8Array(32) };
    const tooManyMembers = encodePairInner({ type: 'diff', reply: false, entries: new Array(limits.members + 1).fill(entry) });
    expect(codeOf(() => decodePairInner(tooManyMembers))).toBe('oversize');
    const beyond = encodePairInner({ type: 'ack', spans: [{ ...span, from: limits.maxSeq + 1 }] });
    expect(codeOf(() => decodePairInner(beyond))).toBe('oversize');
    expect(codeOf(() => decodePairInner(Uint8Array.of(0x09, 2, ...new Uint8Array(32))))).toBe('malformed');
    expect(codeOf(() => decodePairInner(Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 1, 0xff)))).toBe('malformed');
  });

  test('holds no view of the frame it came in', () => {
    fc.assert(
      fc.property(pairInner, (inner) => {
        const encoded = encodePairInner(inner);
        const decoded = decodePairInner(encoded);
        encoded.fill(0xee);
        expect(decoded).toEqual(inner);
      }),
    );
  });
});

describe('what a GROUP frame holds', () => {
  test('comes back as it was, with the id of the message before', () => {
    fc.assert(
      fc.property(groupInner, bytes(16), (inner, prevId) => {
        const encoded = encodeGroupInner(inner, prevId);
        const decoded = decodeGroupInner(encoded);
        encoded.fill(0xee);
        expect(decoded).toEqual({ ...inner, prevId });
      }),
    );
  });

  test('is never more than a value or a ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
        codeOf(() => decodeGroupInner(body));
        for (const ctype of [0x40, 0x41, 0x43]) codeOf(() => decodeGroupInner(Uint8Array.of(ctype, ...new Uint8Array(16), ...body)));
      }),
      { numRuns: 3000 },
    );
  });

  test('is refused as misuse where its type belongs to the pairwise channel', () => {
    for (let ctype = 0; ctype < 0x40; ctype++)
      expect(codeOf(() => decodeGroupInner(Uint8Array.of(ctype, ...new Uint8Array(40))))).toBe('misuse');
  });

  test('of a type from the future is unknown, not fatal', () => {
    const known = [0x40, 0x41, 0x42, 0x43];
    for (let ctype = 0x41; ctype < 0x100; ctype++)
      if (!known.includes(ctype)) expect(codeOf(() => decodeGroupInner(Uint8Array.of(ctype, ...new Uint8Array(40))))).toBe('unknown-type');
  });

  test('is no part beyond the parts there are', () => {
    for (const [part, parts] of [
      [0, 0],
      [1, 1],
      [0, limits.textParts + 1],
    ] as const) {
      const encoded = encodeGroupInner(
        { type: 'text', ...plain, lamport: 0, ageS: 0, part, parts, bytes: new Uint8Array(1) },
        new Uint8Array(16),
      );
      expect(codeOf(() => decodeGroupInner(encoded))).toBe('malformed');
    }
  });
});
