/**
 * What members say about files (protocol.md "Files"): the offer inside a group message, the control records of one receiver, and
 * the frames that carry a file.
 *
 *   offer    key[32] | root[32] | size u64 | lv(name) | lv(media type) | kind u8 | of a picture: width u16 | height u16 | preview
 *                                                                                of a voice note: durationMs u32 | levels
 *   control  op u8 | file[16] | WANT 01: tag u32 | again u8 | n x (from u32 | count u16)    STOP 02    GONE 03: reason u8    DONE 04
 *   frame    40 | tag[4] | position u32 | piece[16375]                 always 16384 bytes, sealed chunks cut into pieces
 *   receipt  41 | count u32                                            on a direct link alone
 *
 * Decoding bounds every field; that a name is harmless or a preview decodes is for whoever shows it, since both are a stranger's.
 */
import { utf8, utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

// ---------------------------------------------------------------- the offer

export interface FileOffer {
  /** Secret: opens the chunks. */
  readonly key: Uint8Array;
  /** Hash over the size and the list of hashes of all chunks. */
  readonly root: Uint8Array;
  readonly size: number;
  /** As its sender wrote it: not yet fit to be shown or to become a file's name. */
  readonly name: string;
  readonly mediaType: string;
  readonly about: FileAbout;
}

export type FileAbout =
  | { readonly kind: 'file' }
  /** `preview` is a small picture in one of the usual formats, or empty. */
  | { readonly kind: 'picture'; readonly width: number; readonly height: number; readonly preview: Uint8Array }
  /** `levels` are the loudness of equal parts of the note, 0 to 255. */
  | { readonly kind: 'voice'; readonly durationMs: number; readonly levels: Uint8Array };

const kinds = ['file', 'picture', 'voice'] as const;

/** The longest preview that fits an offer, whatever the name. */
export const previewBytes = 12 * 1024;
export const fileNameBytes = 255;
const mediaTypeBytes = 100;
const mediaTypeForm = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/;
const unknownMediaType = 'application/octet-stream';

/** Throws `RangeError` for what `decodeOffer` would refuse. */
export function encodeOffer({ key, root, size, name, mediaType, about }: FileOffer): Uint8Array {
  within('size', size, 1, limits.fileBytes);
  within('name', utf8(name).length, 1, fileNameBytes);
  within('media type', mediaType.length, 0, mediaTypeBytes);
  if (about.kind === 'picture') within('preview', about.preview.length, 0, previewBytes);
  if (about.kind === 'voice') within('levels', about.levels.length, 0, limits.voiceLevels);
  const writer = new Writer().bytes(key).bytes(root).u64(size).lv(utf8(name)).lv(utf8(mediaType)).u8(kinds.indexOf(about.kind));
  switch (about.kind) {
    case 'file':
      return writer.finish();
    case 'picture':
      return writer.u16(about.width).u16(about.height).bytes(about.preview).finish();
    case 'voice':
      return writer.u32(about.durationMs).bytes(about.levels).finish();
  }
}

function within(what: string, value: number, least: number, most: number): void {
  if (value < least || value > most) throw new RangeError(`file offer: ${what} of ${value}, ${least} to ${most} expected`);
}

/** Throws `ProtocolError`. */
export function decodeOffer(reader: Reader): FileOffer {
  const [key, root, size] = [reader.bytes(32).slice(), reader.bytes(32).slice(), reader.u64()];
  if (size < 1 || size > limits.fileBytes) throw new ProtocolError('oversize', `a file of ${size} bytes`);
  const name = text(reader.lv(fileNameBytes));
  if (name === '') throw new ProtocolError('malformed', 'a file without a name');
  const said = text(reader.lv(mediaTypeBytes)).toLowerCase();
  return { key, root, size, name, mediaType: mediaTypeForm.test(said) ? said : unknownMediaType, about: aboutOf(reader) };
}

function aboutOf(reader: Reader): FileAbout {
  const kind = kinds[reader.u8()];
  if (kind === undefined) throw new ProtocolError('malformed', 'a kind of file that does not exist');
  switch (kind) {
    case 'file':
      reader.end();
      return { kind };
    case 'picture':
      return { kind, width: reader.u16(), height: reader.u16(), preview: upTo(reader, previewBytes) };
    case 'voice':
      return { kind, durationMs: reader.u32(), levels: upTo(reader, limits.voiceLevels) };
  }
}

function upTo(reader: Reader, most: number): Uint8Array {
  if (reader.left > most) throw new ProtocolError('oversize', `a preview of ${reader.left} bytes`);
  return reader.rest().slice();
}

// ---------------------------------------------------------------- control

/** Consecutive positions. */
export interface PieceSpan {
  readonly from: number;
  readonly count: number;
}

export type FileControl =
  /** Send these pieces under `tag`; `again` takes back what was asked before. */
  | { readonly op: 'want'; readonly file: Uint8Array; readonly tag: number; readonly again: boolean; readonly spans: readonly PieceSpan[] }
  | { readonly op: 'stop' | 'done'; readonly file: Uint8Array }
  | { readonly op: 'gone'; readonly file: Uint8Array; readonly reason: GoneReason };

const goneReasons = ['withdrawn', 'unreadable', 'too-much'] as const;
export type GoneReason = (typeof goneReasons)[number];

const ops = { want: 1, stop: 2, gone: 3, done: 4 } as const;
/** Spans of one WANT. */
export const wantSpans = 64;

export function encodeControl(control: FileControl): Uint8Array {
  const writer = new Writer().u8(ops[control.op]).bytes(control.file);
  if (control.op === 'gone') return writer.u8(goneReasons.indexOf(control.reason)).finish();
  if (control.op !== 'want') return writer.finish();
  writer.u32(control.tag).u8(control.again ? 1 : 0);
  for (const { from, count } of control.spans) writer.u32(from).u16(count);
  return writer.finish();
}

/** Throws `ProtocolError`. */
export function decodeControl(bytes: Uint8Array): FileControl {
  const reader = new Reader(bytes);
  const op = reader.u8();
  const file = reader.bytes(16).slice();
  const control = controlOf(op, file, reader);
  reader.end();
  return control;
}

function controlOf(op: number, file: Uint8Array, reader: Reader): FileControl {
  switch (op) {
    case ops.want:
      return { op: 'want', file, tag: reader.u32(), again: flag(reader), spans: spansOf(reader) };
    case ops.stop:
      return { op: 'stop', file };
    case ops.gone: {
      const reason = goneReasons[reader.u8()];
      if (reason === undefined) throw new ProtocolError('malformed', 'GONE for no known reason');
      return { op: 'gone', file, reason };
    }
    case ops.done:
      return { op: 'done', file };
  }
  throw new ProtocolError('unknown-type', `file control ${op}`);
}

function flag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new ProtocolError('malformed', `a flag of ${value}`);
  return value === 1;
}

