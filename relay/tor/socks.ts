/**
 * A SOCKS5 client (RFC 1928) that offers one way in: user and password (RFC 1929), which is how tor keeps circuits apart. It has no way to
 * dial without an isolation key, resolves no name itself, and gives up at a deadline. The usual library offers "no authentication" beside
 * the password, and a tor that prefers that (PreferSOCKSNoAuth) then mixes all streams without a word: decisions/076.
 *
 *   -> 05 01 02                                  <- 05 02
 *   -> 01 lv8(user) lv8(password)                <- 01 00
 *   -> 05 01 00 03 lv8(host) port u16            <- 05 status 00 type address port
 */
import { connect, type Socket } from 'node:net';
import { IsolationKey } from './isolation.ts';
import type { SocksPlace } from './tor.ts';

export type SocksTrouble =
  /** Nothing listens there, or it went away. */
  | 'no-proxy'
  /** What listens there does not speak SOCKS5, or takes no password. */
  | 'not-socks'
  /** Tor will not go there: OnionTrafficOnly, or no such port. */
  | 'not-allowed'
  /** Tor could not: no descriptor, no circuit, or the far end refused. */
  | 'unreachable'
  | 'timed-out';

export class SocksError extends Error {
  override readonly name = 'SocksError';
  readonly code: SocksTrouble;

  /** `detail` never names the destination. */
  constructor(code: SocksTrouble, detail = '') {
    super(detail === '' ? code : `${code}: ${detail}`);
    this.code = code;
  }
}

const version = 5;
const passwordMethod = 2;
const connectCommand = 1;
const domainName = 3;
const notAllowedStatus = 2;
/** Bytes of an answer's address, by its type; a domain name has its own length in front. */
const addressBytes: Readonly<Record<number, number>> = { 1: 4, 4: 16 };

/** A stream to `host`, whose circuit no stream with another key shares. Throws `SocksError`; TypeError without a key. */
export async function dialSocks(place: SocksPlace, host: string, port: number, key: IsolationKey, deadlineMs: number): Promise<Socket> {
  if (!(key instanceof IsolationKey)) throw new TypeError('socks: no isolation key');
  const socket = 'path' in place ? connect(place.path) : connect(place.port, place.host);
  socket.setNoDelay(true);
  const timer = setTimeout(() => socket.destroy(new SocksError('timed-out')), deadlineMs);
  try {
    const read = reader(socket);
    socket.write(Buffer.of(version, 1, passwordMethod));
    expectBytes(await read(2), version, passwordMethod);
    socket.write(Buffer.concat([Buffer.of(1), lv8(key.user), lv8(key.password)]));
    expectBytes(await read(2), 1, 0);
    socket.write(Buffer.concat([Buffer.of(version, connectCommand, 0, domainName), lv8(host), Buffer.of(port >> 8, port & 255)]));
    const [answered, status, , type] = await read(4);
    if (answered !== version) throw new SocksError('not-socks');
    if (status !== 0) throw new SocksError(status === notAllowedStatus ? 'not-allowed' : 'unreachable', `status ${status?.toString(16)}`);
    await read((addressBytes[type as number] ?? (await read(1))[0] ?? 0) + 2);
    read.done();
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** RangeError where a field is too long to be sent. */
function lv8(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length === 0 || bytes.length > 255) throw new RangeError(`socks: a field of ${bytes.length} bytes`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function expectBytes(got: Buffer, ...wanted: number[]): void {
  if (!got.equals(Buffer.from(wanted))) throw new SocksError('not-socks', `answered ${got.toString('hex')}`);
}

interface Read {
  /** The next `length` bytes. */
  (length: number): Promise<Buffer>;
  /** Leaves the socket to its new owner, with whatever has come already. */
  done(): void;
}

function reader(socket: Socket): Read {
  let wake: (() => void) | undefined;
  let failure: SocksError | undefined;
  const onReadable = (): void => wake?.();
  const onError = (error: Error): void => {
    failure ??= error instanceof SocksError ? error : new SocksError('no-proxy', (error as NodeJS.ErrnoException).code);
    wake?.();
  };
  const onClose = (): void => onError(new SocksError('no-proxy', 'closed'));
  socket.on('readable', onReadable).on('error', onError).on('close', onClose);
  const read = async (length: number): Promise<Buffer> => {
    for (;;) {
      if (failure !== undefined) throw failure;
      const bytes = socket.read(length) as Buffer | null;
      if (bytes?.length === length) return bytes;
      if (bytes !== null) throw new SocksError('not-socks', 'cut short');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return Object.assign(read, {
    done: (): void => {
      socket.off('readable', onReadable).off('error', onError).off('close', onClose);
      // Whoever gets the socket next listens in the same turn; an error in between is told by its close.
      socket.on('error', () => {});
    },
  });
}
