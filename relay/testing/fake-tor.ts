/** A control port that says what a test tells it to: for what a real tor cannot be made to do. */
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** What to answer to a command: whole lines, `undefined` for nothing at all. */
export type Answer = (command: string) => readonly string[] | undefined;

export class FakeTor {
  readonly commands: string[] = [];
  readonly cookie = randomBytes(32);
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answer: Answer;

  private constructor(answer: Answer) {
    this.#answer = answer;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** At a port of its own, or at a unix socket. */
  static async start(answer: Answer = () => ['250 OK'], path?: string): Promise<FakeTor> {
    const fake = new FakeTor(answer);
    if (path === undefined) fake.#server.listen(0, '127.0.0.1');
    else fake.#server.listen(path);
    await once(fake.#server, 'listening');
    return fake;
  }

  get place(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** Bytes to everyone who is connected. */
  say(...lines: readonly string[]): void {
    for (const socket of this.#sockets) socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** What a tor answers that knows `cookie`. */
  challenge(command: string, cookie = this.cookie): readonly string[] {
    const nonce = Buffer.from(command.split(' ')[2]!, 'hex');
    const own = randomBytes(32);
    const hash = createHmac('sha256', 'Tor safe cookie authentication server-to-controller hash');
    const proof = hash.update(cookie).update(nonce).update(own).digest('hex');
    return [`250 AUTHCHALLENGE SERVERHASH=${proof} SERVERNONCE=${own.toString('hex')}`];
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let rest = '';
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('latin1')).split('\r\n');
      rest = lines.pop()!;
      for (const command of lines) {
        this.commands.push(command);
        const said = this.#answer(command);
        if (said !== undefined) socket.write(said.map((line) => `${line}\r\n`).join(''));
      }
    });
  }
}

/** PROTOCOLINFO of a tor with these methods. */
export const offers = (methods: string, cookieFile?: string): readonly string[] => [
  '250-PROTOCOLINFO 1',
  `250-AUTH METHODS=${methods}${cookieFile === undefined ? '' : ` COOKIEFILE="${cookieFile}"`}`,
  '250-VERSION Tor="0.4.9.11"',
  '250 OK',
];
