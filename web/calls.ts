/** The wiring of calls, loaded with the first of them: the browser's devices, connections and loudspeakers around one room's driver. */
import { openCallLeg } from './net/call-leg.ts';
import type { Driver } from './net/driver.ts';
import { type CallDevices, CallSession, type Meter, type Player } from './session/call.svelte.ts';
import type { Device } from './session/call-types.ts';

export function openCall(driver: Driver, me: { readonly name: string; readonly tag: string }): CallSession {
  const call = new CallSession(me, {
    feed: (deed) => driver.feed({ type: 'call', deed }),
    openLeg: openCallLeg,
    devices,
    streamOf: (track) => new MediaStream([track]),
    play,
    meter,
    every(ms, act) {
      const timer = setInterval(act, ms);
      return () => clearInterval(timer);
    },
  });
  driver.call = (peer, order) => call.order(peer, order);
  return call;
}

const media = navigator.mediaDevices;

const devices: CallDevices = {
  async microphone(id) {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...exactly(id) };
    return only((await media.getUserMedia({ audio })).getAudioTracks());
  },
  async camera(id) {
    const video = {
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { max: 30 },
      ...(id === '' ? { facingMode: 'user' } : exactly(id)),
    };
    return only((await media.getUserMedia({ video })).getVideoTracks());
  },
  screen:
    typeof media.getDisplayMedia === 'function'
      ? async () => only((await media.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false })).getVideoTracks())
      : undefined,
  async list() {
    const all = await media.enumerateDevices();
    const of = (kind: MediaDeviceKind): Device[] =>
      all.filter((device) => device.kind === kind && device.deviceId !== '').map(({ deviceId: id, label }) => ({ id, label }));
    return {
      microphones: of('audioinput'),
      cameras: of('videoinput'),
      speakers: 'setSinkId' in HTMLMediaElement.prototype ? of('audiooutput') : [],
    };
  },
  watch(changed) {
    media.addEventListener('devicechange', changed);
    return () => media.removeEventListener('devicechange', changed);
  },
};

const exactly = (id: string): MediaTrackConstraints => (id === '' ? {} : { deviceId: { exact: id } });

function only(tracks: readonly MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (track === undefined) throw new DOMException('no such device', 'NotFoundError');
  return track;
}

/** Outside the page's elements, so that a voice goes on while another room is on the screen. */
function play(track: MediaStreamTrack, speaker: string): Player {
  const element = new Audio();
  element.srcObject = new MediaStream([track]);
  const setSpeaker = (id: string): void => {
    if ('setSinkId' in element) element.setSinkId(id).catch(() => {}); // unplugged meanwhile: it stays where it was
  };
  if (speaker !== '') setSpeaker(speaker);
  element.play().catch(() => {}); // ended before it began
  return {
    setSpeaker,
    setSilent(on) {
      element.muted = on;
    },
    close() {
      element.pause();
      element.srcObject = null;
    },
  };
}

function meter(track: MediaStreamTrack): Meter {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      return Math.min(
        1,
        samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
      );
    },
    close: () => void context.close(),
  };
}
