import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import {
  decodeFromDesk,
  decodeListing,
  decodeToDesk,
  encodeFromDesk,
  encodeListing,
  encodeListings,
  encodeToDesk,
  type FromDesk,
  isDeskFrame,
  type ListedRoom,
  type Listing,
  publishProof,
  type ToDesk,
} from './desk.ts';

const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const inst = exactly(16).filter((bytes) => bytes.some((byte) => byte !== 0));
const caller = { inst, pow: fc.maxSafeNat() };
const roomPub = exactly(32);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? [...part] : part)));

const toDesk: fc.Arbitrary<ToDesk> = fc.oneof(
  fc.record({ type: fc.constantFrom('open' as const, 'list' as const), ...caller }),
  fc.record({ type: fc.constant('claim' as const), ...caller, nameplate: fc.nat(65535) }),
  fc.record({ type: fc.constant('knock' as const), ...caller, roomPub }),
  fc.record({
    type: fc.constant('publish' as const),
    ...caller,
    roomPub,
    act: fc.constantFrom('attend' as const, 'withdraw' as const),
    listing: fc.constant(new Uint8Array(0)),
    sig: exactly(64),
  }),
  fc.record({
    type: fc.constant('publish' as const),
    ...caller,
    roomPub,
    act: fc.constant('list' as const),
    listing: fc.uint8Array({ minLength: 1, maxLength: 1000 }),
    sig: exactly(64),
  }),
);

const listedRoom: fc.Arbitrary<ListedRoom> = fc.record({
  roomPub,
  people: fc.nat(255),
  remainingS: fc.nat(2 ** 32 - 1),
  listing: fc.uint8Array({ maxLength: 300 }),
});

const fromDesk: fc.Arbitrary<FromDesk> = fc.oneof(
  fc.record({ type: fc.constant('opened' as const), nameplate: fc.nat(65535), seconds: fc.nat(65535) }),
  fc.record({ type: fc.constant('met' as const), others: fc.array(inst, { maxLength: limits.doorkeepers }) }),
  fc.record({ type: fc.constant('listings' as const), more: fc.boolean(), rooms: fc.array(listedRoom, { maxLength: 20 }) }),
);

const fairly = (most: number) =>
  fc.string({ unit: 'grapheme', maxLength: most }).filter((text) => new TextEncoder().encode(text).length <= most);
const listing: fc.Arbitrary<Listing> = fc.oneof(
  fc.record({
    access: fc.constantFrom('code' as const, 'knock' as const),
    title: fairly(limits.listingTitleBytes),
    topic: fairly(limits.listingTopicBytes),
    invite: fc.constant(''),
  }),
  fc.record({
    access: fc.constant('open' as const),
    title: fairly(80),
    topic: fairly(240),
    invite: fc.constantFrom('AQAA', 'x'.repeat(1366)),
  }),
);

