/**
 * One member of the soak: the page's own driver and the room machine over a real WebSocket, without a page around them. It keeps of what it is
 * told only what the question of lost and doubled messages needs.
 */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { hex } from '../../shared/bytes.ts';
import type { Random } from '../../shared/ports.ts';
import { agreementKeyPair } from '../../shared/primitives.ts';
import { sidePart } from '../../shared/room/side/part.ts';
import { createRoom, nextWake, step } from '../../shared/room/step.ts';
import type { Delivery, EndReason, Message, PeerId, RoomEvent } from '../../shared/room/types.ts';
import type { Invite } from '../../shared/wire/invite.ts';
import { relayPath, relaySubprotocol } from '../../shared/wire/relay.ts';
import { Driver } from '../../web/net/driver.ts';
import type { RelaySocketEvents } from '../../web/net/relay-socket.ts';
import { PageTime } from './page-time.ts';

const random: Random = (length) => new Uint8Array(randomBytes(length));
const abnormal = 1006;

export interface Said {
  readonly text: string;
  /** Who was there for it, in the eyes of both sides. */
  readonly readers: readonly Member[];
  delivery: Delivery | undefined;
}

export class Member {
  readonly name: string;
  readonly id: PeerId;
  readonly said = new Map<string, Said>();
  /** Texts of others, and how often each was shown. */
  readonly shown = new Map<string, number>();
  readonly people = new Set<PeerId>();
  /** What became of it: `gone` is a page closed without a word. */
  ended: EndReason | 'gone' | null = null;
  readonly #time = new PageTime();
  readonly #driver: Driver;
  #socket: WebSocket | undefined;

  constructor(name: string, invite: Invite, origin: string) {
    const inst = random(16);
    this.name = name;
    this.id = hex(inst) as PeerId;
    const time = this.#time;
    const statics = agreementKeyPair(random(32));
    const options = { invite, inst, statics, name, password: null, origins: [origin], directAllowed: false };
    const room = createRoom(options, { now: time.now(), random });
    this.#driver = new Driver(
      { step: (input, env) => step(room, input, env), nextWake: () => nextWake(room) },
      [origin],
      {
        now: () => time.now(),
        wallNow: () => Date.now(),
        random,
        visible: () => true,
        after: (ms, callback) => time.after(ms, callback),
        yieldTo: (callback) => void setImmediate(() => time.run(callback)),
        dialRelay: (at, events) => this.#dial(at, events),
        openLink: () => {
          throw new TypeError('rooms of the soak go by the relay');
        },
      },
      (event) => this.#hear(event),
    );
    this.#driver.feed({ type: 'attach-side', part: sidePart });
    this.#driver.feed({ type: 'join' });
  }

  get awake(): boolean {
    return this.ended === null && !this.#time.asleep;
  }

  get drops(): ReadonlyMap<string, number> {
    return this.#driver.drops;
  }

  /** Both see each other. */
  meets(other: Member): boolean {
    return this.people.has(other.id) && other.people.has(this.id);
  }

  /** It knows of each of its messages who got it. */
  get settled(): boolean {
    return [...this.said.values()].every(({ delivery }) => delivery?.state === 'delivered' || delivery?.state === 'undelivered');
  }

  say(text: string, readers: readonly Member[]): void {
    this.said.set(text, { text, readers, delivery: undefined });
    this.#driver.feed({ type: 'typing', on: true });
    this.#driver.feed({ type: 'say', text });
  }

  /** The phone is put away. `cut`: its network goes with it; otherwise the socket stays, and nobody reads or answers. */
  sleep(cut: boolean): void {
    this.#time.sleep();
    if (cut) this.#socket?.terminate();
    else if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.pause();
  }

  wake(): void {
    if (this.#socket?.isPaused) this.#socket.resume();
    this.#time.wake();
  }

  leave(): void {
    this.#driver.feed({ type: 'leave' });
  }

  /** The page is closed, and says nothing to anyone. */
  vanish(): void {
    this.ended ??= 'gone';
    this.#socket?.terminate();
    this.#driver.stop();
  }

  #dial(origin: string, events: RelaySocketEvents): ReturnType<ConstructorParameters<typeof Driver>[2]['dialRelay']> {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${relayPath}`, relaySubprotocol, { origin, perMessageDeflate: false });
    let told = true;
    const tell = (event: () => void): void => this.#time.run(() => told && event());
    socket.binaryType = 'nodebuffer';
    socket.on('open', () => tell(() => events.open()));
    socket.on('message', (data: Buffer) => {
      const bytes = new Uint8Array(data); // of its own: what ws hands over may be a piece of a large read buffer
      tell(() => events.bytes(bytes));
    });
    socket.on('close', (code) => tell(() => events.closed(code)));
    socket.on('error', () => {}); // `close` follows
    this.#socket = socket;
    return {
      send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes),
      waitingBytes: () => socket.bufferedAmount,
      close: (code) => {
        told = false;
        if (code === abnormal) socket.terminate();
        else socket.close(code);
      },
    };
  }

  #hear(event: RoomEvent): void {
    switch (event.type) {
      case 'person':
        this.people.add(event.person.peer);
        break;
      case 'person-left':
        this.people.delete(event.peer);
        break;
      case 'message':
        this.#read(event.message);
        break;
      case 'message-changed':
        this.#became(event.message);
        break;
      case 'phase':
        if (event.phase.name === 'ended') this.ended = event.phase.reason;
        break;
    }
  }

  #read(message: Message): void {
    if (message.from === 'me') this.#became(message);
    else this.shown.set(message.text, (this.shown.get(message.text) ?? 0) + 1);
  }

  #became({ from, text, delivery }: Message): void {
    const said = from === 'me' ? this.said.get(text) : undefined;
    if (said !== undefined) said.delivery = delivery;
  }
}
