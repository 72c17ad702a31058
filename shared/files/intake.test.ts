import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { pieceBytes } from '../wire/file.ts';
import { AskPace } from './ask-pace.ts';
import { type Ask, Intake } from './intake.ts';
import { chunkBytes, layoutOf } from './layout.ts';
import { Outlet } from './outlet.ts';

const piece = new Uint8Array(pieceBytes);

/** Runs an intake against an outlet over a road with a delay and a rate; pieces that `lost` names do not come the first time. */
function run(size: number, road: { delayMs: number; msPerPiece: number; lost?: (n: number) => boolean }) {
  const layout = layoutOf(size);
  const intake = new Intake(layout, 'relay', 0, new AskPace(0));
  const outlet = new Outlet<string>();
  let now = 0;
  let freeAt = 0;
  let sent = 0;
  let waitedMost = 0;
  const arrivals: { at: number; position: number }[] = [];
  const askedAt: number[] = [];
  const ask = () => {
    const wanted = intake.ask(now);
    if (wanted === null) return;
    askedAt.push(now);
    expect(outlet.want('f', layout, 1, wanted.again, wanted.spans)).toBe('queued');
  };
  ask();
  for (let turn = 0; turn < 1_000_000 && !intake.complete; turn++) {
    for (let due = outlet.next(); due !== null; due = outlet.next()) {
      outlet.advance(due);
      freeAt = Math.max(freeAt, now + road.delayMs) + road.msPerPiece;
      waitedMost = Math.max(waitedMost, freeAt - now - road.delayMs);
      sent++;
      if (road.lost?.(sent) !== true) arrivals.push({ at: freeAt, position: due.position });
    }
    const next = arrivals.shift();
    now = next === undefined ? Math.max(now + 1, intake.due) : Math.max(now, next.at);
    if (next !== undefined) {
      const taken = intake.take(next.position, piece, now);
      if (typeof taken === 'object') intake.chunkDone(taken.chunk);
    }
    ask();
  }
  return { intake, sent, now, waitedMost, layout, askedAt };
}

const positionsOf = (ask: Ask | null): number[] =>
  (ask?.spans ?? []).flatMap(({ from, count }) => Array.from({ length: count }, (_, at) => from + at));

describe('what is asked for', () => {
  test('comes whole, and nothing twice, while nothing is lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 * chunkBytes }), fc.integer({ min: 0, max: 800 }), (size, delayMs) => {
        const { intake, sent, layout } = run(size, { delayMs, msPerPiece: 1 });
        expect(intake.complete).toBe(true);
        expect(sent).toBe(layout.pieces);
      }),
      { numRuns: 25 },
    );
  });

  test('is asked for in fewer frames than its author takes, however fast it comes', () => {
    const { intake, askedAt, now, layout } = run(100 * chunkBytes, { delayMs: 1, msPerPiece: 0.2 });
    expect(intake.complete).toBe(true);
    const inSecond = askedAt.map((from) => askedAt.filter((at) => at >= from && at < from + 1000).length);
    expect(Math.max(...inSecond)).toBeLessThanOrEqual(2 * limits.memberFramesPerSecond);
    expect(now).toBeLessThan(0.4 * layout.pieces); // which leaves 40 MB/s at least
  });

  test('of two files of one author is asked for at one pace', () => {
    const pace = new AskPace(0);
    const intakes = [0, 1].map(() => new Intake(layoutOf(200 * chunkBytes), 'relay', 0, pace));
    let asks = 0;
    for (let now = 0; now < 2000; now += 5)
      for (const intake of intakes) {
        const asked = intake.ask(now);
        if (asked !== null) asks++;
        for (const position of positionsOf(asked)) {
          const taken = intake.take(position, piece, now);
          if (typeof taken === 'object') intake.chunkDone(taken.chunk);
        }
      }
    expect(asks).toBeGreaterThan(limits.memberFramesPerSecond);
    expect(asks).toBeLessThanOrEqual(40 + 2 * 36);
  });

  test('comes whole although a third of it is lost', () => {
    const { intake, sent, layout } = run(4 * chunkBytes, { delayMs: 40, msPerPiece: 1, lost: (n) => n % 3 === 0 && n < 2000 });
    expect(intake.complete).toBe(true);
    expect(sent).toBeLessThan(4 * layout.pieces);
  });

  test('fills a long road: half a second away it is nearly as fast as near', () => {
    const size = 60 * chunkBytes;
    const near = run(size, { delayMs: 1, msPerPiece: 8 });
    const far = run(size, { delayMs: 500, msPerPiece: 8 });
    expect(far.now).toBeLessThan(near.now * 1.5);
  });

  test('does not pile up on a slow road: what waits on it stays below what is said being late', () => {
    const { waitedMost } = run(8 * chunkBytes, { delayMs: 30, msPerPiece: 40 });
    expect(waitedMost).toBeLessThan(1500);
  });
});

