/**
 * Sockets on their way in: each is admitted by its address or told why not, and what is admitted becomes a connection, at once, or where it is
 * a pipe when a page has taken it. In a cluster the answer may take a moment; until then the socket is not read.
 */
import type { Duplex } from 'node:stream';
import { encodeFromRelay, type RelayErrorCode, relayCloseCode, relayErrors, relaySubprotocol } from '../shared/wire/relay.ts';
import type { Admission, Admissions, Ticket } from './admission.ts';
import { Connection, type Hall, type Wire } from './connection.ts';
import { wrap } from './forward.ts';
import type { Doors } from './listener.ts';
import type { Log } from './log.ts';
import { onionVisitor } from './onion-door.ts';
import type { Pipes } from './pipe.ts';
import { attach, type RelaySocket, SocketWire } from './socket.ts';

/** Sockets that are being told why they are not taken, at a time: beyond them, they are dropped without a word. */
const tellingAway = 64;

export class Reception implements Pick<Doors, 'onSocket' | 'onPipe'> {
  readonly #hall: Hall;
  readonly #admissions: Admissions;
  readonly #pipes: Pipes;
  readonly #complain: Log;
  #telling = 0;
  #overOnion = 0;

  constructor(hall: Hall, admissions: Admissions, pipes: Pipes, complain: Log) {
    this.#hall = hall;
    this.#admissions = admissions;
    this.#pipes = pipes;
    this.#complain = complain;
  }

  /** Of those admitted, not closed yet. */
  get socketsOverOnion(): number {
    return this.#overOnion;
  }

  readonly onSocket: Doors['onSocket'] = (ws, socket, address, origins) => {
    const wire = new SocketWire(ws, socket);
    if (ws.protocol !== relaySubprotocol) {
      this.#turnAway(ws, wire, relayErrors.unsupported, 0);
      return;
    }
    this.#admit(ws, socket, address, (admission) => {
      if (admission.admitted) attach(ws, this.#connect(wire, admission.ticket, origins));
      else this.#turnAway(ws, wire, relayErrors.busy, admission.retryS);
    });
  };

  readonly onPipe: Doors['onPipe'] = (ws, socket, address, origins) => {
    this.#admit(ws, socket, address, (admission) => {
      if (!admission.admitted) {
        ws.on('error', () => {});
        this.#hall.counters.refusals[relayErrors.busy]++;
        ws.close(relayCloseCode(relayErrors.busy));
        return;
      }
      const { ticket } = admission;
      this.#pipes.take(
        ws,
        socket,
        (wire) => this.#connect(wire, ticket, origins),
        () => ticket.giveBack(),
      );
    });
  };

  #admit(ws: RelaySocket, socket: Duplex, address: string, answered: (admission: Admission) => void): void {
    let isHere = true;
    const gone = (): void => {
      isHere = false;
    };
    ws.once('close', gone).once('error', gone);
    ws.pause();
    this.#admissions.ask(address, (admission) => {
      ws.off('close', gone);
      if (!isHere) {
        if (admission.admitted) admission.ticket.giveBack();
        return;
      }
      if (admission.admitted) this.#countOnion(socket);
      else this.#complain('busy');
      answered(admission);
      ws.off('error', gone);
      ws.resume();
    });
  }

  #connect(wire: Wire, ticket: Ticket, origins: readonly string[]): Connection {
    if (origins.length === 0) this.#complain('wrong-origin');
    this.#hall.counters.connects++;
    return new Connection(this.#hall, wire, ticket, origins);
  }

  #turnAway(ws: RelaySocket, wire: SocketWire, code: RelayErrorCode, retryS: number): void {
    ws.on('error', () => {});
    this.#hall.counters.refusals[code]++;
    if (this.#telling >= tellingAway) {
      wire.destroy();
      return;
    }
    this.#telling++;
    ws.once('close', () => this.#telling--);
    const parcel = wrap(encodeFromRelay({ type: 'error', code, retryS }));
    wire.write([parcel.head], parcel.length);
    wire.close(relayCloseCode(code));
  }

  #countOnion(socket: Duplex): void {
    if (onionVisitor(socket) === undefined) return;
    this.#overOnion++;
    socket.once('close', () => this.#overOnion--);
  }
}