function spansOf(reader: Reader): PieceSpan[] {
  const spans: PieceSpan[] = [];
  while (reader.left > 0) {
    if (spans.length >= wantSpans) throw new ProtocolError('oversize', `more than ${wantSpans} spans`);
    spans.push({ from: reader.u32(), count: reader.u16() });
  }
  return spans;
}

// ---------------------------------------------------------------- frames

export const fileFrameType = 0x40;
const frameHeaderBytes = 1 + 4 + 4;
export const pieceBytes = limits.frameBytes - frameHeaderBytes;

/** What a frame claims to carry. `piece` is a view. */
export interface FileFrame {
  readonly tag: number;
  readonly position: number;
  readonly piece: Uint8Array;
}

/** One frame with `piece`, which may be short: zeros fill it up. Whoever sends thousands gives the same array each time. */
export function encodeFileFrame(tag: number, position: number, piece: Uint8Array, frame = new Uint8Array(limits.frameBytes)): Uint8Array {
  const view = new DataView(frame.buffer);
  view.setUint8(0, fileFrameType);
  view.setUint32(1, tag);
  view.setUint32(5, position);
  frame.set(piece, frameHeaderBytes);
  frame.fill(0, frameHeaderBytes + piece.length);
  return frame;
}

/** Throws `ProtocolError`. */
export function decodeFileFrame(frame: Uint8Array): FileFrame {
  if (frame.length !== limits.frameBytes || frame[0] !== fileFrameType)
    throw new ProtocolError('malformed', `no file frame: ${frame.length} bytes`);
  const view = new DataView(frame.buffer, frame.byteOffset);
  return { tag: view.getUint32(1), position: view.getUint32(5), piece: frame.subarray(frameHeaderBytes) };
}

// ---------------------------------------------------------------- receipts

const receiptType = 0x41;
const receiptBytes = 1 + 4;
/** After every so many file frames of a direct link its receiver says how many have come in all. */
export const receiptEvery = 4;

export function encodeReceipt(count: number): Uint8Array {
  return new Writer().u8(receiptType).u32(count).finish();
}

/** How many have come; null for what is no receipt. */
export function decodeReceipt(bytes: Uint8Array): number | null {
  if (bytes.length !== receiptBytes || bytes[0] !== receiptType) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

function text(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new ProtocolError('malformed', 'not UTF-8', { cause });
  }
}
