/** A client of a relay for its tests: real WebSocket, real proof, frames as they come. It can also be told to do wrong. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { callPipe, type Pipe } from '../../shared/noise/pipe.ts';
import {
  decodeFromRelay,
  encodeJoin,
  encodeSend,
  type FromRelay,
  type JoinClaim,
  joinProof,
  pipeSubprotocol,
  relayPath,
  relaySubprotocol,
  workDone,
} from '../../shared/wire/relay.ts';

export interface RoomKey {
  readonly pub: Uint8Array;
  readonly secret: KeyObject;
}

export function newRoomKey(): RoomKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { pub: Buffer.from(publicKey.export({ format: 'jwk' })['x'] as string, 'base64url'), secret: privateKey };
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** A JOIN for `room` as an honest page makes it; `change` puts other values in before it is signed. */
export function signedJoin(room: RoomKey, origin: string, nonce: Uint8Array, powBits: number, change: Partial<JoinClaim> = {}): Uint8Array {
  const claim = { roomPub: room.pub, inst: randomBytes(16), expiresAt: 0, lastRecv: 0, wantsTurn: false, ...change };
  let pow = change.pow ?? 0;
  if (change.pow === undefined) while (!workDone(sha256, powBits, nonce, claim.roomPub, claim.inst, pow)) pow++;
  return encodeJoin({ ...claim, pow, sig: sign(null, joinProof(origin, nonce, { ...claim, pow }), room.secret) });
}

type Frame<T extends FromRelay['type']> = Extract<FromRelay, { type: T }>;

/** A way to a relay that is not its own socket: to its pipe, or to a gateway. */
export interface Way {
  readonly url: string;
  readonly relayKey: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export class TestClient {
  readonly ws: WebSocket;
  readonly origin: string;
  readonly inst: Uint8Array;
  /** RECVs so far, as `lastRecv` counts them. */
  received = 0;
  /** The code of the close, once it has come. */
  readonly closed: Promise<number>;
  readonly #frames: FromRelay[] = [];
  readonly #waiting: (() => void)[] = [];
  #pipe: Pipe | undefined;

  constructor(port: number, inst: Uint8Array = randomBytes(16), origin = `http://127.0.0.1:${port}`, way?: Way, socket?: Socket) {
    this.inst = inst;
    this.origin = origin;
    const headers = way === undefined ? { host: new URL(origin).host } : { ...way.headers };
    this.ws = new WebSocket(way?.url ?? `ws://127.0.0.1:${port}${relayPath}`, way === undefined ? relaySubprotocol : pipeSubprotocol, {
      headers,
      ...(socket === undefined ? {} : { createConnection: () => socket }),
    });
    if (way === undefined) this.ws.on('message', (data: Buffer) => this.#take(decodeFromRelay(data)));
    else this.#call(way.relayKey);
    this.ws.on('error', () => {});
    this.closed = new Promise((resolve) => this.ws.once('close', resolve));
    void this.closed.then(() => this.#wake());
  }

  /** Dials and joins. */
  static async join(port: number, room: RoomKey, change: Partial<JoinClaim> = {}): Promise<TestClient> {
    const client = new TestClient(port, change.inst);
    await client.join(room, change);
    await client.next('joined');
    return client;
  }

  /** Speaks through a pipe from here on. */
  #call(relayKey: Uint8Array): void {
    const call = callPipe(relayKey, randomBytes);
    this.ws.once('open', () => this.ws.send(call.hello));
    this.ws.once('message', (answer: Buffer) => {
      const pipe = call.answered(answer);
      this.#pipe = pipe;
      this.ws.on('message', (sealed: Buffer) => this.#take(decodeFromRelay(pipe.open(sealed))));
    });
  }

  write(message: Uint8Array): void {
    this.ws.send(this.#pipe?.seal(message) ?? message);
  }

  async join(room: RoomKey, change: Partial<JoinClaim> = {}): Promise<void> {
    const { nonce, powBits } = await this.next('challenge');
    this.write(signedJoin(room, this.origin, nonce, powBits, { inst: this.inst, ...change }));
  }

  /** `to` null is everyone. */
  send(to: Uint8Array | null, frame: Uint8Array): void {
    this.write(encodeSend(to, frame));
  }

  /** The next frame of this type; those before it are passed over. Rejects when the socket closes without it. */
  async next<T extends FromRelay['type']>(type: T): Promise<Frame<T>> {
    for (;;) {
      while (this.#frames.length > 0) {
        const frame = this.#frames.shift() as FromRelay;
        if (frame.type === type) return frame as Frame<T>;
      }
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error(`closed without ${type}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The texts of the next `count` RECVs. */
  async texts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push(Buffer.from((await this.next('received')).frame).toString());
    return texts;
  }

  /** Texts of RECVs that have come and nobody has asked for. */
  left(): string[] {
    return this.#frames.splice(0).flatMap((frame) => (frame.type === 'received' ? [Buffer.from(frame.frame).toString()] : []));
  }

  /** Closes with a handshake and waits for it. */
  async close(code = 1000): Promise<void> {
    this.ws.close(code);
    await this.closed;
  }

  /** The socket dies without a word. */
  async die(): Promise<void> {
    this.ws.terminate();
    await this.closed;
  }

  async open(): Promise<void> {
    if (this.ws.readyState !== WebSocket.OPEN) await once(this.ws, 'open');
  }

  #take(frame: FromRelay): void {
    if (frame.type === 'received') this.received++;
    if (frame.type === 'gap') this.received += frame.lost;
    this.#frames.push(frame);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
