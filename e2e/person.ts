/**
 * A person in a browser of their own, and the verbs of the stories. Everything is found as an assistive tool finds it:
 * by role and accessible name. What the page asks of the network and writes to the console is kept, because every
 * story ends by looking through it.
 */
import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test';

export interface Choices {
  readonly name: string;
  readonly rememberName?: boolean;
  readonly lifetime?: '5 minutes' | '1 hour' | '24 hours' | 'Until everyone has left';
  readonly relayOnly?: boolean;
  readonly password?: string;
  /** Newcomers have to be let in. */
  readonly approval?: boolean;
  /** A room without a host. */
  readonly hostless?: boolean;
}

export type Path = 'direct' | 'relayed' | 'turn' | 'through a member' | 'reconnecting';

/** What browsers themselves report as errors: a cut, and a header that they ignore on plain http. The page may not add any. */
const browserNoise = new RegExp(
  [
    'net::ERR_',
    'WebSocket connection to',
    'Failed to load resource',
    'An unknown error occurred when fetching the script', // the service worker's
    'can’t establish a connection',
    'was interrupted while the page was loading',
    'Cross-Origin-Opener-Policy header has been ignored',
  ].join('|'),
);

/** Of the sockets that a story swallows: the runner's own script stands between, and says `OPEN` a moment longer than the real one. */
const mockNoise = /^WebSocket is already in CLOSING or CLOSED state/;

export class Person {
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Messages sent over sockets so far. */
  framesSent = 0;
  /** Every address the page asked for. */
  readonly requests: string[] = [];
  /** Errors on the console, uncaught errors, violations of the content policy. */
  readonly complaints: string[] = [];

