/** From pressing "Send" to the text in the other's log, with 1,000 messages in it already. */
import { Chromium, type Page } from './chromium.ts';
import { type Contender, enter } from './contenders.ts';
import { token } from './tokens.ts';
import { sleep } from './wait.ts';

const logLength = 1000;
/** Quicker than any person, within what a member may send. */
const fillingMs = 25;
const typingMs = 60;

export async function measureTyping(contender: Contender, samples: number, relayOnly: boolean): Promise<number[]> {
  const browser = new Chromium();
  const [ann, bob] = [await browser.visitor(), await browser.visitor()];
  const room = await contender.room(ann, { relayOnly });
  const pages: [Page, Page] = [room.page, await enter(bob, room.link, { name: 'Bob' })];
  const path = relayOnly ? 'relayed' : 'direct';
  for (const page of pages) await page.evaluate(`probe.people(1, ['${path}'])`);
  await fill(pages);
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    const [from, to] = i % 2 ? pages : [pages[1], pages[0]];
    const text = token();
    const seen = to.evaluate<number>(`probe.sees('${text}')`);
    const sent = await from.evaluate<number>(`probe.says('${text}')`);
    times.push((await seen) - sent);
    await sleep(typingMs);
  }
  await browser.close();
  return times;
}

async function fill(pages: [Page, Page]): Promise<void> {
  let last: string[] = [];
  for (let i = 0; i < logLength / 2; i++) {
    last = pages.map(token);
    await Promise.all(pages.map((page, which) => page.evaluate(`probe.says('filling the log ${last[which]}')`)));
    await sleep(fillingMs);
  }
  await pages[0].evaluate(`probe.sees('${last[1]}')`);
  await pages[1].evaluate(`probe.sees('${last[0]}')`);
}
