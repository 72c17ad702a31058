/** Ten people, nine of whom open one link at the same moment. */
import { Chromium, type Page } from './chromium.ts';
import { type Contender, enter } from './contenders.ts';
import { token } from './tokens.ts';
import { sleep, within } from './wait.ts';

const people = 10;
const paths = ['direct', 'relayed', 'turn'];
const patienceMs = 60_000;
/** By then pages have fetched what they keep for the next visit, and the browser has tidied its memory. */
const settlingMs = 40_000;
/** What a quiet page does comes round every 15 s, and some of it every 30 s. */
const idleMs = 30_000;

export interface Crowd {
  /** Seconds until everyone had read something by everyone; undefined if not within a minute. */
  readonly talkS: number | undefined;
  /** Seconds until everyone had a data channel to everyone. */
  readonly meshS: number | undefined;
  readonly cpuS: number;
  /** Part of one core that all ten pages use when nobody does anything. */
  readonly idle: number;
}

export async function measureCrowd(contender: Contender): Promise<Crowd> {
  const browser = new Chromium();
  const visitors = await Promise.all(Array.from({ length: people }, () => browser.visitor()));
  const room = await contender.room(visitors[0]!);
  const usedBefore = browser.cpuSeconds();
  const openedAt = performance.timeOrigin + performance.now();
  const guests = visitors.slice(1).map((visitor, i) => enter(visitor, room.link, { name: `Guest ${i + 1}` }));
  const pages: Page[] = [room.page, ...(await Promise.all(guests))];
  const greetings = pages.map(token);
  const everywhere = async (code: (who: number) => string) => {
    const times = await within(Promise.all(pages.map((page, who) => page.evaluate<number>(code(who)))), patienceMs);
    return times && (Math.max(...times) - openedAt) / 1000;
  };
  // Everyone says one thing as soon as everyone is there, by whatever path, and must read everybody else's.
  const met = (who: number) => `probe.people(${people - 1}, ${JSON.stringify(paths)}).then(() => probe.says('${greetings[who]}'))`;
  const heard = `Promise.all(${JSON.stringify(greetings)}.map(probe.sees)).then((times) => Math.max(...times))`;
  const [talkS, meshS] = await Promise.all([
    everywhere((who) => `(${met(who)}, ${heard})`),
    everywhere(() => `probe.people(${people - 1}, ['direct'])`),
  ]);
  const cpuS = browser.cpuSeconds() - usedBefore;
  // Who has written has the caret in the field, and ten of them that blink cost 3 % of a core. No more than one on a machine does.
  await Promise.all(pages.map((page) => page.evaluate('document.activeElement.blur()')));
  await sleep(settlingMs);
  const idleBefore = browser.cpuSeconds();
  await sleep(idleMs);
  const idle = (browser.cpuSeconds() - idleBefore) / (idleMs / 1000);
  await browser.close();
  return { talkS, meshS, cpuS, idle };
}
