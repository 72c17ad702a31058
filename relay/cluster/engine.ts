/**
 * The way to the engine: one connection for what is asked, one for the process's own channel. They live and die together: where either breaks, or
 * an answer takes too long, both are dropped and dialled afresh under a new name, with growing pauses. So whoever uses this knows two
 * states, up and down, and nothing in between; what was under way when it went down may or may not have happened.
 *
 * The client's own reconnecting is off: it would send again what it had queued, behind our back and in another order than the records.
 */
import { createHash, randomBytes } from 'node:crypto';
import { ConnectionTimeoutError, createClient } from '@redis/client';
import { type ScriptName, scripts } from './scripts.ts';

export interface EngineListener {
  /** From now on `run` works, under a new name; `before` was the last one. */
  up(before: string | null): void;
  /** Told once for each `up`, and once where the first dial fails. */
  down(why: string): void;
  /** One message of the channel. */
  message(bytes: Buffer): void;
}

export type Argument = string | Buffer;

const firstPauseMs = 250;
const longestPauseMs = 5000;
const dialMs = 5000;
/** An engine that takes longer than this to answer is gone. */
const answerMs = 3000;

const shaOf = Object.fromEntries(Object.entries(scripts).map(([name, lua]) => [name, createHash('sha1').update(lua).digest('hex')]));

type Client = ReturnType<typeof createClient>;

interface Line {
  readonly self: string;
  readonly ask: Client;
  readonly hear: Client;
}

export class Engine {
  readonly #url: string;
  readonly #listener: EngineListener;
  #line: Line | null = null;
  #before: string | null = null;
  #pauseMs = firstPauseMs;
  #isTold = false;
  #isClosed = false;
  #again: NodeJS.Timeout | undefined;

  constructor(url: string, listener: EngineListener) {
    this.#url = url;
    this.#listener = listener;
  }

  get isUp(): boolean {
    return this.#line !== null;
  }

  /** Under which name this process is known while it is up. */
  get self(): string {
    return this.#line?.self ?? '';
  }

  /** Resolves when the first dial has succeeded or failed; it goes on trying by itself. */
  async start(): Promise<void> {
    await this.#dial();
  }

  /** Throws, by rejecting, when the engine has gone down; then nobody knows whether it was done. */
  async run(script: ScriptName, args: readonly Argument[]): Promise<unknown> {
    const line = this.#line;
    if (line === null) throw new Error('the engine is down');
    const late = setTimeout(() => this.#drop(line, 'no answer'), answerMs);
    try {
      return await line.ask.sendCommand(['EVALSHA', shaOf[script] as string, '0', ...args]);
    } catch (error) {
      // It forgot its scripts (restarted), has no memory left, or is read-only: of no use before it has been dialled again.
      this.#drop(line, wordOf(error));
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    const line = this.#line;
    this.#line = null;
    if (line !== null) await line.ask.sendCommand(['ZADD', 'hushroom:processes', 'XX', '0', line.self]).catch(() => undefined);
    if (line !== null) hangUp(line);
  }

  async #dial(): Promise<void> {
    const self = randomBytes(8).toString('hex');
    const dialled = (): Client =>
      createClient({
        url: this.#url,
        disableOfflineQueue: true,
        socket: { reconnectStrategy: false, connectTimeout: dialMs, noDelay: true },
      });
    const line: Line = { self, ask: dialled(), hear: dialled() };
    let why = '';
    for (const client of [line.ask, line.hear]) {
      client.on('error', (error: unknown) => this.#drop(line, wordOf(error)));
      client.on('end', () => this.#drop(line, 'closed'));
    }
    try {
      await Promise.all([line.ask.connect(), line.hear.connect()]);
      await line.hear.subscribe(`hushroom:to:${self}`, (bytes: Buffer) => this.#line === line && this.#listener.message(bytes), true);
      for (const lua of Object.values(scripts)) await line.ask.sendCommand(['SCRIPT', 'LOAD', lua]);
    } catch (error) {
      why = wordOf(error);
    }
    if (why === '' && !this.#isClosed && line.ask.isReady && line.hear.isReady) {
      this.#line = line;
      this.#isTold = false;
      this.#pauseMs = firstPauseMs;
      const before = this.#before;
      this.#before = self;
      this.#listener.up(before);
      return;
    }
    hangUp(line);
    this.#tell(why);
    this.#dialAgain();
  }

  #drop(line: Line, why: string): void {
    if (this.#line !== line) return;
    this.#line = null;
    hangUp(line);
    this.#tell(why);
    this.#dialAgain();
  }

  #tell(why: string): void {
    if (this.#isTold || this.#isClosed) return;
    this.#isTold = true;
    this.#listener.down(why);
  }

  #dialAgain(): void {
    if (this.#isClosed) return;
    // Not all processes at once.
    const waitMs = this.#pauseMs * (0.75 + Math.random() / 2);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    this.#again = setTimeout(() => void this.#dial(), waitMs);
  }
}

function hangUp({ ask, hear }: Line): void {
  for (const client of [ask, hear]) if (client.isOpen) client.destroy();
}

/** A word for the log: an error's code, or the first word of what the engine said, which has no place for secrets or names. */
function wordOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  // As from a server that waits for more: TLS was spoken to one that has none.
  if (error instanceof ConnectionTimeoutError) return 'ETIMEDOUT';
  return /^[A-Z]{3,20}\b/.exec(String(message))?.[0] ?? (error instanceof Error ? error.name : 'unknown');
}
