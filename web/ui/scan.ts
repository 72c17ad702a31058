/**
 * Reads QR codes in a picture: with the browser's own reader where it has one, else with a small library that is fetched then. Both
 * look at the picture in this page only.
 */

/** The text of a QR code in the picture, if there is one. */
export type Reader = (picture: HTMLVideoElement) => Promise<string | undefined>;

interface Detector {
  detect(picture: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

export async function readerOfCodes(): Promise<Reader> {
  const BarcodeDetector = (window as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const formats = (await BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (BarcodeDetector === undefined || !formats.includes('qr_code')) return await ownReader();
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  return async (picture) => {
    try {
      return (await detector.detect(picture))[0]?.rawValue;
    } catch {
      return undefined; // a frame that is not there yet
    }
  };
}

/** Enough to tell the modules of an invite apart, and four times less to compute than what cameras give. */
const mostPixels = 640;

async function ownReader(): Promise<Reader> {
  const { default: decode } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return async (picture) => {
    const { videoWidth, videoHeight } = picture;
    if (!context || videoWidth === 0 || videoHeight === 0) return undefined;
    const scale = Math.min(1, mostPixels / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    canvas.width = width;
    canvas.height = height;
    context.drawImage(picture, 0, 0, width, height);
    try {
      return decode({ width, height, data: context.getImageData(0, 0, width, height).data });
    } catch {
      return undefined; // no code in this frame, says the library
    }
  };
}
