import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import {
  decodeFromRelay,
  decodeToRelay,
  encodeFromRelay,
  encodeJoin,
  encodeSend,
  everyone,
  type FromRelay,
  joinProof,
  relayCloseCode,
  relayErrors,
  workDone,
} from './relay.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const inst = exactly(16).filter((bytes) => bytes.some((byte) => byte !== 0));
const u32 = fc.nat(2 ** 32 - 1);
const u16 = fc.nat(65535);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? [...part] : part)));

const claim = fc.record({ roomPub: exactly(32), inst, expiresAt: u32, lastRecv: u32, wantsTurn: fc.boolean(), pow: fc.maxSafeNat() });
const turn = fc.record({ urls: fc.array(fc.string({ maxLength: 40 }), { maxLength: 4 }), username: fc.string(), credential: fc.string() });
const fromRelay: fc.Arbitrary<FromRelay> = fc.oneof(
  fc.record({ type: fc.constant('challenge' as const), version: fc.nat(255), nonce: exactly(32), powBits: fc.nat(255) }),
  fc.record({
    type: fc.constant('joined' as const),
    resumed: fc.boolean(),
    remainingS: u32,
    members: fc.array(inst, { maxLength: 63 }),
    turn: fc.option(turn),
  }),
  fc.record({ type: fc.constantFrom('came' as const, 'left' as const, 'away' as const), inst }),
  fc.record({ type: fc.constant('received' as const), src: inst, frame: fc.uint8Array({ minLength: 1, maxLength: 2000 }) }),
  fc.record({ type: fc.constant('gap' as const), lost: u32 }),
  fc.record({ type: fc.constant('listed' as const), listed: fc.constantFrom('no' as const, 'yes' as const, 'knocks' as const) }),
  fc.record({ type: fc.constant('error' as const), code: u16, retryS: u16 }),
);

describe('frames between client and relay', () => {
  it('come back as they went, from relay to client', () => {
    fc.assert(
      fc.property(fromRelay, (frame) => {
        expect(plain(decodeFromRelay(encodeFromRelay(frame)))).toEqual(plain(frame));
      }),
    );
  });

  it('come back as they went, from client to relay', () => {
    fc.assert(
      fc.property(claim, exactly(64), inst, fc.uint8Array({ minLength: 1, maxLength: 300 }), (join, sig, dst, frame) => {
        expect(plain(decodeToRelay(encodeJoin({ ...join, sig })))).toEqual(plain({ type: 'join', ...join, sig }));
        expect(plain(decodeToRelay(encodeSend(dst, frame)))).toEqual(plain({ type: 'send', dst, frame }));
        expect(plain(decodeToRelay(encodeSend(null, frame)))).toEqual(plain({ type: 'send', dst: everyone, frame }));
      }),
    );
  });

  it('are a frame or a ProtocolError whatever the bytes are', () => {
    const tags = fc.constantFrom(0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0e, 0xff);
    fc.assert(
      fc.property(fc.option(tags), fc.uint8Array({ maxLength: 400 }), (tag, bytes) => {
        const message = tag === null ? bytes : Uint8Array.of(tag, ...bytes);
        codeOf(() => decodeToRelay(message));
        codeOf(() => decodeFromRelay(message));
      }),
      { numRuns: 20_000 },
    );
  });

  it('are refused when cut anywhere or followed by anything', () => {
    const frames: FromRelay[] = [
      { type: 'challenge', version: 1, nonce: new Uint8Array(32), powBits: 4 },
      {
        type: 'joined',
        resumed: true,
        remainingS: 9,
        members: [new Uint8Array(16).fill(1)],
        turn: { urls: ['turn:a'], username: 'u', credential: 'c' },
      },
      { type: 'away', inst: new Uint8Array(16) },
      { type: 'gap', lost: 3 },
      { type: 'error', code: 1, retryS: 2 },
    ];
    for (const frame of frames) {
      const whole = encodeFromRelay(frame);
      for (let length = 0; length < whole.length; length++)
        expect(codeOf(() => decodeFromRelay(whole.subarray(0, length)))).toBe('truncated');
      expect(codeOf(() => decodeFromRelay(Uint8Array.of(...whole, 0)))).toBe('trailing');
    }
  });

  it('give views of a message, so that nothing is copied on the way through', () => {
    const message = encodeSend(null, new Uint8Array(limits.frameBytes));
    const sent = decodeToRelay(message);
    expect(sent.type === 'send' && sent.frame.buffer).toBe(message.buffer);
    expect(message.length).toBe(limits.relayMessageBytes);
  });

  it('are refused above the largest message, empty, or from an instance that means everyone', () => {
    expect(codeOf(() => decodeToRelay(new Uint8Array(limits.relayMessageBytes + 1).fill(7)))).toBe('oversize');
    expect(codeOf(() => decodeToRelay(new Uint8Array(17).fill(7)))).toBe('truncated');
    expect(() => encodeSend(null, new Uint8Array(0))).toThrow(RangeError);
    expect(() => encodeSend(null, new Uint8Array(limits.frameBytes + 1))).toThrow(RangeError);
    const join = {
      roomPub: new Uint8Array(32),
      inst: new Uint8Array(16),
      expiresAt: 0,
      lastRecv: 0,
      wantsTurn: false,
      pow: 0,
      sig: new Uint8Array(64),
    };
    expect(codeOf(() => decodeToRelay(encodeJoin(join)))).toBe('malformed');
  });
});

describe('a join proof', () => {
  const base = {
    roomPub: new Uint8Array(32).fill(1),
    inst: new Uint8Array(16).fill(2),
    expiresAt: 3,
    lastRecv: 4,
    wantsTurn: true,
    pow: 5,
  };

  it('has exactly the bytes of the document', () => {
    expect(Buffer.from(joinProof('http://a', new Uint8Array(32).fill(9), base)).toString('hex')).toBe(
      `${Buffer.from('room/1 join').toString('hex')}00${'0008'}${Buffer.from('http://a').toString('hex')}${'09'.repeat(32)}${'01'.repeat(32)}${'02'.repeat(16)}0000000300000004010000000000000005`,
    );
  });
});

describe('proof of work', () => {
  const nonce = new Uint8Array(32).fill(1);
  const roomPub = new Uint8Array(32).fill(2);
  const instance = new Uint8Array(16).fill(3);

  it('is free at 0 bits and is found by counting at 10', () => {
    expect(workDone(sha256, 0, nonce, roomPub, instance, 0)).toBe(true);
    let pow = 0;
    while (!workDone(sha256, 10, nonce, roomPub, instance, pow)) pow++;
    const digest = sha256(
      Buffer.concat([Buffer.from('room/1 pow'), nonce, roomPub, instance, Buffer.from(pow.toString(16).padStart(16, '0'), 'hex')]),
    );
    expect(Buffer.from(digest).readUInt16BE(0)).toBeLessThan(64);
    expect(workDone(sha256, 10, new Uint8Array(32).fill(4), roomPub, instance, pow)).toBe(false);
  });
});

describe('relay error codes', () => {
  it('have close codes that a client tells apart', () => {
    const codes = Object.values(relayErrors);
    expect(new Set(codes.map(relayCloseCode)).size).toBe(codes.length);
    expect(relayCloseCode(relayErrors.shutdown)).toBe(1012);
    expect(relayCloseCode(relayErrors.expired)).toBe(4004);
  });
});
