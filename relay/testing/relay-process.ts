/** The relay as a program of its own, for what only a process can show: being killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

export class RelayProcess {
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.pid = child.pid as number;
  }

  static async start(flags: readonly string[], main = program): Promise<RelayProcess> {
    const args = [main, '--web-root=none', '--host=127.0.0.1', '--port=0', '--drain-seconds=0', ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { event: string; port?: number };
      if (said.event !== 'listening') continue;
      child.stdout.resume();
      return new RelayProcess(child, said.port as number);
    }
    throw new Error('the relay ended without listening');
  }

  /** As a power cut does. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, 'exit');
  }
}
