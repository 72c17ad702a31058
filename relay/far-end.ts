/**
 * A gateway's line to a home relay: a stream through Tor on which the WebSocket `/pipe` has been opened (RFC 6455 section 4.1). The request
 * is the same for every visitor and holds nothing of any. What answers must be a relay of ours, to the letter, before a single byte of it
 * may reach a page; and until a visitor takes the line, it may say nothing but the answer to a ping.
 *
 * The handshake is written out here and not left to `ws`, because from then on the gateway copies bytes and must not have read any of them.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { pipePath, pipeSubprotocol } from '../shared/wire/relay.ts';
import type { Line } from './tor/circuits.ts';

/** The answer's head, at most. */
const headBytes = 4096;
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A masked ping with four bytes in it, under a mask of zeros: the bytes tell this ping's answer from another's. */
const pingHead = Buffer.of(0x89, 0x84, 0, 0, 0, 0);
const pongHead = Buffer.of(0x8a, 4);
const pingBytes = 4;

export const acceptOf = (key: string): string =>
  createHash('sha1')
    .update(key + guid)
    .digest('base64');

export class FarEnd implements Line {
  readonly daemon: number;
  readonly #socket: Duplex;
  #ping: { readonly pong: Buffer; readonly heard: () => void; readonly failed: (error: Error) => void } | undefined;
  #got: Buffer = Buffer.alloc(0);
  #isIdle = true;

  private constructor(socket: Duplex, daemon: number) {
    this.#socket = socket;
    this.daemon = daemon;
    socket.on('data', this.#listen);
    socket.once('close', () => this.#fail());
    socket.once('end', () => socket.destroy());
    socket.resume();
  }

  /** Opens the pipe of the relay at `host` on `socket`, which is destroyed where that fails. Rejects with why, naming no host. */
  static async open(socket: Duplex, host: string, daemon: number, limitMs: number): Promise<FarEnd> {
    const timer = setTimeout(() => socket.destroy(new Error('far end: no answer in time')), limitMs);
    try {
      const key = randomBytes(16).toString('base64');
      socket.write(requestFor(host, key));
      const { head, rest } = await headOf(socket);
      checkAnswer(head, key);
      // A relay of ours waits for the hello: who speaks first is none.
      if (rest.length > 0) throw new Error('far end: spoke before it was asked');
      return new FarEnd(socket, daemon);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the far end has answered a ping; rejects, and the line is gone, where it does not in time. */
  probe(limitMs: number): Promise<void> {
    return new Promise((heard, failed) => {
      const mark = randomBytes(pingBytes);
      const timer = setTimeout(() => this.#socket.destroy(), limitMs);
      this.#ping = {
        pong: Buffer.concat([pongHead, mark]),
        heard: () => {
          clearTimeout(timer);
          heard();
        },
        failed: (error) => {
          clearTimeout(timer);
          failed(error);
        },
      };
      if (this.#socket.writable) this.#socket.write(Buffer.concat([pingHead, mark]));
      else this.#socket.destroy();
    });
  }

  onClose(gone: () => void): void {
    if (this.#socket.destroyed) gone();
    else this.#socket.once('close', gone);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** From here on the socket is the taker's, with all that comes out of it. */
  hand(): Duplex {
    this.#isIdle = false;
    this.#socket.off('data', this.#listen);
    this.#socket.pause();
    // A pong that is half here goes with the rest; a browser takes one that it did not ask for as nothing.
    if (this.#got.length > 0) this.#socket.unshift(this.#got);
    this.#ping?.heard();
    this.#ping = undefined;
    return this.#socket;
  }

  readonly #listen = (bytes: Buffer): void => {
    this.#got = Buffer.concat([this.#got, bytes]);
    const pong = this.#ping?.pong;
    if (
      pong === undefined ||
      !pong.subarray(0, this.#got.length).equals(this.#got.subarray(0, pong.length)) ||
      this.#got.length > pong.length
    ) {
      this.#socket.destroy();
      return;
    }
    if (this.#got.length < pong.length) return;
    this.#got = Buffer.alloc(0);
    this.#ping?.heard();
    this.#ping = undefined;
  };

  #fail(): void {
    if (!this.#isIdle) return;
    this.#ping?.failed(new Error('far end: gone'));
    this.#ping = undefined;
  }
}

function requestFor(host: string, key: string): string {
  return [
    `GET ${pipePath} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Protocol: ${pipeSubprotocol}`,
    '\r\n',
  ].join('\r\n');
}

/** All up to the empty line, and what came behind it. */
function headOf(socket: Duplex): Promise<{ head: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    const done = (): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose).off('end', onClose);
      socket.on('error', () => {});
      socket.pause();
    };
    const onData = (bytes: Buffer): void => {
      got = Buffer.concat([got, bytes]);
      const end = got.indexOf('\r\n\r\n');
      if (end < 0 && got.length <= headBytes) return;
      done();
      if (end < 0 || end > headBytes) reject(new Error('far end: an endless answer'));
      else resolve({ head: got.toString('latin1', 0, end), rest: got.subarray(end + 4) });
    };
    const onError = (error: Error): void => {
      done();
      reject(error);
    };
    const onClose = (): void => onError(new Error('far end: closed'));
    // One that has closed already will not say so again.
    if (socket.destroyed || socket.readableEnded) {
      onClose();
      return;
    }
    socket.on('data', onData).on('error', onError).on('close', onClose).on('end', onClose).resume();
  });
}

/** Throws unless this is a relay's answer to that very request. */
function checkAnswer(head: string, key: string): void {
  const [status = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(0, at)).trim().toLowerCase();
    if (name === '' || headers.has(name)) throw new Error('far end: no such header');
    headers.set(name, line.slice(at + 1).trim());
  }
  const isOurs =
    /^HTTP\/1\.1 101(?: |$)/.test(status) &&
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    headers.get('sec-websocket-accept') === acceptOf(key) &&
    headers.get('sec-websocket-protocol') === pipeSubprotocol &&
    !headers.has('sec-websocket-extensions');
  if (!isOurs) throw new Error('far end: no relay');
}
