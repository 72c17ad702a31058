/**
 * WebKitGTK's MiniBrowser, driven over W3C WebDriver with `fetch`: Playwright's own WebKit is a download, this one is
 * the system's. It has no WebRTC, so a person in it is reached through the relay.
 */
import { execFileSync } from 'node:child_process';
import { freePort, Program } from './process.ts';

const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

export class WebKit {
  readonly #screen: Program;
  readonly #driver: Program;
  readonly #base: string;
  #session = '';

  private constructor(screen: Program, driver: Program, base: string) {
    this.#screen = screen;
    this.#driver = driver;
    this.#base = base;
  }

  static async open(): Promise<WebKit> {
    // Xvfb chooses a free display and prints its number to descriptor 1.
    const screen = new Program('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp']);
    const display = await screen.says(/^\d+$/);
    const port = await freePort();
    const driver = new Program('WebKitWebDriver', ['-p', String(port)], {
      env: { DISPLAY: `:${display}`, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
    });
    const webkit = new WebKit(screen, driver, `http://127.0.0.1:${port}`);
    await webkit.#answers();
    const binary = execFileSync('dpkg', ['-L', 'libwebkit2gtk-4.1-0'], { encoding: 'utf8' })
      .split('\n')
      .find((line) => line.endsWith('MiniBrowser'));
    const options = { binary, args: ['--automation'] };
    const { sessionId } = await webkit.#call('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    webkit.#session = `/session/${sessionId}`;
    return webkit;
  }

  async goto(url: string): Promise<void> {
    await this.#call('POST', `${this.#session}/url`, { url });
  }

  /** Value of a script's `return`. */
  async evaluate<T>(script: string, ...args: unknown[]): Promise<T> {
    return (await this.#call('POST', `${this.#session}/execute/sync`, { script, args })) as T;
  }

  /** Waits until the script returns something truthy, and returns it. */
  async until<T>(script: string, ...args: unknown[]): Promise<T> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const value = await this.evaluate<T>(script, ...args);
      if (value) return value;
      if (Date.now() > deadline)
        throw new Error(
          `in WebKit this stayed false: ${script} ${JSON.stringify(args)}\n${await this.evaluate('return document.body.innerText')}`,
        );
    }
  }

  /** Clicks the visible button of that name. */
  async click(name: string): Promise<void> {
    const button = await this.until<Record<string, string>>(`${finders} return named('button', arguments[0])`, name);
    await this.#call('POST', `${this.#session}/element/${button[elementKey]}/click`, {});
  }

  /** Types with real keys into the textbox of that name. */
  async type(name: string, text: string): Promise<void> {
    const box = await this.until<Record<string, string>>(`${finders} return named('input, textarea', arguments[0])`, name);
    await this.#call('POST', `${this.#session}/element/${box[elementKey]}/value`, { text });
  }

  async sees(text: string): Promise<void> {
    await this.until('return document.body.innerText.includes(arguments[0])', text);
  }

  async close(): Promise<void> {
    if (this.#session !== '') await this.#call('DELETE', this.#session);
    await this.#driver.end('SIGTERM');
    await this.#screen.end('SIGTERM');
  }

  async #answers(): Promise<void> {
    for (let deadline = Date.now() + 10_000; ; ) {
      try {
        await fetch(`${this.#base}/status`);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: WebDriver answers differ by command
  async #call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await fetch(this.#base + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const { value } = (await answer.json()) as { value: { error?: string; message?: string } };
    if (value?.error !== undefined) throw new Error(`WebDriver ${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

/** Finds a visible element by the name a person would read: its label, `aria-label` or text. */
const finders = `
  const nameOf = (element) => (element.getAttribute('aria-label')
    ?? (element.labels?.length ? element.labels[0].textContent : element.textContent)).trim();
  const named = (selector, name) => [...document.querySelectorAll(selector)]
    .find((element) => nameOf(element).startsWith(name) && element.offsetParent !== null && !element.disabled) ?? null;
`;
