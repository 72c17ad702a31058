import { describe, expect, test, vi } from 'vitest';
import { hex, unhex } from '../../shared/bytes.ts';
import { chunkBytes, layoutOf } from '../../shared/files/layout.ts';
import type { MessageId, PeerId } from '../../shared/room/types.ts';
import { decodeFileFrame, encodeControl, encodeFileFrame, type FileOffer } from '../../shared/wire/file.ts';
import { FilesClerk } from '../worker/files-clerk.ts';
import { type TransferNews, Transfers } from './transfers.ts';

const [ann, bob, eve] = ['aa'.repeat(16), 'bb'.repeat(16), 'ee'.repeat(16)] as PeerId[] as [PeerId, PeerId, PeerId];
const fileId = '07'.repeat(16) as MessageId;

interface End {
  readonly transfers: Transfers;
  readonly news: TransferNews[];
  /** Resolves with the first news that fits, also one that came before. */
  until(fits: (news: TransferNews) => boolean): Promise<TransferNews>;
}

/** People whose control and frames reach each other at the next turn of the event loop; `road` may swallow or change frames. */
function world(names: readonly PeerId[], road: { frame?: (from: PeerId, to: PeerId, frame: Uint8Array) => Uint8Array | null } = {}) {
  const ends = new Map<PeerId, End>();
  const state = { now: 0, linkRoom: true, hasWorker: true };
  const timers = new Set<{ at: number; callback: () => void }>();
  const carry = (from: PeerId, to: PeerId, frame: Uint8Array) => {
    const copy = frame.slice();
    const carried = road.frame === undefined ? copy : road.frame(from, to, copy);
    if (carried !== null) setImmediate(() => ends.get(to)?.transfers.frame(from, carried));
  };
  for (const me of names) {
    const news: TransferNews[] = [];
    const waiting: { fits: (news: TransferNews) => boolean; resolve: (news: TransferNews) => void }[] = [];
    const transfers = new Transfers({
      now: () => state.now,
      after(ms, callback) {
        const timer = { at: state.now + ms, callback };
        timers.add(timer);
        return () => timers.delete(timer);
      },
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      sendControl: (to, control) => setImmediate(() => ends.get(to)?.transfers.control(me, control)),
      sendByLink(to, frame) {
        if (state.linkRoom) carry(me, to, frame);
        return state.linkRoom;
      },
      sendByRelay: (to, frame) => carry(me, to, frame),
      relayWaiting: () => 0,
      openWorker: (heard, broke) => {
        if (!state.hasWorker) {
          setImmediate(broke);
          return { post() {}, close() {} };
        }
        const clerk = new FilesClerk((report) => {
          if (report.did === 'waited') state.now += 50; // more than anybody waits for
          setImmediate(() => heard(report));
        });
        return { post: (order) => clerk.take(order), close() {} };
      },
      show(one) {
        news.push(one);
        for (const each of waiting) if (each.fits(one)) each.resolve(one);
      },
    });
    ends.set(me, {
      transfers,
      news,
      until(fits) {
        const seen = news.find(fits);
        return seen === undefined ? new Promise((resolve) => waiting.push({ fits, resolve })) : Promise.resolve(seen);
      },
    });
  }
  for (const [me, { transfers }] of ends) for (const other of names) if (other !== me) transfers.personIs(other, 'direct');
  return {
    of: (name: PeerId) => ends.get(name) as End,
    state,
    /** Time goes on, and what is due happens. */
    pass(ms: number) {
      state.now += ms;
      for (const timer of [...timers]) {
        if (timer.at > state.now) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

/** Before anything stands in front of it. */
const real = crypto.subtle.encrypt;

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);

async function offered(end: End, content: Uint8Array): Promise<FileOffer> {
  const offer = await end.transfers.prepare(
    new Blob([content as Uint8Array<ArrayBuffer>]),
    'a',
    { kind: 'file' },
    () => {},
    new AbortController().signal,
  );
  end.transfers.offeredAs(offer, fileId);
  return offer;
}

const memory = { kind: 'memory', mediaType: 'text/plain' } as const;
const isReceived = (news: TransferNews) => news.type === 'received';
const isFailed = (news: TransferNews) => news.type === 'failed';

async function contentOf(news: TransferNews): Promise<string> {
  if (news.type !== 'received' || news.blob === undefined) throw new Error(`${news.type} instead of a file`);
  return hex(new Uint8Array(await news.blob.arrayBuffer()));
}

/** A place on the disk that notes what is written to it. */
function place(): { handle: FileSystemFileHandle; written: number[] } {
  const written: number[] = [];
  const writable = { write: async ({ data }: { data: Uint8Array }) => void written.push(data.length), abort: async () => {} };
  return { written, handle: { createWritable: async () => writable } as unknown as FileSystemFileHandle };
}

describe('a file', () => {
  for (const size of [1, 16_375, chunkBytes, 2 * chunkBytes + 17]) {
    test(`of ${size} bytes arrives as it was, and both know`, async () => {
      const w = world([ann, bob]);
      const content = bytesOf(size);
      const offer = await offered(w.of(ann), content);
      w.of(bob).transfers.fetch(fileId, ann, offer, memory);
      expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(content));
      await w.of(ann).until((news) => news.type === 'sending' && news.state === 'done');
    });
  }

  test('goes to several at once', async () => {
    const w = world([ann, bob, eve]);
    const content = bytesOf(3 * chunkBytes);
    const offer = await offered(w.of(ann), content);
    for (const name of [bob, eve]) w.of(name).transfers.fetch(fileId, ann, offer, memory);
    for (const name of [bob, eve]) expect(await contentOf(await w.of(name).until(isReceived))).toBe(hex(content));
  });

  test('is whole although every fifth frame is lost', async () => {
    let frames = 0;
    const w = world([ann, bob], { frame: (_, __, frame) => (++frames % 5 === 0 ? null : frame) });
    const content = bytesOf(chunkBytes + 5);
    const offer = await offered(w.of(ann), content);
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    let done = false;
    const received = w
      .of(bob)
      .until(isReceived)
      .finally(() => {
        done = true;
      });
    while (!done) {
      w.pass(500);
      await new Promise(setImmediate);
    }
    expect(await contentOf(await received)).toBe(hex(content));
  });

  test('goes on where it was when the path changes, and asks for nothing twice that is here', async () => {
    const positions: number[] = [];
    let cut = false;
    let lost = 0;
    const w = world([ann, bob], {
      frame(_, __, frame) {
        const { position } = decodeFileFrame(frame);
        if (position > 100 && !cut) {
          lost++;
          return null;
        }
        positions.push(position);
        return frame;
      },
    });
    const content = bytesOf(3 * chunkBytes);
    const offer = await offered(w.of(ann), content);
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    await w.of(ann).until((news) => news.type === 'sending');
    // Once something was lost, all that went before it has been taken a turn later.
    while (lost === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    cut = true;
    w.of(ann).transfers.personIs(bob, 'relayed');
    w.of(bob).transfers.personIs(ann, 'relayed');
    expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(content));
    expect(new Set(positions).size).toBe(positions.length);
  });

  test('paused, it stands still; resumed, it is completed', async () => {
    const w = world([ann, bob]);
    const content = bytesOf(4 * chunkBytes);
    const offer = await offered(w.of(ann), content);
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    w.of(bob).transfers.pause(fileId);
    await w.of(ann).until((news) => news.type === 'sending' && news.state === 'stopped');
    w.pass(60_000);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(w.of(bob).news.some(isReceived)).toBe(false);
    w.of(bob).transfers.resume(fileId);
    expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(content));
  });

  test('resumed into a lost answer, it is asked for again', async () => {
    const lost = { is: false };
    const w = world([ann, bob], { frame: (_, __, frame) => (lost.is ? null : frame) });
    const content = bytesOf(4 * chunkBytes);
    const offer = await offered(w.of(ann), content);
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    w.of(bob).transfers.pause(fileId);
    await w.of(ann).until((news) => news.type === 'sending' && news.state === 'stopped');
    lost.is = true;
    w.of(bob).transfers.resume(fileId);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    lost.is = false;
    w.pass(60_000);
    expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(content));
  });

  test('withdrawn, it is gone for whoever was getting it and for whoever asks later', async () => {
    const w = world([ann, bob, eve], { frame: () => null });
    const offer = await offered(w.of(ann), bytesOf(chunkBytes));
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    await w.of(ann).until((news) => news.type === 'sending');
    w.of(ann).transfers.withdraw(fileId);
    expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'withdrawn' });
    w.of(eve).transfers.fetch(fileId, ann, offer, memory);
    expect(await w.of(eve).until(isFailed)).toMatchObject({ why: 'withdrawn' });
  });

  test('fails where the code that reads and writes it cannot be fetched, and comes when it can', async () => {
    const w = world([ann, bob]);
    w.state.hasWorker = false;
    await expect(offered(w.of(ann), bytesOf(10))).rejects.toThrow('no worker');
    w.state.hasWorker = true;
    const offer = await offered(w.of(ann), bytesOf(10));
    w.state.hasWorker = false;
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'unwritable' });
    w.state.hasWorker = true;
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(bytesOf(10)));
  });

  test('fails when its sender leaves', async () => {
    const w = world([ann, bob], { frame: () => null });
    const offer = await offered(w.of(ann), bytesOf(10));
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    w.of(bob).transfers.personLeft(ann);
    expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'left' });
  });

  test('that cannot be written fails at its receiver, and its sender may go on', async () => {
    const w = world([ann, bob]);
    const offer = await offered(w.of(ann), bytesOf(10));
    const handle = { createWritable: () => Promise.reject(new Error('disk full')) } as unknown as FileSystemFileHandle;
    w.of(bob).transfers.fetch(fileId, ann, offer, { kind: 'disk', handle });
    expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'unwritable' });
  });
});

