import { beforeEach, describe, expect, test } from 'vitest';
import type { PeerId, RoomEvent, RoomInput, RoomOutput } from '../../shared/room/types.ts';
import { Driver, type DriverPorts } from './driver.ts';
import type { LinkEvents } from './link.ts';
import type { RelaySocketEvents } from './relay-socket.ts';

const peer = '00112233445566778899aabbccddeeff' as PeerId;
const bytes = (n: number, length = 4) => new Uint8Array(length).fill(n);

/** A page in which time passes only when told, and a machine that answers from a script. */
function page() {
  const heard: RoomInput[] = [];
  const shown: RoomEvent[] = [];
  const sent: string[] = [];
  const sockets: { events: RelaySocketEvents; closed: number[] }[] = [];
  const links: { events: LinkEvents; closed: boolean; waiting: number; pathKnown: (path: 'direct' | 'turn') => void }[] = [];
  const timers: { at: number; callback: () => void }[] = [];
  const yielded: (() => void)[] = [];
  const world = { now: 0, wall: 1_000_000, visible: true, nextWake: Number.POSITIVE_INFINITY, stepMs: 0 };
  const answers = new Map<RoomInput['type'], RoomOutput[]>();
  const ports: DriverPorts = {
    now: () => world.now,
    wallNow: () => world.wall,
    random: (length) => new Uint8Array(length),
    visible: () => world.visible,
    after(ms, callback) {
      const timer = { at: world.now + ms, callback };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    yieldTo: (callback) => yielded.push(callback),
    dialRelay(origin, events) {
      const socket = { events, closed: [] as number[] };
      sockets.push(socket);
      sent.push(`dial ${origin}`);
      return { send: (b) => sent.push(`relay ${b[0]}`), waitingBytes: () => 0, close: (code) => socket.closed.push(code) };
    },
    openLink(_, events) {
      const { promise, resolve } = Promise.withResolvers<'direct' | 'turn'>();
      const link = { events, closed: false, waiting: 0, pathKnown: resolve };
      links.push(link);
      return {
        signal: (text) => sent.push(`signal ${text}`),
        send: (b) => sent.push(`link ${b[0]}`),
        waitingBytes: () => link.waiting,
        sendFile: (frame) => sent.push(`file ${frame[0]}`) > 0,
        path: () => promise,
        close: () => {
          link.closed = true;
        },
      };
    },
  };
  const machine = {
    step(input: RoomInput) {
      heard.push(input);
      world.now += world.stepMs;
      return answers.has(input.type) ? answers.get(input.type)! : [];
    },
    nextWake: () => world.nextWake,
  };
  const driver = new Driver(machine, ['https://relay.example'], ports, (event) => shown.push(event));
  const types = () => heard.map(({ type }) => type);
  return { driver, heard, types, shown, sent, sockets, links, timers, yielded, world, answers };
}

let p: ReturnType<typeof page>;
beforeEach(() => {
  p = page();
});

describe('inputs and outputs', () => {
  test('outputs are carried out in order, before feed returns', () => {
    p.answers.set('join', [{ type: 'relay-dial', relay: 0 }]);
    p.answers.set('say', [
      { type: 'relay-send', relay: 0, bytes: bytes(1) },
      { type: 'relay-send', relay: 0, bytes: bytes(2) },
    ]);
    p.driver.feed({ type: 'join' });
    p.driver.feed({ type: 'say', text: 'hello' });
    expect(p.sent).toEqual(['dial https://relay.example', 'relay 1', 'relay 2']);
  });

  test('what leaves the page leaves before anything is shown', () => {
    let sentBefore: string[] | undefined;
    p.shown.push = () => {
      sentBefore ??= [...p.sent];
      return 0;
    };
    p.answers.set('join', [{ type: 'relay-dial', relay: 0 }]);
    p.answers.set('say', [
      { type: 'event', event: { type: 'relay', relay: 'connected', each: ['connected'] } },
      { type: 'relay-send', relay: 0, bytes: bytes(1) },
    ]);
    p.driver.feed({ type: 'join' });
    p.driver.feed({ type: 'say', text: 'hello' });
    expect(sentBefore).toEqual(['dial https://relay.example', 'relay 1']);
  });

  test('an input that an output causes is handled after that step, not inside it', () => {
    p.answers.set('join', [
      { type: 'relay-dial', relay: 0 },
      { type: 'relay-send', relay: 0, bytes: bytes(1) },
    ]);
    p.driver.feed({ type: 'join' });
    p.answers.set('say', [{ type: 'event', event: { type: 'relay', relay: 'connected', each: ['connected'] } }]);
    p.driver.feed({ type: 'say', text: 'x' });
    expect(p.shown).toEqual([{ type: 'relay', relay: 'connected', each: ['connected'] }]);
    expect(p.types()).toEqual(['join', 'say']);
  });

  test('a refused input is counted under its place and code', () => {
    p.answers.set('join', [{ type: 'drop', code: 'unauthentic', where: 'pair' }]);
    p.driver.feed({ type: 'join' });
    expect(p.driver.drops.get('pair unauthentic')).toBe(1);
  });

  test("a caller's mistake reaches the caller, and the room goes on", () => {
    p.answers.set('say', null as unknown as RoomOutput[]);
    expect(() => p.driver.feed({ type: 'say', text: '' })).toThrow();
    p.driver.feed({ type: 'join' });
    for (const turn of p.yielded.splice(0)) turn();
    expect(p.types()).toEqual(['say', 'join']);
  });

  test('the browser gets its turn after a slice, and the rest follows in order', () => {
    p.answers.set('join', [{ type: 'relay-dial', relay: 0 }]);
    p.driver.feed({ type: 'join' });
    p.world.stepMs = 20;
    for (const n of [1, 2, 3]) p.sockets[0]!.events.bytes(bytes(n));
    expect(p.types()).toEqual(['join', 'relay-bytes']);
    while (p.yielded.length > 0) p.yielded.shift()!();
    expect(p.heard.slice(1).map((input) => ('bytes' in input ? input.bytes[0] : -1))).toEqual([1, 2, 3]);
  });
});

describe('the relay socket', () => {
  beforeEach(() => {
    p.answers.set('join', [{ type: 'relay-dial', relay: 0 }]);
    p.driver.feed({ type: 'join' });
  });

  test('its opening, bytes and end reach the machine', () => {
    const { events } = p.sockets[0]!;
    events.open();
    events.bytes(bytes(7));
    events.closed(1006);
    expect(p.types()).toEqual(['join', 'relay-open', 'relay-bytes', 'relay-closed']);
  });

  test('a socket that was replaced is closed and heard no more', () => {
    p.driver.feed({ type: 'join' });
    expect(p.sockets[0]!.closed).toEqual([4000]);
    p.sockets[0]!.events.bytes(bytes(7));
    p.sockets[0]!.events.closed(1006);
    expect(p.types()).toEqual(['join', 'join']);
  });

  test('more than the queue holds costs the socket, not the memory: what waited is forgotten and the machine is told', () => {
    p.world.stepMs = 20;
    for (let i = 0; i < 3000; i++) p.sockets[0]!.events.bytes(bytes(1, 16_384));
    expect(p.sockets[0]!.closed).toEqual([4000]);
    p.world.stepMs = 0;
    while (p.yielded.length > 0) p.yielded.shift()!();
    expect(p.types()).toEqual(['join', 'relay-bytes', 'relay-closed']);
    expect(p.driver.drops.get('relay queue full')).toBe(1);
  });
});

describe('links', () => {
  const fingerprints = { local: 'A', remote: 'B' };
  beforeEach(() => {
    p.answers.set('join', [{ type: 'link-dial', peer, offers: true, iceServers: [] }]);
    p.answers.set('say', [{ type: 'link-send', peer, bytes: bytes(5) }]);
    p.driver.feed({ type: 'join' });
  });

  test('the machine hears of an open link with its path, and of frames that came earlier only then', async () => {
    const { events, pathKnown } = p.links[0]!;
    events.open(fingerprints);
    events.bytes(bytes(1));
    expect(p.types()).toEqual(['join']);
    pathKnown('turn');
    await Promise.resolve();
    await Promise.resolve();
    expect(p.heard.slice(1)).toEqual([
      { type: 'link-open', peer, fingerprints, path: 'turn' },
      { type: 'link-bytes', peer, bytes: bytes(1) },
    ]);
  });

  test('a link that says too much before its path is known is lost, and holds nothing any more', async () => {
    const { events, pathKnown } = p.links[0]!;
    events.open(fingerprints);
    for (let i = 0; i < 13; i++) events.bytes(bytes(1, 1024 * 1024));
    expect(p.links[0]!.closed).toBe(true);
    expect(p.heard.slice(1)).toEqual([{ type: 'link-closed', peer }]);
    expect(p.driver.drops.get('link queue full')).toBe(1);
    pathKnown('direct');
    await Promise.resolve();
    await Promise.resolve();
    expect(p.types()).toEqual(['join', 'link-closed']);
  });

  test('a link that was replaced is closed and heard no more', () => {
    p.driver.feed({ type: 'join' });
    expect(p.links[0]!.closed).toBe(true);
    p.links[0]!.events.signal('x');
    p.links[0]!.events.closed();
    expect(p.types()).toEqual(['join', 'join']);
  });

  test('a link that takes no more is closed and reported', () => {
    p.links[0]!.waiting = 13 * 1024 * 1024;
    p.driver.feed({ type: 'say', text: 'x' });
    expect(p.sent).toEqual([]);
    expect(p.links[0]!.closed).toBe(true);
    expect(p.types()).toEqual(['join', 'say', 'link-closed']);
  });
});

describe('time', () => {
  test('one timer follows nextWake, and there is none when nothing is due', () => {
    p.world.nextWake = 500;
    p.driver.feed({ type: 'join' });
    p.world.nextWake = 300;
    p.driver.feed({ type: 'say', text: 'x' });
    expect(p.timers.map(({ at }) => at)).toEqual([300]);
    p.world.nextWake = Number.POSITIVE_INFINITY;
    p.driver.feed({ type: 'say', text: 'x' });
    expect(p.timers).toEqual([]);
  });

  test('the timer feeds wake, also twice for the same moment', () => {
    p.world.nextWake = 500;
    p.driver.feed({ type: 'join' });
    p.timers.shift()!.callback();
    p.timers.shift()!.callback();
    expect(p.types()).toEqual(['join', 'wake', 'wake']);
  });

  test('a wake that is due already comes at the next turn of the browser, without a timer', () => {
    p.world.nextWake = -1;
    p.driver.feed({ type: 'join' });
    expect(p.timers).toEqual([]);
    p.world.nextWake = Number.POSITIVE_INFINITY;
    for (const turn of p.yielded.splice(0)) turn();
    expect(p.types()).toEqual(['join', 'wake']);
  });

  test('a wall clock that ran on while ours stood still means the page slept', () => {
    p.world.nextWake = 500;
    p.driver.feed({ type: 'join' });
    p.world.now = 500;
    p.world.wall += 60_000;
    p.timers.shift()!.callback();
    expect(p.types()).toEqual(['join', 'resumed', 'wake']);
  });

  test('a timer that came late means the page slept only where it is visible', () => {
    for (const visible of [false, true]) {
      p = page();
      p.world.visible = visible;
      p.world.nextWake = 500;
      p.driver.feed({ type: 'join' });
      p.world.now = 60_000;
      p.world.wall += 60_000;
      p.timers.shift()!.callback();
      expect(p.types()).toEqual(visible ? ['join', 'resumed', 'wake'] : ['join', 'wake']);
    }
  });
});

describe('the end', () => {
  test('when the room has ended, its last words are sent and then everything is closed', () => {
    p.answers.set('join', [
      { type: 'relay-dial', relay: 0 },
      { type: 'link-dial', peer, offers: false, iceServers: [] },
    ]);
    p.answers.set('leave', [
      { type: 'event', event: { type: 'phase', phase: { name: 'ended', reason: 'left' } } },
      { type: 'relay-send', relay: 0, bytes: bytes(9) },
      { type: 'relay-close', relay: 0, code: 1000 },
    ]);
    p.world.nextWake = 500;
    p.driver.feed({ type: 'join' });
    p.driver.feed({ type: 'leave' });
    expect(p.sent.at(-1)).toBe('relay 9');
    expect(p.sockets[0]!.closed).toEqual([1000]);
    expect(p.links[0]!.closed).toBe(true);
    expect(p.timers).toEqual([]);
    p.driver.feed({ type: 'say', text: 'x' });
    expect(p.types()).toEqual(['join', 'leave']);
  });
});
