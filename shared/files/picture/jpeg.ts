/**
 * JPEG: segments kept are those without which the picture looks different (tables, frames, scans, JFIF, the colour profile, Adobe's
 * transform). EXIF, XMP, IPTC, comments, makers' notes and second pictures go, and so does what hangs behind the end.
 */
import { concat, equal, utf8 } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { orientationOf, orientationOnly } from './orientation.ts';

const [soi, eoi, sos] = [0xd8, 0xd9, 0xda];
const [app0, app1, app2, app14, appLast, comment] = [0xe0, 0xe1, 0xe2, 0xee, 0xef, 0xfe];
const [exif, colours, jfif] = [utf8('Exif\0\0'), utf8('ICC_PROFILE\0'), utf8('JFIF\0')];
const begins = (bytes: Uint8Array, with_: Uint8Array): boolean => equal(bytes.subarray(0, with_.length), with_);

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === soi && bytes[2] === 0xff;
}

interface Segment {
  readonly marker: number;
  /** From the marker on. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Segments up to the first scan, and what follows it up to and without the end marker. Throws `malformed`. */
function parse(bytes: Uint8Array): { segments: Segment[]; scans: Uint8Array } {
  const segments: Segment[] = [];
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new ProtocolError('malformed', 'JPEG: no marker');
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++; // filling
      continue;
    }
    if (marker === sos) return { segments, scans: bytes.subarray(at, endOfScans(bytes, at)) };
    const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    if (length < 2 || at + 2 + length > bytes.length) throw new ProtocolError('malformed', 'JPEG: a segment beyond the end');
    segments.push({ marker, whole: bytes.subarray(at, at + 2 + length), body: bytes.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
  throw new ProtocolError('malformed', 'JPEG: no scan');
}

/** Inside scans 0xff is followed by 0 or a restart marker; tables between scans are stepped over by their length. */
function endOfScans(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 1 < bytes.length) {
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd7)) {
      at++;
      continue;
    }
    if (marker === eoi) return at;
    if (at + 3 >= bytes.length) break;
    if (marker >= app0 || marker === comment) throw new ProtocolError('malformed', 'JPEG: notes between scans');
    at += 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
  }
  return bytes.length; // cut short, as browsers show it
}

function isKept({ marker, body }: Segment): boolean {
  if (marker === app0) return begins(body, jfif);
  if (marker === app2) return begins(body, colours);
  return marker === app14 || !((marker >= app0 && marker <= appLast) || marker === comment);
}

/** Throws `malformed` for what is no JPEG throughout. */
export function cleanJpeg(bytes: Uint8Array): Uint8Array {
  const { segments, scans } = parse(bytes);
  const noted = segments.find(({ marker, body }) => marker === app1 && begins(body, exif));
  const orientation = noted === undefined ? 1 : orientationOf(noted.body.subarray(exif.length));
  const kept = segments.filter(isKept).map(({ whole }) => whole);
  const head = kept[0]?.[1] === app0 ? kept.splice(0, 1) : [];
  const upright = orientation === 1 ? [] : [orientationSegment(orientation)];
  return concat(Uint8Array.of(0xff, soi), ...head, ...upright, ...kept, scans, Uint8Array.of(0xff, eoi));
}

function orientationSegment(orientation: number): Uint8Array {
  const body = concat(exif, orientationOnly(orientation));
  return concat(Uint8Array.of(0xff, app1, 0, body.length + 2), body);
}

/** Width and height as the header states them, before any turning. Throws `malformed`. */
export function jpegSize(bytes: Uint8Array): { width: number; height: number } {
  const frame = parse(bytes).segments.find(
    ({ marker }) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc,
  );
  if (frame === undefined || frame.body.length < 5) throw new ProtocolError('malformed', 'JPEG: no frame');
  const view = new DataView(frame.body.buffer, frame.body.byteOffset);
  return { height: view.getUint16(1), width: view.getUint16(3) };
}
