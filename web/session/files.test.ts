/** The files of a room as components see them: what is fetched into memory, what to the disk, and what is let go. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RoomInput } from '../../shared/room/types.ts';
import type { FileAbout, FileOffer } from '../../shared/wire/file.ts';
import type { TransferNews } from '../net/transfers.ts';
import type { SinkChoice } from '../worker/file-sinks.ts';
import { FilesSession } from './files.svelte.ts';
import type { MessageId, PeerId } from './types.ts';

const ann = 'aa' as PeerId;
const one = '01' as MessageId;
const mebibyte = 1024 * 1024;
const picture: FileAbout = { kind: 'picture', width: 300, height: 200, preview: new Uint8Array([1]) };
const voice: FileAbout = { kind: 'voice', durationMs: 1000, levels: new Uint8Array(0) };
const file: FileAbout = { kind: 'file' };

const offerOf = (about: FileAbout, size: number): FileOffer => ({
  key: new Uint8Array(32),
  root: new Uint8Array(32),
  size,
  name: 'garden.jpg',
  mediaType: 'image/jpeg',
  about,
});

let tell: (news: TransferNews) => void;
let made = 0;
let fetched: { id: MessageId; sink: SinkChoice['kind'] }[];
let saved: string[];
let addresses: Map<string, Blob>;
let fed: RoomInput[];
let place: SinkChoice;
let files: FilesSession;

beforeEach(() => {
  [fetched, saved, addresses, fed, place] = [[], [], new Map(), [], { kind: 'memory', mediaType: 'image/jpeg' }];
  files = new FilesSession({
    pictures: { clean: async (whole) => whole, preview: async () => undefined, show: async (blob) => blob, close() {} },
    transfers(show) {
      tell = show;
      return {
        fetch: (id, _peer, _offer, sink) => void fetched.push({ id, sink: sink.kind }),
        prepare: async (content) => offerOf(picture, content.size),
        close() {},
        personIs() {},
        personLeft() {},
        offeredAs() {},
        withdraw() {},
        pause() {},
        resume() {},
        cancel() {},
        control() {},
        frame() {},
        room() {},
        drops: new Map(),
      };
    },
    feed: (input) => void fed.push(input),
    now: () => 0,
    place: async () => place,
    save: (_, name) => void saved.push(name),
    addressOf(blob) {
      const address = `blob:${++made}`;
      addresses.set(address, blob);
      return address;
    },
    forgetAddress: (address) => void addresses.delete(address),
    isLeaving: () => false,
  });
});

const comes = (about: FileAbout, size = 1000) => files.meet({ id: one, from: ann, file: offerOf(about, size) });
const fails = () => tell({ type: 'failed', file: one, why: 'damaged' });
const arrives = () => tell({ type: 'received', file: one, blob: new Blob(['whole'], { type: 'audio/webm' }) });
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('what failed is tried again as it was wanted', () => {
  test.each([
    ['picture', picture],
    ['voice note', voice],
  ])('a %s, to be shown: nothing is saved to the disk', async (_, about) => {
    comes(about);
    files.bring(one);
    fails();
    files.tryAgain(one);
    expect(fetched).toEqual([
      { id: one, sink: 'memory' },
      { id: one, sink: 'memory' },
    ]);
    arrives();
    await settled();
    expect(saved).toEqual([]);
    expect(files.of(one)?.state.name).toBe('here');
  });

  test('what was to be saved, to the place that is chosen then', async () => {
    comes(picture);
    await files.save(one);
    fails();
    files.tryAgain(one);
    await settled();
    expect(files.of(one)?.state.name).toBe('receiving');
    arrives();
    await settled();
    expect(saved).toEqual(['garden.jpg']);
  });

  test('a file', async () => {
    comes(file);
    place = { kind: 'disk', handle: {} as FileSystemFileHandle };
    await files.save(one);
    fails();
    files.tryAgain(one);
    await settled();
    expect(fetched.map(({ sink }) => sink)).toEqual(['disk', 'disk']);
    tell({ type: 'received', file: one, blob: undefined });
    expect(files.of(one)?.state.name).toBe('saved');
  });
});

test('why a file failed is still told when its sender says besides that it is gone', () => {
  comes(picture);
  files.bring(one);
  tell({ type: 'failed', file: one, why: 'unreadable' });
  tell({ type: 'gone', file: one, peer: ann });
  expect(files.of(one)?.state).toEqual({ name: 'failed', why: 'unreadable' });
  files.tryAgain(one);
  tell({ type: 'failed', file: one, why: 'withdrawn' });
  expect(files.of(one)?.state).toEqual({ name: 'withdrawn' });
});

test('what its sender calls a picture is not brought into memory when it is larger than any', () => {
  comes(picture, 300 * mebibyte);
  files.bring(one);
  expect(fetched).toEqual([]);
  expect(files.of(one)?.unshowable).toBe(true);
});

test('of pictures as large as the screen only the last one is kept', async () => {
  comes(picture);
  files.bring(one);
  arrives();
  await settled();
  const before = addresses.size;
  const first = await files.large(one);
  const second = await files.large(one);
  expect(addresses.size).toBe(before + 1);
  expect(addresses.has(first!)).toBe(false);
  expect(addresses.has(second!)).toBe(true);
});

test('of a message of ours that is gone nothing is kept, neither the picture nor the file', async () => {
  const whole = new File(['whole'], 'garden.jpg', { type: 'image/jpeg' });
  files.choose([whole]);
  await files.send();
  const offer = (fed[0] as Extract<RoomInput, { type: 'offer-file' }>).offer;
  files.meet({ id: one, from: 'me', file: offer });
  await settled();
  expect(addresses.size).toBe(1);
  files.hear({ type: 'message-forgotten', id: one });
  expect(addresses.size).toBe(0);
  files.meet({ id: one, from: 'me', file: offer }); // what is still held would be shown again
  await settled();
  expect(addresses.size).toBe(0);
});

test('pictures that are taken back while they come leave their place to the next', async () => {
  const ids = ['01', '02', '03', '04'] as MessageId[];
  files.hear({ type: 'person', person: { peer: ann, name: 'Ann', path: 'direct' } } as unknown as Parameters<typeof files.hear>[0]);
  for (const id of ids) files.meet({ id, from: ann, file: offerOf(picture, 1000) });
  expect(fetched.map(({ id }) => id)).toEqual(['01', '02']);
  for (const id of ['01', '02'] as MessageId[]) files.hear({ type: 'message-forgotten', id });
  expect(fetched.map(({ id }) => id)).toEqual(['01', '02', '03', '04']);
});

test('a picture that is drawn only when its message or its room is gone leaves nothing behind', async () => {
  comes(picture);
  files.hear({ type: 'message-forgotten', id: one });
  await settled();
  comes(picture);
  await settled();
  arrives();
  files.hear({ type: 'message-forgotten', id: one });
  await settled();
  comes(picture);
  await settled();
  arrives();
  await settled();
  const large = files.large(one);
  files.close();
  expect(await large).toBe(undefined);
  expect(addresses.size).toBe(0);
});
