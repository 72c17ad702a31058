/**
 * AVIF and HEIC, which are boxes within boxes (ISO 14496-12, 23008-12; docs/decisions/125-heif-cleaned-in-place.md): the file keeps its
 * length and every offset in it, and what the picture does not need is overwritten where it stands: EXIF, XMP, every byte that no part of
 * the picture refers to, names, texts, times, and boxes of makers. The coded picture is not looked into; which way up it is, is a property
 * and stays. Moving pictures (`moov`), and parts that lie elsewhere or within other parts, are refused: they are sent as they are, and that
 * is said.
 */
import { utf8 } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { Reader } from '../../wire/reader.ts';

const brands: Readonly<Record<string, 'image/avif' | 'image/heic'>> = {
  avif: 'image/avif',
  avis: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  heim: 'image/heic',
  heis: 'image/heic',
};
/** Parts of a picture: coded in one of these ways, or put together from others (tiles, layers, tone maps). */
const partTypes = new Set('av01 hvc1 hvc2 lhv1 vvc1 avc1 j2k1 jpeg grid iovl iden tmap'.split(' '));
const topKept = new Set(['ftyp', 'meta', 'mdat']);
const metaKept = new Set('hdlr pitm iloc iinf iref iprp idat dinf grpl'.split(' '));
/** Properties that change how a picture looks. */
const propertiesKept = new Set(
  'ispe pixi colr pasp clap irot imir hvcC av1C vvcC avcC lhvC j2kH jpgC auxC lsel a1lx a1op rloc clli mdcv cclv amve ndwt oinf tols rref'.split(
    ' ',
  ),
);
/** An EXIF block and an XMP packet that say nothing, for readers that look for one where one was. */
const emptyExif = Uint8Array.of(0, 0, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0);
const emptyXmp = utf8('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');

const malformed = (what: string) => new ProtocolError('malformed', `HEIF: ${what}`);
const refused = (what: string) => new ProtocolError('unknown-type', `HEIF: ${what}`);

interface Span {
  readonly from: number;
  readonly to: number;
}

/** `from` is where the box begins, `at` where its body does. */
interface Box extends Span {
  readonly type: string;
  readonly at: number;
}

const letters = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** By the brands of the file type box, the first that is known. */
export function mediaTypeOf(bytes: Uint8Array): 'image/avif' | 'image/heic' | undefined {
  if (bytes.length < 16 || letters(bytes.subarray(4, 8)) !== 'ftyp') return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const named = [letters(bytes.subarray(8, 12))];
  for (let at = 16; at + 4 <= Math.min(length, bytes.length, 256); at += 4) named.push(letters(bytes.subarray(at, at + 4)));
  return named.map((brand) => brands[brand]).find((type) => type !== undefined);
}

/** Throws `malformed`, `truncated`, and `unknown-type` for what is not understood well enough to be cleaned. */
export function cleanHeif(bytes: Uint8Array): Uint8Array {
  const top = boxes(bytes, { from: 0, to: bytes.length });
  const [meta, second] = top.filter(({ type }) => type === 'meta');
  if (meta === undefined || second !== undefined) throw refused('not one list of parts');
  if (top.some(({ type }) => type === 'moov' || type === 'moof')) throw refused('a moving picture');

  const inMeta = boxes(bytes, { from: meta.at + 4, to: meta.to });
  const types = typesOf(bytes, only(inMeta, 'iinf'));
  const idat = inMeta.find(({ type }) => type === 'idat');
  const stores = [...top.filter(({ type }) => type === 'mdat'), ...(idat ? [idat] : [])];
  const places = placesOf(bytes, only(inMeta, 'iloc'), idat);

  const kept: Span[] = [];
  const blanked: [type: string, span: Span][] = [];
  for (const [item, spans] of places) {
    const type = types.get(item) ?? '';
    for (const span of spans) {
      if (!stores.some(({ at, to }) => span.from >= at && span.to <= to)) throw malformed('a part outside of what is stored');
      if (partTypes.has(type)) kept.push(span);
      else blanked.push([type, span]);
    }
  }
  if (kept.length === 0) throw malformed('no picture');
  for (const [, span] of blanked) if (kept.some((part) => overlap(part, span))) throw malformed('notes within the picture');

  const clean = bytes.slice();
  for (const { at, to } of stores) zeroExcept(clean, { from: at, to }, kept);
  for (const [type, { from, to }] of blanked) {
    const empty = type === 'Exif' ? emptyExif : emptyXmp;
    if (to - from < empty.length) continue;
    if (type === 'mime') clean.fill(0x20, from, to); // white space is no fault in XML, zeros are
    if (type === 'Exif' || type === 'mime') clean.set(empty, from);
  }
  for (const box of top) if (!topKept.has(box.type)) free(clean, box);
  for (const box of inMeta) if (!metaKept.has(box.type)) free(clean, box);
  cleanNames(clean, only(inMeta, 'iinf'), only(inMeta, 'hdlr'));
  const properties = inMeta.find(({ type }) => type === 'iprp');
  if (properties !== undefined) cleanProperties(clean, { from: properties.at, to: properties.to });
  return clean;
}

