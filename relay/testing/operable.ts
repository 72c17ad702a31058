/** A relay as the operator's side sees it, all of whose states a test can set; and a browser that keeps cookies. */
import { configOf } from '../config.ts';
import { openConsole } from '../console/console.ts';
import type { DaemonView, Operable, TorVerbs } from '../console/operable.ts';
import { type Gauges, gauges, newCounters } from '../metrics.ts';
import { noWebFiles } from '../web-files.ts';

export class FakeRelay implements Operable {
  readonly version = '0.0.0';
  readonly startedAt = 0;
  readonly origins = ['https://chat.example.org'];
  readonly counters = newCounters();
  readonly seen = Object.fromEntries(Object.keys(gauges).map((name) => [name, 0])) as Gauges;
  readonly list: DaemonView[] = [];
  readonly asked: string[] = [];
  certificate: number | null = null;
  onionView: ReturnType<Operable['onion']> = null;
  breached = 0;
  bridgesView: ReturnType<TorVerbs['bridges']> = null;
  refuse: Error | null = null;
  tor: Operable['tor'] = {
    daemons: () => this.list,
    breaches: () => this.breached,
    bridges: () => this.bridgesView,
    scale: (count) => this.#did(`scale ${count}`, undefined),
    rotateAll: () => this.#did('rotate all', 10_000),
    rotateDaemon: (id) => this.#did(`rotate ${id}`, 0),
    rotateKey: (onion) => this.asked.push(`rotate ${onion}`) > 0,
    restart: (id) => void this.asked.push(`restart ${id}`),
    dial: () => Promise.reject(new Error('no way')),
  };

  certificateUntil = (): number | null => this.certificate;
  gauges = (): Gauges => this.seen;
  onion = (): ReturnType<Operable['onion']> => this.onionView;
  gateway = (): null => null;

  #did<Value>(what: string, value: Value): Promise<Value> {
    if (this.refuse !== null) return Promise.reject(this.refuse);
    this.asked.push(what);
    return Promise.resolve(value);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests say themselves what they expect in it
  readonly body: any;
}

/** A console in this process, with a clock that tests move. */
export class ConsoleUnderTest {
  readonly relay = new FakeRelay();
  readonly clock = { now: Date.UTC(2026, 0, 1) };
  readonly #opened;
  port = 0;
  setupSecret = '';
  close: () => Promise<void> = () => Promise.resolve();

  constructor(settings: Readonly<Record<string, unknown>> = {}) {
    const config = configOf({ consolePort: 0, ...settings });
    this.#opened = openConsole({ config, files: noWebFiles, now: () => this.clock.now });
  }

  get settings() {
    return this.#opened.settings;
  }

  async start(): Promise<this> {
    const { port, setupSecret, close } = await this.#opened.start(this.relay, (error) => {
      throw error;
    });
    Object.assign(this, { port, setupSecret: setupSecret ?? '', close });
    return this;
  }

  browser(origin = `http://127.0.0.1:${this.port}`): Browser {
    return new Browser(origin);
  }

  /** A browser signed in as the owner, whom it makes where there is none. */
  async owner(): Promise<Browser> {
    const browser = this.browser();
    const { body } = await browser.post('/api/setup', { secret: this.setupSecret, name: 'olga', password: goodPassword });
    browser.csrf = body.csrf;
    return browser;
  }
}

export const goodPassword = 'seven odd lamps hum';

export class Browser {
  readonly #origin: string;
  readonly cookies = new Map<string, string>();
  csrf = '';
  headers: Record<string, string> = {};

  constructor(origin: string) {
    this.#origin = origin;
  }

  get = (path: string): Promise<Answer> => this.ask('GET', path);
  post = (path: string, body?: unknown): Promise<Answer> => this.ask('POST', path, body);
  put = (path: string, body?: unknown): Promise<Answer> => this.ask('PUT', path, body);
  patch = (path: string, body?: unknown): Promise<Answer> => this.ask('PATCH', path, body);
  delete = (path: string, body?: unknown): Promise<Answer> => this.ask('DELETE', path, body);

  async signIn(name: string, password: string, code?: string): Promise<Answer> {
    const answer = await this.post('/api/session', { name, password, ...(code === undefined ? {} : { code }) });
    if (answer.status === 200) this.csrf = answer.body.csrf;
    return answer;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(this.csrf === '' ? {} : { 'x-csrf': this.csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
    };
  }
}