  private constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.context = context;
    this.page = page;
  }

  static async sits(name: string, context: BrowserContext): Promise<Person> {
    const person = new Person(name, context, await context.newPage());
    context.on('request', (request) => person.requests.push(request.url()));
    person.page.on('websocket', (socket) => {
      person.requests.push(socket.url());
      socket.on('framesent', () => person.framesSent++);
    });
    person.page.on('console', (message) => {
      if (message.type() !== 'error' || browserNoise.test(message.text())) return;
      const { url, lineNumber } = message.location();
      if (url === '' && mockNoise.test(message.text())) return;
      person.complaints.push(`${message.text()} (console, ${url}:${lineNumber})`);
    });
    // What the browser itself rejects with (a part that could not be fetched) has an empty stack.
    person.page.on('pageerror', (error) => person.complaints.push(error.stack || `${error.name}: ${error.message} (uncaught, no stack)`));
    return person;
  }

  // ------------------------------------------------------------ what a person finds on the page

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  textbox(name: string): Locator {
    return this.page.getByRole('textbox', { name });
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: 'Messages' });
  }

  get people(): Locator {
    return this.page.getByRole('list', { name: 'People' });
  }

  person(name: string): Locator {
    return this.people.getByRole('listitem').filter({ hasText: name });
  }

  /** Entries of the log that hold exactly this text. */
  message(text: string): Locator {
    return this.log.getByRole('article').filter({ has: this.page.getByText(text, { exact: true }) });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  // ------------------------------------------------------------ what a person does

  async opens(link: string): Promise<void> {
    await this.page.goto(link);
  }

  async createsRoom(choices: Choices): Promise<void> {
    await this.textbox('Your name').fill(choices.name);
    if (choices.rememberName) await this.page.getByRole('checkbox', { name: /^Remember my name/ }).check();
    if (choices.lifetime !== undefined) await this.page.getByText(choices.lifetime, { exact: true }).click();
    if (choices.relayOnly) await this.page.getByRole('radio', { name: /^Relay only/ }).check();
    if (choices.password !== undefined) {
      await this.page.getByText('Add a password').click();
      await this.textbox('Room password').fill(choices.password);
    }
    if (choices.approval || choices.hostless) await this.page.getByText('Who comes in, who decides').click();
    if (choices.approval) await this.page.getByRole('checkbox', { name: /^I let people in/ }).check();
    if (choices.hostless) await this.page.getByRole('checkbox', { name: /^I am the host/ }).uncheck();
    await this.button('Create room').click();
    await this.isInRoom();
  }

  /** The link, as the read-only textbox shows it and the copy button copies it. */
  async copiesInvite(): Promise<string> {
    await this.button('Copy invite link').click();
    return await this.textbox('Invite link').inputValue();
  }

  async joins(name: string, password?: string): Promise<void> {
    await this.asksToJoin(name, password);
    await this.isInRoom();
  }

  async asksToJoin(name: string, password?: string): Promise<void> {
    await this.textbox('Your name').fill(name);
    if (password !== undefined) await this.textbox('Room password').fill(password);
    await this.button('Join room').click();
  }

  async says(text: string): Promise<void> {
    await this.textbox('Message').fill(text);
    await this.button('Send').click();
  }

  async verifies(name: string): Promise<void> {
    await this.opensPeople();
    await this.person(name).getByRole('button', { name: 'Verify' }).click();
  }

  /** The sheet about the room itself. */
  async opensRoomSheet(): Promise<void> {
    await this.opensPeople();
    await this.button('Room').click();
    await expect(this.page.getByRole('heading', { name: 'Room', level: 2 })).toBeVisible();
  }

  /** What can be done about one person. */
  async opensAbout(name: string): Promise<void> {
    await this.opensPeople();
    await this.button(`More about ${name}`).click();
    await expect(this.dialog).toBeVisible();
  }

  /** On a phone the people are behind a button; beside the log there is no place for them. */
  async opensPeople(): Promise<void> {
    const button = this.page.getByRole('button', { name: /^\d+ (person|people)$/ });
    // Beside the log on a wide screen, behind a button on a narrow one: one of the two is there as soon as the room is. A list with
    // nobody on it has no height, and so is never "visible".
    await expect(button.or(this.people).first()).toBeAttached();
    if ((await button.isVisible()) && !(await this.dialog.isVisible())) await button.click();
    await expect(this.people).toBeAttached();
  }

  async closesPanel(): Promise<void> {
    if (await this.dialog.isVisible()) await this.page.keyboard.press('Escape');
    await expect(this.dialog).toHaveCount(0);
  }

  async theyMatch(): Promise<void> {
    await this.button('They match').click();
  }

  async leaves(): Promise<void> {
    await this.button('Leave room').click();
  }

  async forgets(): Promise<void> {
    await this.button('Forget everything').click();
  }

  // ------------------------------------------------------------ what a person sees

  async isInRoom(): Promise<void> {
    await expect(this.textbox('Message')).toBeVisible();
  }

  /** The tab is closed, or where the browser does not let a page close itself, empty. */
  async isGone(): Promise<void> {
    await expect.poll(() => this.page.isClosed() || this.page.url() === 'about:blank').toBe(true);
  }

  /** The message is there once, and only once. */
  async sees(text: string, timeout = 15_000): Promise<void> {
    await expect(this.message(text)).toHaveCount(1, { timeout });
  }

  async seesUndelivered(text: string): Promise<void> {
    await expect(this.message(text)).toContainText(/sending|waiting|^((?!delivered).)*sent/i);
  }

  async doesNotSee(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(0);
  }

  async seesDelivered(text: string, timeout = 15_000): Promise<void> {
    await expect(this.message(text)).toContainText('Delivered to all', { timeout });
  }

  async seesWaiting(text: string): Promise<void> {
    await expect(this.message(text)).toContainText(/sending|waiting/i);
  }

  async seesPeople(paths: Readonly<Record<string, Path | RegExp>>, timeout = 20_000): Promise<void> {
    await this.opensPeople();
    for (const [name, path] of Object.entries(paths)) await this.seesOf(name, path, timeout);
    await this.closesPanel();
  }

  /** With the people in view: what stands beside a name. */
  async seesOf(name: string, words: string | RegExp, timeout = 20_000): Promise<void> {
    await expect(this.person(name)).toContainText(words instanceof RegExp ? words : new RegExp(words, 'i'), { timeout });
  }

  async seesNobodyCalled(name: string): Promise<void> {
    await this.opensPeople();
    await expect(this.person(name)).toHaveCount(0);
    await this.closesPanel();
  }

  /** Texts of the log from top to bottom, of those asked about. None may look like a name with its tag ("Ann 1"). */
  async order(texts: readonly string[]): Promise<string[]> {
    const shown = (await this.log.textContent()) ?? '';
    return texts.toSorted((a, b) => shown.indexOf(a) - shown.indexOf(b));
  }
}