// ---------------------------------------------------------------- boxes

function boxes(bytes: Uint8Array, { from, to }: Span): Box[] {
  const found: Box[] = [];
  for (let at = from; at < to; ) {
    const head = new Reader(bytes.subarray(at, to));
    const small = head.u32();
    const type = letters(head.bytes(4));
    const length = small === 1 ? head.u64() : small === 0 ? to - at : small;
    const body = to - head.left;
    if (at + length > to || at + length < body) throw malformed('a box beyond the end');
    found.push({ type, from: at, at: body, to: at + length });
    at += length;
  }
  return found;
}

function only(all: readonly Box[], type: string): Box {
  const [box, second] = all.filter((one) => one.type === type);
  if (box === undefined || second !== undefined) throw malformed(`not one ${type}`);
  return box;
}

const overlap = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to;

/** A box that readers step over, with nothing in it. */
function free(bytes: Uint8Array, { from, at, to }: Box): void {
  bytes.set(utf8('free'), from + 4);
  bytes.fill(0, at, to);
}

function zeroExcept(bytes: Uint8Array, { from, to }: Span, kept: readonly Span[]): void {
  let at = from;
  for (const part of kept.toSorted((a, b) => a.from - b.from)) {
    if (!overlap(part, { from, to })) continue;
    if (part.from > at) bytes.fill(0, at, part.from);
    at = Math.max(at, part.to);
  }
  bytes.fill(0, at, to);
}

// ---------------------------------------------------------------- items: what they are, where they are

/** Entries of the item information box. */
function entries(bytes: Uint8Array, { at, to }: Box): Box[] {
  const wide = bytes[at] !== 0;
  return boxes(bytes, { from: at + (wide ? 8 : 6), to }).filter(({ type }) => type === 'infe');
}

/** Item id, its type, and where its name begins. Versions below 2 have no types and are nowhere in use. */
function entry(bytes: Uint8Array, box: Box): { id: number; type: string; name: number } {
  const reader = new Reader(bytes.subarray(box.at, box.to));
  const version = reader.u8();
  if (version < 2) throw refused('items of an old kind');
  reader.bytes(3);
  const id = version === 2 ? reader.u16() : reader.u32();
  reader.u16(); // protection
  return { id, type: letters(reader.bytes(4)), name: box.to - reader.left };
}

function typesOf(bytes: Uint8Array, iinf: Box): ReadonlyMap<number, string> {
  return new Map(
    entries(bytes, iinf).map((box) => {
      const { id, type } = entry(bytes, box);
      return [id, type];
    }),
  );
}

/** Where the bytes of each item are. */
function placesOf(bytes: Uint8Array, iloc: Box, idat: Box | undefined): Map<number, Span[]> {
  const reader = new Reader(bytes.subarray(iloc.at, iloc.to));
  const version = reader.u8();
  if (version > 2) throw refused('places of a new kind');
  reader.bytes(3);
  const sizes = reader.u16();
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const number = (size: number): number => {
    if (size === 0) return 0;
    if (size === 4) return reader.u32();
    if (size === 8) return reader.u64();
    throw malformed('a number of no size');
  };
  const places = new Map<number, Span[]>();
  const items = version === 2 ? reader.u32() : reader.u16();
  for (let i = 0; i < items; i++) {
    const id = version === 2 ? reader.u32() : reader.u16();
    const method = version === 0 ? 0 : reader.u16() & 15;
    if (method > 1 || (method === 1 && idat === undefined)) throw refused('a part within a part');
    if (reader.u16() !== 0) throw refused('a part elsewhere');
    const base = number(baseBytes) + (method === 1 ? (idat as Box).at : 0);
    const spans: Span[] = [];
    for (let extents = reader.u16(); extents > 0; extents--) {
      number(indexBytes);
      const from = base + number(offsetBytes);
      const length = number(lengthBytes);
      if (length === 0) throw refused('a part without an end');
      spans.push({ from, to: from + length });
    }
    places.set(id, spans);
  }
  return places;
}

// ---------------------------------------------------------------- what is told beside the picture

/** Names keep their length: the fields behind them are found by where they end. */
function cleanNames(bytes: Uint8Array, iinf: Box, hdlr: Box): void {
  for (const box of entries(bytes, iinf)) blankText(bytes, entry(bytes, box).name, box.to);
  blankText(bytes, hdlr.at + 24, hdlr.to);
}

function blankText(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to && bytes[at] !== 0; at++) bytes[at] = 0x20;
}

function cleanProperties(bytes: Uint8Array, iprp: Span): void {
  for (const container of boxes(bytes, iprp)) {
    if (container.type !== 'ipco') continue;
    for (const { type, at, to } of boxes(bytes, { from: container.at, to: container.to })) {
      if (!propertiesKept.has(type)) bytes.fill(0, at, to);
    }
  }
}
