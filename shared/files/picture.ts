/**
 * Pictures by their own bytes, whatever their name and type say (protocol.md "Files"): which of the four formats that are shown it is, how
 * large it claims to be, and the same picture without what it tells about the person, the place and the camera. Nothing is decoded: the
 * coded picture is copied as it is, so cleaning costs no quality and a hostile picture has nothing to attack but lengths.
 * AVIF and HEIC are cleaned and never shown: not every browser decodes them, and four decoders are enough to trust.
 */
import { ProtocolError } from '../errors.ts';
import { cleanHeif, mediaTypeOf } from './picture/bmff.ts';
import { cleanGif, gifSize, isGif } from './picture/gif.ts';
import { cleanJpeg, isJpeg, jpegSize } from './picture/jpeg.ts';
import { cleanPng, isPng, pngSize } from './picture/png.ts';
import { cleanWebp, isWebp, webpSize } from './picture/webp.ts';

export interface PictureFormat {
  readonly mediaType: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif';
  /** The picture without metadata. Throws `ProtocolError`. */
  readonly clean: (bytes: Uint8Array) => Uint8Array;
  readonly size: (bytes: Uint8Array) => { readonly width: number; readonly height: number };
}

const formats: readonly (PictureFormat & { readonly is: (bytes: Uint8Array) => boolean })[] = [
  { mediaType: 'image/jpeg', is: isJpeg, clean: cleanJpeg, size: jpegSize },
  { mediaType: 'image/png', is: isPng, clean: cleanPng, size: pngSize },
  { mediaType: 'image/webp', is: isWebp, clean: cleanWebp, size: webpSize },
  { mediaType: 'image/gif', is: isGif, clean: cleanGif, size: gifSize },
];

/** Null for what is none of the four. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | null {
  return formats.find(({ is }) => is(bytes)) ?? null;
}

/** A picture without metadata; null for what is of no known kind. Throws `ProtocolError` for what cannot be cleaned. */
export function cleanPicture(bytes: Uint8Array): { readonly mediaType: string; readonly bytes: Uint8Array } | null {
  const shown = pictureFormat(bytes);
  if (shown !== null) return { mediaType: shown.mediaType, bytes: shown.clean(bytes) };
  const mediaType = mediaTypeOf(bytes);
  return mediaType === undefined ? null : { mediaType, bytes: cleanHeif(bytes) };
}

/** Sides and area beyond which a picture is not decoded: a few kilobytes can claim to be gigabytes of pixels. */
const sideMost = 16_384;
const areaMost = 50_000_000;

/** The format of a picture that may be decoded. Throws `ProtocolError`: `unknown-type`, `malformed`, `oversize`. */
export function checkPicture(bytes: Uint8Array, most = { side: sideMost, area: areaMost }): PictureFormat {
  const format = pictureFormat(bytes);
  if (format === null) throw new ProtocolError('unknown-type', 'no picture that is shown here');
  const { width, height } = format.size(bytes);
  if (width < 1 || height < 1) throw new ProtocolError('malformed', 'a picture of no size');
  if (Math.max(width, height) > most.side || width * height > most.area)
    throw new ProtocolError('oversize', `a picture of ${width} x ${height}`);
  return format;
}
