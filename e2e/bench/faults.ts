/** What a broken network and a dead server do to a chat. Cuts are real: the interface goes down, the process is killed. */
import { Line } from '../faults.ts';
import { Chromium, type Page } from './chromium.ts';
import { type Contender, type ContenderName, enter, startContenders, stopContenders, takesPart } from './contenders.ts';
import { token } from './tokens.ts';
import { sleep, within } from './wait.ts';

/** Of the network in which the bench runs (`e2e/enclosed.sh`), as seen from behind a line. */
const ownAddress = '10.99.0.1';
const cutMs = 10_000;
const outageMs = 5_000;
const patienceMs = 20_000;

export interface Cut {
  /** Of six. */
  readonly delivered: number;
  readonly inOrder: boolean;
  /** Of six: drawn as not yet delivered while the link was down. */
  readonly shownWaiting: number;
  /** Seconds from the link's return to the last message; undefined if some never came. */
  readonly lastS: number | undefined;
}

/** Two people on connections of their own; one of these is cut for ten seconds, while both type three messages. */
export async function measureCuts(names: readonly ContenderName[], rounds: number): Promise<Map<ContenderName, Cut[]>> {
  const results = new Map<ContenderName, Cut[]>(names.map((name) => [name, []]));
  const lines = [await Line.open(), await Line.open()] as const;
  const contenders = await startContenders(names);
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) if (takesPart(contender, round)) results.get(contender.name)!.push(await cut(contender, lines));
  }
  await stopContenders(contenders);
  for (const line of lines) await line.close();
  return results;
}

async function cut(contender: Contender, lines: readonly [Line, Line]): Promise<Cut> {
  const host = ownAddress;
  const browsers = lines.map(
    (line) =>
      new Chromium({
        entry: line.namespace.entry,
        // Names of mDNS do not cross a router, and a plain address is no secure origin.
        without: ['WebRtcHideLocalIpsWithMdns'],
        args: [`--unsafely-treat-insecure-origin-as-secure=http://${host}:${contender.port}`],
      }),
  );
  const [ann, bob] = await Promise.all(browsers.map((browser) => browser.visitor()));
  const room = await contender.room(ann!, { host });
  const pages: [Page, Page] = [room.page, await enter(bob!, room.link, { name: 'Bob' })];
  for (const page of pages) await page.evaluate(`probe.people(1, ['direct'])`);

  lines[1].cut();
  const texts: [string[], string[]] = [[], []];
  for (let i = 0; i < 3; i++) {
    await sleep(cutMs / 4);
    for (const [who, page] of pages.entries()) {
      const text = token();
      texts[who]!.push(text);
      await page.evaluate(`probe.says('${text}')`);
    }
  }
  await sleep(cutMs / 4);
  const entries = await Promise.all(pages.map((page, who) => page.evaluate<string[]>(`${JSON.stringify(texts[who])}.map(probe.entry)`)));
  const shownWaiting = entries.flat().filter((entry) => /waiting|sending|not (yet )?delivered|sent(?! to all)/i.test(entry)).length;

  lines[1].mend();
  const mendedAt = performance.timeOrigin + performance.now();
  const arrivals = pages.map((page, who) => page.evaluate<number[]>(`Promise.all(${JSON.stringify(texts[1 - who])}.map(probe.sees))`));
  const times = await within(Promise.all(arrivals), patienceMs);
  let delivered = 0;
  let inOrder = true;
  for (const [who, page] of pages.entries()) {
    const expected = texts[1 - who]!;
    const got = (await page.evaluate<string[]>('probe.tokens()')).filter((text) => expected.includes(text));
    delivered += new Set(got).size;
    inOrder &&= got.every((text, i) => text === expected.filter((other) => got.includes(other))[i]);
  }
  for (const browser of browsers) await browser.close();
  return { delivered, inOrder, shownWaiting, lastS: times && (Math.max(...times.flat()) - mendedAt) / 1000 };
}

export interface Outage {
  /** Of three said on a direct link while the server was dead. */
  readonly during: number;
  /** Seconds from the server's return until a newcomer was there for both and its first message was read; undefined if not in 20 seconds. */
  readonly newcomerS: number | undefined;
}

/** The server is killed under two people who talk directly; it comes back, and a third opens the link at once. */
export async function measureOutage(contender: Contender): Promise<Outage> {
  const browser = new Chromium();
  const [ann, bob, cid] = [await browser.visitor(), await browser.visitor(), await browser.visitor()];
  const room = await contender.room(ann);
  const pages: [Page, Page] = [room.page, await enter(bob, room.link, { name: 'Bob' })];
  for (const page of pages) await page.evaluate(`probe.people(1, ['direct'])`);
  await contender.kill();
  let during = 0;
  for (let i = 0; i < 3; i++) {
    const text = token();
    await pages[i % 2]!.evaluate(`probe.says('${text}')`);
    if (await within(pages[1 - (i % 2)]!.evaluate(`probe.sees('${text}')`), 2_000)) during++;
    await sleep(outageMs / 3);
  }
  await contender.revive();
  const backAt = performance.timeOrigin + performance.now();
  const greeting = token();
  const all = [...pages, await enter(cid, room.link, { name: 'Cid', says: greeting })];
  // In is who sees both others, is seen by both, and has been read.
  const met = all.map((page) => page.evaluate<number>(`probe.people(2, ['direct', 'relayed', 'turn'])`));
  const read = Promise.any(pages.map((page) => page.evaluate<number>(`probe.sees('${greeting}')`)));
  const times = await within(Promise.all([...met, read]), patienceMs);
  await browser.close();
  return { during, newcomerS: times && (Math.max(...times) - backAt) / 1000 };
}
