/**
 * A room of sixteen in which everyone is there already: how late everybody has read what one says, and what one message costs all of them
 * together.
 */
import { Chromium, type Page } from './chromium.ts';
import { type Contender, enter } from './contenders.ts';
import { token } from './tokens.ts';
import { sleep, within } from './wait.ts';

const people = 16;
const messages = 40;
const pauseMs = 200;
const quietMs = 4000;
const patienceMs = 60_000;

export interface Sixteen {
  /** Milliseconds from pressing "Send" until the last of the fifteen others had it on the screen, for each message. */
  readonly everyone: number[];
  /** CPU milliseconds of the whole browser for one message, beyond what it uses when nobody says anything. */
  readonly cpuMs: number;
}

/** Undefined where they do not all meet within a minute. */
export async function measureSixteen(contender: Contender): Promise<Sixteen | undefined> {
  const browser = new Chromium();
  const visitors = await Promise.all(Array.from({ length: people }, () => browser.visitor()));
  const room = await contender.room(visitors[0]!);
  const guests = visitors.slice(1).map((visitor, i) => enter(visitor, room.link, { name: `Guest ${i + 1}` }));
  const pages: Page[] = [room.page, ...(await Promise.all(guests))];
  const met = Promise.all(pages.map((page) => page.evaluate(`probe.people(${people - 1}, ['direct'])`)));
  const result = (await within(met, patienceMs)) && (await within(talk(browser, pages), patienceMs));
  await browser.close();
  return result;
}

async function talk(browser: Chromium, pages: readonly Page[]): Promise<Sixteen> {
  await sleep(quietMs); // what meeting left to do is done
  const quiet = browser.cpuSeconds();
  await sleep(quietMs);
  const begun = performance.now();
  const before = browser.cpuSeconds();
  const everyone: number[] = [];
  for (let i = 0; i < messages; i++) {
    const author = pages[i % pages.length]!;
    const text = token();
    const seen = pages.filter((page) => page !== author).map((page) => page.evaluate<number>(`probe.sees('${text}')`));
    const sent = await author.evaluate<number>(`probe.says('${text}')`);
    everyone.push(Math.max(...(await Promise.all(seen))) - sent);
    await sleep(pauseMs);
  }
  const idle = ((before - quiet) / quietMs) * (performance.now() - begun);
  return { everyone, cpuMs: Math.max(0, (browser.cpuSeconds() - before - idle) * 1000) / messages };
}
