import { expect, test } from 'vitest';
import { fakeLinks } from './fake.ts';
import { lazyLinks } from './lazy-link.ts';
import { linkContract } from './link.contract.ts';

for (const check of linkContract) {
  test(`a link that is loaded first: ${check.name}`, async () => {
    const { open } = fakeLinks();
    await expect(check.run(lazyLinks(async () => open))).resolves.toBeUndefined();
  });
}

test('a link whose code cannot be loaded is closed, unless its owner closed it before', async () => {
  let closed = 0;
  const events = { signal() {}, open() {}, bytes() {}, file() {}, fileRoom() {}, closed: () => closed++ };
  const open = lazyLinks(() => Promise.reject(new TypeError('offline')));
  open({ offers: true, iceServers: [] }, events);
  open({ offers: true, iceServers: [] }, events).close();
  await Promise.resolve();
  await Promise.resolve();
  expect(closed).toBe(1);
});

for (const check of linkContract) {
  test(`an in-memory link: ${check.name}`, async () => {
    await expect(check.run(fakeLinks().open)).resolves.toBeUndefined();
  });
}
