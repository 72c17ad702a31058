/**
 * Asks a TURN server for an allocation, as a page does through its browser (RFC 8656 section 7), with credentials of this relay's secret. A
 * server that answers but refuses them is the usual fault, and looks to people like a network that allows no direct connection.
 *
 *   type u16 | length u16 | magic cookie u32 | transaction[12] | attributes: type u16 | length u16 | value, padded to 4
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
}

const magicCookie = 0x2112a442;
const types = { binding: 0x0001, allocate: 0x0003 } as const;
const attribute = { username: 0x0006, integrity: 0x0008, error: 0x0009, realm: 0x0014, nonce: 0x0015, transport: 0x0019 } as const;
const successBit = 0x0100;
const errorBits = 0x0110;
const udp = 17;

type Attributes = readonly (readonly [type: number, value: Buffer])[];

/** Sends one message and resolves to the answer. */
type Exchange = (message: Buffer) => Promise<Buffer>;

/** Null where `url` (stun:, turn:, turns:) works; else what is wrong. */
export async function turnFault(url: string, credentials: TurnCredentials | null, limitMs = 3000): Promise<string | null> {
  const [, scheme = '', host = '', port, transport] = /^(stun|turns?):\[?([^\]?]+?)\]?(?::(\d+))?(?:\?transport=(\w+))?$/.exec(url) ?? [];
  if (scheme === '') return 'its address cannot be read';
  const where = { host, port: Number(port ?? (scheme === 'turns' ? 5349 : 3478)) };
  const line = transport === 'tcp' || scheme === 'turns' ? overStream(where, scheme === 'turns', limitMs) : overUdp(where, limitMs);
  try {
    if (scheme === 'stun') return isSuccess(await line.exchange(message(types.binding, []))) ? null : 'it refuses a binding';
    return credentials === null ? 'there is no secret for it' : await allocate(line.exchange, credentials);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    line.close();
  }
}

async function allocate(exchange: Exchange, { username, password }: TurnCredentials): Promise<string | null> {
  const wanted: Attributes[number] = [attribute.transport, Buffer.of(udp, 0, 0, 0)];
  const first = await exchange(message(types.allocate, [wanted]));
  if (isSuccess(first)) return 'it lets anybody in: set use-auth-secret';
  const told = attributesOf(first);
  const [realm, nonce] = [told.get(attribute.realm), told.get(attribute.nonce)];
  if (realm === undefined || nonce === undefined) return `it answers ${errorOf(told)} and no realm: set use-auth-secret and realm`;
  const key = createHash('md5').update(`${username}:${realm}:${password}`).digest();
  const named: Attributes = [wanted, [attribute.username, Buffer.from(username)], [attribute.realm, realm], [attribute.nonce, nonce]];
  const second = await exchange(message(types.allocate, named, key));
  if (isSuccess(second)) return null;
  const error = errorOf(attributesOf(second));
  return error === 401
    ? 'it refuses the credentials: turnSecret must be its static-auth-secret, and the clocks must agree'
    : `it answers ${error}`;
}

/** With `key`, signed: the length counts the signature already when it is made. */
function message(type: number, attributes: Attributes, key?: Buffer): Buffer {
  const body = Buffer.concat(
    attributes.map(([kind, value]) => Buffer.concat([u16(kind), u16(value.length), value, Buffer.alloc(-value.length & 3)])),
  );
  const head = (length: number): Buffer => Buffer.concat([u16(type), u16(length), u32(magicCookie), transaction]);
  const transaction = randomBytes(12);
  if (key === undefined) return Buffer.concat([head(body.length), body]);
  const signed = Buffer.concat([head(body.length + 24), body]);
  return Buffer.concat([signed, u16(attribute.integrity), u16(20), createHmac('sha1', key).update(signed).digest()]);
}

const isSuccess = (answer: Buffer): boolean => (answer.readUInt16BE(0) & errorBits) === successBit;

function attributesOf(answer: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= answer.length; ) {
    const length = answer.readUInt16BE(at + 2);
    found.set(answer.readUInt16BE(at), answer.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return found;
}

function errorOf(attributes: ReadonlyMap<number, Buffer>): number {
  const value = attributes.get(attribute.error);
  return value === undefined || value.length < 4 ? 0 : (value[2]! & 7) * 100 + value[3]!;
}

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface Line {
  readonly exchange: Exchange;
  close(): void;
}

interface Where {
  readonly host: string;
  readonly port: number;
}

function overUdp({ host, port }: Where, limitMs: number): Line {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return {
    exchange: (bytes) =>
      answerWithin(limitMs, (resolve, reject) => {
        socket.once('message', resolve);
        socket.once('error', reject);
        socket.send(bytes, port, host, (error) => error && reject(error));
      }),
    close: () => socket.close(),
  };
}

function overStream({ host, port }: Where, isTls: boolean, limitMs: number): Line {
  const socket = isTls ? connectTls({ host, port, servername: host }) : connect(port, host);
  let failed: (error: Error) => void = () => {};
  let came: () => void = () => {};
  let got = Buffer.alloc(0);
  socket.on('error', (error) => failed(error));
  socket.on('data', (bytes) => {
    got = Buffer.concat([got, bytes as Buffer]);
    came();
  });
  return {
    exchange: (bytes) =>
      answerWithin(limitMs, (resolve, reject) => {
        failed = reject;
        came = () => {
          const length = got.length < 20 ? Number.POSITIVE_INFINITY : 20 + got.readUInt16BE(2);
          if (got.length < length) return;
          const whole = got.subarray(0, length);
          got = got.subarray(length);
          resolve(whole);
        };
        socket.write(bytes);
      }),
    close: () => socket.destroy(),
  };
}

function answerWithin(ms: number, ask: (resolve: (answer: Buffer) => void, reject: (error: Error) => void) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not answer')), ms);
    const done = (): void => clearTimeout(timer);
    ask(
      (answer) => {
        done();
        if (answer.length < 20 || answer.readUInt32BE(4) !== magicCookie) reject(new Error('what answers is no TURN server'));
        else resolve(answer);
      },
      (error) => {
        done();
        reject(error);
      },
    );
  });
}
