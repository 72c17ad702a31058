/** A TCP connection through a client's SOCKS port (RFC 1928), with a user name and password where streams are to be isolated (RFC 1929). */
import { connect, type Socket } from 'node:net';

export interface SocksDoor {
  readonly address: string;
  readonly socksPort: number;
}

export async function throughSocks(
  door: SocksDoor,
  host: string,
  port: number,
  user?: { readonly name: string; readonly password: string },
): Promise<Socket> {
  const socket = connect(door.socksPort, door.address);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.write(Buffer.from([5, 1, user === undefined ? 0 : 2]));
    const [, method] = await take(socket, 2);
    if (method === 0xff) throw new Error('the SOCKS port takes none of our methods');
    if (user !== undefined) {
      socket.write(Buffer.concat([Buffer.from([1]), counted(user.name), counted(user.password)]));
      await take(socket, 2);
    }
    const place = Buffer.alloc(2);
    place.writeUInt16BE(port);
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3]), counted(host), place]));
    const [, reply, , type] = await take(socket, 4);
    if (reply !== 0) throw new Error(`SOCKS reply ${reply}`);
    await take(socket, (type === 4 ? 16 : 4) + 2);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** Exactly so many bytes; what comes after them stays in the socket. */
function take(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes === null) return;
      stop();
      resolve(bytes);
    };
    const end = (): void => {
      stop();
      reject(new Error('the SOCKS port closed the connection'));
    };
    const stop = (): void => {
      socket.off('readable', read).off('close', end);
    };
    socket.on('readable', read).on('close', end);
    read();
  });
}
