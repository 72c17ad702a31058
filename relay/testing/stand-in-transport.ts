/**
 * A pluggable transport that changes nothing: it speaks to tor as every transport does (pt-spec: variables of the environment, lines on
 * standard output, SOCKS5 with a bridge's arguments for a user and password) and copies bytes to the bridge. Each line of the file that is
 * its first argument is what tor asked for.
 */
import { appendFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const [file = '', ...rest] = process.argv.slice(2);
const note = (fact: object): void => appendFileSync(file, `${JSON.stringify(fact)}\n`);
const { TOR_PT_MANAGED_TRANSPORT_VER: versions = '', TOR_PT_CLIENT_TRANSPORTS: transports = '' } = process.env;
note({ versions, transports, hasStateFolder: process.env['TOR_PT_STATE_LOCATION'] !== undefined, rest });

const server = createServer((socket) => void serve(socket).catch(() => socket.destroy())).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(
    `VERSION 1\n${transports
      .split(',')
      .map((name) => `CMETHOD ${name} socks5 127.0.0.1:${port}\n`)
      .join('')}CMETHODS DONE`,
  );
});

async function serve(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  const [, methods] = await take(socket, 2);
  await take(socket, methods!);
  // pt-spec 3.5: the arguments are cut in two where they are long.
  socket.write(Buffer.of(5, 2));
  const [, userBytes] = await take(socket, 2);
  const user = await take(socket, userBytes!);
  const [passwordBytes] = await take(socket, 1);
  const password = await take(socket, passwordBytes!);
  socket.write(Buffer.of(1, 0));
  const request = await take(socket, 10);
  const [host, port] = [request.subarray(4, 8).join('.'), request.readUInt16BE(8)];
  note({ to: `${host}:${port}`, arguments: `${user}${password}`.replace('\0', '') });
  const onward = connect(port, host, () => {
    socket.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
    socket.pipe(onward).pipe(socket);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}

function take(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes === null) return;
      socket.off('readable', read).off('close', reject);
      resolve(bytes);
    };
    socket.on('readable', read).on('close', reject);
    read();
  });
}

// With tor ends its standard input, and with that a transport.
if (process.env['TOR_PT_EXIT_ON_STDIN_CLOSE'] === '1') process.stdin.on('end', () => process.exit()).resume();
