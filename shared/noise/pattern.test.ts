import { describe, expect, test } from 'vitest';
import { pairProtocol } from '../handshake/pairwise.ts';
import { patterns, protocolNamed } from './patterns.ts';

const messagesOf = (name: string) => protocolNamed(name).messages.map((tokens) => tokens.join(' '));
const classical = (pattern: string) => messagesOf(`Noise_${pattern}_25519_ChaChaPoly_SHA256`);
const hybrid = (pattern: string) => messagesOf(`Noise_${pattern}_25519+MLKEM768_ChaChaPoly_SHA256`);

test('the table holds the 3 one-way, 12 interactive and 23 deferred patterns', () => {
  expect(Object.keys(patterns)).toHaveLength(38);
});

test('every pattern sends keys before it uses them', () => {
  for (const pattern of Object.keys(patterns)) {
    const { messages, initiatorKnown, responderKnown } = protocolNamed(`Noise_${pattern}_25519_ChaChaPoly_SHA256`);
    const known = new Set([...(initiatorKnown ? ['Is'] : []), ...(responderKnown ? ['Rs'] : [])]);
    for (const [i, tokens] of messages.entries()) {
      for (const token of tokens) {
        if (token.length === 1) known.add(`${i % 2 === 0 ? 'I' : 'R'}${token}`);
        else expect(known.has(`I${token[0]}`) && known.has(`R${token[1]}`), `${pattern}: ${token}`).toBe(true);
      }
    }
  }
});

describe('modifiers', () => {
  test('psk0 begins the first message, pskN ends message N', () => {
    expect(classical('XXpsk3')).toEqual(['e', 'e ee s es', 's se psk']);
    expect(classical('NNpsk0+psk1+psk2')).toEqual(['psk e psk', 'e ee psk']);
  });

  test('hfs follows the first e, or the first exchange of its message, and the first ee', () => {
    expect(hybrid('XXhfs')).toEqual(['e e1', 'e ee ekem1 s es', 's se']);
    expect(hybrid('IKhfs')).toEqual(['e es e1 s ss', 'e ee ekem1 se']);
  });

  test('both together make the protocol that two pages speak', () => {
    expect(hybrid('XXhfs+psk0+psk3')).toEqual(['psk e e1', 'e ee ekem1 s es', 's se psk']);
    expect(protocolNamed(pairProtocol.name)).toEqual(pairProtocol);
  });

  test.each([
    'Noise_XX_25519_AESGCM_SHA256',
    'Noise_XX_448_ChaChaPoly_SHA256',
    'Noise_XX_25519_ChaChaPoly_BLAKE2s',
    'Noise_XXhfs_25519_ChaChaPoly_SHA256', // no KEM
    'Noise_XX_25519+MLKEM768_ChaChaPoly_SHA256', // a KEM for nothing
    'Noise_XXhfs_25519+ML-KEM-768_ChaChaPoly_SHA256',
    'Noise_XXfallback_25519_ChaChaPoly_SHA256',
    'Noise_XXpsk4_25519_ChaChaPoly_SHA256',
    'Noise_XXpsk3+psk0_25519_ChaChaPoly_SHA256', // another order is another name
    'Noise_XXpsk0+psk0_25519_ChaChaPoly_SHA256',
    'Noise_Xhfs_25519+MLKEM768_ChaChaPoly_SHA256', // one-way: nobody answers the KEM key
    'Noise_ZZ_25519_ChaChaPoly_SHA256',
    'Noise_XX',
    '',
  ])('%s is refused', (name) => {
    expect(() => protocolNamed(name)).toThrow(RangeError);
  });
});
