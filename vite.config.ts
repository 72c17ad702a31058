/**
 * Both builds and all unit tests. `vite build --app` makes, in this order: `dist/web` (the page), `dist/web/sw.js` (its
 * service worker, which must know the page's files by then) and `dist/relay` (the relay).
 * The page is served under a CSP without any `unsafe-` source, so nothing here may emit an inline script or style.
 */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import {
  arrivalFirst,
  besideTheLog,
  boundFields,
  codesOnly,
  compiledAhead,
  pageAtRoot,
  panels,
  plainImports,
  plainSvelte,
  precacheList,
  precompressed,
  ristrettoApart,
} from './web/build.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const laterCurves = /\/@noble\/curves\/(?:abstract\/hash-to-curve\.js|ed25519\.js\?)/;

export default defineConfig({
  root: at('web'),
  plugins: [
    svelte({ configFile: false, compilerOptions: { runes: true } }),
    plainSvelte(),
    plainImports(),
    ristrettoApart(),
    codesOnly(),
    arrivalFirst(),
    compiledAhead(),
    precacheList(at('dist/web')),
    pageAtRoot(),
    precompressed(),
  ],
  environments: {
    client: {
      build: {
        outDir: at('dist/web'),
        emptyOutDir: true,
        manifest: true,
        modulePreload: { polyfill: false, resolveDependencies: (_, needed, { hostType }) => (hostType === 'html' ? needed : []) },
        // The page's few styles come as one file, which spares the code that would fetch more of them.
        cssCodeSplit: false,
        assetsInlineLimit: 0,
        rolldownOptions: {
          output: {
            comments: false,
            codeSplitting: {
              groups: [
                // A chunk of its own, so that it runs before any other, whatever else is shared between chunks.
                { name: 'arrived', test: /\/web\/arriv(?:al|ed)\.ts$/, priority: 5 },
                // All else that the first screen needs are two files: they compress better than a dozen, are compiled side by side, and the
                // libraries' stays the same from version to version.
                { name: 'noble', tags: ['$initial'], test: /\/@noble\//, includeDependenciesRecursively: false, priority: 5 },
                { name: 'first', tags: ['$initial'], priority: 4 },
                // What every room shows next, and the words of all that is lazy: one request instead of a chain of three.
                { name: 'beside', test: besideTheLog, priority: 3 },
                { name: 'Home', test: /\/web\/ui\/Home\.svelte$/, priority: 2 },
                // Every page fetches these in its first quiet moments, so that they are there when the relay is not: one request, not fifty.
                { name: 'panels', test: panels, priority: 1 },
                // Reached from it through modules that name everything, and used by later screens alone.
                { name: 'fields', test: boundFields, includeDependenciesRecursively: false, priority: 6 },
                { name: 'ristretto', test: laterCurves, includeDependenciesRecursively: false, priority: 6 },
              ],
            },
          },
        },
      },
    },
    sw: {
      consumer: 'client',
      build: {
        outDir: at('dist/web'),
        emptyOutDir: false,
        copyPublicDir: false,
        rolldownOptions: { input: at('web/sw.ts'), output: { entryFileNames: 'sw.js', format: 'iife', codeSplitting: false } },
      },
    },
    // The operator's page: a program of its own, served by the console's listener and never part of the chat's files.
    console: {
      consumer: 'client',
      build: {
        outDir: at('dist/console'),
        emptyOutDir: true,
        copyPublicDir: false,
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        rolldownOptions: { input: at('web/console/index.html') },
      },
    },
    relay: {
      consumer: 'server',
      // The relay runs without node_modules; bufferutil is native, optional and found when it is there.
      resolve: { noExternal: true, external: ['bufferutil', 'utf-8-validate'] },
      build: {
        outDir: at('dist/relay'),
        emptyOutDir: true,
        copyPublicDir: false,
        minify: false,
        target: 'node24',
        // The console is a chunk of its own: a relay without one never reads it.
        rolldownOptions: { input: at('relay/main.ts'), output: { entryFileNames: 'main.js', chunkFileNames: '[name]-[hash].js' } },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      for (const name of ['client', 'sw', 'console', 'relay'] as const) await builder.build(builder.environments[name]!);
    },
  },
  test: {
    root: at('.'),
    environment: 'node',
    // Fifty pages shake hands in one test; how long that takes is a matter for the bench.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['*.test.mjs', '{shared,relay,web,docs}/**/*.test.ts', 'e2e/soak/*.test.ts'],
          exclude: ['**/*.tor.test.ts'],
        },
      },
      // On a private Tor network, which is started for the run. They wait more than they compute: several at a time, when the others are through.
      {
        extends: true,
        test: {
          name: 'tor',
          include: ['{relay,e2e}/**/*.tor.test.ts'],
          globalSetup: at('e2e/tornet/setup.ts'),
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { provider: 'v8', include: ['{shared,relay,web}/**/*.ts'], exclude: ['**/*.test.ts', '**/testing/**'] },
  },
});
