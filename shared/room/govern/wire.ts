/**
 * The records of those who decide (protocol.md "Who decides"): pairwise types 0d to 11, decoded. Everything from a peer is bounded here;
 * what a value means is the business of the files that use it.
 */
import { utf8, utf8Text } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { GovernInner } from '../../wire/peer.ts';
import { Reader } from '../../wire/reader.ts';
import { Writer } from '../../wire/writer.ts';
import { type Order, readOrder, writeOrder } from './orders.ts';

export const moveType = 0x0d;
const compareType = 0x0e;
const viaType = 0x0f;
const alertType = 0x10;
const adminType = 0x11;

/** One of the two signed hashes of an equivocation. */
export interface SignedHash {
  readonly digest: Uint8Array;
  readonly sig: Uint8Array;
}

export interface Alert {
  readonly inst: Uint8Array;
  readonly staticKey: Uint8Array;
  readonly gen: number;
  readonly seq: number;
  readonly spk: Uint8Array;
  readonly a: SignedHash;
  readonly b: SignedHash;
}

export type GovernRecord =
  // 0d MOVE: kind u8 | ...
  | { readonly type: 'move-offer'; readonly invite: string; readonly order: Order | null; readonly kept: readonly Uint8Array[] } // 0 | lv(invite) | lv(order or nothing) | kept x static[32]
  | { readonly type: 'move-answer'; readonly hash: Uint8Array; readonly agrees: boolean } // 1 | hash[32] | agrees u8
  | { readonly type: 'move-go'; readonly hash: Uint8Array; readonly kept: readonly Uint8Array[] } // 2 | hash[32] | kept x static[32]
  | { readonly type: 'move-late'; readonly hash: Uint8Array; readonly kept: readonly Uint8Array[] } // 3 | hash[32] | kept x static[32]
  // 0e SAS_GROUP: kind u8 | run[16] | value[32]
  | { readonly type: 'compare'; readonly step: CompareStep; readonly run: Uint8Array; readonly value: Uint8Array }
  // 0f VIA: source u8 | inst[16] | frame; source 0: carry this to inst, 1: this comes from inst
  | { readonly type: 'via'; readonly delivers: boolean; readonly inst: Uint8Array; readonly frame: Uint8Array }
  // 10 ALERT: inst[16] | static[32] | gen u32 | seq u32 | spk[32] | 2 x (digest[32] | sig[64])
  | { readonly type: 'alert'; readonly alert: Alert }
  // 11 ADMIN: kind u8 | ...
  | { readonly type: 'orders'; readonly orders: readonly Order[] } // 0 | n x order
  | { readonly type: 'door'; readonly flags: number; readonly info: Uint8Array; readonly statics: readonly Uint8Array[] } // 1 | flags u8 | lv(info) | n x static[32]
  | { readonly type: 'word'; readonly forced: boolean; readonly statics: readonly Uint8Array[] } // 2 | forced u8 | n x static[32]
  | { readonly type: 'guesses'; readonly count: number } // 3 | u8
  | { readonly type: 'host-ask' } // 4
  | { readonly type: 'host-key'; readonly key: Uint8Array }; // 5 | key[32]

export const compareSteps = ['start', 'commit', 'echo', 'reveal', 'stop'] as const;
export type CompareStep = (typeof compareSteps)[number];

/** In DOOR. `in`: the receiver is in, as far as the sender is concerned. `keeper`: the sender can let it in. */
export const doorFlags = { in: 1, locked: 2, keeper: 4, declined: 8 } as const;

const maxOrders = 128;

export function encodeGovern(record: GovernRecord): GovernInner {
  const writer = new Writer();
  const made = (ctype: number): GovernInner => ({ type: 'govern', ctype, body: writer.finish() });
  const all = (statics: readonly Uint8Array[]) => {
    for (const one of statics) writer.bytes(one);
  };
  switch (record.type) {
    case 'move-offer':
      writer.u8(0).lv(utf8(record.invite));
      writer.lv(record.order === null ? new Uint8Array(0) : writeOrder(new Writer(), record.order).finish());
      all(record.kept);
      return made(moveType);
    case 'move-answer':
      writer
        .u8(1)
        .bytes(record.hash)
        .u8(record.agrees ? 1 : 0);
      return made(moveType);
    case 'move-go':
    case 'move-late':
      writer.u8(record.type === 'move-go' ? 2 : 3).bytes(record.hash);
      all(record.kept);
      return made(moveType);
    case 'compare':
      writer.u8(compareSteps.indexOf(record.step)).bytes(record.run).bytes(record.value);
      return made(compareType);
    case 'via':
      writer
        .u8(record.delivers ? 1 : 0)
        .bytes(record.inst)
        .bytes(record.frame);
      return made(viaType);
    case 'alert': {
      const { inst, staticKey, gen, seq, spk, a, b } = record.alert;
      writer.bytes(inst).bytes(staticKey).u32(gen).u32(seq).bytes(spk).bytes(a.digest).bytes(a.sig).bytes(b.digest).bytes(b.sig);
      return made(alertType);
    }
    case 'orders':
      writer.u8(0);
      for (const order of record.orders) writeOrder(writer, order);
      return made(adminType);
    case 'door':
      writer.u8(1).u8(record.flags).lv(record.info);
      all(record.statics);
      return made(adminType);
    case 'word':
      writer.u8(2).u8(record.forced ? 1 : 0);
      all(record.statics);
      return made(adminType);
    case 'guesses':
      writer.u8(3).u8(record.count);
      return made(adminType);
    case 'host-ask':
      writer.u8(4);
      return made(adminType);
    case 'host-key':
      writer.u8(5).bytes(record.key);
      return made(adminType);
  }
}

