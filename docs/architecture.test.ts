/**
 * The directions of architecture.md "Who may import whom" are rules of the linter. This plants an import in every place
 * where one matters and holds the linter to its verdict, since a pattern that matches nothing is silent.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const checkout = dirname(import.meta.dirname);

/** A file, what it imports, and what the linter says. */
const imports: [file: string, imported: string, verdict: 'refused' | 'allowed'][] = [
  ['shared/room/a.ts', 'node:fs', 'refused'],
  ['shared/room/a.ts', 'ws', 'refused'],
  ['shared/room/a.ts', 'svelte/store', 'refused'],
  ['shared/room/a.ts', '@noble/hashes/sha2.js', 'refused'],
  ['shared/room/a.ts', '../../relay/rooms.ts', 'refused'],
  ['shared/room/a.ts', '../../web/net/link.ts', 'refused'],
  ['shared/room/a.ts', '../testing/sim.ts', 'refused'],
  ['shared/room/a.ts', '../group/record.ts', 'allowed'],
  ['shared/room/a.ts', './types.ts', 'allowed'],
  ['shared/room/a.ts', '../doors/desk-call.ts', 'refused'],
  ['shared/doors/a.ts', '../room/types.ts', 'refused'],
  ['shared/doors/a.ts', '../handshake/pairwise.ts', 'allowed'],
  ['shared/group/a.ts', '../doors/desk-call.ts', 'refused'],
  ['shared/room/a.test.ts', 'node:fs', 'allowed'],
  ['shared/primitives.ts', '@noble/hashes/sha2.js', 'allowed'],
  ['shared/noise/kem.ts', 'node:crypto', 'refused'],
  ['shared/limits.ts', './room/types.ts', 'refused'],
  ['shared/wire/a.ts', '../noise/cipher.ts', 'refused'],
  ['shared/wire/a.ts', '../bytes.ts', 'allowed'],
  ['shared/group/a.ts', '../room/step.ts', 'refused'],
  ['shared/group/a.ts', '../wire/writer.ts', 'allowed'],
  ['relay/a.ts', '../shared/wire/relay.ts', 'allowed'],
  ['relay/a.ts', '../shared/wire/desk.ts', 'allowed'],
  ['relay/a.ts', '../shared/doors/desk-call.ts', 'refused'],
  ['relay/a.ts', '../shared/limits.ts', 'allowed'],
  ['relay/a.ts', '../shared/wire/invite.ts', 'refused'],
  ['relay/a.ts', '../shared/wire/peer.ts', 'refused'],
  ['relay/a.ts', '../shared/handshake/schedule.ts', 'refused'],
  ['relay/a.ts', '../shared/noise/handshake.ts', 'refused'],
  ['relay/a.ts', '../shared/noise/pipe.ts', 'refused'],
  ['relay/pipe.ts', '../shared/noise/pipe.ts', 'allowed'],
  ['relay/pipe.ts', '../shared/noise/handshake.ts', 'refused'],
  ['relay/pipe.ts', '../shared/primitives.ts', 'refused'],
  ['relay/pipe.ts', '../shared/handshake/schedule.ts', 'refused'],
  ['relay/a.ts', '../shared/room/types.ts', 'refused'],
  ['relay/a.ts', '../shared/primitives.ts', 'refused'],
  ['relay/a.ts', '@noble/curves/ed25519.js', 'refused'],
  ['relay/a.ts', '../web/build.ts', 'refused'],
  ['relay/a.ts', 'node:crypto', 'allowed'],
  ['relay/console/a.ts', '../rooms.ts', 'refused'],
  ['relay/console/a.ts', '../connection.ts', 'refused'],
  ['relay/console/a.ts', '../relay.ts', 'refused'],
  ['relay/console/a.ts', '../../shared/wire/relay.ts', 'refused'],
  ['relay/console/a.ts', '../metrics.ts', 'allowed'],
  ['web/console/a.ts', '../../relay/console/api-shapes.ts', 'allowed'],
  ['web/console/a.ts', '../../relay/console/api-schemas.ts', 'refused'],
  ['web/console/a.ts', '../session/types.ts', 'refused'],
  ['web/ui/a.ts', '../session/types.ts', 'allowed'],
  ['web/ui/a.ts', '../net/link.ts', 'refused'],
  ['web/ui/a.ts', '../store/names.ts', 'refused'],
  ['web/ui/a.ts', '../../shared/room/step.ts', 'refused'],
  ['web/session/a.ts', '../net/link.ts', 'allowed'],
  ['web/session/a.ts', '../../shared/room/step.ts', 'allowed'],
  ['web/session/a.ts', '../ui/Room.svelte', 'refused'],
  ['web/net/a.ts', '../../shared/wire/relay.ts', 'allowed'],
  ['web/net/a.ts', '../session/room.svelte.ts', 'refused'],
  ['web/store/a.ts', '../ui/theme.ts', 'refused'],
  ['web/net/a.ts', '../../relay/rooms.ts', 'refused'],
  ['e2e/a.ts', '../shared/wire/relay.ts', 'allowed'],
  ['e2e/a.ts', '../shared/room/step.ts', 'refused'],
  ['e2e/a.ts', '../relay/rooms.ts', 'refused'],
  ['e2e/a.ts', '../web/net/link.ts', 'refused'],
];

/**
 * `a.ts` becomes a file of its own for each row, rows for a file that has a name in the rules are lines of it; every second row is an
 * `import type`, which the rules must treat alike.
 */
const planted = imports.map(([file, imported, verdict], i) => ({
  file: file.replace('/a.', `/a${i}.`),
  statement:
    i % 2
      ? `import type { X${i} } from '${imported}'; export type Y${i} = X${i};\n`
      : `import { x${i} } from '${imported}'; export const y${i} = x${i};\n`,
  title: `${file} importing ${imported} is ${verdict}`,
  refused: verdict === 'refused',
}));

let tree: string;
/** As path:line. */
let refused: string[];
const placeOf = new Map<(typeof planted)[number], string>();

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'hushroom-layers-'));
  copyFileSync(join(checkout, 'biome.json'), join(tree, 'biome.json'));
  const lines = new Map<string, number>();
  for (const plant of planted) {
    const { file, statement } = plant;
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    appendFileSync(join(tree, file), statement);
    const line = (lines.get(file) ?? 0) + 1;
    lines.set(file, line);
    placeOf.set(plant, `${file}:${line}`);
  }
  refused = linesRefusedIn(tree);
});

afterAll(() => rmSync(tree, { recursive: true }));

function linesRefusedIn(folder: string): string[] {
  const biome = join(checkout, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['lint', '--only=style/noRestrictedImports', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'];
  const { stdout } = spawnSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { location: { path: string; start: { line: number } } }[] };
  return diagnostics.map(({ location }) => `${location.path}:${location.start.line}`);
}

test.each(planted)('$title', (plant) => {
  expect(refused.includes(placeOf.get(plant)!)).toBe(plant.refused);
});
