/**
 * `node web/size.ts`: what a browser must load before one can talk through the relay, compressed, against the budget. Reads the
 * manifest of a finished build; exit code 1 above the budget. Lazy chunks are listed, not counted. The budget holds what is
 * reached; what was aimed at, and where the difference lies, says docs/decisions/033.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const budgetBytes = 105_500;
const aimBytes = 60_000;
const folder = fileURLToPath(new URL('../dist/web', import.meta.url));

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'));
const gz = (file: string): number => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;

/** Scripts that `key` needs before it runs. */
function needed(key: string, files: Set<string> = new Set()): Set<string> {
  const chunk = manifest[key];
  if (chunk === undefined || files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const other of chunk.imports ?? []) needed(other, files);
  return files;
}

function list(title: string, files: readonly string[]): number {
  const sizes = files.map((file) => ({ file, bytes: gz(file) })).sort((a, b) => b.bytes - a.bytes);
  const sum = sizes.reduce((total, { bytes }) => total + bytes, 0);
  console.log(`${title}: ${(sum / 1000).toFixed(1)} kB gz`);
  for (const { file, bytes } of sizes) console.log(`  ${(bytes / 1000).toFixed(1).padStart(6)}  ${file}`);
  return sum;
}

const entries = Object.keys(manifest).filter((key) => manifest[key]?.isEntry);
const first = entries.flatMap((key) => [...needed(key)]);
const assets = readdirSync(join(folder, 'assets')).map((name) => `assets/${name}`);
const lazy = assets.filter((file) => file.endsWith('.js') && !first.includes(file));

const script = list('needed to talk, scripts', first);
list(
  'needed to talk, styles',
  assets.filter((file) => file.endsWith('.css')),
);
list('loaded when needed', lazy);
console.log(`budget ${budgetBytes / 1000} kB gz: ${script <= budgetBytes ? 'kept' : 'EXCEEDED'} (aim: ${aimBytes / 1000})`);
process.exitCode = script <= budgetBytes ? 0 : 1;
