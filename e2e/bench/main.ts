/**
 * `npm run bench [-- --rounds N] [-- --only joins,typing,...]`: Hushroom side by side with a bare
 * Trystero room and the raw data channel, in one run, rounds interleaved. Prints tables, in a quarter of an hour on a quiet machine; writes nothing.
 * It runs in a network of its own (`e2e/enclosed.sh`), from which no packet leaves the machine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { checkout } from '../places.ts';
import { type Contender, contenderNames, startContenders, stopContenders, takesPart } from './contenders.ts';
import { measureCrowd } from './crowd.ts';
import { type Cut, measureCuts, measureOutage } from './faults.ts';
import { type Moved, measureFiles, measureMemory, share } from './files.ts';
import { type Joins, measureJoins } from './joins.ts';
import { measureSixteen } from './sixteen.ts';
import { median, percentiles, spread, table } from './statistics.ts';
import { measureTyping } from './typing.ts';
import { within } from './wait.ts';

const names = contenderNames;
const parts = ['joins', 'typing', 'crowd', 'sixteen', 'cut', 'outage', 'files', 'room', 'relay', 'cluster', 'log'];
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    samples: { type: 'string', default: '100' },
    crowds: { type: 'string', default: '2' },
    cuts: { type: 'string', default: '2' },
    outages: { type: 'string', default: '2' },
    megabytes: { type: 'string', default: '100' },
    gigabytes: { type: 'string', default: '1' },
    transfers: { type: 'string', default: '3' },
    'relay-rounds': { type: 'string', default: '3' },
    only: { type: 'string', default: parts.join(',') },
    contenders: { type: 'string', default: names.join(',') },
  },
});
/** A pair that never meets, or loses a message, shows as a dash and holds nothing up. */
const typingPatienceMs = 120_000;
const wanted = new Set(values.only.split(','));
const chosen = names.filter((name) => values.contenders.split(',').includes(name));
const rows: string[][] = [['what', ...names, 'aim']];
const cells = (get: (name: (typeof names)[number]) => string | undefined) => names.map((name) => get(name) ?? '–');

async function joins(contenders: readonly Contender[]): Promise<void> {
  const measured = await measureJoins(contenders, Number(values.rounds));
  const results = new Map([...measured].map(([contender, result]) => [contender.name, result]));
  const of = (get: (joins: Joins) => string) => cells((name) => results.get(name) && get(results.get(name)!));
  const steady = ({ cold, warm }: Joins) =>
    `${[cold, warm].flatMap((times) => times.filter((time) => time <= 2 * median(times))).length} of ${cold.length + warm.length}`;
  rows.push(['JS to a usable room, gz', ...of((result) => `${(result.scriptBytes / 1000).toFixed(1)} kB`), '60 kB']);
  rows.push(['link opened to composer, cold', ...of((result) => spread(result.composer, ' ms')), '']);
  rows.push([
    'link opened to first message at the other side, cold',
    ...of((result) => spread(result.cold, ' ms')),
    '1.5x Trystero, < 1 s',
  ]);
  rows.push(['the same, warm', ...of((result) => spread(result.warm, ' ms')), '1.5x Trystero, < 1 s']);
  rows.push(['joins within 2x of their median', ...of(steady), 'all']);
}

async function typing(contenders: readonly Contender[]): Promise<void> {
  const direct = new Map<string, number[]>();
  const relayed = new Map<string, number[]>();
  for (const contender of contenders) {
    const measure = async (relayOnly: boolean) =>
      (await within(measureTyping(contender, Number(values.samples), relayOnly), typingPatienceMs)) ?? [];
    direct.set(contender.name, await measure(false));
    if (contender.relays) relayed.set(contender.name, await measure(true));
  }
  const of = (times: Map<string, number[]>) => cells((name) => (times.has(name) ? percentiles(times.get(name)!, ' ms') : undefined));
  rows.push(['sent to rendered, direct, log of 1,000, p50 / p95', ...of(direct), '1.5x Trystero']);
  rows.push(['the same, relayed', ...of(relayed), '1.5x Trystero direct']);
}

