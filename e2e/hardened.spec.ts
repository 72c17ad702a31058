/** Browsers from which much has been taken away: the core story needs none of it, and the page says what is off. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

const taken: Record<string, () => void> = {
  'without WebRTC': () => {
    for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'RTCSessionDescription', 'RTCIceCandidate']) {
      Reflect.deleteProperty(window, name);
    }
  },
  'without WebRTC, service worker, IndexedDB, storage, WebAssembly and crypto.subtle': () => {
    for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebAssembly', 'caches', 'SharedWorker', 'BroadcastChannel']) {
      Reflect.deleteProperty(window, name);
    }
    const refuse = {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
      configurable: true,
    };
    for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) Object.defineProperty(window, name, refuse);
    for (const name of ['serviceWorker', 'locks', 'storage', 'share', 'clipboard', 'wakeLock']) {
      Object.defineProperty(Navigator.prototype, name, { get: () => undefined, configurable: true });
    }
    Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined, configurable: true });
  },
};

for (const [what, before] of Object.entries(taken)) {
  test(`two people talk ${what}`, async ({ person, relay }) => {
    const { ann, bob } = await meet(person, relay, { ann: { before }, bob: { before } });
    await ann.seesPeople({ Bob: 'relayed' });
    await bob.seesPeople({ Ann: 'relayed' });
    await ann.says('the bare minimum');
    await bob.sees('the bare minimum');
    await ann.seesDelivered('the bare minimum');
    await bob.says('is enough');
    await ann.sees('is enough');
    await ann.button('Menu').click();
    await ann.page.getByRole('option', { name: 'Settings' }).click();
    await expect(ann.dialog).toContainText('No direct connections: everything goes through the relay.');
    await ann.closesPanel();
  });
}

test('one without WebRTC talks with one who has it', async ({ person, relay }) => {
  const { ann, bob } = await meet(person, relay, { bob: { before: taken['without WebRTC']! } });
  await ann.says('hello');
  await bob.sees('hello');
  await bob.says('hello to you');
  await ann.sees('hello to you');
  await ann.seesPeople({ Bob: 'relayed' });
});

test('a password works without crypto.subtle and WebAssembly', async ({ person, relay }) => {
  const before = taken['without WebRTC, service worker, IndexedDB, storage, WebAssembly and crypto.subtle']!;
  const { ann, bob } = await meet(person, relay, { choices: { password: 'correct horse' }, ann: { before }, bob: { before } });
  await ann.says('with a password');
  await bob.sees('with a password');
});

test('plain http from another machine, which is no secure context', async ({ person, relay, line }) => {
  const bobsLine = await line();
  const { ann, bob } = await meet(person, relay, { bob: { line: bobsLine } });
  expect(await bob.page.evaluate(() => [isSecureContext, typeof crypto.subtle])).toEqual([false, 'undefined']);
  await ann.says('not secure, still private');
  await bob.sees('not secure, still private');
});
