/** What this browser lacks, found once by looking, never by trying: hardened browsers log or ask on a try. */
import type { MissingFeature } from './types.ts';

export function missingFeatures(browser: Window & typeof globalThis, storageAllowed: boolean): MissingFeature[] {
  const { navigator } = browser;
  const has: Record<MissingFeature, boolean> = {
    webrtc: typeof browser.RTCPeerConnection === 'function',
    'service-worker': 'serviceWorker' in navigator && navigator.serviceWorker !== undefined,
    storage: storageAllowed,
    share: typeof navigator.share === 'function',
    clipboard: typeof navigator.clipboard?.writeText === 'function',
  };
  return (Object.keys(has) as MissingFeature[]).filter((feature) => !has[feature]);
}
