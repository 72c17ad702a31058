import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintOf, parseSignal } from './signal.ts';

const offer = { type: 'offer', sdp: 'v=0\r\n' };
const candidate = { type: 'candidate', candidate: { candidate: 'candidate:1 1 udp 1 x.local 9 typ host', sdpMid: '0', sdpMLineIndex: 0 } };

test('descriptions and candidates pass as they are', () => {
  for (const signal of [offer, { ...offer, type: 'answer' }, candidate]) expect(parseSignal(JSON.stringify(signal))).toEqual(signal);
});

test('the end of candidates, an empty one, passes', () => {
  const last = { type: 'candidate', candidate: { candidate: '', sdpMid: '0', sdpMLineIndex: 0 } };
  expect(parseSignal(JSON.stringify(last))).toEqual(last);
});

test('requests that simple-peer would obey do not pass', () => {
  expect(parseSignal('{"renegotiate":true}')).toBeUndefined();
  expect(parseSignal('{"type":"transceiverRequest","transceiverRequest":{"kind":"audio"}}')).toBeUndefined();
  expect(parseSignal(JSON.stringify({ ...offer, renegotiate: true, candidate: {} }))).toEqual(offer);
});

test('a description above the limit does not pass', () => {
  expect(parseSignal(JSON.stringify({ type: 'offer', sdp: `v=0${'a'.repeat(12_000)}` }))).toBeUndefined();
});

test('any text gives a signal or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const signal = parseSignal(text);
      expect(signal === undefined || typeof signal === 'object').toBe(true);
    }),
  );
});

test('a description with one fingerprint, even repeated, names it in upper case', () => {
  expect(fingerprintOf('v=0\r\na=fingerprint:sha-256 ab:cd\r\nm=x\r\na=fingerprint:sha-256 AB:CD\r\n')).toBe('SHA-256 AB:CD');
});

test('a description with two fingerprints or none names none', () => {
  expect(fingerprintOf('a=fingerprint:sha-256 AB:CD\r\na=fingerprint:sha-256 AB:CE\r\n')).toBeUndefined();
  expect(fingerprintOf('v=0\r\n')).toBeUndefined();
});
