/** Our end of a call: devices are asked for by a press and always let go, and what is told is what is sent. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { CallDeed, CallPerson, CallState, PeerId } from '../../shared/room/types.ts';
import type { CallLegEvents, Tracks } from '../net/call-leg.ts';
import { CallSession } from './call.svelte.ts';
import type { Source } from './call-types.ts';

class FakeTrack {
  readyState = 'live';
  enabled = true;
  onended: (() => void) | null = null;
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
  stop(): void {
    this.readyState = 'ended';
  }
}

const track = (what: string) => new FakeTrack(what) as unknown as MediaStreamTrack & FakeTrack;
const ann = 'aa' as PeerId;
const ada: CallPerson = { peer: ann, muted: false, camera: false, screen: false, leg: 'connecting' };
const callWith = (...others: CallPerson[]): CallState => ({ in: true, full: false, others });

let told: CallDeed[];
let given: (MediaStreamTrack & FakeTrack)[];
let refusals: Partial<Record<Source, string>>;
let gate: Promise<void>;
let legs: { events: CallLegEvents; sent: Tracks[]; did: string[] }[];
let played: { closed: boolean; silent: boolean }[];
let call: CallSession;

const give = async (source: Source) => {
  await gate;
  const refusal = refusals[source];
  if (refusal !== undefined) throw new DOMException('', refusal);
  const fresh = track(source);
  given.push(fresh);
  return fresh;
};
const live = () => given.filter(({ readyState }) => readyState === 'live').map(({ what }) => what);
const lastShown = () => told.findLast(({ name }) => name === 'show');

beforeEach(() => {
  [told, given, legs, played, refusals, gate] = [[], [], [], [], {}, Promise.resolve()];
  call = new CallSession(
    { name: 'Me', tag: 'ffffffff' },
    {
      feed: (deed) => told.push(deed),
      openLeg: (_, events) => {
        const leg = { events, sent: [] as Tracks[], did: [] as string[] };
        legs.push(leg);
        return {
          signal: (text) => leg.did.push(text),
          release: () => leg.did.push('release'),
          send: (tracks) => leg.sent.push(tracks),
          limit: () => {},
          loudness: () => 0,
          close: () => leg.did.push('close'),
        };
      },
      devices: {
        microphone: () => give('microphone'),
        camera: () => give('camera'),
        screen: () => give('screen'),
        list: async () => ({ microphones: [], cameras: [], speakers: [] }),
        watch: () => () => {},
      },
      streamOf: (one) => ({ of: one }) as unknown as MediaStream,
      play: () => {
        const player = { closed: false, silent: false };
        played.push(player);
        return {
          setSpeaker: () => {},
          setSilent: (on) => {
            player.silent = on;
          },
          close: () => {
            player.closed = true;
          },
        };
      },
      meter: () => ({ level: () => 0, close: () => {} }),
      every: () => () => {},
    },
  );
});

async function joined(): Promise<void> {
  await call.prepare();
  call.join();
  call.hear({ type: 'call', call: callWith(ada) });
  call.order(ann, { name: 'dial', attempt: 1, offers: true, iceServers: [] });
}

describe('devices', () => {
  test('are not asked for by what is heard', () => {
    call.hear({ type: 'call', call: { in: false, full: false, others: [ada] } });
    call.join();
    expect([given, told, call.stage]).toEqual([[], [], 'out']);
  });

  test.each([
    ['leaving', () => call.leave()],
    ['the end of the room', () => call.hear({ type: 'phase', phase: { name: 'ended', reason: 'expired' } })],
    ['a call that is full', () => call.hear({ type: 'call', call: { in: false, full: true, others: [] } })],
  ])('are all let go by %s', async (_, end) => {
    await joined();
    await call.setCamera(true);
    await call.setScreen(true);
    expect(live()).toEqual(['microphone', 'camera', 'screen']);
    end();
    expect([live(), call.stage, legs[0]?.did.at(-1)]).toEqual([[], 'out', 'close']);
  });

  test('that come after one has gone are let go at once', async () => {
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const asking = call.prepare();
    call.leave();
    open();
    await asking;
    expect([given.length, live(), call.stage]).toEqual([1, [], 'out']);
  });

  test.each([
    ['being switched on', () => call.setCamera(true)],
    ['being exchanged', () => call.choose('camera', 'another')],
  ])('that were switched off while they were %s stay off', async (how, begin) => {
    await joined();
    if (how === 'being exchanged') await call.setCamera(true);
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const beginning = begin();
    await call.setCamera(false);
    open();
    await beginning;
    expect(live()).toEqual(['microphone']);
    expect(call.camera).toBeUndefined();
    expect(lastShown()).toMatchObject({ camera: false });
    expect(legs[0]?.sent.at(-1)?.camera).toBeNull();
  });

  test('that are asked for twice at once are one in the end, the one asked for last', async () => {
    await joined();
    await Promise.all([call.setCamera(true), call.choose('microphone', 'another'), call.setCamera(true)]);
    expect(live()).toEqual(['microphone', 'camera']);
    expect(legs[0]?.sent.at(-1)?.camera).toBe(given.at(-1));
  });

  test('that are refused leave one listening, and are asked for again by unmuting', async () => {
    refusals = { microphone: 'NotAllowedError' };
    await joined();
    expect(call.lacks).toEqual({ microphone: 'denied' });
    expect(lastShown()).toMatchObject({ muted: true });
    refusals = {};
    await call.setMuted(false);
    expect(call.lacks).toEqual({});
    expect(lastShown()).toMatchObject({ muted: false });
    expect(legs[0]?.sent.at(-1)?.voice).toBe(given[0]);
  });

  test('that end by themselves are told as off', async () => {
    await joined();
    await call.setScreen(true);
    expect(lastShown()).toMatchObject({ screen: true });
    given.at(-1)?.onended?.();
    expect(lastShown()).toMatchObject({ screen: false });
    expect(legs[0]?.sent.at(-1)?.screen).toBeNull();
  });

  test('a list of screens that is closed is no fault', async () => {
    await joined();
    refusals = { screen: 'NotAllowedError' };
    await call.setScreen(true);
    expect(call.lacks).toEqual({});
  });
});

test('muted means that nothing leaves the microphone, and with push to talk nothing between presses', async () => {
  await joined();
  const [microphone] = given;
  const heard = () => [microphone?.enabled, !(lastShown() as { muted: boolean }).muted];
  expect(heard()).toEqual([true, true]);
  await call.setMuted(true);
  expect(heard()).toEqual([false, false]);
  await call.setMuted(false);
  call.setPushToTalk(true);
  expect(heard()).toEqual([false, false]);
  call.talk(true);
  expect(heard()).toEqual([true, true]);
  call.talk(false);
  expect(heard()).toEqual([false, false]);
});

describe('somebody else', () => {
  const connect = async () => {
    await joined();
    call.order(ann, { name: 'bound' });
    legs[0]?.events.receives('voice', track('voice'));
    legs[0]?.events.receives('camera', track('camera'));
  };
  const tile = () => call.tiles.find(({ peer }) => peer === ann);

  test('is seen only while verified and only with what they say is on', async () => {
    await connect();
    call.hear({ type: 'call', call: callWith({ ...ada, camera: true }) });
    expect(tile()).toMatchObject({ leg: 'connecting', camera: undefined });
    call.hear({ type: 'call', call: callWith({ ...ada, camera: true, leg: 'verified' }) });
    expect(tile()?.camera).toBeDefined();
    call.hear({ type: 'call', call: callWith({ ...ada, leg: 'verified' }) });
    expect(tile()?.camera).toBeUndefined();
    legs[0]?.events.interrupted(true);
    expect(tile()?.leg).toBe('reconnecting');
  });

  test('whom one has muted is not heard, now and in the next connection', async () => {
    await connect();
    call.silence(new Set([ann]));
    expect(played[0]).toEqual({ closed: false, silent: true });
    call.order(ann, { name: 'dial', attempt: 2, offers: true, iceServers: [] });
    legs[1]?.events.receives('voice', track('voice'));
    expect(played).toEqual([
      { closed: true, silent: true },
      { closed: false, silent: true },
    ]);
  });

  test('what a replaced connection still reports is ignored', async () => {
    await connect();
    call.order(ann, { name: 'dial', attempt: 2, offers: true, iceServers: [] });
    const before = told.length;
    legs[0]?.events.signal('late');
    legs[0]?.events.closed();
    expect(told.length).toBe(before);
    legs[1]?.events.closed();
    expect(told.at(-1)).toEqual({ name: 'closed', peer: ann, attempt: 2 });
  });
});
