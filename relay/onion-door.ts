/**
 * Where tor brings the visitors of the onion. They all come from this computer, so tor writes the id of the visitor's circuit in front of each
 * connection, as an address in haproxy's PROXY line:
 *
 *   PROXY TCP6 fc00:dead:beef:4dad::1:2c ::1 300 80\r\n
 *
 * The id is what the relay's limits count by; it says nothing about the visitor and ends with the circuit. The socket is of the relay's own
 * folder, so that nobody but its tor can write that line; whatever else comes is not let in.
 */
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A unix socket whose visitors come with their circuits, or a port of this computer for a tor that runs as another user. */
export type OnionDoor = { readonly path: string } | 'loopback';

const visitors = new WeakMap<Duplex, string>();
let unknown = 0;

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
  if (door === 'loopback') {
    // Without their circuits each connection counts for a visitor, and only the limits of all hold.
    server.on('connection', (socket) => take(socket, `onion ${unknown++}`));
    const { port } = (await listening(server, () => server.listen(0, '127.0.0.1'))) as AddressInfo;
    return `127.0.0.1:${port}`;
  }
  server.on('connection', (socket) => readProxyLine(socket, (circuit) => take(socket, `circuit ${circuit}`)));
  rmSync(door.path, { force: true });
  await listening(server, () => server.listen(door.path));
  return `unix:${door.path}`;
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
