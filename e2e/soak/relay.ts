/** The built relay as a process of its own, and what can be seen of it from outside: its memory after a collection, its descriptors, its metrics. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { sleep } from '../bench/wait.ts';
import { checkout, here } from '../places.ts';

/** One address brings them all, and seats of pages that closed without a word are to end within the soak. */
const settings = [
  '--web-root=none',
  '--host=127.0.0.1',
  '--port=0',
  '--grace-seconds=40',
  '--connections-per-address=100000',
  '--connects-per-second-per-address=10000',
];

const answersWithinMs = 60_000;

export class SoakedRelay {
  readonly origin: string;
  readonly log: string[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, origin: string, log: string[]) {
    this.#child = child;
    this.origin = origin;
    this.log = log;
  }

  static async start(): Promise<SoakedRelay> {
    const node = [process.execPath, '--expose-gc', '--import', here('soak/gauge.ts'), checkout('dist/relay/main.js'), ...settings];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...node], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const lines = createInterface({ input: child.stdout! });
    const log: string[] = [];
    lines.on('line', (line) => log.push(line));
    while (!log.some((line) => line.includes('"listening"'))) await once(lines, 'line');
    const { port } = JSON.parse(log.find((line) => line.includes('"listening"'))!) as { port: number };
    return new SoakedRelay(child, `http://localhost:${port}`, log);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** After a collection. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    this.#child.send('look');
    const [memory] = (await once(this.#child, 'message')) as [NodeJS.MemoryUsage];
    return memory;
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  async metrics(): Promise<(name: string) => number> {
    const text = await this.#metricsText();
    return (name) => {
      const value = new RegExp(`^hushroom_${name} (.*)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new TypeError(`the relay has no metric ${name}`);
      return Number(value);
    };
  }

  /** Beside browsers a request can take longer than its limits allow (of the relay, and of `fetch`): then it is asked again. */
  async #metricsText(): Promise<string> {
    for (const end = Date.now() + answersWithinMs; ; ) {
      try {
        const response = await fetch(`${this.origin}/metrics`, { headers: { connection: 'close' } });
        if (response.ok) return await response.text();
        throw new Error(`the relay answers ${response.status} to whom asks for its metrics`);
      } catch (error) {
        if (!this.running || Date.now() > end) throw error;
        await sleep(1000);
      }
    }
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    if (this.running) await once(this.#child, 'close');
    return this.#child.exitCode;
  }
}
