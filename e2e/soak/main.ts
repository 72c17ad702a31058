/**
 * `npm run soak [-- --minutes 10] [--members 500] [--pause 15]`: a day of a relay in ten minutes (or in a day: `--minutes 1440`). The built
 * relay serves hundreds of members, each the page's own driver and room machine over a real WebSocket, who come, talk, sleep, go, and
 * outstay rooms that expire. It must lose and double nothing, and be at the end what it was at the beginning.
 *
 * Memory: every 15 s the relay is made to collect its garbage and tells what is left. From minute 2 (or when all have come, on a slow
 * machine) until the last rooms close, the line through these figures (flat.ts) may rise by 5 %: once for what the program holds (heap and
 * buffers, but for the bytes that it says it keeps for resuming, which go with how much is said and must be none at the end), once for its
 * resident set.
 */
import { writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { sleep } from '../bench/wait.ts';
import { Calm } from './calm.ts';
import { growth } from './flat.ts';
import type { Member } from './member.ts';
import { SoakedRelay } from './relay.ts';
import { type Soak, SoakRoom } from './room.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    members: { type: 'string', default: '500' },
    pause: { type: 'string', default: '15' },
    report: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const members = Number(values.members);
const leastMinutes = 5;
const minuteMs = 60_000;
const steadyAfterMs = 2 * minuteMs;
/** For the last rooms to settle, and for the relay to forget the seats of those who went without a word. */
const closingMs = 80_000;
const lookEveryMs = 15_000;
/** Until all are there for the first time; on a machine that hardly lets us run, longer. */
const arriveMs = 75_000;
/** Between two rooms some are nowhere. */
const nearlyAll = 0.85;
const goneWithinMs = 90_000;
const mostGrowth = 0.05;
/** Members of a room, over and over. */
const sizes = [5, 2, 8, 3, 7, 4, 6];
const mebibyte = 1024 * 1024;
const lowPriority = 5;

if (!(minutes >= leastMinutes && members >= 2)) {
  console.error(`hushroom: a soak takes at least ${leastMinutes} minutes and 2 members`);
  process.exit(1);
}

interface Look {
  readonly atS: number;
  readonly heldMb: number;
  readonly residentMb: number;
  readonly members: number;
}

// It runs beside browsers that must not notice it. To rise again is not everybody's right.
if (getPriority() < lowPriority) setPriority(lowPriority);

/** Beside the stories nothing is read but the report. */
process.on('uncaughtException', (error) => report(0, 1, [`it broke: ${error.stack}`]));

const begun = Date.now();
const relay = await SoakedRelay.start();
const soak: Soak = {
  origin: relay.origin,
  calm: new Calm(),
  pauseS: Number(values.pause),
  closing: false,
  totals: { rooms: 0, members: 0, messages: 0, deliveries: 0, sleeps: 0, left: 0, vanished: 0, expired: 0, unjudged: 0 },
  faults: [],
  here: new Set<Member>(),
};
await relay.metrics();
await relay.memory();
const descriptorsBefore = relay.descriptors();

const slots: Promise<void>[] = [];
for (let sitting = 0, i = 0; sitting < members; i++) {
  const size = Math.min(sizes[i % sizes.length]!, Math.max(2, members - sitting));
  slots.push(keepRoom(size, (arriveMs * sitting) / members));
  sitting += size;
}
const looks: Look[] = [];
const all = (): boolean => soak.here.size >= members * nearlyAll;
await lookUntil(() => Date.now() - begun >= steadyAfterMs && (all() || Date.now() - begun >= minutes * minuteMs));
looks.length = 0;
const steadyFor = minutes * minuteMs - steadyAfterMs - closingMs;
const steadyFrom = Date.now();
await lookUntil(() => Date.now() - steadyFrom >= steadyFor);
const processCpuS = (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
soak.closing = true;
await Promise.all(slots);
const after = await emptied();
const relayCpuS = after('cpu_seconds');

const grown = (figure: (look: Look) => number): number => growth(looks.map(figure));
const { totals, faults } = soak;
const checks: [string, boolean][] = [];
const check = (holds: boolean, what: string): void => void checks.push([what, holds]);
const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

check(
  faults.length === 0 && totals.deliveries > totals.messages,
  `no message lost or doubled: ${totals.deliveries} deliveries of ${totals.messages} messages, ${faults.length} faults`,
);
check(totals.unjudged * 10 <= totals.rooms, `rooms that could be judged: ${totals.rooms - totals.unjudged} of ${totals.rooms}`);
const held = grown(({ heldMb }) => heldMb);
check(held <= mostGrowth, `heap and buffers after collection flat: ${percent(held)} from ${spread(({ heldMb }) => heldMb)}`);
const resident = grown(({ residentMb }) => residentMb);
check(resident <= mostGrowth, `resident set flat: ${percent(resident)} from ${spread(({ residentMb }) => residentMb)}`);
check(
  relay.descriptors() <= descriptorsBefore,
  `descriptors at the end as at the start: ${descriptorsBefore}, then ${relay.descriptors()}`,
);
const left = ['rooms', 'seats', 'sockets', 'kept_bytes'].map((name) => `${name} ${after(name)}`);
check(
  left.every((gauge) => gauge.endsWith(' 0')),
  `nothing is left of any room: ${left.join(', ')}`,
);
check(relay.running && !relay.log.some((line) => line.includes('"crashed"')), 'the relay is still the same process');
check((await relay.stop()) === 0, 'it stops when it is told to');

const lines = [
  `${minutes} minutes, ${members} members at a time: ${Object.entries(totals)
    .map(([name, count]) => `${count} ${name}`)
    .join(
      ', ',
    )}; ${after('connects_total')} sockets, ${after('resumes_total')} resumed; CPU of the relay ${relayCpuS.toFixed(0)} s, of its members ${processCpuS.toFixed(0)} s`,
  ...checks.map(([what, holds]) => `${holds ? 'ok  ' : 'FAIL'}  ${what}`),
  ...faults.slice(0, 20).map((fault) => `      ${fault}`),
];
const failed = checks.filter(([, holds]) => !holds).length;
report(checks.length - failed, failed, lines);

function report(passed: number, failed: number, lines: readonly string[]): never {
  console.log(`${lines.join('\n')}\n${passed} passed, ${failed} failed`);
  if (values.report !== undefined) writeFileSync(values.report, JSON.stringify({ passed, failed, lines }));
  process.exit(failed === 0 ? 0 : 1);
}

/** One room after the other. */
async function keepRoom(size: number, firstInMs: number): Promise<void> {
  await sleep(firstInMs);
  for (;;) {
    await soak.calm.comes();
    if (soak.closing) return;
    await new SoakRoom(soak, size).live();
  }
}

async function lookUntil(done: () => boolean): Promise<void> {
  while (!done() && relay.running) {
    looks.push(await look());
    await sleep(lookEveryMs);
  }
}

async function look(): Promise<Look> {
  const keptBytes = (await relay.metrics())('kept_bytes');
  const { heapUsed, external, rss } = await relay.memory();
  const now = {
    atS: (Date.now() - begun) / 1000,
    heldMb: (heapUsed + external - keptBytes) / mebibyte,
    residentMb: rss / mebibyte,
    members: soak.here.size,
  };
  console.log(
    `${now.atS.toFixed(0).padStart(5)} s  ${now.members} members  held ${now.heldMb.toFixed(1)} MiB  resident ${now.residentMb.toFixed(1)} MiB  descriptors ${relay.descriptors()}  messages ${soak.totals.messages}  faults ${soak.faults.length}`,
  );
  return now;
}

/** When the last seat is gone, or it has had long enough for that. */
async function emptied(): Promise<(name: string) => number> {
  for (const end = Date.now() + goneWithinMs; ; await sleep(1000)) {
    const metrics = await relay.metrics();
    const empty = metrics('rooms') === 0 && metrics('sockets') === 0 && relay.descriptors() <= descriptorsBefore;
    if (empty || Date.now() > end) return metrics;
  }
}

function spread(figure: (look: Look) => number): string {
  const figures = looks.map(figure);
  return `${Math.min(...figures).toFixed(1)} to ${Math.max(...figures).toFixed(1)} MiB in ${figures.length} looks`;
}
