/**
 * From opening a link to the first message at the other side, with an empty cache and on the second visit. Rounds are
 * interleaved, so that whatever else the machine does falls on all contenders alike.
 */
import { gzipSync } from 'node:zlib';
import { Chromium, type Page, type Visitor } from './chromium.ts';
import { type Contender, enter, takesPart } from './contenders.ts';
import { token } from './tokens.ts';
import { sleep } from './wait.ts';

/** Nobody sends a link sooner; until then a host's page is busy with what it keeps for the next visit. */
const linkSentMs = 3000;

export interface Joins {
  readonly cold: number[];
  readonly warm: number[];
  /** Milliseconds until there was somewhere to type, cold. */
  readonly composer: number[];
  /** Bytes, gz, of all scripts that had been asked for when the room was usable. */
  scriptBytes: number;
}

export async function measureJoins(contenders: readonly Contender[], rounds: number): Promise<Map<Contender, Joins>> {
  const results = new Map<Contender, Joins>(
    contenders.map((contender) => [contender, { cold: [], warm: [], composer: [], scriptBytes: 0 }]),
  );
  const browser = new Chromium();
  for (let round = 0; round < rounds; round++) {
    for (const [contender, joins] of results) {
      if (!takesPart(contender, round)) continue;
      const host = await browser.visitor();
      const guest = await browser.visitor();
      const room = await contender.room(host);
      await sleep(linkSentMs);
      const first = await join(guest, room.link, room.page);
      joins.cold.push(first.ms);
      joins.composer.push(first.composerMs);
      if (round === 0) joins.scriptBytes = await weigh(first.scripts);
      joins.warm.push((await join(guest, room.link, room.page)).ms);
      await guest.close();
      await host.close();
    }
  }
  await browser.close();
  return results;
}

async function join(guest: Visitor, link: string, host: Page): Promise<{ ms: number; composerMs: number; scripts: string[] }> {
  const says = token();
  const page = await enter(guest, link, { name: 'Bob', says });
  const seenAt = await host.evaluate<number>(`probe.sees('${says}')`);
  const openedAt = await page.evaluate<number>('performance.timeOrigin');
  const composerAt = await page.evaluate<number>('probe.composer');
  const scripts = await page.evaluate<string[]>(`performance.getEntriesByType('resource')
    .filter(({ name, startTime }) => /\\.js$/.test(name) && startTime + performance.timeOrigin <= ${composerAt}).map(({ name }) => name)`);
  await page.close();
  return { ms: seenAt - openedAt, composerMs: composerAt - openedAt, scripts };
}

async function weigh(scripts: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const script of new Set(scripts)) bytes += gzipSync(await (await fetch(script)).bytes(), { level: 9 }).length;
  return bytes;
}