async function crowd(contenders: readonly Contender[]): Promise<void> {
  const results = new Map(contenders.map(({ name }) => [name, [] as Awaited<ReturnType<typeof measureCrowd>>[]]));
  for (let round = 0; round < Number(values.crowds); round++) {
    for (const contender of contenders) if (takesPart(contender, round)) results.get(contender.name)!.push(await measureCrowd(contender));
  }
  type Result = Awaited<ReturnType<typeof measureCrowd>>;
  const of = (get: (result: Result) => number | undefined, unit: string) =>
    cells((name) => {
      const values = results.get(name)?.map(get);
      if (!values) return undefined;
      const reached = values.filter((value) => value !== undefined);
      return reached.length === values.length ? spread(reached, unit) : `${reached.length} of ${values.length} in a minute`;
    });
  rows.push(['10 people at once: everyone has read everyone', ...of((result) => result.talkS, ' s'), '5 s']);
  rows.push(['10 people at once: full mesh', ...of((result) => result.meshS, ' s'), '10 s']);
  rows.push(['10 people at once: CPU until then', ...of((result) => result.cpuS, ' s'), '']);
  rows.push(['10 people, idle: CPU of the whole browser', ...of((result) => result.idle * 100, ' %'), '5 %']);
}

async function sixteen(contenders: readonly Contender[]): Promise<void> {
  const results = new Map<string, Awaited<ReturnType<typeof measureSixteen>>>();
  for (const contender of contenders) results.set(contender.name, await measureSixteen(contender));
  type Result = NonNullable<Awaited<ReturnType<typeof measureSixteen>>>;
  const of = (get: (result: Result) => string) =>
    cells((name) => (results.has(name) ? (results.get(name) && get(results.get(name)!)) || 'not all met' : undefined));
  rows.push(['16 people: sent to rendered by all 15 others, p50 / p95', ...of(({ everyone }) => percentiles(everyone, ' ms')), '']);
  rows.push(['16 people: CPU of all 16 pages for one message', ...of(({ cpuMs }) => `${cpuMs.toFixed(0)} ms`), '']);
}

async function cut(): Promise<void> {
  const rounds = Number(values.cuts);
  const results = await measureCuts(chosen, rounds);
  const sum = (cuts: Cut[], get: (cut: Cut) => number) => `${cuts.reduce((total, each) => total + get(each), 0)} of ${6 * cuts.length}`;
  const of = (get: (cuts: Cut[]) => string) => cells((name) => (results.has(name) ? get(results.get(name)!) : undefined));
  rows.push([
    'link cut for 10 s, 3 + 3 messages meanwhile',
    ...of((cuts) => `${sum(cuts, ({ delivered }) => delivered)}${cuts.every(({ inOrder }) => inOrder) ? '' : ', out of order'}`),
    'all, in order',
  ]);
  rows.push([
    'the last of them, after the link is back',
    ...of((cuts) =>
      spread(
        cuts.flatMap(({ lastS }) => lastS ?? []),
        ' s',
      ),
    ),
    '',
  ]);
  rows.push(['shown as waiting until then', ...of((cuts) => sum(cuts, ({ shownWaiting }) => shownWaiting)), 'all']);
}

async function outage(contenders: readonly Contender[]): Promise<void> {
  const results = new Map(contenders.map(({ name }) => [name, [] as Awaited<ReturnType<typeof measureOutage>>[]]));
  for (let round = 0; round < Number(values.outages); round++)
    for (const contender of contenders) if (takesPart(contender, round)) results.get(contender.name)!.push(await measureOutage(contender));
  const of = (get: (outages: Awaited<ReturnType<typeof measureOutage>>[]) => string) =>
    cells((name) => (results.has(name) ? get(results.get(name)!) : undefined));
  rows.push([
    'server dead: messages between the others',
    ...of((outages) => `${outages.reduce((sum, { during }) => sum + during, 0)} of ${3 * outages.length}`),
    'all',
  ]);
  const back = (outages: Awaited<ReturnType<typeof measureOutage>>[]): string => {
    const times = outages.flatMap(({ newcomerS }) => newcomerS ?? []);
    return times.length === outages.length ? spread(times, ' s') : `${times.length} of ${outages.length} in 20 s`;
  };
  rows.push(['server back: a newcomer is there and heard', ...of(back), '3 s']);
}

