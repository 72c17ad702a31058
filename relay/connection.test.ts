import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeSend, relayErrors } from '../shared/wire/relay.ts';
import { signedJoin } from './testing/client.ts';
import type { FakeWire } from './testing/fake-wire.ts';
import { TestHall, testOrigin } from './testing/hall.ts';

const send = (to: Uint8Array | null, text: string | Uint8Array): Buffer => Buffer.from(encodeSend(to, Buffer.from(text as string)));
const types = (wire: FakeWire): string[] => wire.taken().map(({ type }) => type);
const texts = (wire: FakeWire): string[] =>
  wire
    .taken()
    .flatMap((frame) =>
      frame.type === 'received' ? [Buffer.from(frame.frame).toString()] : frame.type === 'gap' ? [`gap ${frame.lost}`] : [],
    );
const errorsOf = (wire: FakeWire): number[] => wire.taken().flatMap((frame) => (frame.type === 'error' ? [frame.code] : []));

describe('joining', () => {
  it('takes a challenge, a proof, and lists who is there', () => {
    const hall = new TestHall();
    const ann = hall.member();
    expect(ann.wire.taken()).toEqual([{ type: 'joined', resumed: false, remainingS: 0, members: [], turn: null }]);
    const bob = hall.member();
    const [joined] = bob.wire.taken();
    expect(joined?.type === 'joined' && joined.members.map((inst) => Buffer.from(inst).toString('hex'))).toEqual([
      Buffer.from(ann.inst).toString('hex'),
    ]);
    expect(types(ann.wire)).toEqual(['came']);
  });

  it('is refused with another nonce, another origin, another key, a changed field', () => {
    const hall = new TestHall();
    const stale = hall.dial();
    const nonce = (stale.wire.taken()[0] as { nonce: Uint8Array }).nonce;
    const proof = Buffer.from(signedJoin(hall.room, testOrigin, nonce, 0));
    const forOther = Buffer.from(signedJoin(hall.room, 'https://other.example', nonce, 0));
    const edited = Buffer.from(proof);
    edited[60]! ^= 1;
    for (const join of [proof, forOther, edited]) {
      const { wire, connection } = hall.dial();
      connection.message(join, true);
      hall.turn();
      expect([errorsOf(wire), wire.closedWith]).toEqual([[relayErrors.unauthentic], 4002]);
    }
    expect(hall.hall.rooms.size.seats).toBe(0);
  });

  it('is refused where the relay was reached by a name that is not its own', () => {
    const hall = new TestHall();
    const { wire, connection } = hall.dial([]);
    const [challenge] = wire.taken();
    connection.message(Buffer.from(signedJoin(hall.room, testOrigin, (challenge as { nonce: Uint8Array }).nonce, 0)), true);
    expect([errorsOf(wire), wire.closedWith]).toEqual([[relayErrors.wrongOrigin], 4003]);
  });

  it('must happen in time', () => {
    const hall = new TestHall({ joinSeconds: 10 });
    const { wire } = hall.dial();
    hall.pass(9);
    expect(wire.closedWith).toBeUndefined();
    hall.pass(1);
    expect(wire.closedWith).toBe(1008);
    expect(hall.hall.counters.joinTimeouts).toBe(1);
  });

  it('asks for work where work is asked for, with a new challenge for missing work and an end to guessing', () => {
    const hall = new TestHall({ workBits: 8 });
    const { wire, connection } = hall.dial();
    for (let round = 1; round <= 4; round++) {
      const challenge = wire.taken().at(-1) as { nonce: Uint8Array; powBits: number };
      expect(challenge.powBits).toBe(8);
      let join = Buffer.from(signedJoin(hall.room, testOrigin, challenge.nonce, 0, { pow: 0 }));
      while (
        hall.hall.work.isDone(8, challenge.nonce, {
          roomPub: join.subarray(1, 33),
          inst: join.subarray(33, 49),
          pow: 0,
        })
      )
        join = Buffer.from(signedJoin(hall.room, testOrigin, challenge.nonce, 0, { pow: 0 }));
      connection.message(join, true);
      hall.turn();
      if (round < 4) expect(wire.frames.map(({ type }) => type)).toEqual(['error', 'challenge']);
    }
    expect([errorsOf(wire), wire.closedWith]).toEqual([[relayErrors.flood], 4008]);
    expect(hall.member().wire.taken()[0]?.type).toBe('joined');
  });

  it('happens once: a second JOIN, a message before it, text, and bytes that are no frame end the socket', () => {
    const hall = new TestHall();
    const frames: [Buffer, boolean][] = [
      [send(null, 'before'), true],
      [Buffer.from('text'), false],
      [Buffer.from([0x77]), true],
      [Buffer.alloc(0), true],
    ];
    for (const [bytes, isBinary] of frames) {
      const { wire, connection } = hall.dial();
      connection.message(bytes, isBinary);
      expect([errorsOf(wire), wire.closedWith]).toEqual([[relayErrors.badFrame], 4001]);
    }
    const ann = hall.member();
    ann.connection.message(Buffer.from(signedJoin(hall.room, testOrigin, randomBytes(32), 0)), true);
    expect([errorsOf(ann.wire), ann.wire.closedWith]).toEqual([[relayErrors.badFrame], 4001]);
  });

  it('hands TURN credentials, where there are any, to a page that wants them and to no other', () => {
    const hall = new TestHall({ turnUrls: 'turn:turn.example:3478', turnSecret: 'shared' });
    for (const wantsTurn of [true, false]) {
      const { wire, connection } = hall.dial();
      const [challenge] = wire.taken();
      if (challenge?.type !== 'challenge') throw new TypeError('a challenge comes first');
      connection.message(Buffer.from(signedJoin(hall.room, testOrigin, challenge.nonce, 0, { wantsTurn })), true);
      hall.turn();
      const [joined] = wire.taken();
      expect(joined?.type === 'joined' && joined.turn?.urls).toEqual(wantsTurn ? ['turn:turn.example:3478'] : undefined);
    }
  });
});

