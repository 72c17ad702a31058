/**
 * How every story starts Chromium: with made-up devices, asking nothing of the network by itself, and without what it would load for its
 * own windows. The bench starts browsers of its own (bench/chromium.ts): it drives them without Playwright.
 */
import type { LaunchOptions } from '@playwright/test';
import type { Namespace } from './namespace.ts';
import { addressBarPages, chromiumPath, here } from './places.ts';

/** The last flag of this name counts, so what Playwright itself switches off is named again. */
const withoutFeatures = [
  ...addressBarPages,
  'AimEnabled',
  'AutoDeElevate',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'BlockOriginHeaderModificationOnRedirect',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'Translate',
];

interface Wish extends Pick<LaunchOptions, 'proxy' | 'ignoreDefaultArgs'> {
  /** The browser's only way out; else it is the machine's. */
  readonly namespace?: Namespace;
  readonly args?: readonly string[];
  /** Features to switch off beside those that every story does without. */
  readonly without?: readonly string[];
}

/** For `chromium.launch` and `launchOptions`. */
export function chromiumOptions({ namespace, args = [], without = [], ...others }: Wish = {}): LaunchOptions {
  return {
    ...others,
    executablePath: namespace ? here('chromium-in-namespace.sh') : chromiumPath,
    chromiumSandbox: false,
    args: [
      '--disable-quic',
      '--disable-background-networking',
      '--use-fake-device-for-media-stream',
      `--disable-features=${[...withoutFeatures, ...without].join()}`,
      ...args,
    ],
    ...(namespace && { env: { ...process.env, E2E_NAMESPACE: String(namespace.pid), E2E_CHROMIUM: chromiumPath } }),
  };
}
