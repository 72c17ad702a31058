/**
 * A bare DevTools client over a pipe: starts Chromium, opens pages, calls functions in them. Playwright is not used for
 * measuring, because its tracing of the network ships every WebSocket frame to the client and changes what is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { addressBarPages, chromiumPath } from '../places.ts';

interface Reply {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: Record<string, unknown>): void;
  reject(error: Error): void;
}

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-quic',
  '--disable-sync',
  '--window-size=1280,800',
  // Only the page opened last is visible; without these the others would be throttled as hidden tabs.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

export interface LaunchOptions {
  /** Words before the command, to start it in a namespace. */
  readonly entry?: readonly string[];
  readonly args?: readonly string[];
  /** Features of Chromium to switch off. */
  readonly without?: readonly string[];
}

export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #received = '';

  constructor({ entry = [], args = [], without = [] }: LaunchOptions = {}) {
    this.#profile = mkdtempSync(join(tmpdir(), 'hushroom-bench-'));
    const [file, ...rest] = [
      ...entry,
      'setpriv',
      '--pdeathsig',
      'KILL',
      chromiumPath,
      ...flags,
      `--disable-features=${[...addressBarPages, ...without].join()}`,
      `--user-data-dir=${this.#profile}`,
      ...args,
    ];
    this.#process = spawn(file!, rest, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const output = this.#process.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    this.#process.once('close', () => this.#fail(new Error('Chromium ended')));
  }

  /** A person with an empty profile: nothing cached, nothing stored. */
  async visitor(): Promise<Visitor> {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    return new Visitor(this, browserContextId as string);
  }

  /** The one whose profile it is: what is stored lies on the disk, where other visitors' storage is in memory. */
  resident(): Visitor {
    return new Visitor(this, undefined);
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #receive(text: string): void {
    const messages = (this.#received + text).split('\0');
    this.#received = messages.pop()!;
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message) as Reply;
      const waiting = id === undefined ? undefined : this.#waiting.get(id);
      if (!waiting) continue;
      this.#waiting.delete(id!);
      if (error) waiting.reject(new Error(error.message));
      else waiting.resolve(result ?? {});
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** Seconds of CPU that all processes of this browser have used, by the kernel's account. */
  cpuSeconds(): number {
    const ticks = new Map<number, { parent: number; used: number }>();
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        // The second field, the name, may hold blanks; it ends at the last parenthesis.
        const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').pop()!.split(' ');
        ticks.set(Number(entry), { parent: Number(fields[1]), used: Number(fields[11]) + Number(fields[12]) });
      } catch {
        // The process ended while the list was read.
      }
    }
    const descends = (pid: number): boolean => pid === this.#process.pid || (ticks.has(pid) && descends(ticks.get(pid)!.parent));
    let sum = 0;
    for (const [pid, { used }] of ticks) if (descends(pid)) sum += used;
    return sum / 100;
  }

  async close(): Promise<void> {
    await this.send('Browser.close').catch(() => undefined);
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'close');
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Visitor {
  readonly #browser: Chromium;
  readonly #context: string | undefined;

  constructor(browser: Chromium, context: string | undefined) {
    this.#browser = browser;
    this.#context = context;
  }

  /** Opens `url` in a new page. `script` runs there before anything of the page's own. */
  async open(url: string, script: string): Promise<Page> {
    const { targetId } = await this.#browser.send('Target.createTarget', { url: 'about:blank', browserContextId: this.#context });
    const { sessionId } = await this.#browser.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this.#browser, targetId as string, sessionId as string);
    await page.send('Page.enable');
    await page.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: script });
    const { errorText } = await page.send('Page.navigate', { url });
    if (errorText) throw new Error(`${errorText} at ${url}`);
    return page;
  }

  async close(): Promise<void> {
    if (this.#context !== undefined) await this.#browser.send('Target.disposeBrowserContext', { browserContextId: this.#context });
  }
}

export class Page {
  readonly #browser: Chromium;
  readonly #target: string;
  readonly #session: string;

  constructor(browser: Chromium, target: string, session: string) {
    this.#browser = browser;
    this.#target = target;
    this.#session = session;
  }

  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Runs `code` in the page and gives what it resolves to. */
  async evaluate<T>(code: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression: code, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`in the page: ${JSON.stringify(exceptionDetails).slice(0, 500)}`);
    return (result as { value: T }).value;
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.closeTarget', { targetId: this.#target });
  }
}