describe('forwarding', () => {
  it('reaches everyone else, or the one addressed, under the name of the sender', () => {
    const hall = new TestHall();
    const [ann, bob, eve] = [hall.member(), hall.member(), hall.member()];
    for (const { wire } of [ann, bob, eve]) wire.taken();
    ann.connection.message(send(null, 'to all'), true);
    ann.connection.message(send(bob.inst, 'to bob'), true);
    hall.turn();
    expect(bob.wire.frames.every((frame) => frame.type === 'received' && Buffer.from(frame.src).equals(Buffer.from(ann.inst)))).toBe(true);
    expect([texts(ann.wire), texts(bob.wire), texts(eve.wire)]).toEqual([[], ['to all', 'to bob'], ['to all']]);
  });

  it('carries every size of frame unchanged', () => {
    const hall = new TestHall();
    const [ann, bob] = [hall.member(), hall.member()];
    bob.wire.taken();
    const frames = [1, 108, 109, 110, 256, 2048, 16384].map((length) => randomBytes(length));
    for (const frame of frames) ann.connection.message(send(null, frame), true);
    hall.turn();
    const got = bob.wire.taken().map((frame) => (frame.type === 'received' ? Buffer.from(frame.frame).toString('hex') : frame.type));
    expect(got).toEqual(frames.map((frame) => frame.toString('hex')));
  });

  it('writes once a turn, however many messages there are', () => {
    const hall = new TestHall();
    const [ann, bob] = [hall.member(), hall.member()];
    const before = bob.wire.writes;
    for (let i = 0; i < 50; i++) ann.connection.message(send(null, `${i}`), true);
    hall.turn();
    expect(bob.wire.writes - before).toBe(1);
  });

  it('drops and counts what is addressed to nobody, and never leaves the room', () => {
    const hall = new TestHall();
    const ann = hall.member();
    ann.connection.message(send(randomBytes(16), 'lost'), true);
    ann.connection.message(send(ann.inst, 'to myself'), true);
    expect(hall.hall.counters.drops.nobody).toBe(2);
    expect(ann.wire.closedWith).toBeUndefined();
  });
});

