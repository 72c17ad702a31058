import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex, utf8 } from '../bytes.ts';
import { agreementKeyPair } from '../primitives.ts';
import { codeOf } from '../testing/code-of.ts';
import { seededRandom } from '../testing/random.ts';
import { CipherState } from './cipher.ts';
import { HandshakeState, type Psk } from './handshake.ts';
import type { Protocol } from './pattern.ts';
import { patterns, protocolNamed } from './patterns.ts';
import { Transport } from './transport.ts';

const full = protocolNamed('Noise_XXhfs+psk0+psk3_25519+MLKEM768_ChaChaPoly_SHA256');
const nothing = new Uint8Array(0);

/** Both sides of `protocol` with all keys it could need. */
function pairOf(protocol: Protocol, { seed = 1, psks }: { seed?: number; psks?: readonly Psk[] } = {}) {
  const random = seededRandom(seed);
  const [i, r] = [agreementKeyPair(random.bytes(32)), agreementKeyPair(random.bytes(32))];
  const given = psks ?? Array.from({ length: protocol.psks }, () => random.bytes(32));
  const common = { protocol, prologue: utf8('prologue'), psks: given, random: random.bytes };
  return [
    new HandshakeState({ ...common, initiator: true, s: i, ...(protocol.responderKnown && { rs: r.public }) }),
    new HandshakeState({ ...common, initiator: false, s: r, ...(protocol.initiatorKnown && { rs: i.public }) }),
  ] as const;
}

/** Runs messages of `pair` from `from` to before `until`; gives back what was written. */
function run(pair: readonly [HandshakeState, HandshakeState], until: number, from = 0): Uint8Array[] {
  return Array.from({ length: until - from }, (_, step) => {
    const [writer, reader] = (from + step) % 2 === 0 ? pair : [pair[1], pair[0]];
    const message = writer.write(utf8(`payload ${from + step}`));
    expect(reader.read(message)).toEqual(utf8(`payload ${from + step}`));
    return message;
  });
}

