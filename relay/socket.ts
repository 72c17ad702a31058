/**
 * A `ws` WebSocket as a `Wire`. What goes out is written to the TCP (or TLS) socket below it, as whole ready-made frames: `ws` itself writes each
 * of its frames there in one go as long as nothing is compressed, so the two never mix within a frame. Handlers are shared
 * functions that find their connection on the socket: closures and timers of their own would cost each idle member two KiB.
 */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Connection, Wire } from './connection.ts';

/** From this average on, copying pieces together costs more than it saves. */
const bigPieceBytes = 4096;

/** The class that the WebSocket server makes its sockets of. */
export class RelaySocket extends WebSocket {
  connection: Connection | undefined;
}

export class SocketWire implements Wire {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;

  constructor(ws: WebSocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  write(pieces: readonly Buffer[], bytes: number): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (pieces.length === 1) socket.write(pieces[0]);
    else if (bytes < bigPieceBytes * pieces.length) socket.write(Buffer.concat(pieces as Buffer[], bytes));
    else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  close(code: number): void {
    this.#ws.close(code);
  }

  destroy(): void {
    this.#ws.terminate();
  }
}

/** Lets `connection` hear what happens on `ws`. */
export function attach(ws: RelaySocket, connection: Connection): void {
  ws.connection = connection;
  ws.on('message', onMessage);
  ws.on('pong', onPong);
  ws.on('error', onError);
  ws.on('close', onClose);
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  connectionOf(this)?.message(data, isBinary);
}

function onPong(this: WebSocket): void {
  connectionOf(this)?.pong();
}

/** `ws` closes by itself after an error; this only keeps it from ending the process. */
function onError(this: WebSocket): void {
  connectionOf(this)?.broken();
}

function onClose(this: WebSocket, code: number): void {
  connectionOf(this)?.closed(code);
  (this as RelaySocket).connection = undefined;
}

function connectionOf(ws: WebSocket): Connection | undefined {
  return (ws as RelaySocket).connection;
}
