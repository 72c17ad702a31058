/**
 * One authenticated control connection to a tor (control-spec): commands, their replies in order, and events to who listens. It does not come
 * back by itself; `closed` tells why it ended, and process.ts decides when to try again.
 *
 * SAFECOOKIE (control-spec 3.24) is the way in wherever there is a cookie: both sides prove that they know it, so that the
 * cookie never goes to something that only pretends to be tor. The bare COOKIE method is not used for that reason.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { TorError } from './errors.ts';
import { quoted, type Reply, ReplyReader, type Sentence, sentence } from './reply.ts';

/** Where a control port or socket is. */
export type ControlPlace = { readonly path: string } | { readonly host: string; readonly port: number };

/** `9051`, `127.0.0.1:9051`, `unix:/run/tor/control` or `/run/tor/control`; undefined where it is none of them. */
export function controlPlace(text: string): ControlPlace | undefined {
  const path = text.replace(/^unix:/, '');
  if (path.startsWith('/')) return { path };
  const [, host = '127.0.0.1', digits] = /^(?:(?:\[?([^\s[\]]+?)\]?):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return digits !== undefined && port > 0 && port < 65_536 ? { host, port } : undefined;
}

export interface ControlAuth {
  /** Where the cookie is; else where tor says it is. */
  readonly cookieFile?: string;
  readonly password?: string;
}

/** `words[0]` is the name: CIRC, STREAM, STATUS_CLIENT, HS_DESC, BW... `data` is for those that bring lines along. */
export interface ControlEvent extends Sentence {
  readonly name: string;
  readonly data: string | null;
}

export type EventListener = (event: ControlEvent) => void;

interface Waiting {
  readonly command: string;
  readonly answer: (reply: Reply) => void;
  readonly fail: (error: TorError) => void;
  readonly timer: NodeJS.Timeout;
}

export interface ControlOptions {
  /** How long tor may take for an answer. */
  readonly answerMs?: number;
}

export class Control {
  /** Resolves with the reason when the connection has ended. */
  readonly closed: Promise<TorError>;
  readonly #socket: Socket;
  readonly #answerMs: number;
  readonly #reader = new ReplyReader();
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Map<string, Set<EventListener>>();
  #ended: TorError | undefined;
  #end!: (reason: TorError) => void;

  private constructor(socket: Socket, { answerMs = 30_000 }: ControlOptions) {
    this.#socket = socket;
    this.#answerMs = answerMs;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', () => {});
    socket.on('close', () => this.#close(new TorError('control-closed')));
  }

  /** Connects and authenticates. Throws `TorError`. */
  static async open(place: ControlPlace, auth: ControlAuth = {}, options: ControlOptions = {}): Promise<Control> {
    const control = new Control(await dial(place), options);
    try {
      await authenticate(control, auth);
      return control;
    } catch (error) {
      control.close();
      throw error;
    }
  }

  /** Sends one command; resolves to tor's reply where that is 2xx. Throws `TorError`: `refused` with tor's own words, or why there is none. */
  ask(command: string): Promise<Reply> {
    if (/[\r\n]/.test(command)) throw new RangeError('a command to tor must be one line');
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((answer, fail) => {
      const timer = setTimeout(() => this.#close(new TorError('control-silent')), this.#answerMs);
      this.#waiting.push({ command, answer, fail, timer });
      this.#socket.write(`${command}\r\n`, 'latin1');
    });
  }

  /** One value of GETINFO. */
  async info(key: string): Promise<string> {
    const { lines } = await this.ask(`GETINFO ${key}`);
    const { text, data } = lines[0]!;
    if (!text.startsWith(`${key}=`)) throw new TorError('control-garbled');
    return data ?? text.slice(key.length + 1);
  }

  /** All values of one configuration option; none where it has its default. */
  async conf(option: string): Promise<string[]> {
    const { lines } = await this.ask(`GETCONF ${option}`);
    return lines.flatMap(({ text }) => (text.includes('=') ? [unquoted(text.slice(text.indexOf('=') + 1))] : []));
  }

  /** Sets options all at once or not at all; of an option that is given twice, both values count. null is the default. */
  async setConf(options: readonly (readonly [name: string, value: string | null])[]): Promise<void> {
    await this.ask(['SETCONF', ...options.map(([name, value]) => (value === null ? name : `${name}=${quoted(value)}`))].join(' '));
  }

  /** `NEWNYM`, `RELOAD`, `SHUTDOWN`... */
  async signal(name: string): Promise<void> {
    await this.ask(`SIGNAL ${name}`);
  }

  /** Tells `listener` of every event of these kinds from when this resolves; the function it resolves to ends that. */
  async listen(names: readonly string[], listener: EventListener): Promise<() => Promise<void>> {
    for (const name of names) {
      const those = this.#listeners.get(name) ?? new Set();
      this.#listeners.set(name, those.add(listener));
    }
    const leave = (): void => {
      for (const name of names) {
        this.#listeners.get(name)?.delete(listener);
        if (this.#listeners.get(name)?.size === 0) this.#listeners.delete(name);
      }
    };
    const stop = async (): Promise<void> => {
      leave();
      if (this.#ended === undefined) await this.#subscribe();
    };
    try {
      await this.#subscribe();
      return stop;
    } catch (error) {
      leave();
      throw error;
    }
  }

  close(): void {
    this.#close(new TorError('control-closed', 'closed by the relay'));
  }

  async #subscribe(): Promise<void> {
    await this.ask(['SETEVENTS', ...this.#listeners.keys()].join(' '));
  }

  #read(bytes: Buffer): void {
    try {
      for (const reply of this.#reader.push(bytes)) this.#take(reply);
    } catch (error) {
      if (!(error instanceof TorError)) throw error;
      this.#close(error);
    }
  }

  #take(reply: Reply): void {
    if (reply.status >= 600) {
      this.#tell(reply);
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) throw new TorError('control-garbled', 'a reply to nothing');
    clearTimeout(waiting.timer);
    if (reply.status < 300) waiting.answer(reply);
    else waiting.fail(new TorError('refused', `${verb(waiting.command)}: ${reply.status} ${reply.lines.at(-1)!.text}`));
  }

  #tell({ lines }: Reply): void {
    const { text, data } = lines[0]!;
    const { words, fields } = sentence(text);
    const name = words[0] ?? '';
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener({ name, words, fields, data });
  }

  #close(reason: TorError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#socket.destroy();
    for (const { fail, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      fail(reason);
    }
    this.#end(reason);
  }
}

/** Arguments of a command may be secrets. */
const verb = (command: string): string => command.split(' ', 1)[0] as string;

function unquoted(value: string): string {
  return value.startsWith('"') ? (sentence(value).words[0] ?? '') : value;
}

function dial(place: ControlPlace): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = 'path' in place ? connect(place.path) : connect(place.port, place.host);
    const refuse = (cause: NodeJS.ErrnoException): void =>
      reject(new TorError('control-unreachable', cause.code ?? cause.message, { cause }));
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      resolve(socket);
    });
  });
}

