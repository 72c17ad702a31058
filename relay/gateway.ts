/**
 * The gateway (protocol.md "Gateway"): takes a page's WebSocket at `/via/ONION`, joins it to a line of the pool that leads to that onion's
 * relay, and copies bytes. It is no open proxy: the only thing a visitor chooses is an onion name with a right checksum, the port and the
 * request are fixed, and before the far end has proven that it is a relay of ours not a byte of it comes back. It reads nothing of what it
 * copies.
 *
 * A page cannot see why a WebSocket was refused, so a gateway that has to refuse accepts it and closes it with the reason as code. That, the 101 and
 * the copying are all that is written here; `ws` would read frames that are none of ours to read.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeSubprotocol, type RelayErrorCode, relayCloseCode, relayErrors, viaPath } from '../shared/wire/relay.ts';
import { Admissions, type Ticket } from './admission.ts';
import type { Clock } from './clock.ts';
import { acceptOf } from './far-end.ts';
import type { Counters } from './metrics.ts';
import { isOnionName } from './onion-name.ts';
import { TokenBucket } from './token-bucket.ts';

export interface GatewayLimits {
  /** Streams at a time. */
  readonly gatewayStreams: number;
  readonly gatewayStreamsPerVisitor: number;
  readonly gatewayBytesPerSecond: number;
}

/** A socket to the relay behind `onion`, for this visitor alone. Rejects where there is no way. */
export type Lead = (onion: string, visitor: string) => Promise<Duplex>;

/** Streams that one visitor may open a second; twenty seconds of it at once. */
const opensPerSecond = 1;
/** Seconds of its bytes that a stream may send at once. */
const burstSeconds = 4;
/** A home relay sends a heartbeat every twenty seconds: a stream that is silent for so long leads nowhere. */
const silentMs = 120_000;
const closingMs = 5000;
const mostRefusing = 64;

export class Gateway {
  readonly #lead: Lead | null;
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #admissions: Admissions;
  readonly #streams = new Set<Duplex>();
  #refusing = 0;
  #isClosed = false;

  /** Without `lead` this relay is no gateway, and says so to pages that ask. */
  constructor(lead: Lead | null, limits: GatewayLimits, clock: Clock, counters: Counters) {
    this.#lead = lead;
    this.#limits = limits;
    this.#clock = clock;
    this.#counters = counters;
    this.#admissions = new Admissions(
      {
        connections: limits.gatewayStreams,
        connectionsPerAddress: limits.gatewayStreamsPerVisitor,
        connectsPerSecondPerAddress: opensPerSecond,
        errandsPerMinutePerAddress: 1, // nothing is asked at a gateway's desk: it has none
      },
      clock,
      // Told as refusals with their code; these are not the sockets of the relay's own rooms.
      { connections: 0, connectionsOfAddress: 0, connectsOfAddress: 0 },
    );
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Takes an upgrade whose path begins with `viaPath`. False where it is nothing that a page sends; then it is the caller's to refuse. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): boolean {
    const key = keyOf(request);
    const onion = (request.url ?? '').slice(viaPath.length);
    if (key === undefined || !isOnionName(onion)) return false;
    const visit = { key, socket, head };
    // One that has gone already would never give its ticket back.
    if (socket.destroyed) return true;
    if (this.#lead === null) this.#refuse(visit, relayErrors.noGateway);
    else if (this.#isClosed) this.#refuse(visit, relayErrors.shutdown);
    else {
      const admission = this.#admissions.admit(address);
      if (admission.admitted) void this.#join(visit, this.#lead(onion, admission.visitor), admission.ticket);
      else this.#refuse(visit, relayErrors.busy);
    }
    return true;
  }

  /** About once a second. */
  sweep(): void {
    this.#admissions.sweep();
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#streams) socket.destroy();
  }

  async #join(visit: Visit, leading: Promise<Duplex>, ticket: Ticket): Promise<void> {
    const { socket } = visit;
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay(true);
    this.#streams.add(socket);
    socket.once('close', () => {
      this.#streams.delete(socket);
      ticket.giveBack();
    });
    try {
      const far = await leading;
      if (socket.destroyed) far.destroy();
      else this.#copy(visit, far);
    } catch {
      this.#refuse(visit, relayErrors.unreachable);
    }
  }

  #copy({ socket, key, head }: Visit, far: Duplex): void {
    this.#counters.gatewayOpened++;
    socket.write(switching(key));
    if (head.length > 0) socket.unshift(head);
    const rate = this.#limits.gatewayBytesPerSecond;
    const bucket = new TokenBucket(rate, rate * burstSeconds, this.#clock.now());
    const weigh = (bytes: number): number => {
      this.#counters.gatewayBytes += bytes;
      return bucket.take(bytes, this.#clock.now()) >= 0 ? 0 : bucket.debtMs(this.#clock.now());
    };
    const silence = setTimeout(() => socket.destroy(), silentMs);
    silence.unref();
    const heard = (): void => void silence.refresh();
    pour(socket, far, weigh, heard);
    pour(far, socket, weigh, heard);
    socket.once('close', () => {
      clearTimeout(silence);
      far.destroy();
    });
    far.once('close', () => socket.end(() => socket.destroy()));
  }

  #refuse({ key, socket }: Visit, code: RelayErrorCode): void {
    this.#counters.refusals[code]++;
    if (this.#refusing >= mostRefusing || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#refusing++;
    socket.once('close', () => this.#refusing--);
    const closing = relayCloseCode(code);
    socket.write(switching(key));
    // A close (RFC 6455 section 5.5.1). Its answer is awaited for a moment, so that the page gets to read it before the socket goes.
    socket.write(Buffer.of(0x88, 2, closing >> 8, closing & 255));
    socket.once('data', () => socket.end(() => socket.destroy()));
    setTimeout(() => socket.destroy(), closingMs).unref();
  }
}

interface Visit {
  /** Sec-WebSocket-Key. */
  readonly key: string;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** The key of a WebSocket handshake that offers the pipe; undefined for anything else. */
function keyOf({ method, headers }: IncomingMessage): string | undefined {
  const { upgrade = '', 'sec-websocket-version': version, 'sec-websocket-key': key = '', 'sec-websocket-protocol': offered = '' } = headers;
  const isRight =
    method === 'GET' &&
    upgrade.toLowerCase() === 'websocket' &&
    version === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(key) &&
    offered.split(',').some((name) => name.trim() === pipeSubprotocol);
  return isRight ? key : undefined;
}

const switching = (key: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: ${pipeSubprotocol}\r\n\r\n`;

/** Copies `from` into `to`, no faster than `to` takes it and no more than the rate allows: what is not read makes the sender wait. */
function pour(from: Duplex, to: Duplex, weigh: (bytes: number) => number, heard: () => void): void {
  let debt: NodeJS.Timeout | undefined;
  from.on('data', (bytes: Buffer) => {
    heard();
    const waitMs = weigh(bytes.length);
    const isTaken = to.write(bytes);
    if (waitMs > 0) {
      from.pause();
      debt = setTimeout(() => {
        debt = undefined;
        if (!to.writableNeedDrain) from.resume();
      }, waitMs);
    } else if (!isTaken) from.pause();
  });
  to.on('drain', () => {
    if (debt === undefined) from.resume();
  });
  from.once('end', () => to.end());
  from.once('close', () => clearTimeout(debt));
  from.resume();
}