describe('any protocol', () => {
  test('of any pattern with any modifiers ends with both sides agreeing', () => {
    const places = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(patterns)), places, fc.boolean(), fc.nat(), (pattern, psks, wantsKem, seed) => {
        const count = protocolNamed(`Noise_${pattern}_25519_ChaChaPoly_SHA256`).messages.length;
        const kem = wantsKem && count > 1;
        const modifiers = [
          ...(kem ? ['hfs'] : []),
          ...psks
            .filter((place) => place <= count)
            .sort()
            .map((place) => `psk${place}`),
        ];
        const protocol = protocolNamed(`Noise_${pattern}${modifiers.join('+')}_25519${kem ? '+MLKEM768' : ''}_ChaChaPoly_SHA256`);
        const pair = pairOf(protocol, { seed });
        run(pair, count);
        const [initiator, responder] = [new Transport(pair[0], true), new Transport(pair[1], false)];
        expect(initiator.handshakeHash).toEqual(responder.handshakeHash);
        expect(responder.receive(initiator.send(utf8('there')))).toEqual(utf8('there'));
        expect(initiator.receive(responder.send(utf8('back')))).toEqual(utf8('back'));
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  test('with another prologue, psk or name stops at the first message that is sealed', () => {
    const [initiator] = pairOf(full);
    const message = initiator.write(nothing);
    const [, otherPsk] = pairOf(full, { psks: [new Uint8Array(32), new Uint8Array(32)] });
    expect(codeOf(() => otherPsk.read(message))).toBe('unauthentic');
    const [, otherName] = pairOf(protocolNamed('Noise_XX1hfs+psk0+psk3_25519+MLKEM768_ChaChaPoly_SHA256'));
    expect(codeOf(() => otherName.read(message))).toBe('unauthentic');
    const random = seededRandom(1);
    const keys = [agreementKeyPair(random.bytes(32)), agreementKeyPair(random.bytes(32))];
    const otherPrologue = new HandshakeState({
      protocol: full,
      initiator: false,
      s: keys[1],
      psks: [random.bytes(32), random.bytes(32)],
      random: random.bytes,
      prologue: utf8('prologuf'),
    });
    expect(codeOf(() => otherPrologue.read(message))).toBe('unauthentic');
  });
});

describe('a message that is refused', () => {
  test.each([0, 1, 2])(
    'for any one byte of message %i that was changed leaves the state exactly as it was',
    (index) => {
      const pair = pairOf(full);
      run(pair, index);
      const [writer, reader] = index % 2 === 0 ? pair : [pair[1], pair[0]];
      const message = writer.write(utf8('genuine'));
      const before = hex(reader.handshakeHash);
      // The ephemeral's top bit does not change the exchange (RFC 7748, 5), only the hash: it must be refused all the same.
      for (let at = 0; at < message.length; at += message.length > 200 && at > 40 && at < message.length - 60 ? 13 : 1) {
        const forged = message.slice();
        forged[at]! ^= at === 31 ? 0x80 : 1;
        expect(['unauthentic', 'weak-key']).toContain(codeOf(() => reader.read(forged)));
      }
      expect(hex(reader.handshakeHash)).toBe(before);
      expect(reader.read(message)).toEqual(utf8('genuine'));
      run(pair, 3, index + 1);
      expect(pair[0].handshakeHash).toEqual(pair[1].handshakeHash);
    },
    30_000,
  );

  test('for being cut anywhere leaves the state too', () => {
    const pair = pairOf(full);
    const message = pair[0].write(utf8('genuine'));
    for (let length = 0; length < message.length; length += 7) {
      expect(['truncated', 'unauthentic']).toContain(codeOf(() => pair[1].read(message.subarray(0, length))));
    }
    expect(pair[1].read(message)).toEqual(utf8('genuine'));
  });

  test('for its length, or because it is not its turn, is not looked at', () => {
    const pair = pairOf(full);
    expect(codeOf(() => pair[1].read(new Uint8Array(65536)))).toBe('oversize');
    expect(codeOf(() => pair[0].read(new Uint8Array(100)))).toBe('unexpected');
  });
});

describe('writing', () => {
  test('out of turn is the caller’s bug', () => {
    const pair = pairOf(full);
    expect(() => pair[1].write(nothing)).toThrow(TypeError);
    run(pair, 3);
    expect(() => pair[1].write(nothing)).toThrow(TypeError);
    expect(() => pair[0].split().length + pair[0].split().length).toThrow(TypeError);
  });

  test('without a key that the protocol needs is the caller’s bug, known at the beginning where it can be', () => {
    const ik = protocolNamed('Noise_IK_25519_ChaChaPoly_SHA256');
    const random = seededRandom(3).bytes;
    expect(() => new HandshakeState({ protocol: ik, initiator: true, random })).toThrow(TypeError);
    expect(() => new HandshakeState({ protocol: full, initiator: true, random, psks: [nothing] })).toThrow(TypeError);
    const xx = protocolNamed('Noise_XX_25519_ChaChaPoly_SHA256');
    const responder = new HandshakeState({ protocol: xx, initiator: false, random });
    responder.read(new HandshakeState({ protocol: xx, initiator: true, random }).write(nothing));
    expect(() => responder.write(nothing)).toThrow(TypeError);
  });

  test('draws its ephemerals from the setup’s Random, in token order, and nothing else', () => {
    const drawn: number[] = [];
    const random = seededRandom(5).bytes;
    const counting = (length: number) => {
      drawn.push(length);
      return random(length);
    };
    const common = { protocol: full, random: counting, psks: [random(32), random(32)] };
    const pair = [
      new HandshakeState({ ...common, initiator: true, s: agreementKeyPair(random(32)) }),
      new HandshakeState({ ...common, initiator: false, s: agreementKeyPair(random(32)) }),
    ] as const;
    run(pair, 3);
    expect(drawn).toEqual([32, 64, 32, 32]);
  });

  test('uses the ephemeral that was asked for beforehand', () => {
    const pair = pairOf(full);
    const early = pair[0].localEphemeral();
    expect(pair[0].write(nothing).subarray(0, 32)).toEqual(early);
  });

  test('aborts on the other side’s weak keys, and may be tried again', () => {
    const xx = protocolNamed('Noise_NN_25519_ChaChaPoly_SHA256');
    const [, responder] = pairOf(xx);
    responder.read(new Uint8Array(32)); // an ephemeral of order one
    expect(codeOf(() => responder.write(nothing))).toBe('weak-key');
    expect(codeOf(() => responder.write(nothing))).toBe('weak-key');

    const hfs = protocolNamed('Noise_NNhfs_25519+MLKEM768_ChaChaPoly_SHA256');
    const [initiator, encapsulator] = pairOf(hfs);
    const message = initiator.write(nothing);
    message.set([0xff, 0xff, 0xff], 32); // two coefficients of 4095
    encapsulator.read(message);
    expect(codeOf(() => encapsulator.write(nothing))).toBe('weak-key');
  });
});

test('a psk may depend on the hash just before it is mixed in, which both sides see alike', () => {
  const seen: string[] = [];
  const late: Psk = (h) => {
    seen.push(hex(h));
    return h.slice();
  };
  const pair = pairOf(full, { psks: [new Uint8Array(32).fill(7), late] });
  run(pair, 3);
  expect(seen).toHaveLength(2);
  expect(seen[0]).toBe(seen[1]);
  expect(pair[0].handshakeHash).toEqual(pair[1].handshakeHash);
});

test('a fork goes on by itself, and its end is not that of the handshake it came from', () => {
  const pair = pairOf(full);
  run(pair, 2);
  const fork = pair[0].fork();
  fork.write(utf8('on the fork'));
  fork.split();
  fork.dispose();
  run(pair, 3, 2);
  expect(pair[0].handshakeHash).toEqual(pair[1].handshakeHash);
});

test('a handshake disposed of does nothing any more', () => {
  for (const side of pairOf(full)) {
    side.dispose();
    expect(codeOf(() => side.read(new Uint8Array(2000)))).toBe('unexpected');
    expect(() => side.write(nothing)).toThrow(TypeError);
    expect(() => side.split()).toThrow(TypeError);
    expect(side.handshakeHash).toHaveLength(32);
  }
});

describe('a cipher', () => {
  const key = () => new Uint8Array(32).fill(9);

  test('opens each message once and in order, and waits for the right one', () => {
    const [sender, receiver] = [new CipherState(key()), new CipherState(key())];
    const [first, second] = [sender.encryptWithAd(nothing, utf8('1')), sender.encryptWithAd(nothing, utf8('2'))];
    expect(codeOf(() => receiver.decryptWithAd(nothing, second))).toBe('unauthentic');
    expect(receiver.decryptWithAd(nothing, first)).toEqual(utf8('1'));
    expect(codeOf(() => receiver.decryptWithAd(nothing, first))).toBe('unauthentic');
    expect(receiver.decryptWithAd(nothing, second)).toEqual(utf8('2'));
  });

  test('ends before a nonce could come twice', () => {
    const cipher = new CipherState(key());
    cipher.setNonce(Number.MAX_SAFE_INTEGER - 1);
    const sealed = cipher.encryptWithAd(nothing, utf8('last'));
    expect(codeOf(() => cipher.encryptWithAd(nothing, utf8('one too many')))).toBe('exhausted');
    expect(codeOf(() => cipher.decryptWithAd(nothing, sealed))).toBe('exhausted');
    for (const n of [-1, 0.5, Number.MAX_SAFE_INTEGER + 1]) expect(() => cipher.setNonce(n)).toThrow(RangeError);
  });

  test('numbers messages beyond 32 bits', () => {
    const [a, b] = [new CipherState(key()), new CipherState(key())];
    a.setNonce(5);
    b.setNonce(2 ** 32 + 5);
    expect(a.encryptWithAd(nothing, utf8('x'))).not.toEqual(b.encryptWithAd(nothing, utf8('x')));
  });

  test('rekeys to a key that both sides find and that opens nothing from before', () => {
    const [sender, receiver, thief] = [new CipherState(key()), new CipherState(key()), new CipherState(key())];
    sender.rekey();
    const sealed = sender.encryptWithAd(nothing, utf8('fresh'));
    expect(codeOf(() => thief.decryptWithAd(nothing, sealed))).toBe('unauthentic');
    receiver.rekey();
    expect(receiver.decryptWithAd(nothing, sealed)).toEqual(utf8('fresh'));
    expect(receiver.key()).not.toEqual(key());
  });

  test('without a key passes through, and has none to give', () => {
    const cipher = new CipherState();
    expect(cipher.encryptWithAd(nothing, utf8('plain'))).toEqual(utf8('plain'));
    expect(() => cipher.rekey()).toThrow(TypeError);
    expect(() => cipher.key()).toThrow(TypeError);
  });
});
