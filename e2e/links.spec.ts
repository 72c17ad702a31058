/**
 * The link contract (web/net/link.contract.ts) over real data channels: the same checks that unit tests run over the in-memory link.
 * The page is served by Vite's development server, since a test has no place in the built one.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';

let server: ViteDevServer;
let address: string;

test.beforeAll(async () => {
  server = await createServer({
    configFile: false,
    root: fileURLToPath(new URL('../web', import.meta.url)),
    cacheDir: test.info().outputPath('vite'),
    appType: 'custom',
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, fs: { allow: [fileURLToPath(new URL('..', import.meta.url))] } },
    optimizeDeps: { include: ['simple-peer/simplepeer.min.js'], noDiscovery: true },
    plugins: [
      {
        name: 'blank-page',
        configureServer: ({ middlewares }) => {
          middlewares.use('/blank', (_, response) =>
            response.setHeader('content-type', 'text/html').end('<!doctype html><title>Links</title>'),
          );
        },
      },
    ],
  });
  await server.listen();
  address = server.resolvedUrls!.local[0]!;
});

test.afterAll(async () => server.close());

test('a link over a real data channel keeps the link contract', async ({ page }) => {
  await page.goto(`${address}blank`);
  const results = await page.evaluate(async () => {
    const [contract, rtc] = ['/net/link.contract.ts', '/net/rtc.ts']; // variables, so that the type checker does not look for them
    const { linkContract } = (await import(contract!)) as { linkContract: { name: string; run(open: unknown): Promise<void> }[] };
    const { openRtcLink } = (await import(rtc!)) as { openRtcLink: unknown };
    const results: { name: string; failure: string }[] = [];
    for (const { name, run } of linkContract) {
      const failure = await run(openRtcLink).then(() => '', String);
      results.push({ name, failure });
    }
    return results;
  });
  expect(results.length).toBeGreaterThan(0);
  for (const { name, failure } of results) expect.soft(failure, name).toBe('');
});
