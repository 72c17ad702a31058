import { expect, test } from 'vitest';
import { fakeLinks } from './fake.ts';
import { linkContract } from './link.contract.ts';

for (const check of linkContract) {
  test(`an in-memory link: ${check.name}`, async () => {
    await expect(check.run(fakeLinks().open)).resolves.toBeUndefined();
  });
}
