import { beforeEach, describe, expect, test } from 'vitest';
import type { DeskNews, Errand, Line, Refusal } from '../../shared/doors/desk-call.ts';
import { encodeFromDesk } from '../../shared/wire/desk.ts';
import { encodeFromRelay, relayErrors } from '../../shared/wire/relay.ts';
import { type DeskCallPorts, runDeskCall } from './desk-call.ts';
import type { RelaySocketEvents } from './relay-socket.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

/** An errand that tells all that happens to it. */
class Recorder implements Errand<string> {
  readonly inst = new Uint8Array(16).fill(1);
  readonly redials: Errand<string>['redials'];
  dueAt = Number.POSITIVE_INFINITY;
  ends = 0;

  constructor(redials: Errand<string>['redials']) {
    this.redials = redials;
  }

  ask(): Uint8Array {
    return bytes(0x22);
  }

  heard(news: DeskNews, line: Line<string>): void {
    line.tell(news.type);
  }

  refused(why: Refusal, line: Line<string>): void {
    line.tell(`refused: ${why}`);
  }

  due(): number {
    return this.dueAt;
  }

  wake(line: Line<string>): void {
    this.dueAt = Number.POSITIVE_INFINITY;
    line.tell('woken');
  }

  ended(): void {
    this.ends++;
  }
}

function page(redials: Errand<string>['redials']) {
  const sockets: { origin: string; events: RelaySocketEvents; sent: Uint8Array[]; closed: number[] }[] = [];
  const timers: { at: number; callback: () => void }[] = [];
  const turns: (() => void)[] = [];
  const told: string[] = [];
  const world = { now: 0 };
  const ports: DeskCallPorts = {
    now: () => world.now,
    random: (length) => new Uint8Array(length),
    after(ms, callback) {
      const timer = { at: world.now + ms, callback };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    yieldTo: (callback) => void turns.push(callback),
    dialRelay(origin, events) {
      const socket = { origin, events, sent: [] as Uint8Array[], closed: [] as number[] };
      sockets.push(socket);
      return { send: (data) => void socket.sent.push(data), close: (code) => void socket.closed.push(code), waitingBytes: () => 0 };
    },
  };
  const errand = new Recorder(redials);
  const call = runDeskCall(errand, 'https://relay.example', ports, (event) => told.push(event));
  const turn = () => {
    for (const callback of turns.splice(0)) callback();
  };
  const pass = (ms: number) => {
    world.now += ms;
    for (const timer of timers.filter(({ at }) => at <= world.now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.callback();
    }
    turn();
  };
  const greet = (socket = sockets.at(-1)!) => {
    socket.events.open();
    socket.events.bytes(encodeFromRelay({ type: 'challenge', version: 1, nonce: new Uint8Array(32), powBits: 0 }));
  };
  turn();
  return { call, errand, sockets, timers, told, world, pass, greet, turn };
}

const answer = encodeFromDesk({ type: 'listings', more: false, rooms: [] });

describe('a call', () => {
  let p: ReturnType<typeof page>;
  beforeEach(() => {
    p = page('once-open');
  });

  test('dials, asks once it is challenged, and tells what it hears', () => {
    expect(p.sockets.map(({ origin }) => origin)).toEqual(['https://relay.example']);
    p.greet();
    expect(p.sockets[0]!.sent).toEqual([bytes(0x22)]);
    p.sockets[0]!.events.bytes(answer);
    expect(p.told).toEqual(['listings']);
  });

  test('is woken when its errand is due, by one timer', () => {
    p.greet();
    p.errand.dueAt = 3000;
    p.sockets[0]!.events.bytes(answer);
    expect(p.timers).toHaveLength(1);
    p.pass(3000);
    expect(p.told).toEqual(['listings', 'woken']);
  });

  test('that was never answered gives up; one that stood dials again, and says with the close that it will', () => {
    p.sockets[0]!.events.closed(1006);
    expect(p.told).toEqual(['refused: unreachable']);
    expect([p.call.isOver, p.errand.ends]).toEqual([true, 1]);

    const other = page('once-open');
    other.greet();
    other.sockets[0]!.events.bytes(answer);
    other.sockets[0]!.events.closed(1006);
    expect(other.told).toEqual(['listings']);
    other.pass(20_000);
    expect(other.sockets).toHaveLength(2);
    other.greet();
    other.sockets[1]!.events.bytes(encodeFromRelay({ type: 'error', code: relayErrors.shutdown, retryS: 0 }));
    expect(other.sockets[1]!.closed).toEqual([4000]);
  });

  test('that is refused for good ends, whatever the socket says afterwards', () => {
    p.greet();
    p.sockets[0]!.events.bytes(encodeFromRelay({ type: 'error', code: relayErrors.gone, retryS: 0 }));
    p.sockets[0]!.events.closed(4016);
    expect(p.told).toEqual(['refused: gone']);
    expect(p.sockets[0]!.closed).toEqual([1000]);
  });

  test('that the page closes says nothing more, gives its mailbox up, and can be closed again', () => {
    p.greet();
    p.call.close();
    p.call.close();
    p.call.act((line) => line.tell('late'));
    p.sockets[0]!.events.bytes(answer);
    expect([p.told, p.sockets[0]!.closed, p.errand.ends]).toEqual([[], [1000], 1]);
  });

  test('whose page has slept is dialled anew, for its socket may be dead', () => {
    p.greet();
    p.sockets[0]!.events.bytes(answer);
    p.call.resume();
    p.pass(2000);
    expect(p.sockets).toHaveLength(2);
    p.sockets[0]!.events.bytes(answer);
    expect(p.told).toEqual(['listings']);
  });

  test('looks for the work that is asked in slices, between which the browser has its turn', () => {
    p.sockets[0]!.events.open();
    p.sockets[0]!.events.bytes(encodeFromRelay({ type: 'challenge', version: 1, nonce: new Uint8Array(32).fill(7), powBits: 13 }));
    let turns = 0;
    for (; p.sockets[0]!.sent.length === 0 && turns < 1000; turns++) p.turn();
    expect(turns).toBeGreaterThan(0);
    expect(p.sockets[0]!.sent).toHaveLength(1);
  });

  test('from a relay of another version, or one that asks for too much work, is given up', () => {
    p.sockets[0]!.events.open();
    p.sockets[0]!.events.bytes(encodeFromRelay({ type: 'challenge', version: 2, nonce: new Uint8Array(32), powBits: 0 }));
    expect(p.told).toEqual(['refused: incompatible']);
    const other = page('never');
    other.sockets[0]!.events.open();
    other.sockets[0]!.events.bytes(encodeFromRelay({ type: 'challenge', version: 1, nonce: new Uint8Array(32), powBits: 25 }));
    expect(other.sockets[0]!.sent).toEqual([]);
    other.pass(5000);
    expect(other.told).toEqual(['refused: unreachable']);
  });
});
