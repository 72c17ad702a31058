/**
 * Pictures, looked at where they can do no harm: format and stated dimensions are checked before anything is decoded, what is decoded
 * leaves only as a new, smaller picture, and whoever asked ends this worker when it takes too long (web/worker/pictures.ts).
 */
import { checkPicture, cleanPicture } from '../../shared/files/picture.ts';
import { previewBytes } from '../../shared/wire/file.ts';

export type PictureQuestion =
  /** Without its metadata, and what an offer says of it. */
  | { readonly id: number; readonly ask: 'clean'; readonly file: Blob }
  | { readonly id: number; readonly ask: 'preview'; readonly file: Blob }
  /** A picture no larger than this, to be shown. */
  | { readonly id: number; readonly ask: 'show'; readonly file: Blob; readonly side: number };

export interface Preview {
  readonly width: number;
  readonly height: number;
  readonly preview: Uint8Array<ArrayBuffer>;
}

export interface PictureAnswer {
  readonly id: number;
  /** Undefined where it is no picture, too large, or broken. */
  readonly result: Blob | Preview | undefined;
}

declare const self: DedicatedWorkerGlobalScope;

const previewSides = [360, 240, 160, 96];
const smallSide = 512;

self.onmessage = ({ data }: MessageEvent<PictureQuestion>) => {
  const result = data.ask === 'clean' ? clean(data.file) : data.ask === 'preview' ? preview(data.file) : show(data.file, data.side);
  void result.then(
    (found) => self.postMessage({ id: data.id, result: found } satisfies PictureAnswer),
    () => self.postMessage({ id: data.id, result: undefined } satisfies PictureAnswer),
  );
};

async function clean(file: Blob): Promise<Blob | undefined> {
  const cleaned = cleanPicture(new Uint8Array(await file.arrayBuffer()));
  return cleaned === null ? undefined : new Blob([cleaned.bytes as Uint8Array<ArrayBuffer>], { type: cleaned.mediaType });
}

async function preview(file: Blob): Promise<Preview> {
  const picture = await decode(file);
  const { width, height } = picture;
  for (const side of previewSides) {
    const small = await draw(picture, side, 0.7);
    if (small.size > previewBytes) continue;
    return { width: Math.min(width, 0xffff), height: Math.min(height, 0xffff), preview: new Uint8Array(await small.arrayBuffer()) };
  }
  return { width, height, preview: new Uint8Array(0) };
}

async function show(file: Blob, side: number): Promise<Blob> {
  return draw(await decode(file, side < smallSide ? smallSide : undefined), side, 0.85);
}

/** `mostSide` is for what claims to be small. Throws for what must not be decoded. */
async function decode(file: Blob, mostSide?: number): Promise<ImageBitmap> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { mediaType } = mostSide === undefined ? checkPicture(bytes) : checkPicture(bytes, { side: mostSide, area: mostSide * mostSide });
  return createImageBitmap(new Blob([bytes], { type: mediaType }));
}

async function draw(picture: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('nothing to draw with');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/jpeg', quality });
}