describe('frames of callers', () => {
  it('come back as they went, both ways', () => {
    fc.assert(
      fc.property(toDesk, (frame) => {
        expect(plain(decodeToDesk(encodeToDesk(frame)))).toEqual(plain(frame));
      }),
    );
    fc.assert(
      fc.property(fromDesk, (frame) => {
        expect(plain(decodeFromDesk(encodeFromDesk(frame)))).toEqual(plain(frame));
      }),
    );
  });

  it('are frames or ProtocolErrors, whatever the bytes', () => {
    const decoders = [decodeToDesk, decodeFromDesk, decodeListing];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.integer({ min: 0x20, max: 0x24 }), fc.uint8Array({ maxLength: 300 })).map(([type, rest]) => Uint8Array.of(type, ...rest)),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        for (const decode of decoders)
          try {
            decode(some);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
      }),
      { numRuns: 2000 },
    );
  });

  it('are refused where they end early, run on, or come from everyone', () => {
    const frame = encodeToDesk({ type: 'claim', inst: new Uint8Array(16).fill(1), pow: 0, nameplate: 7 });
    expect(codeOf(() => decodeToDesk(frame.subarray(0, -1)))).toBe('truncated');
    expect(codeOf(() => decodeToDesk(Uint8Array.of(...frame, 0)))).toBe('trailing');
    expect(codeOf(() => decodeToDesk(Uint8Array.of(0x25, ...frame.subarray(1))))).toBe('unknown-type');
    expect(codeOf(() => decodeToDesk(encodeToDesk({ type: 'open', inst: new Uint8Array(16), pow: 0 })))).toBe('malformed');
    expect(codeOf(() => decodeFromDesk(new Uint8Array(limits.relayMessageBytes + 1)))).toBe('oversize');
    expect(codeOf(() => decodeFromDesk(Uint8Array.of(0x21, limits.doorkeepers + 1)))).toBe('oversize');
  });

  it('are told from those of members by their first byte', () => {
    const types = Array.from({ length: 256 }, (_, type) => type).filter((type) => isDeskFrame(Uint8Array.of(type)));
    expect(types).toEqual([0x20, 0x21, 0x22, 0x23, 0x24]);
    expect(isDeskFrame(new Uint8Array(0))).toBe(false);
  });

  it('carry a thousand rooms in messages of the usual size', () => {
    const rooms = Array.from({ length: 1000 }, (_, n) => ({
      roomPub: new Uint8Array(32).fill(n),
      people: 1,
      remainingS: n,
      listing: new Uint8Array(400),
    }));
    const messages = encodeListings(rooms);
    expect(messages.every(({ length }) => length <= limits.relayMessageBytes)).toBe(true);
    const read = messages.map((message) => decodeFromDesk(message) as Extract<FromDesk, { type: 'listings' }>);
    expect(read.flatMap((one) => one.rooms.map(({ remainingS }) => remainingS))).toEqual(rooms.map((_, n) => n));
    expect(read.map(({ more }) => more)).toEqual(read.map((_, i) => i < read.length - 1));
    expect(encodeListings([]).map((message) => decodeFromDesk(message))).toEqual([{ type: 'listings', more: false, rooms: [] }]);
  });
});

describe('a listing', () => {
  it('comes back as it went, with its signature beside it', () => {
    fc.assert(
      fc.property(listing, exactly(64), (one, sig) => {
        const read = decodeListing(Uint8Array.of(...encodeListing(one), ...sig));
        expect(read.listing).toEqual(one);
        expect(plain(read.sig)).toEqual(plain(sig));
      }),
    );
  });

  it('carries an invite exactly where anybody may enter', () => {
    const signed = (one: Listing) => Uint8Array.of(...encodeListing(one), ...new Uint8Array(64));
    expect(codeOf(() => decodeListing(signed({ access: 'open', title: 'a', topic: '', invite: '' })))).toBe('malformed');
    expect(codeOf(() => decodeListing(signed({ access: 'knock', title: 'a', topic: '', invite: 'AQ' })))).toBe('malformed');
  });

  it('has texts of bounded length, in bytes', () => {
    expect(() => encodeListing({ access: 'knock', title: 'ä'.repeat(41), topic: '', invite: '' })).toThrow(RangeError);
    const long = Uint8Array.of(2, 0, 81, ...new Uint8Array(81), 0, 0, 0, 0, ...new Uint8Array(64));
    expect(codeOf(() => decodeListing(long))).toBe('oversize');
  });
});

describe('the proof of a member at the desk', () => {
  it('differs with every one of its fields', () => {
    const claim = {
      inst: new Uint8Array(16).fill(1),
      pow: 0,
      roomPub: new Uint8Array(32).fill(2),
      act: 'attend' as const,
      listing: new Uint8Array(0),
    };
    const nonce = new Uint8Array(32);
    const proofs = [
      publishProof('https://a.example', nonce, claim),
      publishProof('https://b.example', nonce, claim),
      publishProof('https://a.example', nonce.slice().fill(1), claim),
      publishProof('https://a.example', nonce, { ...claim, inst: new Uint8Array(16).fill(3) }),
      publishProof('https://a.example', nonce, { ...claim, pow: 1 }),
      publishProof('https://a.example', nonce, { ...claim, roomPub: new Uint8Array(32) }),
      publishProof('https://a.example', nonce, { ...claim, act: 'withdraw' }),
      publishProof('https://a.example', nonce, { ...claim, act: 'list', listing: Uint8Array.of(1) }),
    ].map((proof) => Buffer.from(proof).toString('hex'));
    expect(new Set(proofs).size).toBe(proofs.length);
    expect(() => publishProof('https://a.example', new Uint8Array(31), claim)).toThrow(RangeError);
  });
});
