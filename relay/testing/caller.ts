/** A page on an errand, its real machine, at a relay without sockets. */
import { randomBytes } from 'node:crypto';
import { DeskCall, type DeskCallOutput, type Errand, type Line } from '../../shared/doors/desk-call.ts';
import type { Connection } from '../connection.ts';
import type { FakeWire } from './fake-wire.ts';
import { type TestHall, testOrigin } from './hall.ts';

export class TestCaller<Event extends { readonly type: string }> {
  readonly events: Event[] = [];
  readonly drops: string[] = [];
  readonly call: DeskCall<Event>;
  readonly #hall: TestHall;
  #socket: { wire: FakeWire; connection: Connection } | undefined;
  #dialsFail = false;

  constructor(hall: TestHall, errand: Errand<Event>) {
    this.#hall = hall;
    this.call = new DeskCall(errand, hall.clock.now());
    hall.callers.push(this);
  }

  /** The last event of this type. */
  last<Type extends Event['type']>(type: Type): Extract<Event, { type: Type }> | undefined {
    return this.events.findLast((event): event is Extract<Event, { type: Type }> => event.type === type);
  }

  act(use: (line: Line<Event>) => void): void {
    this.#do(this.call.act(this.#env(), use));
  }

  /** The socket breaks, and no other can be had until `reconnects`. */
  breaks(): void {
    this.#dialsFail = true;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.connection.closed(1006);
    this.#do(this.call.step({ type: 'closed', code: 1006 }, this.#env()));
  }

  reconnects(): void {
    this.#dialsFail = false;
    this.#do(this.call.step({ type: 'resumed' }, this.#env()));
  }

  /** Sends what no honest machine would. */
  forge(bytes: Uint8Array): void {
    this.#socket?.connection.message(Buffer.from(bytes), true);
  }

  /** Takes what the relay has for it. True where anything happened. */
  pump(): boolean {
    if (this.call.nextWake() <= this.#hall.clock.now()) {
      this.#do(this.call.step({ type: 'wake' }, this.#env()));
      return true;
    }
    const socket = this.#socket;
    if (socket === undefined) return false;
    const messages = socket.wire.raw.splice(0);
    for (const bytes of messages) if (this.#socket === socket) this.#do(this.call.step({ type: 'bytes', bytes }, this.#env()));
    const { closedWith } = socket.wire;
    if (closedWith === undefined || this.#socket !== socket) return messages.length > 0;
    this.#socket = undefined;
    const code = closedWith === 'destroyed' ? 1006 : closedWith;
    socket.connection.closed(code);
    this.#do(this.call.step({ type: 'closed', code }, this.#env()));
    return true;
  }

  #env() {
    return { now: this.#hall.clock.now(), random: (length: number) => Uint8Array.from(randomBytes(length)) };
  }

  #do(outputs: readonly DeskCallOutput<Event>[]): void {
    for (const output of outputs) {
      switch (output.type) {
        case 'dial':
          this.#dial();
          break;
        case 'send':
          this.#socket?.connection.message(Buffer.from(output.bytes), true);
          break;
        case 'hang-up': {
          const socket = this.#socket;
          this.#socket = undefined;
          socket?.connection.closed(output.keep ? 4000 : 1000);
          break;
        }
        case 'event':
          this.events.push(output.event);
          break;
        case 'drop':
          this.drops.push(output.code);
          break;
      }
    }
  }

  #dial(): void {
    if (this.#dialsFail) {
      this.#do(this.call.step({ type: 'closed', code: 1006 }, this.#env()));
      return;
    }
    this.#socket = this.#hall.dial([testOrigin]);
    this.#do(this.call.step({ type: 'opened' }, this.#env()));
  }
}
