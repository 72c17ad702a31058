/**
 * Questions to a tor of the private network, over its control port: just what the harness needs. The relay has its own, full control
 * connection; this one stays apart from it, so that the network does not stand on what it is there to test.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export interface ControlDoor {
  readonly address: string;
  readonly controlPort: number;
  readonly cookieFile: string;
}

interface Question {
  readonly answer: (lines: string[]) => void;
  readonly fail: (error: Error) => void;
}

export class Asking {
  readonly #socket: Socket;
  readonly #questions: Question[] = [];
  #lines: string[] = [];
  #inData = false;
  #onEvent: (text: string) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\r\n');
      rest = lines.pop()!;
      for (const line of lines) this.#take(line);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { fail } of this.#questions.splice(0)) fail(new Error('tor closed its control connection'));
    });
  }

  static async at(door: ControlDoor): Promise<Asking> {
    const socket = connect(door.controlPort, door.address);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const asking = new Asking(socket);
    await asking.ask(`AUTHENTICATE ${readFileSync(door.cookieFile).toString('hex')}`);
    return asking;
  }

  /** The lines of the reply without their codes; rejects with tor's words when it refuses. */
  ask(command: string): Promise<string[]> {
    return new Promise((answer, fail) => {
      this.#questions.push({ answer, fail });
      this.#socket.write(`${command}\r\n`);
    });
  }

  /** The first event of this kind, from now on, whose text matches. */
  async happens(event: string, pattern = /^/): Promise<string> {
    const happened = new Promise<string>((resolve) => {
      this.#onEvent = (text) => {
        if (text.startsWith(`${event} `) && pattern.test(text)) resolve(text);
      };
    });
    await this.ask(`SETEVENTS ${event}`);
    return await happened;
  }

  /** Resolves once `isSo` answers yes; it is asked now and after each of these events. */
  async until(event: string, isSo: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const next = this.happens(event);
      next.catch(() => undefined);
      if (await isSo()) return;
      await next;
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(line: string): void {
    if (this.#inData) {
      if (line === '.') this.#inData = false;
      else this.#lines.push(line);
      return;
    }
    this.#lines.push(line.slice(4));
    this.#inData = line[3] === '+';
    if (line[3] !== ' ') return;
    const lines = this.#lines;
    this.#lines = [];
    if (line.startsWith('6')) this.#onEvent(`${lines[0]} `);
    else if (line.startsWith('2')) this.#questions.shift()?.answer(lines);
    else this.#questions.shift()?.fail(new Error(`tor: ${line}`));
  }
}
