/**
 * CALL, what members tell each other about a call (protocol.md "Calls"), in the pairwise channel:
 *
 *   CALL 14 | 0 state: seq u32 | visit u32 | bits u8        | 1 signal: attempt u32 | index u16 | present u8 | utf8
 *           | 2 bind: attempt u32 | hash[32]
 *
 * `bits` are in, muted, camera, screen; a state that is not in has no others and no visit. Whoever is in has one.
 */
import { utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { flag, text } from './fields.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type CallInner =
  | {
      readonly kind: 'state';
      /** Grows with every change; what comes late is told apart by it. */
      readonly seq: number;
      /** `seq` of the state with which its author came in; null while it is not in. */
      readonly visit: number | null;
      readonly muted: boolean;
      readonly camera: boolean;
      readonly screen: boolean;
    }
  /** A description or a candidate of one attempt; null: our end of it is over. */
  | { readonly kind: 'signal'; readonly attempt: number; readonly index: number; readonly signal: string | null }
  | { readonly kind: 'bind'; readonly attempt: number; readonly hash: Uint8Array };

const kinds = ['state', 'signal', 'bind'] as const;
const bits = { in: 1, muted: 2, camera: 4, screen: 8 } as const;

export function writeCall(writer: Writer, inner: CallInner): Writer {
  writer.u8(kinds.indexOf(inner.kind));
  switch (inner.kind) {
    case 'state':
      return writer
        .u32(inner.seq)
        .u32(inner.visit ?? 0)
        .u8(bitsOf(inner));
    case 'signal':
      writer.u32(inner.attempt).u16(inner.index);
      return inner.signal === null ? writer.u8(0) : writer.u8(1).bytes(utf8(inner.signal));
    case 'bind':
      return writer.u32(inner.attempt).bytes(inner.hash);
  }
}

function bitsOf({ visit, muted, camera, screen }: CallInner & { kind: 'state' }): number {
  return visit === null ? 0 : bits.in | (muted ? bits.muted : 0) | (camera ? bits.camera : 0) | (screen ? bits.screen : 0);
}

/** Throws `ProtocolError`. */
export function readCall(reader: Reader): CallInner {
  const kind = kinds[reader.u8()];
  switch (kind) {
    case 'state':
      return readState(reader);
    case 'signal':
      return { kind, attempt: reader.u32(), index: reader.u16(), signal: flag(reader) ? text(reader.rest()) : null };
    case 'bind':
      return { kind, attempt: reader.u32(), hash: reader.bytes(32).slice() };
    default:
      throw new ProtocolError('unknown-type', 'a kind of CALL');
  }
}

function readState(reader: Reader): CallInner {
  const [seq, visit, said] = [reader.u32(), reader.u32(), reader.u8()];
  const isIn = said !== 0;
  if (said > 15 || (isIn && (said & bits.in) === 0) || isIn !== visit > 0 || visit > seq)
    throw new ProtocolError('malformed', `a state of ${said} in visit ${visit}`);
  const has = (name: keyof typeof bits) => (said & bits[name]) !== 0;
  return { kind: 'state', seq, visit: isIn ? visit : null, muted: has('muted'), camera: has('camera'), screen: has('screen') };
}
