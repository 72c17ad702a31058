/** A relay as an onion service, put together as main.ts does it, whose log can be waited for. */
import { systemClock } from '../clock.ts';
import { type Config, configOf } from '../config.ts';
import type { Log, LogEvent, LogFields } from '../log.ts';
import { type Relay, startRelay } from '../relay.ts';
import type { Onion, ProbePace } from '../tor/onion.ts';
import { notOnward } from '../tor/onward.ts';
import { type RelayTor, startOnion, startTor } from '../tor/start.ts';

export class OnionRelay {
  readonly config: Config;
  readonly events: [LogEvent, LogFields][] = [];
  readonly #pace: ProbePace | undefined;
  readonly #waiting = new Set<() => void>();
  relay!: Relay;
  tor!: RelayTor;
  onion!: Onion;

  constructor(settings: Record<string, unknown>, pace?: ProbePace) {
    this.#pace = pace;
    this.config = configOf({ port: 0, webRoot: 'none', ...settings });
  }

  async start(): Promise<this> {
    const log: Log = (event, fields = {}) => {
      this.events.push([event, fields]);
      for (const check of [...this.#waiting]) check();
    };
    this.tor = await startTor(this.config);
    this.relay = await startRelay(this.config, log, systemClock, async () => notOnward(this.tor.tor));
    this.tor.follow(log, this.relay.counters);
    this.onion = await startOnion(this.config, log, this.relay, this.tor, this.#pace);
    return this;
  }

  get host(): string {
    return this.onion.host!;
  }

  get pid(): number {
    return this.tor.own!.pid!;
  }

  /** The next event, after `from` of them, of this kind and with these fields. */
  async says(event: LogEvent, fields: LogFields = {}, from = 0): Promise<LogFields> {
    const found = () =>
      this.events
        .slice(from)
        .find(([said, told]) => said === event && Object.entries(fields).every(([name, value]) => told[name] === value));
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (found() === undefined) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
    return found()![1];
  }

  async reachable(from = 0): Promise<this> {
    await this.says('onion-reachable', {}, from);
    return this;
  }

  async close(): Promise<void> {
    await this.onion?.close();
    await this.relay?.close();
    await this.tor?.close();
  }
}

/** The key of a client in the letters that tor takes on its control port, from those of the key files. */
export function base64OfBase32(text: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = [...text.toLowerCase()].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))).toString('base64');
}
