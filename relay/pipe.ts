/**
 * The home relay's end of a pipe (protocol.md "Gateway"): a socket whose first message is a hello and which is an ordinary connection from
 * then on, each of its messages sealed. This file is the one door through which the relay reaches a key of the protocol, and it is its own
 * key: it says who the relay is to a page that comes through a gateway. The linter lets nothing else of `shared/noise` in here, and this in
 * nowhere else.
 *
 * Gateways open pipes ahead of need, so one may wait long for its hello; it must show signs of life (a ping), and when too many wait the oldest goes.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ProtocolError } from '../shared/errors.ts';
import { answerPipe, type Pipe, pipeKey } from '../shared/noise/pipe.ts';
import type { Random } from '../shared/ports.ts';
import { relayCloseCode, relayErrors } from '../shared/wire/relay.ts';
import type { Clock } from './clock.ts';
import type { Connection, Wire } from './connection.ts';
import { wrap } from './forward.ts';
import type { Counters } from './metrics.ts';
import { SocketWire } from './socket.ts';

export type RelayKey = ReturnType<typeof pipeKey>;

export const relayKeyOf: (secret: Uint8Array) => RelayKey = pipeKey;

/** RFC 6455's "policy violation": no hello, or one that was not made for this relay. */
const closePolicy = 1008;
const silentMs = 60_000;
/** Beyond them the one that has waited longest is closed: a gateway opens another. */
const mostWaiting = 256;

/** A connection's socket as a pipe: takes ready-made WebSocket frames, seals the messages in them and leaves pings as they are. */
class PipeWire implements Wire {
  readonly #below: SocketWire;
  readonly #pipe: Pipe;

  constructor(below: SocketWire, pipe: Pipe) {
    this.#below = below;
    this.#pipe = pipe;
  }

  get unsent(): number {
    return this.#below.unsent;
  }

  write(pieces: readonly Buffer[], bytes: number): void {
    const frames = Buffer.concat(pieces, bytes);
    const sealed: Buffer[] = [];
    for (let at = 0; at < frames.length; ) {
      const { from, to, isMessage } = frameAt(frames, at);
      sealed.push(isMessage ? wrap(this.#pipe.seal(frames.subarray(from, to))).head : frames.subarray(at, to));
      at = to;
    }
    this.#below.write(
      sealed,
      sealed.reduce((sum, { length }) => sum + length, 0),
    );
  }

  pause(): void {
    this.#below.pause();
  }

  resume(): void {
    this.#below.resume();
  }

  close(code: number): void {
    this.#below.close(code);
  }

  destroy(): void {
    this.#below.destroy();
  }
}

/** Where the payload of a frame written by `forward.ts` lies: unmasked, below 64 KiB. */
function frameAt(frames: Buffer, at: number): { from: number; to: number; isMessage: boolean } {
  const short = frames[at + 1] as number;
  const from = at + (short === 126 ? 4 : 2);
  return { from, to: from + (short === 126 ? frames.readUInt16BE(at + 2) : short), isMessage: frames[at] === 0x82 };
}

interface Waiting {
  readonly ws: WebSocket;
  /** Told once, where it never becomes a connection. */
  readonly gone: () => void;
  heardAt: number;
}

export class Pipes {
  readonly #key: RelayKey;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #counters: Counters;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  #open = 0;

  constructor(key: RelayKey, random: Random, clock: Clock, counters: Counters) {
    this.#key = key;
    this.#random = random;
    this.#clock = clock;
    this.#counters = counters;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Those with a page at the other end. */
  get open(): number {
    return this.#open;
  }

  /** Takes a socket; `open` makes the connection once its hello has been answered, `gone` is told where it closes before. */
  take(ws: WebSocket, socket: Duplex, open: (wire: Wire) => Connection, gone: () => void): void {
    const waiting: Waiting = { ws, gone, heardAt: this.#clock.now() };
    this.#waiting.add(waiting);
    if (this.#waiting.size > mostWaiting) this.#turnOut(this.#waiting.values().next().value as Waiting, 'waitingPipes');
    ws.on('error', () => this.#counters.brokenSockets++);
    ws.on('ping', () => {
      waiting.heardAt = this.#clock.now();
    });
    ws.once('close', () => {
      if (this.#waiting.delete(waiting)) gone();
    });
    ws.once('message', (hello: Buffer, isBinary: boolean) => {
      if (!this.#waiting.has(waiting)) return;
      const pipe = isBinary ? this.#answer(ws, hello) : null;
      if (pipe === null) {
        this.#turnOut(waiting, 'badHello');
        return;
      }
      this.#waiting.delete(waiting);
      this.#counters.pipes++;
      this.#open++;
      ws.once('close', () => this.#open--);
      carry(ws, pipe, open(new PipeWire(new SocketWire(ws, socket), pipe)));
    });
  }

  /** About once a second. */
  sweep(): void {
    const now = this.#clock.now();
    for (const waiting of this.#waiting) if (now - waiting.heardAt > silentMs) this.#turnOut(waiting, 'waitingPipes');
  }

  /** The relay stops: those that are still waiting have no connection that would be told. */
  close(): void {
    for (const waiting of this.#waiting) this.#end(waiting, relayCloseCode(relayErrors.shutdown));
  }

  #turnOut(waiting: Waiting, reason: 'badHello' | 'waitingPipes'): void {
    this.#counters.drops[reason]++;
    this.#end(waiting, closePolicy);
  }

  #end(waiting: Waiting, code: number): void {
    this.#waiting.delete(waiting);
    waiting.gone();
    waiting.ws.close(code);
  }

  #answer(ws: WebSocket, hello: Buffer): Pipe | null {
    try {
      const { answer, pipe } = answerPipe(this.#key, hello, this.#random);
      ws.send(answer);
      return pipe;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return null;
    }
  }
}

function carry(ws: WebSocket, pipe: Pipe, connection: Connection): void {
  ws.on('message', (sealed: Buffer, isBinary: boolean) => {
    try {
      if (!isBinary) throw new ProtocolError('malformed', 'a text message');
      connection.message(Buffer.from(pipe.open(sealed)), true);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      connection.end(relayErrors.badFrame);
    }
  });
  ws.on('pong', () => connection.pong());
  ws.once('close', (code) => {
    connection.closed(code);
    pipe.dispose();
  });
}