describe('a liar', () => {
  const lies: [string, Partial<FileOffer>][] = [
    ['another size', { size: 11 }],
    ['another root', { root: new Uint8Array(32) }],
    ['another key', { key: new Uint8Array(32) }],
  ];
  test.each(lies)('that offers %s is found out before a byte is handed on', async (_, lie) => {
    const w = world([ann, bob]);
    const offer = { ...(await offered(w.of(ann), bytesOf(10))), ...lie };
    const { handle, written } = place();
    w.of(bob).transfers.fetch(fileId, ann, offer, { kind: 'disk', handle });
    expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'damaged' });
    expect(written).toEqual([]);
  });

  test('that offers more than it has keeps its receiver waiting, and nobody else', async () => {
    const w = world([ann, bob]);
    const offer = await offered(w.of(ann), bytesOf(10));
    const { handle, written } = place();
    w.of(bob).transfers.fetch(fileId, ann, { ...offer, size: 3 * chunkBytes }, { kind: 'disk', handle });
    for (let turn = 0; turn < 50; turn++) {
      w.pass(10_000);
      await new Promise(setImmediate);
    }
    w.of(bob).transfers.cancel(fileId);
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    await w.of(bob).until(isReceived);
    expect(written).toEqual([]);
  });

  test('that sends garbage for a chunk is asked three times, and then no more', async () => {
    const w = world([ann, bob], { frame: (_, __, frame) => frame.fill(9, 9) });
    const offer = await offered(w.of(ann), bytesOf(10));
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'damaged' });
  });

  test('that asks for ever is told that there is no more, and nobody else is', async () => {
    const w = world([ann, bob, eve]);
    const content = bytesOf(chunkBytes);
    const offer = await offered(w.of(ann), content);
    const everything = encodeControl({
      op: 'want',
      file: unhex(fileId),
      tag: 1,
      again: true,
      spans: [
        { from: 0, count: 1 },
        { from: 64, count: 64 },
      ],
    });
    while (!w.of(ann).transfers.drops.has('asked for too much')) {
      w.of(ann).transfers.control(eve, everything);
      await new Promise(setImmediate);
    }
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(content));
  });

  test('that sends what nobody asked for, or no frame at all, is counted and otherwise ignored', async () => {
    const w = world([ann, bob, eve]);
    const content = bytesOf(chunkBytes);
    const offer = await offered(w.of(ann), content);
    w.of(bob).transfers.fetch(fileId, ann, offer, memory);
    for (let position = 0; position < 200; position++) w.of(bob).transfers.frame(eve, encodeFileFrame(position, position, bytesOf(9)));
    w.of(bob).transfers.frame(ann, bytesOf(20));
    w.of(bob).transfers.control(eve, bytesOf(40));
    w.of(bob).transfers.control(eve, encodeControl({ op: 'gone', file: unhex(fileId), reason: 'withdrawn' }));
    expect(await contentOf(await w.of(bob).until(isReceived))).toBe(hex(content));
    expect(w.of(bob).transfers.drops.get('unasked')).toBeGreaterThanOrEqual(200);
    expect(w.of(bob).transfers.drops.get('malformed')).toBe(1);
  });

  test('asks for positions that the file does not have: nothing is sent for them', async () => {
    const tags: number[] = [];
    const w = world([ann, bob], {
      frame(_, __, frame) {
        tags.push(decodeFileFrame(frame).position);
        return null;
      },
    });
    await offered(w.of(ann), bytesOf(10));
    w.of(ann).transfers.control(
      bob,
      encodeControl({
        op: 'want',
        file: unhex(fileId),
        tag: 1,
        again: false,
        spans: [
          { from: 70, count: 9999 },
          { from: 0xfffffff0, count: 40 },
          { from: 64, count: 1 },
        ],
      }),
    );
    for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
    expect(tags.every((position) => position === 64)).toBe(true);
    expect(layoutOf(10).pieces).toBe(2);
  });
});