describe('a lost socket', () => {
  it('keeps the seat, tells the others, and resumes with exactly what is missing, in order', () => {
    const hall = new TestHall();
    const [ann, bob] = [hall.member(), hall.member()];
    bob.wire.taken();
    for (const text of ['1', '2', '3']) ann.connection.message(send(null, text), true);
    hall.turn();
    expect(texts(bob.wire)).toEqual(['1', '2', '3']);
    bob.connection.closed(1006);
    hall.turn();
    expect(types(ann.wire).slice(-1)).toEqual(['away']);
    for (const text of ['4', '5']) ann.connection.message(send(bob.inst, text), true);
    const back = hall.member(bob.inst, 2); // the third was written to a socket that was dead already
    expect(back.wire.frames[0]).toMatchObject({ type: 'joined', resumed: true });
    expect(texts(back.wire)).toEqual(['3', '4', '5']);
    expect(types(ann.wire)).toEqual(['came']);
  });

  it('tells by GAP what the bounded queue has let go of', () => {
    const hall = new TestHall({ resumeBytes: 10 * (4 + 17 + 1000) });
    const [ann, bob] = [hall.member(), hall.member()];
    bob.connection.closed(1006);
    for (let i = 0; i < 25; i++) ann.connection.message(send(null, `${i}`.padEnd(1000)), true);
    expect(texts(hall.member(bob.inst, 0).wire).map((text) => text.trim())).toEqual([
      'gap 15',
      ...Array.from({ length: 10 }, (_, i) => `${15 + i}`),
    ]);
    expect(hall.hall.counters.drops.resume).toBe(15);
  });

  it('tells by GAP of bulk that was in flight, at its place in the order, and keeps bulk for those who are away', () => {
    const hall = new TestHall();
    const [ann, bob] = [hall.member(), hall.member()];
    const bulk = 'b'.repeat(9000);
    for (const text of ['1', bulk, bulk, '2', bulk]) ann.connection.message(send(null, text), true);
    hall.turn();
    bob.connection.closed(1006);
    ann.connection.message(send(null, bulk), true);
    expect(texts(hall.member(bob.inst, 0).wire)).toEqual(['1', 'gap 2', '2', 'gap 1', bulk]);
  });

  it('loses its seat after the grace time, and at once where the page gave it up', () => {
    const hall = new TestHall({ graceSeconds: 30, heartbeatSeconds: 600 });
    const [ann, bob, eve] = [hall.member(), hall.member(), hall.member()];
    ann.wire.taken();
    eve.connection.closed(1000);
    hall.turn();
    expect(types(ann.wire)).toEqual(['left']);
    bob.connection.closed(1001);
    hall.pass(29);
    expect(types(ann.wire)).toEqual(['away']);
    hall.pass(1);
    expect(types(ann.wire)).toEqual(['left']);
    expect(hall.member(bob.inst, 5).wire.frames[0]).toMatchObject({ type: 'joined', resumed: false });
  });

  it('is noticed by the page itself: with every heartbeat a member gets an empty GAP', () => {
    const hall = new TestHall({ heartbeatSeconds: 10 });
    const ann = hall.member();
    ann.wire.taken();
    hall.pass(9);
    expect(types(ann.wire)).toEqual([]);
    hall.pass(1);
    expect(ann.wire.taken()).toEqual([{ type: 'gap', lost: 0 }]);
  });

  it('lets go of what a pong has acknowledged, and of nothing else', () => {
    const hall = new TestHall({ heartbeatSeconds: 10 });
    const [ann, bob] = [hall.member(), hall.member()];
    ann.connection.message(send(null, 'before the ping'), true);
    hall.pass(10);
    ann.connection.message(send(null, 'after the ping'), true);
    hall.turn();
    bob.connection.pong();
    bob.connection.closed(1006);
    expect(texts(hall.member(bob.inst, 1).wire)).toEqual(['after the ping']);
  });

  it('is noticed when a ping stays unanswered, unless we were not reading', () => {
    const hall = new TestHall({ heartbeatSeconds: 10 });
    const [quiet, alive] = [hall.member(), hall.member()];
    hall.pass(10);
    alive.connection.pong();
    hall.pass(10);
    expect([quiet.wire.closedWith, alive.wire.closedWith]).toEqual(['destroyed', undefined]);
    expect(hall.hall.counters.halfOpen).toBe(1);
  });

  it('is taken over by a newer socket of the same page', () => {
    const hall = new TestHall();
    const old = hall.member();
    const watcher = hall.member();
    old.wire.taken();
    watcher.wire.taken();
    const young = hall.member(old.inst);
    expect([errorsOf(old.wire), old.wire.closedWith]).toEqual([[relayErrors.taken], 4007]);
    old.connection.closed(1006);
    young.connection.message(send(null, 'still here'), true);
    hall.turn();
    expect(watcher.wire.taken().map(({ type }) => type)).toEqual(['came', 'received']);
  });
});