/** Throws `ProtocolError`. */
export function decodeGovern({ ctype, body }: GovernInner): GovernRecord {
  const reader = new Reader(body);
  const record = decoded(ctype, reader);
  reader.end();
  return record;
}

function decoded(ctype: number, reader: Reader): GovernRecord {
  const field = (length: number) => reader.bytes(length).slice();
  switch (ctype) {
    case moveType:
      return moveRecord(reader);
    case compareType: {
      const step = compareSteps[reader.u8()];
      if (step === undefined) throw new ProtocolError('malformed', 'a step of comparing that does not exist');
      return { type: 'compare', step, run: field(16), value: field(32) };
    }
    case viaType:
      return { type: 'via', delivers: flag(reader), inst: field(16), frame: reader.rest().slice() };
    case alertType: {
      const alert = { inst: field(16), staticKey: field(32), gen: reader.u32(), seq: reader.u32(), spk: field(32) };
      const signed = (): SignedHash => ({ digest: field(32), sig: field(64) });
      return { type: 'alert', alert: { ...alert, a: signed(), b: signed() } };
    }
    case adminType:
      return adminRecord(reader);
    default:
      throw new ProtocolError('unknown-type', `pairwise type ${ctype}`);
  }
}

function moveRecord(reader: Reader): GovernRecord {
  const kind = reader.u8();
  switch (kind) {
    case 0: {
      const invite = text(reader.lv(2 * limits.inviteBytes));
      const signed = reader.lv();
      return { type: 'move-offer', invite, order: signed.length === 0 ? null : onlyOrder(signed), kept: staticsOf(reader) };
    }
    case 1:
      return { type: 'move-answer', hash: reader.bytes(32).slice(), agrees: flag(reader) };
    case 2:
      return { type: 'move-go', hash: reader.bytes(32).slice(), kept: staticsOf(reader) };
    case 3:
      return { type: 'move-late', hash: reader.bytes(32).slice(), kept: staticsOf(reader) };
    default:
      throw new ProtocolError('malformed', `MOVE of kind ${kind}`);
  }
}

function adminRecord(reader: Reader): GovernRecord {
  const kind = reader.u8();
  switch (kind) {
    case 0: {
      const orders: Order[] = [];
      while (reader.left > 0) {
        if (orders.length >= maxOrders) throw new ProtocolError('oversize', 'orders');
        orders.push(readOrder(reader));
      }
      return { type: 'orders', orders };
    }
    case 1:
      return { type: 'door', flags: reader.u8(), info: reader.lv(512).slice(), statics: staticsOf(reader) };
    case 2:
      return { type: 'word', forced: flag(reader), statics: staticsOf(reader) };
    case 3:
      return { type: 'guesses', count: reader.u8() };
    case 4:
      return { type: 'host-ask' };
    case 5:
      return { type: 'host-key', key: reader.bytes(32).slice() };
    default:
      throw new ProtocolError('malformed', `ADMIN of kind ${kind}`);
  }
}

function onlyOrder(bytes: Uint8Array): Order {
  const reader = new Reader(bytes);
  const order = readOrder(reader);
  reader.end();
  return order;
}

function staticsOf(reader: Reader): Uint8Array[] {
  if (reader.left > 32 * limits.members) throw new ProtocolError('oversize', 'more people than a room may have');
  const statics: Uint8Array[] = [];
  while (reader.left > 0) statics.push(reader.bytes(32).slice());
  return statics;
}

function flag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new ProtocolError('malformed', `a flag of ${value}`);
  return value === 1;
}

function text(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new ProtocolError('malformed', 'not UTF-8', { cause });
  }
}
