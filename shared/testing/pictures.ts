/** Small pictures of 3 x 2 in every format, full of what a camera and an editor leave in them; the coded picture itself is noise. */
import { concat, utf8 } from '../bytes.ts';

/** Stands for the place in the EXIF data. */
export const gps = 'GPS 52.5163 13.3777';

export interface TestPicture {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** What must still be there afterwards. */
  readonly kept: readonly Uint8Array[];
}

const pixels = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) & 0x7f);
const end = utf8('hidden behind the end');

/** A TIFF block with orientation 6 and a place. */
const tiff = concat(
  Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 2),
  Uint8Array.of(0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0),
  Uint8Array.of(0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38),
  Uint8Array.of(0, 0, 0, 0),
  utf8(gps),
);

// ---------------------------------------------------------------- JPEG

const segment = (marker: number, body: Uint8Array) =>
  concat(Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body);
const jfif = segment(0xe0, concat(utf8('JFIF\0'), Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 0, 0)));
const profile = segment(0xe2, concat(utf8('ICC_PROFILE\0'), Uint8Array.of(1, 1), pixels));
const frame = segment(0xc0, Uint8Array.of(8, 0, 2, 0, 3, 1, 1, 0x11, 0));
const scan = concat(segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)), pixels, Uint8Array.of(0xff, 0, 0xff, 0xd0), pixels);
const jpeg = concat(
  Uint8Array.of(0xff, 0xd8),
  jfif,
  segment(0xe1, concat(utf8('Exif\0\0'), tiff)),
  segment(0xe1, concat(utf8('http://ns.adobe.com/xap/1.0/\0'), utf8('secret words'))),
  segment(0xe2, concat(utf8('MPF\0'), utf8('secret words'))),
  profile,
  segment(0xed, utf8('Photoshop 3.0\0secret words')),
  segment(0xfe, utf8('secret words')),
  frame,
  scan,
  Uint8Array.of(0xff, 0xd9),
  end,
);

// ---------------------------------------------------------------- PNG

const chunk = (name: string, body: Uint8Array) => {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length);
  return concat(length, utf8(name), body, Uint8Array.of(1, 2, 3, 4)); // nobody here checks the sum
};
const header = chunk('IHDR', Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0));
const data = chunk('IDAT', pixels);
const colours = chunk('iCCP', pixels);
const png = concat(
  Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
  header,
  colours,
  chunk('tEXt', utf8('Author\0secret words')),
  chunk('iTXt', utf8('XML:com.adobe.xmp\0\0\0\0\0secret words')),
  chunk('tIME', pixels.subarray(0, 7)),
  chunk('eXIf', tiff),
  chunk('prVt', utf8('secret words')),
  data,
  chunk('IEND', new Uint8Array(0)),
  end,
);

// ---------------------------------------------------------------- WebP

const riff = (name: string, body: Uint8Array) => {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length, true);
  return concat(utf8(name), length, body, new Uint8Array(body.length % 2));
};
const picture = riff('VP8 ', pixels);
const webpBody = concat(
  utf8('WEBP'),
  riff('VP8X', Uint8Array.of(0x2c, 0, 0, 0, 2, 0, 0, 1, 0, 0)),
  riff('ICCP', pixels),
  picture,
  riff('EXIF', concat(utf8('Exif\0\0'), tiff)),
  riff('XMP ', utf8('secret words!')),
  riff('abcd', utf8('secret words')),
);
const webp = concat(riff('RIFF', webpBody), end);

// ---------------------------------------------------------------- GIF

const blocks = (body: Uint8Array) => concat(Uint8Array.of(body.length), body, Uint8Array.of(0));
const repeat = concat(Uint8Array.of(0x21, 0xff, 11), utf8('NETSCAPE2.0'), Uint8Array.of(3, 1, 0, 0, 0));
const drawn = concat(Uint8Array.of(0x2c, 0, 0, 0, 0, 3, 0, 2, 0, 0, 2), blocks(pixels));
const gif = concat(
  utf8('GIF89a'),
  Uint8Array.of(3, 0, 2, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255),
  repeat,
  Uint8Array.of(0x21, 0xfe),
  blocks(utf8(`secret words ${gps}`)),
  Uint8Array.of(0x21, 0xff, 11),
  utf8('XMP DataXMP'),
  blocks(utf8('secret words')),
  drawn,
  Uint8Array.of(0x3b),
  end,
);

export const pictures = {
  'a JPEG': { bytes: jpeg, mediaType: 'image/jpeg', kept: [jfif, profile, frame, scan] },
  'a PNG': { bytes: png, mediaType: 'image/png', kept: [header, colours, data] },
  'a WebP': { bytes: webp, mediaType: 'image/webp', kept: [picture] },
  'a GIF': { bytes: gif, mediaType: 'image/gif', kept: [repeat, drawn] },
} as const satisfies Record<string, TestPicture>;
