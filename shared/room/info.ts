/**
 * What a person's page says of itself in HS3 and CONFIRM (protocol.md "Handshake", info): its name, what it can do, its roster
 * digest, and its Lamport counter, without which a newcomer's first message would sort above everything said before.
 *
 *   info = lv(displayName <= 64) | caps u32 | rosterDigest[32] | lamport u32
 *
 * A newer version may append fields: what follows is ignored.
 */
import { hex, utf8, utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { cleanName } from '../handshake/name.ts';
import { limits } from '../limits.ts';
import { labelledHash } from '../primitives.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { myDigest } from './roster-check.ts';
import type { Turn } from './state.ts';

export interface Info {
  readonly name: string;
  readonly direct: boolean;
  readonly digest: Uint8Array;
  readonly lamport: number;
}

const capDirect = 1;

/** Our own info, as it is now. */
export function myInfo(turn: Turn): Uint8Array {
  const { me, directAllowed, log } = turn.room;
  return new Writer()
    .lv(utf8(me.name))
    .u32(directAllowed ? capDirect : 0)
    .bytes(myDigest(turn))
    .u32(log.lamport)
    .finish();
}

/** Throws `ProtocolError`. */
export function decodeInfo(bytes: Uint8Array): Info {
  const reader = new Reader(bytes);
  const name = nameOf(reader.lv(limits.nameBytes));
  const caps = reader.u32();
  return { name, direct: (caps & capDirect) !== 0, digest: reader.bytes(32).slice(), lamport: reader.u32() };
}

function nameOf(bytes: Uint8Array): string {
  try {
    return cleanName(utf8Text(bytes));
  } catch (cause) {
    throw new ProtocolError('malformed', 'a name that is not UTF-8', { cause });
  }
}

/** First 8 hexadecimal digits of a hash of a static key: tells two equal names apart, and is short enough to say aloud. */
export function tagOf(staticKey: Uint8Array): string {
  return hex(labelledHash('tag', staticKey).subarray(0, 4));
}
