import { expect, test } from 'vitest';
import { missingFeatures } from './features.ts';

const browser = (fields: object) => fields as unknown as Window & typeof globalThis;

test('a hardened browser lacks what it hides', () => {
  expect(missingFeatures(browser({ navigator: {} }), false)).toEqual(['webrtc', 'service-worker', 'storage', 'share', 'clipboard']);
});

test('an ordinary one lacks nothing', () => {
  const navigator = { serviceWorker: {}, share: () => {}, clipboard: { writeText: () => {} } };
  expect(missingFeatures(browser({ RTCPeerConnection: class {}, navigator }), true)).toEqual([]);
});
