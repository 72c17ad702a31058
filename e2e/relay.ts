/** The relay of a story: the real program, on a port of its own, killed and started again at will. */

import type { Line } from './faults.ts';
import type { Namespace } from './namespace.ts';
import { checkout } from './places.ts';
import { freePort, Program } from './process.ts';

export interface RelaySettings {
  /** Host under which people dial it who are not on this machine; the suite's own address unless said otherwise. */
  readonly host?: string;
  readonly namespace?: Namespace;
  /** Another build than the checkout's. */
  readonly program?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export class Relay {
  readonly port: number;
  readonly url: string;
  readonly #settings: RelaySettings;
  #program: Program | undefined;
  /** What earlier lives said. */
  #said: string[] = [];

  private constructor(port: number, settings: RelaySettings) {
    this.port = port;
    this.url = `http://localhost:${port}`;
    this.#settings = settings;
  }

  static async start(settings: RelaySettings = {}): Promise<Relay> {
    const relay = new Relay(await freePort(), settings);
    await relay.start();
    return relay;
  }

  /** Relays that name each other as fellows. */
  static async fellows(count: number): Promise<Relay[]> {
    const ports: number[] = [];
    while (ports.length < count) ports.push(await freePort());
    const settings = (own: number) => ({
      HUSHROOM_FELLOWS: ports
        .filter((port) => port !== own)
        .map((port) => `http://localhost:${port}`)
        .join(),
    });
    const relays = ports.map((port) => new Relay(port, { settings: settings(port) }));
    for (const relay of relays) await relay.start();
    return relays;
  }

  async start(): Promise<void> {
    this.#program = new Program(process.execPath, [this.#settings.program ?? checkout('dist/relay/main.js')], {
      ...(this.#settings.namespace === undefined ? {} : { entry: this.#settings.namespace.entry }),
      env: {
        HUSHROOM_PORT: String(this.port),
        HUSHROOM_HOST: '0.0.0.0',
        HUSHROOM_ORIGINS: `${this.url},${this.#farUrl}`,
        ...this.#settings.settings,
      },
    });
    await this.#program.says(/listening/);
  }

  get #farUrl(): string {
    return `http://${this.#settings.host ?? '10.99.0.1'}:${this.port}`;
  }

  /** Where somebody in that seat finds the relay, or an invite of it. */
  address(seat: { readonly line?: Line } = {}, link: string = this.url): string {
    return seat.line === undefined ? link : link.replace(this.url, this.#farUrl);
  }

  /** The first line of its log that matches. */
  async says(pattern: RegExp, ms?: number): Promise<string> {
    if (this.#program === undefined) throw new TypeError('a relay that does not run says nothing');
    return await this.#program.says(pattern, ms);
  }

  get log(): readonly string[] {
    return [...this.#said, ...(this.#program?.lines ?? [])];
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As an operator does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#program?.end(signal);
    this.#said.push(...(this.#program?.lines ?? []));
    this.#program = undefined;
  }
}
