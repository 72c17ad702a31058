/** What becomes of the microphone, and of what was recorded. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Recording } from './recording.ts';

class FakeRecorder {
  static refuses = false;
  static isTypeSupported = () => true;
  static last: FakeRecorder;
  state = 'inactive';
  readonly mimeType = 'audio/webm;codecs=opus';
  ondataavailable: (event: { data: Blob }) => void = () => {};
  onstop: () => void = () => {};
  constructor() {
    if (FakeRecorder.refuses) throw new DOMException('', 'NotSupportedError');
    FakeRecorder.last = this;
  }
  start() {
    this.state = 'recording';
  }
  stop() {
    if (this.state === 'inactive') throw new DOMException('', 'InvalidStateError');
    this.end();
  }
  /** As when the microphone is unplugged. */
  end() {
    this.state = 'inactive';
    this.ondataavailable({ data: new Blob(['sound']) });
    queueMicrotask(() => this.onstop());
  }
}

let stopped: number;

beforeEach(() => {
  stopped = 0;
  FakeRecorder.refuses = false;
  const stream = { getTracks: () => [{ stop: () => stopped++ }] };
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: async () => stream } });
  vi.stubGlobal('MediaRecorder', FakeRecorder);
  vi.stubGlobal(
    'AudioContext',
    class {
      state = 'running';
      createAnalyser = () => ({ fftSize: 8, getByteTimeDomainData: (samples: Uint8Array) => samples.fill(128) });
      createMediaStreamSource = () => ({ connect: () => {} });
      close = async () => {};
    },
  );
});
afterEach(() => void vi.unstubAllGlobals());

test('a browser that cannot record lets go of the microphone', async () => {
  FakeRecorder.refuses = true;
  await expect(Recording.start(() => {})).rejects.toThrow();
  expect(stopped).toBe(1);
});

test('what was recorded before the microphone went away can still be sent', async () => {
  const recording = await Recording.start(() => {});
  FakeRecorder.last.end();
  const { note } = await recording.finish();
  expect(await note.text()).toBe('sound');
  expect(stopped).toBe(1);
});