/** Its own table: what is measured beside it moves bytes and nothing else. */
async function files(): Promise<void> {
  const [contender] = await startContenders(['Hushroom']);
  if (contender === undefined) return;
  const megabytes = Number(values.megabytes);
  const results = await measureFiles(contender, megabytes, Number(values.transfers));
  const memory = await measureMemory(contender, Number(values.gigabytes) * 1000);
  await stopContenders([contender]);
  const rate = ({ rates }: Moved) => spread(rates, ' MB/s');
  const cpu = ({ cpuS }: Moved) => spread(cpuS, ' s');
  const { direct, rawChannel, relayed, rawSocket } = results;
  const row = (what: string, of: (moved: Moved) => string, ours: Moved, raw: Moved, part: string) => [what, of(ours), of(raw), part];
  say(
    table([
      ['a file', 'Hushroom, from disk to disk', 'bytes alone, to nowhere', 'share'],
      row(`${megabytes} MB direct, beside the bare data channel`, rate, direct, rawChannel, share(direct.rates, rawChannel.rates)),
      row(`CPU of the whole browser, both ends`, cpu, direct, rawChannel, share(direct.cpuS, rawChannel.cpuS)),
      row(
        `${megabytes} MB by a relay without limit, beside a bare WebSocket`,
        rate,
        relayed,
        rawSocket,
        share(relayed.rates, rawSocket.rates),
      ),
      row(`CPU of the whole browser, both ends`, cpu, relayed, rawSocket, share(relayed.cpuS, rawSocket.cpuS)),
      [`${megabytes} MB by a relay as it is set by default`, spread(results.relayedByDefault, ' MB/s'), '', ''],
      [`${memory.bytes / 1e9} GB direct`, spread([memory.rate], ' MB/s'), '', ''],
      ['memory of all its processes, before and at most', `${memory.beforeMb.toFixed(0)} / ${memory.mostMb.toFixed(0)} MB`, '', ''],
    ]),
  );
}

/** A bench that stands beside the code it measures, with its own table. */
async function beside(file: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [checkout(file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  say((await text(child.stdout)).trimEnd());
  if (child.exitCode === null) await once(child, 'close');
  if (child.exitCode !== 0) process.exitCode = 1;
}

/** Tables go to standard output, as they are to be pasted; how far it is, to standard error. */
function say(paragraph: string): void {
  console.log(`${paragraph}\n`);
}

async function timed(part: string, measure: () => Promise<void>): Promise<void> {
  if (!wanted.has(part)) return;
  const begun = performance.now();
  await measure();
  console.error(`${part}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
}

const load = (): string => loadavg()[0]!.toFixed(1);
const loadBefore = load();
const begunAt = performance.now();
if (['joins', 'typing', 'crowd', 'sixteen', 'cut', 'outage'].some((part) => wanted.has(part))) {
  const contenders = await startContenders(chosen);
  await timed('joins', () => joins(contenders));
  await timed('typing', () => typing(contenders));
  await timed('crowd', () => crowd(contenders));
  await timed('sixteen', () => sixteen(contenders));
  await timed('outage', () => outage(contenders));
  await stopContenders(contenders);
  await timed('cut', cut);
  say(table(rows));
}
await timed('files', files);
await timed('room', () => beside('shared/room/room.bench.ts'));
await timed('relay', () => beside('relay/relay.bench.ts', values['relay-rounds']));
await timed('cluster', () => beside('relay/cluster/cluster.bench.ts', values['relay-rounds']));
await timed('log', () => beside('e2e/bench/log.ts'));
const minutes = ((performance.now() - begunAt) / 60_000).toFixed(1);
say(`Median (least–most); ${cpus().length} cores, ${minutes} minutes, load ${loadBefore} before and ${load()} after.`);
// A browser of a measurement that was given up may still be there; it ends with this process.
process.exit();
