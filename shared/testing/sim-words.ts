/**
 * What people do to messages, under faults, from a seed (sim.ts has the faults of paths and pages). Once all is quiet, every two pages that
 * saw the same people throughout must show the same of every message; what was deleted or has vanished must be nowhere; and
 * what someone said who has left is with everyone it was for, as long as anyone has it.
 */
import type { Message } from '../room/types.ts';
import type { Invite } from '../wire/invite.ts';
import { type SeededRandom, seededRandom } from './random.ts';
import { calm, type Page, rough, Sim } from './sim-world.ts';

export interface WordStorm {
  readonly seed: number;
  readonly members: number;
  readonly stormMs: number;
  readonly direct: boolean;
}

export interface WordVerdict {
  /** Messages compared between two pages, and among them those that were edited, deleted or reacted to. */
  readonly compared: number;
  readonly edited: number;
  readonly deleted: number;
  readonly reactions: number;
  /** Messages of people who had left, passed on by others. */
  readonly passedOn: number;
}

const quietMs = 240_000;
const emoji = [...'👍👎🎉😮🔥'];

export function rideWords(storm: WordStorm, invite: Invite): { sim: Sim; verdict: WordVerdict } {
  const sim = new Sim({ seed: storm.seed, invite, weather: calm, direct: storm.direct });
  const choose = seededRandom(storm.seed ^ 0x30bd5);
  for (let i = 0; i < storm.members; i++) sim.open(`P${i}`);
  sim.run(8000);
  sim.weather = rough;
  for (const end = sim.now + storm.stormMs; sim.now < end; sim.run(choose.below(800))) act(sim, choose);
  sim.weather = calm;
  sim.startRelay();
  sim.run(quietMs);
  return { sim, verdict: compare(sim) };
}

function act(sim: Sim, choose: SeededRandom): void {
  const present = sim.living.filter((page) => sim.living.every((other) => page === other || (page.sees(other) && other.sees(page))));
  if (present.length === 0) return;
  const page = choose.pick(present); // what a newcomer says before it has met everyone is not for everyone
  const roll = choose.below(100);
  if (roll < 30) page.say(`${page.name} ${page.said.length + 1}`);
  else if (roll < 60) react(page, choose);
  else if (roll < 75) changeOwn(page, choose, (message) => page.feed({ type: 'edit', id: message.id, text: `${message.text}!` }));
  else if (roll < 80) changeOwn(page, choose, (message) => page.feed({ type: 'erase', id: message.id }));
  else if (roll < 86) page.cut(choose.below(15_000));
  else if (roll < 90) page.loseSocket(choose.below(2) === 0);
  else if (roll < 92) sim.killLinks(choose.below(2) === 0);
  else if (roll < 94) page.sleep(1000 + choose.below(20_000));
  else if (roll < 96) page.deafen(choose.below(3000));
  else if (roll < 98 && sim.living.length > 3) leaveWithLastWords(page);
  else if (sim.living.length < 6) sim.open(`N${sim.pages.length}`);
}

function react(page: Page, choose: SeededRandom): void {
  if (page.shown.length === 0) return;
  const { id } = page.shown[Math.max(0, page.shown.length - 1 - choose.below(10))]!;
  page.feed({ type: 'react', id, emoji: choose.pick(emoji), on: choose.below(3) > 0 });
}

function changeOwn(page: Page, choose: SeededRandom, change: (message: Message) => void): void {
  const own = page.shown.filter(({ from, deleted }) => from === 'me' && !deleted);
  if (own.length > 0) change(choose.pick(own.slice(-8)));
}

/** Gone as by a crash, right after it has said something. */
function leaveWithLastWords(page: Page): void {
  page.say(`${page.name} ${page.said.length + 1} and good bye`);
  page.sim.after(150, () => page.kill());
}

// ---------------------------------------------------------------- what must hold

function compare(sim: Sim): WordVerdict {
  const verdict = { compared: 0, edited: 0, deleted: 0, reactions: 0, passedOn: 0 };
  const gone = new Set(sim.pages.filter(({ alive }) => !alive).map(({ id }) => id));
  const steady = sim.living.filter(
    (page) => [...page.parted].every((id) => gone.has(id)) && !sim.living.some((other) => other.parted.has(page.id)),
  );
  for (const a of steady) {
    for (const message of a.shown) {
      verdict.edited += message.edited ? 1 : 0;
      verdict.deleted += message.deleted ? 1 : 0;
      verdict.reactions += message.reactions?.length ?? 0;
      verdict.passedOn += message.passedOn ? 1 : 0;
    }
    for (const b of steady) if (a !== b) verdict.compared += sameMessages(sim, a, b);
  }
  for (const reader of steady) hasLastWords(sim, reader, steady);
  return verdict;
}

function sameMessages(sim: Sim, a: Page, b: Page): number {
  const theirs = new Map(b.shown.map((message) => [message.id, message]));
  let compared = 0;
  for (const message of a.shown) {
    const other = theirs.get(message.id);
    if (other === undefined) continue;
    compared++;
    if (picture(message) !== picture(other))
      throw new Error(`seed ${sim.options.seed}: ${a.name} shows ${picture(message)}, ${b.name} ${picture(other)}`);
  }
  return compared;
}

/** What all must see alike. */
function picture({ id, text, edited, deleted, reactions }: Message): string {
  const marks = (reactions ?? []).map((reaction) => `${reaction.emoji} ${reaction.by.map(({ tag }) => tag).sort()}`);
  return `${id.slice(0, 6)} ${JSON.stringify(text)}${edited ? ' edited' : ''}${deleted ? ' deleted' : ''} ${marks.join(' ')}`;
}

function hasLastWords(sim: Sim, reader: Page, steady: readonly Page[]): void {
  for (const author of sim.pages.filter(({ alive }) => !alive)) {
    for (const { text, to } of author.said) {
      if (!text.endsWith('good bye') || !to?.includes(reader.id)) continue;
      const holder = steady.find((page) => page.shown.some((message) => message.text === text));
      if (holder !== undefined && !reader.shown.some((message) => message.text === text))
        throw new Error(`seed ${sim.options.seed}: ${reader.name} lacks ${JSON.stringify(text)}, which ${holder.name} has`);
    }
  }
}
