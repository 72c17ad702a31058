/** Checks from the project's own vectors: what the ways in are made of (format in README.md). */
import assert from 'node:assert/strict';
import { hex, unhex } from '../bytes.ts';
import { codeKeys, readCode, spell } from '../doors/code.ts';
import { knockKey } from '../doors/door-key.ts';
import { checkListing, signListing } from '../doors/listing.ts';
import { signingKeyPair } from '../primitives.ts';
import { decodeListing, type Listing, type PublishAct, publishProof } from '../wire/desk.ts';
import type { Check } from './check.ts';

/** Bytes are hexadecimal. */
export interface DoorFile {
  readonly format: 'room/1 doors';
  readonly codes: readonly { readonly code: string; readonly roomPub: string; readonly psk0: string; readonly prs: string }[];
  /** What people type, and the code that it is; null for none. */
  readonly typed: readonly { readonly typed: string; readonly code: string | null }[];
  readonly knocks: readonly { readonly roomPub: string; readonly psk0: string }[];
  /** `signed` is the listing as PUBLISH and LISTINGS carry it. */
  readonly listings: readonly (Listing & { readonly roomSk: string; readonly roomPub: string; readonly signed: string })[];
  readonly proofs: readonly {
    readonly origin: string;
    readonly nonce: string;
    readonly inst: string;
    readonly pow: number;
    readonly roomPub: string;
    readonly act: PublishAct;
    readonly listing: string;
    /** What is signed. */
    readonly proof: string;
  }[];
}

export function doorChecks({ codes, typed, knocks, listings, proofs }: DoorFile): Check[] {
  return [
    ...codes.map(({ code, ...keys }) => ({ name: `code ${code}`, run: () => assert.deepEqual(keysOf(code), keys) })),
    ...typed.map(({ typed: text, code }) => ({
      name: `typed "${text}"`,
      run: () => {
        const read = readCode(text);
        assert.equal(read && spell(read), code);
      },
    })),
    ...knocks.map(({ roomPub, psk0 }) => ({ name: `knock at ${roomPub}`, run: () => assert.equal(hex(knockKey(unhex(roomPub))), psk0) })),
    ...listings.map((vector) => ({ name: `listing "${vector.title}"`, run: () => runListing(vector) })),
    ...proofs.map((vector) => ({ name: `proof to ${vector.act}`, run: () => assert.equal(hex(proofOf(vector)), vector.proof) })),
  ];
}

export function keysOf(code: string): { roomPub: string; psk0: string; prs: string } {
  const { roomPub, psk0, prs } = codeKeys(readCode(code)!);
  return { roomPub: hex(roomPub), psk0: hex(psk0), prs: hex(prs) };
}

export function proofOf({ origin, nonce, inst, pow, roomPub, act, listing }: Omit<DoorFile['proofs'][number], 'proof'>): Uint8Array {
  return publishProof(origin, unhex(nonce), { inst: unhex(inst), pow, roomPub: unhex(roomPub), act, listing: unhex(listing) });
}

function runListing({ roomSk, roomPub, signed, ...listing }: DoorFile['listings'][number]): void {
  const pair = signingKeyPair(unhex(roomSk));
  assert.equal(hex(pair.public), roomPub);
  assert.equal(hex(signListing(listing, pair.secret, pair.public)), signed);
  assert.deepEqual(decodeListing(unhex(signed)).listing, listing);
  assert.equal(checkListing(pair.public, unhex(signed)).access, listing.access);
}
