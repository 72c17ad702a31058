/** One address before several relay processes, as a proxy is: each connection goes to the process that the story names. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Splitter {
  readonly port: number;
  readonly url: string;
  /** Port of the process that the next connections go to. */
  to = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://localhost:${this.port}`;
    server.on('connection', (from) => this.#join(from));
  }

  static async open(): Promise<Splitter> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Splitter(server);
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(from: Socket): void {
    const to = connect(this.to, '127.0.0.1');
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
