/**
 * The build steps that Vite does not have: telling the service worker which files make up this version of the page, compressing
 * each file once here instead of once a request in the relay, and a check of what runs first. Runs in Node, at build time only.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

const virtual = 'virtual:precache';
const compressible = /\.(?:html|js|css|svg|json|webmanifest|txt)$/;

/** Every file of a finished build under `folder`, as URL paths in a fixed order. */
function builtFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith('.') && path !== 'sw.js' && !/\.(?:br|gz|map)$/.test(path))
    .sort();
}

/**
 * `import { files, version } from 'virtual:precache'` for the service worker: URL paths of the page in `folder` (the shell
 * as `/`), and a digest over names and contents, so that the same source gives the same worker.
 */
export function precacheList(folder: string): Plugin {
  return {
    name: 'hushroom:precache-list',
    applyToEnvironment: (environment) => environment.name === 'sw',
    resolveId: (id) => (id === virtual ? `\0${virtual}` : undefined),
    load(id) {
      if (id !== `\0${virtual}`) return undefined;
      const digest = createHash('sha256');
      const paths = builtFiles(folder);
      for (const path of paths)
        digest
          .update(path)
          .update('\0')
          .update(readFileSync(join(folder, path)));
      const urls = paths.map((path) => (path === 'index.html' ? '/' : `/${path}`));
      return `export const files = ${JSON.stringify(urls)}; export const version = '${digest.digest('hex').slice(0, 16)}';`;
    },
  };
}

/** The page has one. */
function entryOf(bundle: Rolldown.OutputBundle): Rolldown.OutputChunk | undefined {
  return Object.values(bundle).find((output) => output.type === 'chunk' && output.isEntry) as Rolldown.OutputChunk | undefined;
}

/** Fails the build unless the invite leaves the address bar before any other code of the page runs (web/arrived.ts). */
export function arrivalFirst(): Plugin {
  return {
    name: 'hushroom:arrival-first',
    applyToEnvironment: (environment) => environment.name === 'client',
    generateBundle(_, bundle) {
      const first = entryOf(bundle)?.imports[0];
      if (!first?.includes('/arrived-')) this.error(`the entry imports ${first ?? 'nothing'} first, not the chunk of web/arrived.ts`);
    },
  };
}

/** What every room shows once one can write in it. */
export const besideTheLog =
  /\/web\/(?:text\/(?:more|en-more)\.ts|ui\/(?:Aside|InHand|MessageTools|People|Promises|Quote|Reactions|Typing|Warnings|host\/(?:Asks|Decided))\.svelte)$/;

/** Panels, and small parts that few rooms show. */
export const panels =
  /\/web\/ui\/(?:About|Door|Erase|Find|Keep|Keys|ListingPanel|Mentions|Menu|MessageActions|PeoplePanel|React|RelaySheet|Settings|Unsent|Verify|host\/(?:Compare|Person|Room)Panel|files\/(?:Attach|FileLine|Tray))\.svelte$/;

/** What binds a value to a field. Svelte's one module of everything names it, which is all that the first screen has to do with it. */
export const boundFields = /\/svelte\/src\/internal\/client\/dom\/elements\/bindings\/(?:input|select)\.js$/;

/**
 * Says to the bundler what holds for every page here: components are runes only, nothing is rendered ahead and hydrated, nothing is awaited in
 * a component. Svelte keeps these as variables, so their branches stay in the page though nothing can reach them. Who turns one on gets an error; a
 * Svelte that writes them otherwise fails the build.
 */
export function plainSvelte(): Plugin {
  const flags = /\/svelte\/src\/internal\/flags\/index\.js$/;
  const hydration = /\/svelte\/src\/internal\/client\/dom\/hydration\.js$/;
  return {
    name: 'hushroom:plain-svelte',
    enforce: 'pre',
    applyToEnvironment: ({ name }) => name === 'client' || name === 'console',
    transform: {
      filter: { id: [flags, hydration, boundFields] },
      handler(code, id) {
        if (boundFields.test(id)) return { code, map: null, moduleSideEffects: false };
        const variable = /export let (\w+_flag|hydrating) = false;/g;
        if (!variable.test(code)) this.error(`nothing to hold fixed in ${id}`);
        const fixed = code
          .replace(variable, 'export const $1 = false;')
          .replace(/\b(\w+_flag) = (?:true|false);(?=\s*\})/g, "throw new Error('$1 is fixed by web/build.ts');")
          .replace(/\bhydrating = value;/g, '');
        return { code: fixed, map: null };
      },
    },
  };
}