describe('bounds', () => {
  it('stop the reading of a sender that is over its rate until its debt is paid', () => {
    const hall = new TestHall({ framesPerSecond: 10, burst: 2 });
    const [ann, bob] = [hall.member(), hall.member()];
    bob.wire.taken();
    for (let i = 0; i < 29; i++) ann.connection.message(send(null, `${i}`), true);
    hall.turn();
    expect([ann.wire.isPaused, texts(bob.wire).length]).toEqual([true, 29]); // what has arrived is delivered
    bob.connection.message(send(null, 'not my debt'), true);
    hall.turn();
    expect(bob.wire.isPaused).toBe(false);
    hall.pass(1);
    expect(ann.wire.isPaused).toBe(false);
    expect(hall.hall.counters.pauses).toBe(1);
  });

  it('weigh bytes as well as frames', () => {
    const hall = new TestHall({ bytesPerSecond: 17_000, burst: 1 });
    const [ann] = [hall.member(), hall.member()];
    for (let i = 0; i < 3; i++) ann.connection.message(send(null, new Uint8Array(8000)), true);
    expect(ann.wire.isPaused).toBe(true);
    hall.pass(1);
    expect(ann.wire.isPaused).toBe(false);
  });

  it('weigh bulk to one member by its bytes alone, and bulk to all by both', () => {
    const hall = new TestHall({ framesPerSecond: 10, burst: 1, bytesPerSecond: 1_000_000 });
    const [ann, bob, eve] = [hall.member(), hall.member(), hall.member()];
    for (let i = 0; i < 50; i++) ann.connection.message(send(bob.inst, new Uint8Array(16_384)), true);
    for (let i = 0; i < 11; i++) eve.connection.message(send(null, new Uint8Array(16_384)), true);
    expect([ann.wire.isPaused, eve.wire.isPaused]).toEqual([false, true]);
    for (let i = 0; i < 20; i++) ann.connection.message(send(bob.inst, new Uint8Array(16_384)), true);
    expect(ann.wire.isPaused).toBe(true);
  });

  it('end a flood that no page can make, and keep its seat', () => {
    const hall = new TestHall({ framesPerSecond: 10, burst: 2 });
    const [ann, bob] = [hall.member(), hall.member()];
    for (let i = 0; i < 100; i++) ann.connection.message(send(null, 'x'), true);
    hall.turn();
    expect([errorsOf(ann.wire), ann.wire.closedWith]).toEqual([[relayErrors.flood], 4008]);
    expect(texts(bob.wire).length).toBeLessThan(50);
    expect(hall.hall.rooms.size).toMatchObject({ seats: 2, away: 1 });
  });

  it('cost a slow reader its seat, and nobody else anything', () => {
    const hall = new TestHall({ slowReaderBytes: 64 * 1024 });
    const [ann, bob, slow] = [hall.member(), hall.member(), hall.member()];
    slow.wire.stuck = true;
    for (const { wire } of [ann, bob]) wire.taken();
    for (let i = 0; i < 10; i++) {
      ann.connection.message(send(null, new Uint8Array(8000)), true);
      hall.turn();
    }
    expect(slow.wire.closedWith).toBe('destroyed');
    expect(slow.wire.unsent).toBeLessThan(64 * 1024 + 2 * 8100);
    expect(bob.wire.taken().map(({ type }) => type)).toEqual([...Array(9).fill('received'), 'left', 'received']);
    expect(ann.wire.isPaused).toBe(false);
    expect(hall.hall.rooms.size).toMatchObject({ seats: 2, away: 0, keptBytes: expect.any(Number) });
  });

  it('slow bulk to one member down before it costs that member its seat', () => {
    const hall = new TestHall({ slowReaderBytes: 64 * 1024 });
    const [ann, slow] = [hall.member(), hall.member()];
    slow.wire.stuck = true;
    for (let i = 0; i < 4 && !ann.wire.isPaused; i++) {
      ann.connection.message(send(slow.inst, new Uint8Array(8192)), true);
      hall.turn();
    }
    expect([ann.wire.isPaused, slow.wire.closedWith]).toEqual([true, undefined]);
    hall.pass(1);
    expect(ann.wire.isPaused).toBe(false);
  });

  it('give every ticket back, once, however a socket ends', () => {
    const hall = new TestHall();
    const { connection } = hall.member();
    hall.dial();
    connection.closed(1006);
    connection.closed(1006);
    for (const each of hall.connections) each.closed(1000);
    hall.connections[1]!.message(send(null, 'after the end'), true);
    expect(hall.ticketsOut).toBe(hall.connections.length - 4);
  });
});