// ---------------------------------------------------------------- authentication

const clientHash = 'Tor safe cookie authentication controller-to-server hash';
const serverHash = 'Tor safe cookie authentication server-to-controller hash';
const cookieBytes = 32;

async function authenticate(control: Control, { cookieFile, password }: ControlAuth): Promise<void> {
  const { methods, cookieFile: toldFile } = await protocolInfo(control);
  if (password !== undefined && methods.includes('HASHEDPASSWORD')) {
    await control.ask(`AUTHENTICATE ${quoted(password)}`).catch(asTrouble('wrong-password'));
    return;
  }
  const file = cookieFile ?? toldFile;
  if (methods.includes('SAFECOOKIE') && file !== undefined) {
    await proveCookie(control, await readCookie(file));
    return;
  }
  if (!methods.includes('NULL')) throw new TorError('no-authentication', methods.join(' '));
  await control.ask('AUTHENTICATE');
}

async function protocolInfo(control: Control): Promise<{ methods: string[]; cookieFile: string | undefined }> {
  const { lines } = await control.ask('PROTOCOLINFO 1').catch(asTrouble('control-garbled'));
  const auth = lines.find(({ text }) => text.startsWith('AUTH '));
  if (auth === undefined) throw new TorError('control-garbled', 'no line AUTH');
  const { fields } = sentence(auth.text);
  return { methods: (fields.get('METHODS') ?? '').split(','), cookieFile: fields.get('COOKIEFILE') };
}

async function readCookie(file: string): Promise<Buffer> {
  const cookie = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new TorError('no-cookie', `${file}: ${cause.code}`, { cause });
  });
  if (cookie.length !== cookieBytes) throw new TorError('wrong-cookie', `${file} has ${cookie.length} bytes`);
  return cookie;
}

async function proveCookie(control: Control, cookie: Buffer): Promise<void> {
  const nonce = randomBytes(32);
  const { lines } = await control.ask(`AUTHCHALLENGE SAFECOOKIE ${nonce.toString('hex')}`).catch(asTrouble('control-garbled'));
  const { fields } = sentence(lines[0]!.text);
  const theirs = Buffer.from(fields.get('SERVERHASH') ?? '', 'hex');
  const theirNonce = Buffer.from(fields.get('SERVERNONCE') ?? '', 'hex');
  const keyed = (key: string): Buffer => createHmac('sha256', key).update(cookie).update(nonce).update(theirNonce).digest();
  if (theirs.length !== 32 || !timingSafeEqual(theirs, keyed(serverHash))) throw new TorError('wrong-cookie');
  await control.ask(`AUTHENTICATE ${keyed(clientHash).toString('hex')}`).catch(asTrouble('wrong-cookie'));
}

/** tor's refusal of this step is a trouble of its own; everything else stays what it is. */
function asTrouble(code: 'wrong-password' | 'wrong-cookie' | 'control-garbled'): (error: unknown) => never {
  return (error) => {
    throw error instanceof TorError && error.code === 'refused' ? new TorError(code, '', { cause: error }) : error;
  };
}
