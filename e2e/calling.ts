/** Calls as people make them: the made-up devices, the verbs, and what the browser says of what really flows. */
import type { BrowserContextOptions } from '@playwright/test';
import { expect, type Person } from './fixtures.ts';
import { chromiumOptions } from './launch.ts';

/** A browser that grants its made-up devices and the screen unasked. */
export const madeUpDevices = chromiumOptions({
  args: ['--use-fake-ui-for-media-stream', '--auto-select-desktop-capture-source=Entire screen'],
});

const devices: BrowserContextOptions = { permissions: ['microphone', 'camera'] };

/** Keeps what the page makes, so that a story can ask the browser what really flows. */
export const watched = () => {
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

export const seat = { before: watched, context: devices };
export const both = { ann: seat, bob: seat };

interface Flow {
  readonly voiceBytes: number;
  readonly voiceEnergy: number;
  readonly frames: number;
}

/** What has come in over connections that carry media, all together. */
export const flow = (person: Person): Promise<Flow> =>
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

export const captured = (person: Person): Promise<string[]> =>
  person.page.evaluate(() =>
    (window as unknown as { captured: MediaStreamTrack[] }).captured.map(({ kind, readyState }) => `${kind} ${readyState}`),
  );

export const stage = (person: Person) => person.page.getByRole('region', { name: 'Call' });
export const tile = (person: Person, name: string) => stage(person).getByRole('listitem').filter({ hasText: name });

export async function starts(person: Person): Promise<void> {
  await person.page.getByRole('button', { name: 'Call', exact: true }).click();
  await person.button('Start call').click();
  await expect(stage(person)).toContainText('Nobody else has joined yet');
}

export async function comesIn(person: Person): Promise<void> {
  await stage(person).getByRole('button', { name: 'Join call' }).click();
  await person.dialog.getByRole('button', { name: 'Join call' }).click();
  await expect(person.dialog).toHaveCount(0);
}

export async function hears(person: Person): Promise<void> {
  const before = await flow(person);
  await expect.poll(async () => (await flow(person)).voiceBytes).toBeGreaterThan(before.voiceBytes + 1000);
  await expect.poll(async () => (await flow(person)).voiceEnergy).toBeGreaterThan(before.voiceEnergy);
}

export async function watches(person: Person): Promise<void> {
  const before = await flow(person);
  await expect.poll(async () => (await flow(person)).frames).toBeGreaterThan(before.frames + 5);
}
