/** A camera that sees a QR code: a file of video for Chromium's fake capture, drawn here. */
import { writeFileSync } from 'node:fs';
import { encode } from 'uqr';

const [width, height] = [640, 480];
const [black, white, grey] = [16, 235, 128];

/** Writes video (YUV4MPEG2) of a QR code that says `text`, somewhat small and off the middle, as hands hold it. */
export function filmCode(file: string, text: string): void {
  const { data, size } = encode(text, { ecc: 'L', border: 4 });
  const scale = Math.floor((height * 0.8) / size);
  const [left, top] = [60, 30];
  const luma = Buffer.alloc(width * height, grey);
  for (let y = 0; y < size * scale; y++)
    for (let x = 0; x < size * scale; x++) {
      const isDark = data[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true;
      luma[(top + y) * width + left + x] = isDark ? black : white;
    }
  const colours = Buffer.alloc((width * height) / 2, grey);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, colours]);
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]));
}
