/**
 * A tor of the relay's own: started, watched, started again when it ends, and ended with the relay.
 *
 *  - Its folder stays as it is from run to run: its guards live there, and the key of the onion.
 *  - It is started again only when its process has ended, or has not answered three times. A bootstrap that stalls is told and left
 *    alone: starting again would throw away what it has got so far, for ever.
 *  - A broken control connection is made again; the onion does not notice. A second connection that says nothing owns tor (TAKEOWNERSHIP),
 *    so that tor ends with the relay even when that is killed.
 */
import type { ChildProcess } from 'node:child_process';
import { Backoff, endlessPace, type Pace, torPace } from './backoff.ts';
import { Control } from './control.ts';
import { TorError } from './errors.ts';
import { closeTorFolder, complaintsIn, openTorFolder, spawnTor, sweepTorFolder, tryTorrc, writeTorrc } from './launch.ts';
import type { SocksPlace, Tor, TorListener, TorState } from './tor.ts';
import { baseLines, type TorFolder } from './torrc.ts';
import { Watchers } from './watchers.ts';

export interface OwnTorOptions {
  /** This tor's own folder; made where it is missing. */
  readonly folder: string;
  /** The program. */
  readonly program: string;
  /** Behind `SocksPort unix:...`. */
  readonly socksFlags?: readonly string[];
  /** Further lines of its configuration, asked for at each start and reload. */
  readonly lines?: (places: TorFolder) => readonly string[];
  readonly pace?: Pace;
  /** How long tor may take for an answer; three times longer without one, and it is killed. */
  readonly answerMs?: number;
  readonly heartbeatMs?: number;
}

/** How long a tor that was just started may take to open its control socket before that is told. */
const openMs = 15_000;
const stopMs = 5000;
const endedSoonMs = 50;
const lastWordsMs = 500;
const silences = 3;