describe('an intake', () => {
  test('asks for nothing while the disk is behind, and goes on when it is not', () => {
    const layout = layoutOf(40 * chunkBytes);
    const intake = new Intake(layout, 'direct', 0, new AskPace(0));
    const whole: number[] = [];
    let now = 0;
    for (let ask = intake.ask(now); ask !== null; ask = intake.ask(++now))
      for (const { from, count } of ask.spans)
        for (let position = from; position < from + count; position++) {
          const taken = intake.take(position, piece, now);
          if (typeof taken === 'object') whole.push(taken.chunk);
        }
    expect(whole.length).toBeLessThan(16);
    for (const chunk of whole) intake.chunkDone(chunk);
    expect(intake.ask(now)).not.toBeNull();
  });

  test('takes no piece that it did not ask for, or has', () => {
    const intake = new Intake(layoutOf(chunkBytes), 'direct', 0, new AskPace(0));
    expect(intake.take(64, piece, 0)).toBe('unasked');
    intake.ask(0);
    expect(intake.take(0, piece, 1)).toMatchObject({ chunk: 0 });
    expect(intake.take(0, piece, 1)).toBe('unasked');
    expect(intake.take(2 ** 32 - 1, piece, 1)).toBe('unasked');
    expect(intake.take(64, piece, 1)).toBe('piece');
    expect(intake.take(64, piece, 1)).toBe('unasked');
  });

  test('of which some may be here asks for the list alone, then for what is not here', () => {
    const layout = layoutOf(3 * chunkBytes);
    const intake = new Intake(layout, 'direct', 0, new AskPace(0), true);
    expect(intake.ask(0)?.spans).toEqual([{ from: 0, count: 1 }]);
    intake.take(0, piece, 1);
    intake.chunkDone(0);
    expect(intake.ask(2)).toBeNull();
    intake.chunkDone(1);
    intake.chunkDone(3);
    intake.foundKept();
    const asked = intake.ask(3)?.spans ?? [];
    expect(asked.every(({ from, count }) => from >= 128 && from + count <= 192)).toBe(true);
    expect(intake.piecesHere).toBe(1 + 2 * 64);
  });

  test('that has a chunk already while it comes counts it once', () => {
    const intake = new Intake(layoutOf(3 * chunkBytes), 'direct', 0, new AskPace(0));
    intake.ask(0);
    expect(intake.take(64, piece, 1)).toBe('piece');
    intake.chunkDone(1);
    expect(intake.take(65, piece, 1)).toBe('unasked');
    intake.chunkDone(1);
    expect(intake.chunksDone).toBe(1);
  });

  test('paused, asks for nothing and is due never', () => {
    const intake = new Intake(layoutOf(chunkBytes), 'direct', 0, new AskPace(0));
    intake.ask(0);
    intake.pause();
    expect([intake.ask(100_000), intake.due]).toEqual([null, Number.POSITIVE_INFINITY]);
    intake.resume(100_000);
    expect(intake.ask(100_000)).toMatchObject({ again: true });
  });

  test('asks again for what stays away, later each time', () => {
    const intake = new Intake(layoutOf(chunkBytes), 'direct', 0, new AskPace(0));
    intake.ask(0);
    const waits: number[] = [];
    let now = 0;
    for (let times = 0; times < 5; times++) {
      waits.push(intake.due - now);
      now = intake.due;
      expect(intake.ask(now)?.again).toBe(true);
    }
    expect(waits).toEqual([3000, 6000, 12_000, 24_000, 24_000]);
  });
});

describe('an outlet', () => {
  const layout = layoutOf(3 * chunkBytes);

  test('serves files in turns', () => {
    const outlet = new Outlet<string>();
    for (const file of ['film', 'picture']) outlet.want(file, layout, 1, false, [{ from: 64, count: 3 }]);
    const served: string[] = [];
    for (let due = outlet.next(); due !== null; due = outlet.next()) {
      served.push(due.file);
      outlet.advance(due);
    }
    expect(served).toEqual(['film', 'picture', 'film', 'picture', 'film', 'picture']);
  });

  test('keeps no more than 1024 positions, and passes over those that do not exist', () => {
    const outlet = new Outlet<string>();
    outlet.want('f', layout, 1, false, [{ from: 1000, count: 0xffff }]);
    outlet.want('f', layout, 1, false, [{ from: 64, count: 5 }]);
    expect(outlet.next()).toBeNull();
    expect(outlet.waiting).toBe(false);
  });

  test('forgets what was asked before when it is asked again, and when it is stopped', () => {
    const outlet = new Outlet<string>();
    outlet.want('f', layout, 1, false, [{ from: 64, count: 64 }]);
    outlet.want('f', layout, 1, true, [{ from: 70, count: 1 }]);
    expect(outlet.next()).toMatchObject({ position: 70, chunk: 1, piece: 6 });
    outlet.stop('f');
    expect(outlet.next()).toBeNull();
  });

  test('says that it was too much after four times the whole', () => {
    const outlet = new Outlet<string>();
    let answer: string = 'queued';
    let sent = 0;
    while (answer === 'queued') {
      answer = outlet.want('f', layout, 1, false, [{ from: 64, count: 64 }]);
      for (let due = outlet.next(); due !== null; due = outlet.next()) {
        outlet.advance(due);
        sent++;
      }
    }
    expect(answer).toBe('too-much');
    expect(sent).toBeLessThanOrEqual(4 * layout.pieces + 256);
  });
});

test('a bad chunk is asked for again, also where asking had stopped right behind it', () => {
  const intake = new Intake(layoutOf(chunkBytes), 'direct', 0, new AskPace(0));
  const come = (from: number, to: number): void => {
    for (let position = from; position <= to; position++) intake.take(position, piece, 1);
  };
  expect(intake.ask(0)?.spans).toEqual([
    { from: 0, count: 1 },
    { from: 64, count: 15 },
  ]);
  come(0, 0);
  intake.chunkDone(0);
  come(64, 78);
  expect(intake.ask(1)?.spans).toEqual([{ from: 79, count: 32 }]);
  come(80, 96); // all but the one whose answer would widen the window
  expect(intake.ask(2)?.spans).toEqual([{ from: 111, count: 17 }]);
  come(79, 79);
  come(97, 127);
  expect(intake.chunkBad(1)).toBe(true);
  expect(intake.ask(3)?.spans[0]?.from).toBe(64);
});
