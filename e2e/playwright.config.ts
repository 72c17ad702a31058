/**
 * The stories: `e2e/enclosed.sh node_modules/.bin/playwright test -c e2e` after `npm run build`.
 * Every story runs at desk size; those about what a person sees run at phone size as well, and the core ones in Firefox.
 */
import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './launch.ts';
import { checkout, firefoxPath } from './places.ts';

const everywhere = [
  'calls',
  'console',
  'hardened',
  'several-relays',
  'ways-in',
  'create',
  'join',
  'talk',
  'markup',
  'messages',
  'everyday',
  'languages',
  'people',
  'verify',
  'never-lose',
  'leave-and-end',
  'install',
  'accessibility',
  'pictures',
  'hosts',
];
const specs = (names: readonly string[]) => names.map((name) => `${name}.spec.ts`);

const chromium = { browserName: 'chromium' as const, launchOptions: chromiumOptions() };

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: checkout('test-results'),
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    locale: 'en-GB',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false, sources: false },
    screenshot: 'off',
  },
  projects: [
    { name: 'desktop', use: { ...chromium, viewport: { width: 1280, height: 800 } } },
    {
      name: 'phone',
      testMatch: specs(everywhere),
      use: { ...chromium, viewport: { width: 390, height: 844 }, deviceScaleFactor: 2.625, isMobile: true, hasTouch: true },
    },
    {
      name: 'firefox',
      testMatch: specs(['talk', 'links']),
      use: { browserName: 'firefox', channel: 'moz-firefox', launchOptions: { executablePath: firefoxPath } },
    },
  ],
});