export class OwnTor implements Tor {
  readonly folder: TorFolder;
  /** How often it was started after it had ended. */
  restarts = 0;
  readonly #options: OwnTorOptions;
  readonly #watchers = new Watchers();
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #child: ChildProcess | undefined;
  #living: Promise<void> = Promise.resolve();
  /** The file has changed since tor last read it. */
  #isReloadDue = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: OwnTorOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.pace ?? torPace);
    this.folder = openTorFolder(options.folder);
  }

  /** Starts it; resolves when its process runs. Throws `TorError` where a person has to change something first. */
  static async start(options: OwnTorOptions): Promise<OwnTor> {
    const tor = new OwnTor(options);
    await tor.#configure();
    tor.#living = tor.#live();
    return tor;
  }

  get state(): TorState {
    return this.#watchers.state;
  }

  get control(): Control | null {
    return this.#watchers.control;
  }

  get socks(): SocksPlace {
    return { path: this.folder.socks };
  }

  get exits(): SocksPlace {
    return { path: this.folder.exits };
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  watch(listener: TorListener): () => void {
    return this.#watchers.add(listener);
  }

  /** Lets tor read its configuration again, with the lines as they are now. Throws `TorError` where tor does not accept them. */
  async reload(): Promise<void> {
    await this.#configure();
    this.#isReloadDue = true;
    await this.#reloadIfDue();
  }

  /** Whether tor would accept these lines after its first ones. Throws `TorError` where not; nothing changes. */
  async accepts(lines: readonly string[]): Promise<void> {
    const { program, socksFlags = [] } = this.#options;
    await tryTorrc(program, this.folder, [...baseLines(this.folder, socksFlags, process.pid), ...lines]);
  }

  /** Ends the process, for it to be started again; there is no other haste in that than the backoff's. */
  restart(why: TorError): void {
    this.#watchers.complain(why);
    this.#child?.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const child = this.#child;
    child?.kill('SIGTERM');
    const patience = setTimeout(() => child?.kill('SIGKILL'), stopMs);
    await this.#living;
    clearTimeout(patience);
    closeTorFolder(this.folder);
    this.#watchers.turn({ name: 'stopped' });
  }

  // ---------------------------------------------------------------- lives

  async #live(): Promise<void> {
    const { signal } = this.#closing;
    const { steadyMs } = this.#options.pace ?? torPace;
    while (!signal.aborted) {
      const from = performance.now();
      const trouble = await this.#oneLife().catch(asTorError);
      if (signal.aborted) return;
      if (performance.now() - from > steadyMs) this.#backoff.succeeded();
      const waitMs = this.#backoff.failed();
      this.#watchers.turn({ name: 'failing', trouble });
      if (this.#backoff.isOpen) this.#watchers.complain(new TorError('tor-gives-up'));
      await pause(waitMs, signal);
      if (signal.aborted) return;
      this.restarts++;
      await this.#configure().catch((error: unknown) => this.#watchers.complain(asTorError(error)));
    }
  }

  /** From start to end; resolves to why it ended. */
  async #oneLife(): Promise<TorError> {
    this.#watchers.turn({ name: 'starting' });
    sweepTorFolder(this.folder);
    this.#isReloadDue = false;
    const child = spawnTor(this.#options.program, this.folder);
    this.#child = child;
    const ended = new AbortController();
    const words = this.#overhear(child);
    const end = new Promise<TorError>((resolve) => {
      child.once('error', (cause: NodeJS.ErrnoException) => resolve(new TorError('no-tor', cause.code ?? '', { cause })));
      // What it said last comes with `close`; where it was a script around tor, that comes only when the owner has let go.
      child.once('exit', (code, signal) => {
        const tell = (): void => resolve(endOf(signal ?? code, words()));
        child.once('close', tell);
        setTimeout(tell, lastWordsMs);
      });
    });
    const controlling = this.#keepControl(child, ended.signal);
    const trouble = await end;
    ended.abort();
    this.#child = undefined;
    await controlling;
    return trouble;
  }

  /** What tor says of its own accord: a full disk is told at once, and the last complaints when it ends. */
  #overhear(child: ChildProcess): () => string {
    let last = '';
    child.stderr?.resume();
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      last = (last + text).slice(-8000);
      if (/No space left on device/.test(text)) this.#watchers.complain(new TorError('disk-full'));
    });
    return () => complaintsIn(last);
  }

  /** One after the other, since all of them write the same file. */
  #configure(): Promise<void> {
    const { program, socksFlags = [], lines } = this.#options;
    const write = (): Promise<void> =>
      writeTorrc(program, this.folder, [...baseLines(this.folder, socksFlags, process.pid), ...(lines?.(this.folder) ?? [])]);
    const writing = this.#writing.then(write, write);
    this.#writing = writing;
    return writing;
  }

  async #reloadIfDue(): Promise<void> {
    const { control } = this;
    if (!this.#isReloadDue || control === null) return;
    this.#isReloadDue = false;
    await control.signal('RELOAD');
  }

  // ---------------------------------------------------------------- control

  /** Connects, and connects again, until the process has ended. */
  async #keepControl(child: ChildProcess, ended: AbortSignal): Promise<void> {
    const openBy = performance.now() + openMs;
    const backoff = new Backoff(endlessPace);
    const owner = new Owner();
    let wasConnected = false;
    let silent = 0;
    while (!ended.aborted) {
      const trouble = await this.#controlOnce(ended, owner, () => {
        wasConnected = true;
        silent = 0;
        backoff.succeeded();
      }).catch(asTorError);
      // A tor that ends closes its connections first: then its end is the news.
      await pause(endedSoonMs, ended);
      if (ended.aborted) break;
      silent = trouble.code === 'control-silent' ? silent + 1 : 0;
      if (silent === silences) child.kill('SIGKILL');
      const isComing = !wasConnected && performance.now() < openBy;
      if (!isComing) this.#watchers.complain(trouble);
      await pause(isComing ? 0 : backoff.failed(), ended);
    }
    owner.close();
  }

  /** One connection, from its beginning to its end; resolves to why it ended. */
  async #controlOnce(ended: AbortSignal, owner: Owner, isUp: () => void): Promise<TorError> {
    const { answerMs = 10_000, heartbeatMs = 60_000 } = this.#options;
    const open = (): Promise<Control> => Control.open({ path: this.folder.control }, { cookieFile: this.folder.cookie }, { answerMs });
    const control = await open();
    const heart = setInterval(() => void control.info('version').catch(() => {}), heartbeatMs);
    const end = (): void => control.close();
    ended.addEventListener('abort', end, { once: true });
    try {
      await owner.take(open);
      await this.#watchers.connected(control);
      isUp();
      await this.#reloadIfDue();
      return await control.closed;
    } finally {
      clearInterval(heart);
      ended.removeEventListener('abort', end);
      control.close();
      this.#watchers.disconnected(control);
    }
  }
}

/** The connection whose end is tor's end. It stays while others break. */
class Owner {
  #connection: Control | undefined;

  async take(open: () => Promise<Control>): Promise<void> {
    if (this.#connection !== undefined) return;
    const connection = await open();
    await connection.ask('TAKEOWNERSHIP');
    this.#connection = connection;
  }

  close(): void {
    this.#connection?.close();
  }
}

function endOf(how: string | number | null, words: string): TorError {
  return /No space left/.test(words)
    ? new TorError('disk-full')
    : new TorError('tor-ended', [how, words].filter((part) => part !== '').join(': '));
}

export function asTorError(error: unknown): TorError {
  if (error instanceof TorError) return error;
  throw error;
}

/** Waits, unless the signal comes first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
