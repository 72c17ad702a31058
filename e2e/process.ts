/**
 * A process of a story: its output is kept line by line, one can wait for a line, and it ends with its test.
 * `setpriv --pdeathsig` ties it to this process, so that it ends even when the run is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Launch {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the command, to start it in a namespace. */
  readonly entry?: readonly string[];
  /** Signals go to all that it started, as Ctrl+C in a terminal does: npm passes nothing on. */
  readonly group?: boolean;
}

export class Program {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly #group: boolean;
  #ended = false;

  constructor(file: string, args: readonly string[], launch: Launch = {}) {
    const [first, ...rest] = [...(launch.entry ?? []), 'setpriv', '--pdeathsig', 'KILL', file, ...args];
    this.#child = spawn(first!, rest, {
      cwd: launch.cwd,
      env: { ...process.env, ...launch.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: launch.group === true,
    });
    this.#group = launch.group === true;
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#tell();
      });
    }
    this.#child.once('close', () => {
      this.#ended = true;
      this.#tell();
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /** Resolves with the first line, from line `from` on, that matches; rejects with the output if the process ends or `ms` pass before it. */
  async says(pattern: RegExp, ms = 60_000, from = 0): Promise<string> {
    const found = () => this.lines.slice(from).find((line) => pattern.test(line));
    await this.#until(() => found() !== undefined || this.#ended, ms, `the line ${pattern}`);
    const line = found();
    if (line === undefined) throw new Error(`the process ended (${this.#child.exitCode}) without the line ${pattern}:\n${this.output}`);
    return line;
  }

  /** Exit code, or the signal's name. */
  async ends(ms = 30_000): Promise<number | string> {
    await this.#until(() => this.#ended, ms, 'its end');
    return this.#child.exitCode ?? this.#child.signalCode!;
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#ended) return;
    try {
      process.kill(this.#group ? -this.pid : this.pid, signal);
    } catch (error) {
      // It ended by itself, and that has not been told yet.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await (this.#ended ? undefined : once(this.#child, 'close'));
  }

  async #until(done: () => boolean, ms: number, what: string): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!done()) return;
        stop();
        resolve();
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`waited ${ms} ms for ${what}; the process said:\n${this.output}`));
      }, ms);
      const stop = () => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
    });
  }

  #tell(): void {
    for (const check of [...this.#waiting]) check();
  }
}

/** A TCP port of this network that nothing listens on. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