test('no key of a file meets a nonce with two contents, however often and to whomever a chunk is sealed', async () => {
  const sealed = new Map<string, string>();
  let seals = 0;
  const keys = new Map<CryptoKey, number>();
  const spy = vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async function (this: SubtleCrypto, parameters, key, plaintext) {
    const { iv } = parameters as unknown as { iv: Uint8Array };
    if (!keys.has(key)) keys.set(key, keys.size);
    const pair = `${keys.get(key)} ${hex(iv)}`;
    const content = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', plaintext)));
    seals++;
    expect(sealed.get(pair) ?? content).toBe(content);
    sealed.set(pair, content);
    return real.call(crypto.subtle, parameters, key, plaintext);
  });
  let frames = 0;
  const w = world([ann, bob, eve], { frame: (_, __, frame) => (++frames % 7 === 0 ? null : frame) });
  const passing = setInterval(() => w.pass(1000), 5);
  for (const content of [bytesOf(2 * chunkBytes + 5), bytesOf(100)]) {
    const offer = await offered(w.of(ann), content);
    const got = [bob, eve].map((name) => {
      const before = w.of(name).news.length;
      w.of(name).transfers.fetch(fileId, ann, offer, memory);
      return w.of(name).until((news) => isReceived(news) && w.of(name).news.indexOf(news) >= before);
    });
    for (const news of await Promise.all(got)) expect(await contentOf(news)).toBe(hex(content));
  }
  clearInterval(passing);
  spy.mockRestore();
  console.log(`${seals} seals of ${sealed.size} chunks under ${keys.size} keys`);
  expect([keys.size, seals >= sealed.size, sealed.size]).toEqual([2, true, 6]);
});

test('a file that changes after it was offered is not sealed a second time: its receivers are told', async () => {
  const w = world([ann, bob]);
  const content = bytesOf(2 * chunkBytes) as Uint8Array<ArrayBuffer>;
  let changed = false;
  const shifty = {
    size: content.length,
    type: '',
    slice: (from: number, to: number) => new Blob([changed ? content.slice(from, to).fill(1) : content.slice(from, to)]),
  } as unknown as Blob;
  const offer = await w.of(ann).transfers.prepare(shifty, 'a', { kind: 'file' }, () => {}, new AbortController().signal);
  w.of(ann).transfers.offeredAs(offer, fileId);
  changed = true;
  w.of(bob).transfers.fetch(fileId, ann, offer, memory);
  expect(await w.of(bob).until(isFailed)).toMatchObject({ why: 'unreadable' });
});