/**
 * Vite's own loader of lazy chunks carries a list of all chunks that each of them needs. The first chunk has nearly all of those in it, and the
 * service worker has the rest, so it is 2 kB that every page would wait for.
 */
export function plainImports(): Plugin {
  const helper = '\0hushroom:plain-imports';
  return {
    name: 'hushroom:plain-imports',
    enforce: 'pre',
    applyToEnvironment: ({ name }) => name === 'client',
    resolveId: (id) => (id.includes('vite/preload-helper') ? helper : undefined),
    load: (id) => (id === helper ? 'export const __vitePreload = (load) => load();' : undefined),
  };
}

/**
 * The password code alone needs ristretto255, which stands in one module with the curves that every handshake needs. It gets a copy of that
 * module to itself, so that the page's first chunk keeps only what its own import uses.
 */
export function ristrettoApart(): Plugin {
  return {
    name: 'hushroom:ristretto-apart',
    enforce: 'pre',
    applyToEnvironment: ({ name }) => name === 'client',
    async resolveId(source, importer, options) {
      if (!/^@noble\/curves\/ed25519\.js$/.test(source) || !importer?.endsWith('/shared/handshake/cpace.ts')) return undefined;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      return found && { ...found, id: `${found.id}?ristretto` };
    },
  };
}

/**
 * What a `ProtocolError` says beside its code is for who reads the log of a test or of the command line. The page counts
 * and shows codes alone, so it does not carry the words.
 */
export function codesOnly(): Plugin {
  const said = /new ProtocolError\(\s*('[a-z-]+'),\s*(?:'[^'\n]*'|`[^`\n]*`)/g;
  return {
    name: 'hushroom:codes-only',
    enforce: 'pre',
    applyToEnvironment: ({ name }) => name === 'client',
    transform: {
      filter: { id: /\/shared\/.*\.ts$/, code: 'new ProtocolError' },
      handler: (code) => ({ code: code.replace(said, "new ProtocolError($1, ''"), map: null }),
    },
  };
}

/**
 * Asks the browser to compile all of the first files while they are being fetched, beside the page's own thread, for nearly all of it runs before
 * one can talk. Chromium reads this word; to others it is a comment. docs/decisions/142
 */
export function compiledAhead(): Plugin {
  return {
    name: 'hushroom:compiled-ahead',
    applyToEnvironment: ({ name }) => name === 'client',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const entry = entryOf(bundle);
        for (const name of entry ? [entry.fileName, ...entry.imports] : []) {
          const file = bundle[name];
          if (file?.type === 'chunk') file.code = `//# allFunctionsCalledOnLoad\n${file.code}`;
        }
      },
    },
  };
}

/** The console's page lies in a folder of the sources; its build has it at the top, where it is served. */
export function pageAtRoot(): Plugin {
  return {
    name: 'hushroom:page-at-root',
    enforce: 'post',
    applyToEnvironment: (environment) => environment.name === 'console',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const page = bundle['console/index.html'];
        if (page === undefined) this.error('the console has no page');
        page.fileName = 'index.html';
      },
    },
  };
}

/** Writes `FILE.br` and `FILE.gz` beside every text file, at the highest level: it is paid once. */
export function precompressed(): Plugin {
  return {
    name: 'hushroom:precompressed',
    applyToEnvironment: (environment) => environment.name !== 'relay',
    writeBundle({ dir }, bundle) {
      if (dir === undefined) return;
      const own = Object.keys(bundle);
      const paths = own.includes('sw.js') ? own : builtFiles(dir);
      for (const path of paths.filter((name) => compressible.test(name))) {
        const bytes = readFileSync(join(dir, path));
        writeFileSync(join(dir, `${path}.gz`), gzipSync(bytes, { level: 9 }));
        writeFileSync(
          join(dir, `${path}.br`),
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        );
      }
    },
  };
}
