/** A real redis-server for tests: nothing kept, a port of its own, with TLS alone where it has a certificate, killed and started again at will. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../e2e/process.ts';

export class TestRedis {
  readonly port: number;
  readonly url: string;
  readonly #args: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'hushroom-redis-'));
  #server: ChildProcess | undefined;

  private constructor(port: number, scheme: 'redis' | 'rediss', args: readonly string[]) {
    this.port = port;
    this.url = `${scheme}://127.0.0.1:${port}`;
    this.#args = args;
  }

  static async start(...args: readonly string[]): Promise<TestRedis> {
    const port = await freePort();
    return await TestRedis.#started(new TestRedis(port, 'redis', ['--port', String(port), ...args]));
  }

  /** One that speaks TLS and nothing else; `cert` and `key` are paths. */
  static async startWithTls(cert: string, key: string, ...args: readonly string[]): Promise<TestRedis> {
    const port = await freePort();
    const tls = ['--port', '0', '--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    return await TestRedis.#started(new TestRedis(port, 'rediss', [...tls, ...args]));
  }

  static async #started(redis: TestRedis): Promise<TestRedis> {
    await redis.start();
    return redis;
  }

  async start(): Promise<void> {
    const args = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder, ...this.#args];
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    for await (const line of createInterface({ input: server.stdout })) if (line.includes('Ready to accept connections')) break;
    server.stdout.resume();
  }

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
