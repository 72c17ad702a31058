/** A call without connections, for the demo: tiles of people who are not there, pictures drawn on a canvas. */
import type { CallLeg, CallTile, CallView, PeerId, Person } from '../session/types.ts';

/** Something that moves, as a camera would send it. */
function drawn(hue: number): MediaStream {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const paint = (): void => {
    pen.fillStyle = `oklch(0.35 0.06 ${hue})`;
    pen.fillRect(0, 0, 640, 360);
    pen.fillStyle = `oklch(0.75 0.12 ${hue})`;
    pen.beginPath();
    pen.arc(320 + 40 * Math.sin(Date.now() / 700), 170, 80, 0, 2 * Math.PI);
    pen.fill();
    requestAnimationFrame(paint);
  };
  paint();
  return canvas.captureStream(15);
}

type Told = Partial<Omit<CallTile, 'peer' | 'name' | 'tag'>> & { readonly filmed?: true; readonly shares?: true };

export const tileOf = ({ peer, name, tag }: Person, { filmed, shares, ...told }: Told = {}): CallTile => ({
  ...{ peer, name, tag, muted: false, speaking: false, leg: 'verified', ...told },
  camera: filmed && drawn(Number.parseInt(tag.slice(4, 8), 16) % 360),
  screen: shares && drawn(220),
});

export class DemoCall implements CallView {
  stage = $state.raw<CallView['stage']>('out');
  refused: CallView['refused'];
  lacks = $state.raw<CallView['lacks']>({});
  microphones = [{ id: 'a', label: 'Built-in microphone' }];
  cameras = [{ id: 'b', label: 'Built-in camera' }];
  speakers = [{ id: 'c', label: 'Headphones' }];
  chosen = $state.raw<CallView['chosen']>({ microphone: '', camera: '', speaker: '' });
  muted = $state.raw(false);
  pushToTalk = $state.raw(false);
  talking = $state.raw(false);
  camera = $state.raw<MediaStream | undefined>();
  screen = $state.raw<MediaStream | undefined>();
  level = $state.raw(0.3);
  readonly sharesScreens = true;
  readonly #others: readonly CallTile[];

  constructor(others: readonly CallTile[], set: Partial<CallView> = {}) {
    this.#others = others;
    Object.assign(this, set);
  }

  get tiles(): readonly CallTile[] {
    const me: CallTile = {
      ...{ peer: 'me', name: 'Quiet Fox', tag: '0b5d90cc', speaking: this.talking, leg: 'me' },
      ...{ muted: this.muted || (this.pushToTalk && !this.talking), camera: this.camera, screen: this.screen },
    };
    return [me, ...this.#others];
  }

  async prepare() {
    if (this.stage === 'out') this.stage = 'ready';
  }
  async choose(what: keyof CallView['chosen'], id: string) {
    this.chosen = { ...this.chosen, [what]: id };
  }
  async setMuted(on: boolean) {
    this.muted = on;
  }
  async setCamera(on: boolean) {
    this.camera = on ? drawn(60) : undefined;
  }
  async setScreen(on: boolean) {
    this.screen = on ? drawn(220) : undefined;
  }
  setPushToTalk(on: boolean) {
    this.pushToTalk = on;
  }
  talk(on: boolean) {
    this.talking = on;
  }
  silence() {}
  join() {
    this.stage = 'in';
  }
  leave() {
    this.stage = 'out';
  }
}

export const callOf = (tiles: readonly CallTile[], isIn: boolean) => ({
  in: isIn,
  full: false,
  others: tiles.map(({ peer, muted, leg }) => ({ peer: peer as PeerId, muted, camera: false, screen: false, leg: leg as CallLeg })),
});