describe('expiry', () => {
  it('closes every socket of the room and accepts nothing after it', () => {
    const hall = new TestHall({ heartbeatSeconds: 600 });
    const end = hall.clock.wall() / 1000 + 300;
    const [ann, bob] = [hall.member(undefined, 0, end), hall.member(undefined, 0, end)];
    expect(ann.wire.taken()[0]).toMatchObject({ type: 'joined', remainingS: 300 });
    hall.pass(299);
    expect(ann.wire.closedWith).toBeUndefined();
    hall.pass(1);
    for (const { wire } of [ann, bob]) expect(wire.closedWith).toBe(4004);
    bob.wire.taken();
    ann.connection.message(send(null, 'one more thing'), true);
    hall.turn();
    expect(bob.wire.taken()).toEqual([]);
    expect(hall.hall.rooms.size).toEqual({ rooms: 0, seats: 0, away: 0, keptBytes: 0 });
    const late = hall.member(undefined, 0, end);
    expect([errorsOf(late.wire), late.wire.closedWith]).toEqual([[relayErrors.expired], 4004]);
  });

  it('is one for all: another time, and one too far ahead, are refused', () => {
    const hall = new TestHall({ roomHours: 24 });
    const now = hall.clock.wall() / 1000;
    hall.member(undefined, 0, now + 3600);
    for (const expiresAt of [now + 3601, 0, now + 24 * 3600 + 1]) {
      const late = hall.member(undefined, 0, expiresAt);
      expect([errorsOf(late.wire), late.wire.closedWith]).toEqual([[relayErrors.badExpiry], 4005]);
    }
  });
});

describe('a full room', () => {
  it('refuses the next page and still lets a member come back', () => {
    const hall = new TestHall({ roomMembers: 2 });
    const [ann] = [hall.member(), hall.member()];
    const third = hall.member();
    expect([errorsOf(third.wire), third.wire.closedWith]).toEqual([[relayErrors.full], 4006]);
    ann.connection.closed(1006);
    expect(hall.member(ann.inst).wire.frames[0]).toMatchObject({ type: 'joined', resumed: true });
  });

  it('is told from a full relay', () => {
    const hall = new TestHall({ rooms: 1 });
    hall.member();
    const other = new TestHall();
    const { wire, connection } = hall.dial();
    const [challenge] = wire.taken();
    connection.message(Buffer.from(signedJoin(other.room, testOrigin, (challenge as { nonce: Uint8Array }).nonce, 0)), true);
    expect(wire.taken()[0]).toEqual({ type: 'error', code: relayErrors.busy, retryS: 30 });
  });
});
