/**
 * An onion for the pool to sound its daemons by, where the relay itself has none: it lives on the first daemon, for as long as its control
 * connection, under a name that is told to nobody and a key that nobody keeps. It answers the handshake of a pipe, as every far end does,
 * and nothing after.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { pipeSubprotocol } from '../../shared/wire/relay.ts';
import { acceptOf } from '../far-end.ts';
import type { Control } from './control.ts';
import { onionPort } from './torrc.ts';

const mostSockets = 64;
const patienceMs = 15_000;
const headBytes = 4096;

export class Sounding {
  /** Its host, once the Tor network knows it. */
  host: string | null = null;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Sounding> {
    const server = createServer(answer);
    server.maxConnections = mostSockets;
    server.unref();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Sounding(server);
  }

  /** Makes the onion on the daemon of this connection; it goes with it. Throws `TorError`. */
  async publish(control: Control): Promise<void> {
    this.host = null;
    let name: string | undefined;
    const uploaded = new Set<string>();
    const note = (): void => {
      if (name !== undefined && uploaded.has(name)) this.host = `${name}.onion`;
    };
    await control.listen(['HS_DESC'], ({ words }) => {
      if (words[1] === 'UPLOADED' && uploaded.size < mostSockets) uploaded.add(words[2] as string);
      note();
    });
    const { port } = this.#server.address() as AddressInfo;
    const { lines } = await control.ask(`ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port=${onionPort},127.0.0.1:${port}`);
    name = /^ServiceID=([a-z2-7]{56})$/.exec(lines[0]?.text ?? '')?.[1];
    note();
  }

  close(): void {
    this.host = null;
    this.#server.close();
  }
}

function answer(socket: Socket): void {
  let asked = '';
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    asked += bytes.toString('latin1');
    const key = /\r\nSec-WebSocket-Key: ([^\r\n]+)\r\n/.exec(asked)?.[1];
    if (asked.length > headBytes) socket.destroy();
    else if (key !== undefined && asked.endsWith('\r\n\r\n'))
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: ${pipeSubprotocol}\r\n\r\n`,
      );
  });
}
