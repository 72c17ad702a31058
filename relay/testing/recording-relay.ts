/**
 * A real relay that keeps every byte of TCP that goes through it, both ways, for tests that search what a relay could see. It is a relay
 * on a port of its own behind a forwarder that listens on the port people dial; nothing between page and relay is changed.
 * WebSocket frames from a page are masked, so `fromPages` has them unmasked as messages; `wire` has the raw bytes as well.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { configOf } from '../config.ts';
import { jsonLog } from '../log.ts';
import { type Relay, startRelay } from '../relay.ts';

export interface Recording {
  readonly port: number;
  readonly origin: string;
  readonly relay: Relay;
  /** Every chunk of TCP, in order of arrival, in both directions. */
  readonly wire: readonly Buffer[];
  /** The payload of every WebSocket message from pages, and to them, unmasked and whole. */
  readonly fromPages: readonly Buffer[];
  readonly toPages: readonly Buffer[];
  /** What the relay logged. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export async function startRecordingRelay(settings: Readonly<Record<string, unknown>> = {}): Promise<Recording> {
  const [wire, fromPages, toPages]: Buffer[][] = [[], [], []];
  const log: string[] = [];
  const sockets = new Set<Socket>();
  let inner = 0;
  const front = createServer((page) => {
    const relaySide = connect(inner, '127.0.0.1');
    copy(page, relaySide, wire as Buffer[], new MessageReader(fromPages as Buffer[]));
    copy(relaySide, page, wire as Buffer[], new MessageReader(toPages as Buffer[]));
    for (const socket of [page, relaySide]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;
  const origins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  const relay = await startRelay(
    configOf({ origins, ...settings, host: '127.0.0.1', port: 0 }),
    jsonLog('info', (line) => log.push(line)),
  );
  inner = relay.port;
  const close = async (): Promise<void> => {
    await relay.close();
    for (const socket of sockets) socket.destroy();
    front.close();
    await once(front, 'close');
  };
  return {
    port,
    origin: origins[0] as string,
    relay,
    wire: wire as Buffer[],
    fromPages: fromPages as Buffer[],
    toPages: toPages as Buffer[],
    log,
    close,
  };
}

function copy(from: Socket, to: Socket, wire: Buffer[], reader: MessageReader): void {
  from.setNoDelay(true);
  from.on('data', (chunk: Buffer) => {
    wire.push(Buffer.from(chunk));
    reader.push(chunk);
    to.write(chunk);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

/** Reads WebSocket messages (RFC 6455 section 5.2) out of one direction of a connection, after its HTTP head. */
class MessageReader {
  readonly #messages: Buffer[];
  #waiting: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #isHttp = false;
  #parts: Buffer[] = [];

  constructor(messages: Buffer[]) {
    this.#messages = messages;
  }

  push(chunk: Buffer): void {
    if (this.#isHttp) return;
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    if (!this.#isUpgraded && !this.#skipHead()) return;
    while (this.#takeFrame());
  }

  #skipHead(): boolean {
    const end = this.#waiting.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.#waiting.subarray(0, end).toString('latin1');
    this.#isHttp = !/^upgrade: websocket/im.test(head);
    this.#isUpgraded = !this.#isHttp;
    this.#waiting = this.#waiting.subarray(end + 4);
    return this.#isUpgraded;
  }

  #takeFrame(): boolean {
    const bytes = this.#waiting;
    if (bytes.length < 2) return false;
    const masked = (bytes[1]! & 0x80) !== 0;
    const short = bytes[1]! & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = 2 + lengthBytes + (masked ? 4 : 0);
    if (bytes.length < start) return false;
    const length = lengthBytes === 0 ? short : bytes.readUIntBE(2 + Math.max(0, lengthBytes - 6), Math.min(6, lengthBytes));
    if (bytes.length < start + length) return false;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (masked) for (let i = 0; i < length; i++) payload[i]! ^= bytes[start - 4 + (i & 3)]!;
    this.#waiting = bytes.subarray(start + length);
    if ((bytes[0]! & 0x0f) < 8) this.#part(payload, (bytes[0]! & 0x80) !== 0);
    return true;
  }

  #part(payload: Buffer, isLast: boolean): void {
    this.#parts.push(payload);
    if (isLast) this.#messages.push(Buffer.concat(this.#parts.splice(0)));
  }
}
