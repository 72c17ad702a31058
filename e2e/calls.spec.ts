/** Calls: voices, pictures and screens between real browsers with made-up devices, and what is said where there are none. */
import type { BrowserContextOptions } from '@playwright/test';
import { hasNoFault } from './axe.ts';
import { expect, type Person, test } from './fixtures.ts';
import { meet } from './meet.ts';
import { chromiumPath } from './places.ts';

test.use({
  launchOptions: {
    executablePath: chromiumPath,
    chromiumSandbox: false,
    args: [
      '--disable-quic',
      '--disable-background-networking',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--auto-select-desktop-capture-source=Entire screen',
    ],
  },
});

const devices: BrowserContextOptions = { permissions: ['microphone', 'camera'] };

/** Keeps what the page makes, so that a story can ask the browser what really flows. */
const watched = () => {
  const world = window as unknown as { connections: RTCPeerConnection[]; captured: MediaStreamTrack[] };
  world.connections = [];
  world.captured = [];
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      world.connections.push(this);
    }
  };
  for (const ask of ['getUserMedia', 'getDisplayMedia'] as const) {
    const real = MediaDevices.prototype[ask];
    MediaDevices.prototype[ask] = async function (this: MediaDevices, wanted?: MediaStreamConstraints) {
      const stream = await real.call(this, wanted);
      world.captured.push(...stream.getTracks());
      return stream;
    };
  }
};

const seat = { before: watched, context: devices };
const both = { ann: seat, bob: seat };

interface Flow {
  readonly voiceBytes: number;
  readonly voiceEnergy: number;
  readonly frames: number;
}

/** What has come in over connections that carry media, all together. */
const flow = (person: Person): Promise<Flow> =>
  person.page.evaluate(async () => {
    const { connections } = window as unknown as { connections: RTCPeerConnection[] };
    const sum = { voiceBytes: 0, voiceEnergy: 0, frames: 0 };
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== 'inbound-rtp') continue;
        if (entry.kind === 'audio') sum.voiceBytes += entry.bytesReceived;
        if (entry.kind === 'audio') sum.voiceEnergy += entry.totalAudioEnergy ?? 0;
        if (entry.kind === 'video') sum.frames += entry.framesDecoded ?? 0;
      }
    }
    return sum;
  });

const captured = (person: Person): Promise<string[]> =>
  person.page.evaluate(() =>
    (window as unknown as { captured: MediaStreamTrack[] }).captured.map(({ kind, readyState }) => `${kind} ${readyState}`),
  );

const stage = (person: Person) => person.page.getByRole('region', { name: 'Call' });
const tile = (person: Person, name: string) => stage(person).getByRole('listitem').filter({ hasText: name });

async function starts(person: Person): Promise<void> {
  await person.page.getByRole('button', { name: 'Call', exact: true }).click();
  await person.button('Start call').click();
  await expect(stage(person)).toContainText('Nobody else has joined yet');
}

async function comesIn(person: Person): Promise<void> {
  await stage(person).getByRole('button', { name: 'Join call' }).click();
  await person.dialog.getByRole('button', { name: 'Join call' }).click();
  await expect(person.dialog).toHaveCount(0);
}

async function hears(person: Person): Promise<void> {
  const before = await flow(person);
  await expect.poll(async () => (await flow(person)).voiceBytes).toBeGreaterThan(before.voiceBytes + 1000);
  await expect.poll(async () => (await flow(person)).voiceEnergy).toBeGreaterThan(before.voiceEnergy);
}

async function watches(person: Person): Promise<void> {
  const before = await flow(person);
  await expect.poll(async () => (await flow(person)).frames).toBeGreaterThan(before.frames + 5);
}

test('two people call: voices, pictures and a screen flow over verified connections, and leaving frees the devices', async ({
  person,
  relay,
}) => {
  const { ann, bob } = await meet(person, relay, both);
  await starts(ann);
  await expect(bob.log).toContainText(/Ann .*has started a call/);
  expect(await captured(bob), 'nothing is touched before a press').toEqual([]);
  await hasNoFault(bob.page, 'a call to join');
  await comesIn(bob);
  for (const [one, other] of [
    [ann, 'Bob'],
    [bob, 'Ann'],
  ] as const) {
    await expect(tile(one, other)).toContainText('verified');
    await hears(one);
  }

  await ann.button('Mute').click();
  await expect(tile(bob, 'Ann')).toContainText('muted');
  await ann.button('Unmute').click();
  await expect(tile(bob, 'Ann')).not.toContainText('muted');

  await ann.button('Turn camera on').click();
  await expect(bob.page.getByLabel('Video of Ann')).toBeVisible();
  await watches(bob);
  await ann.button('Turn camera off').click();
  await expect(bob.page.getByLabel('Video of Ann')).toHaveCount(0);
  expect(await captured(ann)).toContain('video ended');

  await bob.button('Share screen').click();
  await expect(ann.page.getByLabel('Screen of Bob')).toBeVisible();
  await watches(ann);
  await hasNoFault(ann.page, 'a call with a screen');

  await bob.button('Leave call').click();
  await expect(tile(ann, 'Bob')).toHaveCount(0);
  expect((await captured(bob)).filter((track) => track.endsWith('live'))).toEqual([]);
  await ann.leaves();
  await expect(ann.page.getByRole('heading', { name: /left/i })).toBeVisible();
  expect((await captured(ann)).filter((track) => track.endsWith('live'))).toEqual([]);
});
