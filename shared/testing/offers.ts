/** Offers of files as an encoder may be given them. */
import fc from 'fast-check';
import { utf8 } from '../bytes.ts';
import { limits } from '../limits.ts';
import { type FileAbout, type FileOffer, fileNameBytes } from '../wire/file.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const anyAbout: fc.Arbitrary<FileAbout> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const) }),
  fc.record({ kind: fc.constant('picture' as const), width: fc.nat(0xffff), height: fc.nat(0xffff), preview: fc.uint8Array() }),
  fc.record({
    kind: fc.constant('voice' as const),
    durationMs: fc.nat(0xffffffff),
    levels: fc.uint8Array({ maxLength: limits.voiceLevels }),
  }),
);

export const anyOffer: fc.Arbitrary<FileOffer> = fc.record({
  key: bytes(32),
  root: bytes(32),
  size: fc.integer({ min: 1, max: limits.fileBytes }),
  name: fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => utf8(name).length <= fileNameBytes),
  mediaType: fc.constantFrom('image/png', 'text/plain', 'application/octet-stream'),
  about: anyAbout,
});
