import { randomBytes } from 'node:crypto';
import type { Ticket } from '../admission.ts';
import { type Config, configOf } from '../config.ts';
import { Connection, type Hall } from '../connection.ts';
import { Desk } from '../desk.ts';
import { newCounters } from '../metrics.ts';
import { Rooms } from '../rooms.ts';
import { TurnGrants } from '../turn.ts';
import { verifyJoin } from '../verify-join.ts';
import { Work } from '../work.ts';
import { newRoomKey, type RoomKey, signedJoin } from './client.ts';
import { FakeClock } from './clock.ts';
import { FakeWire } from './fake-wire.ts';

export const testOrigin = 'https://relay.example';

/** A relay without sockets or timers: connections on fake wires, a clock and an event loop turned by hand. */
export class TestHall {
  readonly clock = new FakeClock();
  readonly config: Config;
  readonly hall: Hall;
  readonly room: RoomKey = newRoomKey();
  readonly connections: Connection[] = [];
  /** Pages on errands, which `settle` lets talk. */
  readonly callers: { pump(): boolean }[] = [];
  ticketsOut = 0;
  /** What an address may still ask at the desk. */
  errandsLeft = Number.POSITIVE_INFINITY;
  /** Where everyone who dials lives; each somewhere else while it is not set. */
  household: object | undefined;
  readonly #dirty: Connection[] = [];

  constructor(settings: Readonly<Record<string, unknown>> = {}) {
    this.config = configOf(settings);
    const counters = newCounters();
    const rooms = new Rooms(this.config, this.clock);
    this.hall = {
      clock: this.clock,
      limits: this.config,
      rooms,
      cluster: null,
      desk: new Desk(this.config, this.clock, rooms, (length) => randomBytes(length), counters),
      work: new Work(this.config),
      turn: new TurnGrants(this.config, this.clock),
      verifyJoin,
      counters,
      random: (length) => randomBytes(length),
      dirty: this.#dirty,
      connections: new Set(),
      paused: new Set(),
    };
  }

  /** What the end of a turn of the event loop does. */
  turn(): void {
    for (const connection of this.#dirty.splice(0)) connection.flush();
  }

  /** Lets everyone talk until nobody has anything left to say. */
  settle(): void {
    for (let busy = true; busy; ) {
      this.turn();
      busy = this.callers.map((caller) => caller.pump()).includes(true) || this.#dirty.length > 0;
    }
  }

  /** `seconds` pass, with all that a relay does each second. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.clock.pass(1000);
      for (const connection of this.hall.paused) connection.readOn();
      for (const connection of this.hall.connections) connection.tend();
      this.hall.rooms.sweep();
      this.hall.desk.sweep();
      this.hall.work.secondPassed();
    }
    this.turn();
  }

  /** The same, with everyone awake: pings are answered, and who has something to say says it. */
  live(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      for (const connection of this.hall.connections) connection.pong();
      this.pass(1);
      this.settle();
    }
  }

  dial(origins: readonly string[] = [testOrigin]): { wire: FakeWire; connection: Connection } {
    const wire = new FakeWire();
    this.ticketsOut++;
    const ticket: Ticket = {
      giveBack: () => void this.ticketsOut--,
      spendErrand: () => (this.errandsLeft-- > 0 ? 0 : 30),
      household: this.household ?? {},
    };
    const connection = new Connection(this.hall, wire, ticket, origins);
    this.connections.push(connection);
    this.turn();
    return { wire, connection };
  }

  /** A member: dialled, challenged, joined. The frames up to JOINED and what follows in the same turn are in `wire.frames`. */
  member(inst: Uint8Array = randomBytes(16), lastRecv = 0, expiresAt = 0): { wire: FakeWire; connection: Connection; inst: Uint8Array } {
    const { wire, connection } = this.dial();
    const challenge = wire.taken()[0];
    if (challenge?.type !== 'challenge') throw new Error('no challenge');
    connection.message(
      Buffer.from(signedJoin(this.room, testOrigin, challenge.nonce, challenge.powBits, { inst, lastRecv, expiresAt })),
      true,
    );
    this.turn();
    return { wire, connection, inst };
  }
}
