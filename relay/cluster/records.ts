/**
 * What the engine tells a process: records, one after another, in one message of its channel (`scripts.ts` writes them). Decoded as anything
 * from outside is: bounded first, and refused as a whole where a byte is wrong, so that whoever gets at the engine can confuse nobody's memory.
 *
 *   1 entries   room[16] | first u32 | count u32 | bytes u32 | entries, each length u32 | entry
 *   2 accepted  room[16] | first u32 | count u32 | batch u32
 *   3 came, 4 away, 5 left   room[16] | inst[16]
 *   6 seated    room[16] | token u32 | last u32 | resumed u8 | given u32 | lost u32 | seats | bytes u32 | entries
 *   7 synced    room[16] | last u32 | seats | count u8 | count x inst[16] | bytes u32 | entries
 *   seats       count u8 | count x (inst[16] | away u8)
 *   entry       flags u8 (1: not kept) | dst[16] | a whole RECV: 08 | src[16] | frame; without a frame it stands for one that was not kept
 */
import { ProtocolError } from '../../shared/errors.ts';
import { limits } from '../../shared/limits.ts';
import { Reader } from '../../shared/wire/reader.ts';
import { addressedBytes, instBytes, relayFrameTypes } from '../../shared/wire/relay.ts';
import { idOf } from '../rooms.ts';

export interface Entry {
  /** Latin-1, as seats are named; `everyone` is sixteen zeros. */
  readonly dst: string;
  readonly src: string;
  /** A RECV, or null where only its place is left. */
  readonly recv: Buffer | null;
}

export interface SeatSeen {
  readonly inst: Uint8Array;
  readonly isAway: boolean;
}

export type EngineRecord = { readonly room: string } & (
  | { readonly type: 'entries'; readonly first: number; readonly entries: readonly Entry[] }
  | { readonly type: 'accepted'; readonly first: number; readonly count: number; readonly batch: number }
  | { readonly type: 'came' | 'away' | 'left'; readonly inst: Uint8Array }
  | {
      readonly type: 'seated';
      readonly token: number;
      readonly last: number;
      readonly resumed: boolean;
      /** RECVs that the seat was ever given. */
      readonly given: number;
      /** Of those that the page lacks, how many are no longer there. */
      readonly lost: number;
      readonly seats: readonly SeatSeen[];
      /** The rest of what it lacks. */
      readonly entries: readonly Entry[];
    }
  | {
      readonly type: 'synced';
      readonly last: number;
      readonly seats: readonly SeatSeen[];
      /** Seats that another process serves by now. */
      readonly taken: readonly Uint8Array[];
      readonly entries: readonly Entry[];
    }
);

export const roomNameBytes = 16;
/** flags | dst, which stand before a RECV. */
export const entryHeadBytes = 1 + instBytes;
export const notKept = 1;
export const toEveryone = '\0'.repeat(instBytes);

/** Throws `ProtocolError` for anything that the scripts do not write. */
export function decodeRecords(message: Buffer): EngineRecord[] {
  const reader = new Reader(message);
  const records: EngineRecord[] = [];
  while (reader.left > 0) records.push(decodeRecord(reader));
  return records;
}

function decodeRecord(reader: Reader): EngineRecord {
  const kind = reader.u8();
  const room = idOf(reader.bytes(roomNameBytes));
  switch (kind) {
    case 1: {
      const first = reader.u32();
      const count = reader.u32();
      const entries = decodeEntries(reader);
      if (entries.length !== count) throw new ProtocolError('malformed', 'another number of entries');
      return { type: 'entries', room, first, entries };
    }
    case 2:
      return { type: 'accepted', room, first: reader.u32(), count: reader.u32(), batch: reader.u32() };
    case 3:
    case 4:
    case 5:
      return { type: kind === 3 ? 'came' : kind === 4 ? 'away' : 'left', room, inst: decodeInst(reader) };
    case 6: {
      const [token, last, resumed, given, lost] = [reader.u32(), reader.u32(), flag(reader), reader.u32(), reader.u32()];
      return { type: 'seated', room, token, last, resumed, given, lost, seats: decodeSeats(reader), entries: decodeEntries(reader) };
    }
    case 7: {
      const [last, seats] = [reader.u32(), decodeSeats(reader)];
      const taken = Array.from({ length: atMost(reader.u8(), limits.members) }, () => decodeInst(reader));
      return { type: 'synced', room, last, seats, taken, entries: decodeEntries(reader) };
    }
    default:
      throw new ProtocolError('unknown-type', `no record has type ${kind}`);
  }
}

function decodeSeats(reader: Reader): SeatSeen[] {
  return Array.from({ length: atMost(reader.u8(), limits.members) }, () => ({ inst: decodeInst(reader), isAway: flag(reader) }));
}

function decodeEntries(reader: Reader): Entry[] {
  const entries = new Reader(reader.bytes(reader.u32()));
  const found: Entry[] = [];
  while (entries.left > 0) found.push(decodeEntry(entries.bytes(entries.u32())));
  return found;
}

function decodeEntry(bytes: Uint8Array): Entry {
  const headBytes = entryHeadBytes + addressedBytes;
  if (bytes.length < headBytes || bytes.length > headBytes + limits.frameBytes)
    throw new ProtocolError('malformed', 'the size of an entry');
  if (bytes[entryHeadBytes] !== relayFrameTypes.received) throw new ProtocolError('malformed', 'an entry that is no RECV');
  const recv = Buffer.from(bytes.buffer, bytes.byteOffset + entryHeadBytes, bytes.length - entryHeadBytes);
  return {
    dst: idOf(bytes.subarray(1, entryHeadBytes)),
    src: recv.toString('latin1', 1, addressedBytes),
    recv: bytes.length === headBytes ? null : recv,
  };
}

function decodeInst(reader: Reader): Uint8Array {
  const inst = Uint8Array.from(reader.bytes(instBytes));
  if (inst.every((byte) => byte === 0)) throw new ProtocolError('malformed', 'the instance means everyone');
  return inst;
}

function atMost(count: number, most: number): number {
  if (count > most) throw new ProtocolError('oversize', `${count}, at most ${most}`);
  return count;
}

function flag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new ProtocolError('malformed', 'neither 0 nor 1');
  return value === 1;
}
