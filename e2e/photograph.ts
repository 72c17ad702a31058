/** Pictures as a camera leaves them, made in a browser and then written into: a real one with a place in it. */
import type { Page } from '@playwright/test';

/** What stands for the place in the picture's EXIF data. */
export const place = 'GPS 52.5163 13.3777';

/** A JPEG of these dimensions with EXIF data that say where it was taken, and that it lies on its side. */
export async function photograph(page: Page, width: number, height: number): Promise<Buffer> {
  const drawn = await page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w!, h!);
      const context = canvas.getContext('2d')!;
      for (let i = 0; i < 40; i++) {
        context.fillStyle = `hsl(${i * 9} 70% 50%)`;
        context.fillRect((i * w!) / 40, 0, w! / 40, (h! * (i + 5)) / 45);
      }
      return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })).arrayBuffer())];
    },
    [width, height],
  );
  const bytes = Buffer.from(drawn);
  return Buffer.concat([bytes.subarray(0, 2), exif(), bytes.subarray(2)]);
}

function exif(): Buffer {
  const tiff = Buffer.concat([
    Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]),
    Buffer.from(place),
  ]);
  const body = Buffer.concat([Buffer.from('Exif\0\0'), tiff]);
  return Buffer.concat([Buffer.from([0xff, 0xe1, 0, body.length + 2]), body]);
}

/** A PNG of a few bytes that claims to be as large as a football field. */
export function bomb(): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, Buffer.from(name), body, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(60_000, 0);
  header.writeUInt32BE(60_000, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', Buffer.alloc(20)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
