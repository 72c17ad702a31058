/**
 * What a person's page says of itself in HS3 and CONFIRM (protocol.md "Handshake", info): its name, what it can do, its roster
 * digest, and its Lamport counter, without which a newcomer's first message would sort above everything said before.
 *
 *   info = lv(displayName <= 64) | caps u32 | rosterDigest[32] | lamport u32 | gate u8 (1: waits to be let in; absent: 0)
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
  /** Its sender does not take part with us yet: somebody has to let one of us in. */
  readonly gated: boolean;
}

const capDirect = 1;

/** Our own info, as it is now. */
export function myInfo(turn: Turn): Uint8Array {
  const { me, log, govern } = turn.room;
  const restricted = govern.part?.disclosed(turn) ?? null;
  if (restricted !== null) return encodeInfo(turn, restricted, true);
  return encodeInfo(turn, { name: me.name, digest: myDigest(turn), lamport: log.lamport }, false);
}

/** Nothing about us, for someone who was removed. */
export function noInfo(turn: Turn): Uint8Array {
  return encodeInfo(turn, { name: '', digest: new Uint8Array(32), lamport: 0 }, true);
}

/** Everything about us, for someone who is let in. */
export function wholeInfo(turn: Turn): Uint8Array {
  const { me, log } = turn.room;
  return encodeInfo(turn, { name: me.name, digest: myDigest(turn), lamport: log.lamport }, false);
}

function encodeInfo(turn: Turn, said: Pick<Info, 'name' | 'digest' | 'lamport'>, gated: boolean): Uint8Array {
  const writer = new Writer()
    .lv(utf8(said.name))
    .u32(turn.room.directAllowed ? capDirect : 0)
    .bytes(said.digest)
    .u32(said.lamport);
  return gated ? writer.u8(1).finish() : writer.finish();
}

/** Throws `ProtocolError`. */
export function decodeInfo(bytes: Uint8Array): Info {
  const reader = new Reader(bytes);
  const name = nameOf(reader.lv(limits.nameBytes));
  const caps = reader.u32();
  const said = { name, direct: (caps & capDirect) !== 0, digest: reader.bytes(32).slice(), lamport: reader.u32() };
  return { ...said, gated: reader.left > 0 && reader.u8() === 1 };
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
