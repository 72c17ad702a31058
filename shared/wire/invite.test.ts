import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unbase64url } from '../bytes.ts';
import { codeOf } from '../testing/code-of.ts';
import { decodeInvite, encodeInvite, type Invite, inviteFragment, inviteOptions, parseInvite, plainOptions } from './invite.ts';

const invite: Invite = { ...plainOptions, secret: new Uint8Array(32).fill(5), expiresAt: 29_912_345, relayOnly: true };
const fragment = encodeInvite(invite);

const invites: fc.Arbitrary<Invite> = fc
  .record({
    secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    expiresAt: fc.nat(2 ** 31 - 1).map((n) => 2 * n),
    relays: fc.array(
      fc
        .webAuthority({ withPort: true })
        .filter((host) => URL.canParse(`https://${host}`))
        .map((host) => new URL(`https://${host}`).origin),
      { maxLength: 2 },
    ),
    relayOnly: fc.boolean(),
    password: fc.boolean(),
    approval: fc.boolean(),
    adminHash: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 })),
    onionOnly: fc.boolean(),
    relayKey: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
    history: fc.boolean(),
    vanishS: fc.nat(2 ** 31 - 1),
  })
  .map((any) => ({ ...any, relayOnly: any.relayOnly || any.onionOnly }));

const refusal = (text: string) => codeOf(() => decodeInvite(text));

test('an ordinary link has 42 bytes, 56 characters', () => {
  expect(unbase64url(fragment)).toHaveLength(42);
  expect(fragment).toHaveLength(56);
});

test('every invite reads back as it was written', () => {
  fc.assert(
    fc.property(invites, (any) => {
      expect(decodeInvite(encodeInvite(any))).toEqual(any);
    }),
  );
});

test('its options are all of it but the secret and the check', () => {
  const bytes = unbase64url(fragment);
  expect(inviteOptions(invite)).toEqual(Uint8Array.from([...bytes.subarray(0, 3), ...bytes.subarray(35, -2)]));
});

describe('a link that was damaged', () => {
  test('by cutting it anywhere is truncated; only of a scrap can nobody say what it was', () => {
    const long = encodeInvite({ ...invite, relays: ['https://relay.example'] });
    for (const whole of [fragment, long]) {
      for (let length = 1; length < whole.length; length++) {
        expect(['truncated', ...(length < 3 ? ['malformed'] : [])], `${length} letters`).toContain(refusal(whole.slice(0, length)));
      }
    }
  });

  test('by changing any letter is said to be edited or cut', () => {
    for (let at = 0; at < fragment.length; at++) {
      for (const letter of ['A', 'z', '7', '-']) {
        if (fragment[at] === letter) continue;
        const edited = fragment.slice(0, at) + letter + fragment.slice(at + 1);
        expect(['bad-checksum', 'truncated'], `letter ${at}`).toContain(refusal(edited));
      }
    }
  });

  test('by adding to it is said to be edited', () => {
    for (const more of ['A', 'AAAA', fragment]) expect(refusal(fragment + more)).toBe('bad-checksum');
  });

  test('in whatever way never becomes another invite or another kind of error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(refusal(text)).not.toBeNull();
      }),
    );
    expect(refusal('A'.repeat(5000))).toBe('oversize');
  });
});

test('encoding refuses what no room can have', () => {
  expect(() => encodeInvite({ ...invite, secret: new Uint8Array(31) })).toThrow(RangeError);
  expect(() => encodeInvite({ ...invite, expiresAt: 2 ** 32 })).toThrow(RangeError);
  expect(() => encodeInvite({ ...invite, relays: [`https://${'a.'.repeat(500)}example`] })).toThrow(RangeError);
  expect(() => encodeInvite({ ...invite, adminHash: new Uint8Array(15) })).toThrow(RangeError);
  expect(() => encodeInvite({ ...invite, relayKey: new Uint8Array(33) })).toThrow(RangeError);
  expect(() => encodeInvite({ ...invite, relayOnly: false, onionOnly: true })).toThrow(RangeError);
  for (const relay of [
    'relay.example',
    'https://relay.example/',
    'wss://relay.example',
    'HTTPS://relay.example',
    'https://relay.example/x',
  ]) {
    expect(() => encodeInvite({ ...invite, relays: [relay] })).toThrow(RangeError);
  }
});

describe('what people paste', () => {
  const link = `https://room.example:8443/${inviteFragment(invite)}`;

  test.each([
    ['a link', link],
    ['a link in words', `Join me: ${link}, see you there`],
    ['a link in a sentence that ends', `The room is ${link}.`],
    ['a link in angle brackets', `<${link}>`],
    ['a link in quotes', ` "${link}"\n`],
    ['a link whose # was encoded', link.replace('#', '%23')],
    ['a link whose # was encoded twice', link.replace('#', '%2523')],
  ])('%s is understood', (_, text) => {
    expect(parseInvite(text)).toEqual({ invite, origin: 'https://room.example:8443' });
  });

  test.each([fragment, `#${fragment}`, ` #${fragment} \n`, `'${fragment}'`, `(${fragment})`])(
    '%j is understood and names no place',
    (text) => {
      expect(parseInvite(text)).toEqual({ invite, origin: undefined });
    },
  );

  test.each(['', 'hello', 'see you at eight', 'https://room.example/', 'https://room.example/#about'])('%j is no invite', (text) => {
    expect(() => parseInvite(text)).toThrow('malformed');
  });
});
