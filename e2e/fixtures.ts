/** The fixtures of the stories: a relay, people who talk through it, and lines that can be cut. */
import { type Browser, type BrowserContextOptions, test as base, expect } from '@playwright/test';
import { Line } from './faults.ts';
import { Person } from './person.ts';
import { Relay, type RelaySettings } from './relay.ts';
import { TorNetwork } from './tornet/network.ts';

export { expect } from '@playwright/test';
export type { Person } from './person.ts';

export interface Seat {
  /** The browser they use; the project's own when nothing is said. */
  readonly browser?: Browser;
  /** Their own connection, which can be cut. */
  readonly line?: Line;
  readonly context?: BrowserContextOptions;
  /** Runs in the page before the program does. */
  readonly before?: () => void;
}

interface Fixtures {
  /** The worker's relay: rooms do not see each other, so stories share it unless they harm it. */
  relay: Relay;
  /** Starts a relay of the story's own. */
  startRelay: (settings?: RelaySettings) => Promise<Relay>;
  /** Starts relays of the story's own that name each other as fellows. */
  fellows: (count: number) => Promise<Relay[]>;
  person: (name: string, seat?: Seat) => Promise<Person>;
  line: () => Promise<Line>;
}

interface WorkerFixtures {
  sharedRelay: Relay;
  /** A private Tor network with two clients and a bridge, started by the first story of a worker that asks for it. */
  torNetwork: TorNetwork;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  sharedRelay: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
    async ({}, use) => {
      const relay = await Relay.start();
      await use(relay);
      await relay.stop();
    },
    { scope: 'worker' },
  ],

  torNetwork: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
    async ({}, use) => {
      const network = await TorNetwork.start({ clients: 2, bridges: 1 });
      await use(network);
      await network.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  relay: async ({ sharedRelay }, use, info) => {
    const before = sharedRelay.log.length;
    await use(sharedRelay);
    if (info.status !== info.expectedStatus) await info.attach('relay log', { body: sharedRelay.log.slice(before).join('\n') });
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
  startRelay: async ({}, use, info) => {
    const relays: Relay[] = [];
    await use(async (settings) => {
      const relay = await Relay.start(settings);
      relays.push(relay);
      return relay;
    });
    for (const relay of relays) {
      await relay.stop();
      if (info.status !== info.expectedStatus) await info.attach('relay log', { body: relay.log.join('\n') });
    }
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
  fellows: async ({}, use) => {
    const relays: Relay[] = [];
    await use(async (count) => {
      relays.push(...(await Relay.fellows(count)));
      return relays;
    });
    for (const relay of relays) await relay.stop();
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
  line: async ({}, use) => {
    const lines: Line[] = [];
    await use(async () => {
      const line = await Line.open();
      lines.push(line);
      return line;
    });
    for (const line of lines) await line.close();
  },

  person: async ({ browser, line: _ }, use, info) => {
    const people: Person[] = [];
    const browsers: Browser[] = [];
    await use(async (name, seat = {}) => {
      let theirs = seat.browser ?? browser;
      if (seat.line !== undefined) {
        theirs = await seat.line.browser();
        browsers.push(theirs);
      }
      const context = await theirs.newContext({ ...seat.context });
      if (seat.before !== undefined) await context.addInitScript(seat.before);
      const person = await Person.sits(name, context);
      people.push(person);
      return person;
    });
    if (info.status !== info.expectedStatus) {
      for (const person of people) await attachView(person, info);
    }
    const complaints = people.flatMap((person) => person.complaints.map((complaint) => `${person.name}: ${complaint}`));
    for (const person of people) await person.context.close();
    for (const own of browsers) await own.close();
    expect(complaints, 'what the pages complained about').toEqual([]);
  },
});

async function attachView(
  person: Person,
  info: { attach: (name: string, body: { body: string | Buffer; contentType: string }) => Promise<void> },
) {
  if (person.page.isClosed()) return;
  const view = await person.page.screenshot({ timeout: 5000 }).catch(() => undefined);
  if (view !== undefined) await info.attach(`${person.name}'s view`, { body: view, contentType: 'image/png' });
}
