/**
 * What must hold once a simulated room is quiet: every message once or visibly missing, none invented, one order for all, one
 * roster for all. Each failure names its seed.
 */
import type { Message } from '../room/types.ts';
import { type Invite, plainOptions } from '../wire/invite.ts';
import { type Page, Sim, type SimOptions } from './sim-world.ts';

/** An invite for tests: no expiry, direct links allowed. */
export const testInvite: Invite = { ...plainOptions, secret: new Uint8Array(32).fill(7), expiresAt: 0 };

/** A room of so many people who have all met, in calm weather. */
export function meet(seed: number, members: number, more: Partial<SimOptions> = {}): Sim {
  const sim = new Sim({ seed, invite: testInvite, direct: false, ...more });
  for (let i = 0; i < members; i++) sim.open(`P${i}`);
  sim.until(() => allMet(sim), `${members} people to meet`);
  return sim;
}

export function allMet(sim: Sim): boolean {
  return sim.living.every((page) => page.people.size === sim.living.length - 1);
}

export interface Verdict {
  readonly messages: number;
  readonly deliveries: number;
  /** Where a reader was told that something is missing. */
  readonly missing: number;
  readonly undelivered: number;
}

export function checkRoom(sim: Sim): Verdict {
  const fail = (what: string): never => {
    throw new Error(`seed ${sim.options.seed}: ${what}`);
  };
  const verdict = { messages: 0, deliveries: 0, missing: 0, undelivered: 0 };
  const said = new Map<string, Page>();
  for (const page of sim.pages) for (const { text } of page.said) said.set(text, page);

  for (const page of sim.living) {
    for (const other of sim.living) {
      if (page !== other && !page.sees(other)) fail(`${page.name} does not see ${other.name}`);
    }
    if (page.people.size !== sim.living.length - 1)
      fail(`${page.name} sees ${page.people.size} others, there are ${sim.living.length - 1}`);
    const texts = page.texts;
    if (new Set(texts).size !== texts.length) fail(`${page.name} shows a message twice`);
    for (const message of page.shown) {
      const author = said.get(message.text);
      if (author === undefined || author.name !== message.name) fail(`${page.name} shows a message that ${message.name} never said`);
    }
    mirrorIsTrue(page, fail);
    verdict.missing += page.shown.reduce((sum, { missingBefore }) => sum + (missingBefore ?? 0), 0);
  }

  for (const page of sim.living) {
    for (const one of page.said) {
      verdict.messages++;
      const own = page.shown.find(({ text, from }) => from === 'me' && text === one.text);
      if (own === undefined) fail(`${page.name} lost its own message`);
      if (sim.living.length > 1 && own!.delivery?.state === 'sending')
        fail(`${page.name} never sent ${JSON.stringify(one.text)}: ${JSON.stringify(own!.delivery)}`);
      if (own!.delivery?.state === 'sent') fail(`${page.name} never learned what became of ${JSON.stringify(one.text)}`);
      if (own!.delivery?.state === 'undelivered') verdict.undelivered++;
      for (const reader of sim.living) {
        if (reader === page || !one.to?.includes(reader.id)) continue;
        const has = reader.shown.some(({ text }) => text === one.text);
        if (has) verdict.deliveries++;
        else if (own!.delivery?.state === 'delivered')
          fail(`${page.name} was told that ${reader.name} has ${JSON.stringify(one.text)}, which is not so`);
        else if (!page.parted.has(reader.id) && !reader.parted.has(page.id))
          fail(`${reader.name} lacks ${JSON.stringify(one.text)} of ${page.name}`);
      }
    }
  }
  sameOrder(sim.living, fail);
  return verdict;
}

/** The view, fed by events alone, shows what the machine has. */
function mirrorIsTrue(page: Page, fail: (what: string) => never): void {
  const { state } = page.room;
  if (state.name === 'ended') return;
  const machine = state.log.entries.map(
    ({ message }) => `${message.id} ${message.text} ${JSON.stringify(message.delivery)} ${message.missingBefore ?? 0}`,
  );
  const view = page.shown.map(
    (message: Message) => `${message.id} ${message.text} ${JSON.stringify(message.delivery)} ${message.missingBefore ?? 0}`,
  );
  if (machine.join('\n') !== view.join('\n')) fail(`${page.name}'s view differs from its machine`);
}

/** Any two pages agree on the order of what both have. */
function sameOrder(pages: readonly Page[], fail: (what: string) => never): void {
  for (const a of pages) {
    for (const b of pages) {
      if (a === b) continue;
      const place = new Map(b.shown.map(({ text }, i) => [text, i]));
      let last = -1;
      for (const { text } of a.shown) {
        const at = place.get(text);
        if (at === undefined) continue;
        if (at < last) fail(`${a.name} and ${b.name} show ${JSON.stringify(text)} in different places`);
        last = at;
      }
    }
  }
}
