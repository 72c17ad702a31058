/**
 * Where tor brings the visitors of the onion. They all come from this computer, so tor writes the id of the visitor's circuit in front of each
 * connection, as an address in haproxy's PROXY line:
 *
 *   PROXY TCP6 fc00:dead:beef:4dad::1:2c ::1 300 80\r\n
 *
 * The id is what the relay's limits count by; it says nothing about the visitor and ends with the circuit. The relay's own tor comes by a
 * socket in a folder of the relay's own, so that nobody else can write that line. Whether another's tor writes it is asked of that tor
 * (onion.ts), never guessed from what comes: a visitor could write such a line himself. Who has no circuit is one of a crowd
 * (admission.ts).
 */
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { crowd } from './admission.ts';

export type OnionDoor =
  /** A unix socket whose visitors come with their circuits. */
  | { readonly path: string }
  /** A free port of this computer, for an onion that a tor was told of, which cannot name circuits. */
  | 'loopback'
  /** Where another's tor was configured to bring them, which may name circuits or not. */
  | { readonly place: DoorPlace; hasCircuits(): boolean };

export type DoorPlace = { readonly path: string } | { readonly host: string; readonly port: number };

const visitors = new WeakMap<Duplex, string>();

/** What stands for the visitor's address where he came over the onion; undefined where he did not. */
export function onionVisitor(socket: Duplex): string | undefined {
  return visitors.get(socket);
}

/** Listens; resolves to what tor is to connect to. Throws what listening throws. */
export async function openOnionDoor(server: Server, door: OnionDoor): Promise<string> {
  const [takeConnection] = server.listeners('connection') as [(socket: Socket) => void];
  server.removeAllListeners('connection');
  const take = (socket: Socket, visitor: string): void => {
    visitors.set(socket, visitor);
    takeConnection.call(server, socket);
  };
  const hasCircuits = door === 'loopback' ? () => false : 'place' in door ? () => door.hasCircuits() : () => true;
  server.on('connection', (socket) => {
    if (hasCircuits()) readProxyLine(socket, (circuit) => take(socket, `circuit ${circuit}`));
    else take(socket, crowd);
  });
  if (door === 'loopback') return await openAt(server, { host: '127.0.0.1', port: 0 }, false);
  return 'place' in door ? await openAt(server, door.place, true) : await openAt(server, door, false);
}

/** `forAll`: for a tor that runs as another user, where the folder of the socket says who gets there. */
async function openAt(server: Server, place: DoorPlace, forAll: boolean): Promise<string> {
  if ('path' in place) rmSync(place.path, { force: true });
  const address = await listening(server, () => server.listen({ ...place, writableAll: forAll }));
  return 'path' in place ? `unix:${place.path}` : `${place.host}:${(address as AddressInfo).port}`;
}

function listening(server: Server, listen: () => void): Promise<ReturnType<Server['address']>> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve(server.address());
    });
    listen();
  });
}

/** haproxy's specification: never longer than this. */
const maxLineBytes = 107;
const lineMs = 5000;

function readProxyLine(socket: Socket, onCircuit: (circuit: string) => void): void {
  let got = Buffer.alloc(0);
  const done = (): void => {
    clearTimeout(timer);
    socket.off('readable', read).off('error', refuse);
  };
  const refuse = (): void => {
    done();
    socket.destroy();
  };
  const read = (): void => {
    for (let bytes = socket.read() as Buffer | null; bytes !== null; bytes = socket.read() as Buffer | null) {
      got = Buffer.concat([got, bytes]);
      const end = got.indexOf('\r\n');
      if (end < 0 && got.length < maxLineBytes) continue;
      const circuit = circuitIn(got.subarray(0, Math.max(end, 0)).toString('latin1'));
      if (circuit === undefined || end > maxLineBytes) {
        refuse();
        return;
      }
      done();
      if (got.length > end + 2) socket.unshift(got.subarray(end + 2));
      onCircuit(circuit);
      return;
    }
  };
  const timer = setTimeout(refuse, lineMs);
  socket.on('readable', read).on('error', refuse);
}

/** The address that stands for a circuit: tor puts its id into the last 32 bits. */
function circuitIn(line: string): string | undefined {
  const [, address = ''] = /^PROXY TCP6 (fc00:dead:beef:4dad:[0-9a-f:]+) \S+ \d+ \d+$/i.exec(line) ?? [];
  return isIPv6(address) ? address.toLowerCase() : undefined;
}
