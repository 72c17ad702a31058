/** The certificates that a browser says it sees, as its statistics tell them. */
import { expect, test } from 'vitest';
import { seenCertificates } from './call-leg.ts';

const report = (...entries: object[]) => ({ values: () => new Map(entries.map((entry, at) => [String(at), entry])).values() });
const transport = { type: 'transport', localCertificateId: 'a', remoteCertificateId: 'b' };
const certificate = (id: string, fingerprint: string) => ({ type: 'certificate', id, fingerprintAlgorithm: 'sha-256', fingerprint });

test('certificates are named as descriptions name them', () => {
  expect(seenCertificates(report(certificate('a', 'ab:cd'), transport, certificate('b', 'ef:01'), certificate('c', '22:33')))).toEqual({
    local: 'SHA-256 AB:CD',
    remote: 'SHA-256 EF:01',
  });
});

test('a browser that shows none, or something else, says nothing', () => {
  expect(seenCertificates(report({ type: 'transport' }, certificate('a', 'ab')))).toEqual({});
  expect(seenCertificates(report(transport, { type: 'certificate', id: 'b', fingerprint: 7 }))).toEqual({});
});
