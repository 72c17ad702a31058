/**
 * The list of members as one short value (protocol.md "Membership"), by which two people notice that they do not see the same room:
 * digest = H("room/1 roster" || count u16 || sorted(inst || sPub)), everyone's own entry included.
 */
import { compare, concat } from '../bytes.ts';
import { labelledHash } from '../primitives.ts';
import type { RosterEntry } from '../wire/peer.ts';

export type { RosterEntry } from '../wire/peer.ts';

/** 32 bytes; the order of `entries` does not matter. */
export function rosterDigest(entries: readonly RosterEntry[]): Uint8Array {
  const sorted = entries.map(({ inst, staticKey }) => concat(inst, staticKey)).sort(compare);
  return labelledHash('roster', Uint8Array.of(entries.length >> 8, entries.length), ...sorted);
}
