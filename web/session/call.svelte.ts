/**
 * Our end of a call as components see it: the devices, what is sent of them, and a connection to everybody else. The room machine says
 * who is in and which connections there are to be (shared/room/side/call.ts); this file makes them, and nothing plays or leaves before
 * the machine has called a connection bound.
 *
 * Devices are asked for only by a verb, which only a press calls, and every track is stopped by `leave`, by the end of the room and
 * by whatever else ends our part in the call.
 */
import type { CallDeed, CallPerson, CallState, LegOrder, RoomEvent } from '../../shared/room/types.ts';
import type { CallLeg, LineLimits, OpenCallLeg, Tracks } from '../net/call-leg.ts';
import type { CallTile, CallView, Device, Source } from './call-types.ts';
import type { PeerId, Person } from './types.ts';

export interface CallPorts {
  feed(deed: CallDeed): void;
  readonly openLeg: OpenCallLeg;
  readonly devices: CallDevices;
  /** A stream to be drawn. */
  streamOf(track: MediaStreamTrack): MediaStream;
  /** Plays somebody's voice; `speaker` as in `CallView.chosen`. */
  play(track: MediaStreamTrack, speaker: string): Player;
  /** Measures how loud a track is. */
  meter(track: MediaStreamTrack): Meter;
  every(ms: number, act: () => void): () => void;
}

/** What a call needs of `navigator.mediaDevices`. */
export interface CallDevices {
  microphone(id: string): Promise<MediaStreamTrack>;
  camera(id: string): Promise<MediaStreamTrack>;
  /** Undefined where the browser cannot. */
  readonly screen: (() => Promise<MediaStreamTrack>) | undefined;
  /** Speakers only where one can be chosen. */
  list(): Promise<Readonly<Record<'microphones' | 'cameras' | 'speakers', readonly Device[]>>>;
  /** Calls back when a device comes or goes; the result ends it. */
  watch(changed: () => void): () => void;
}

export interface Player {
  setSpeaker(id: string): void;
  setSilent(on: boolean): void;
  close(): void;
}

export interface Meter {
  /** 0 to 1. */
  level(): number;
  close(): void;
}

/** One other person's end. */
interface Other {
  readonly leg: CallLeg;
  player: Player | undefined;
  camera: MediaStream | undefined;
  screen: MediaStream | undefined;
  interrupted: boolean;
}

const levelMs = 150;
const speakingFrom = 0.02;
const cameraBits = 2_400_000;
const screenBits = 4_000_000;
const voiceBits = 40_000;

export class CallSession implements CallView {
  stage = $state.raw<CallView['stage']>('out');
  lacks = $state.raw<CallView['lacks']>({});
  microphones = $state.raw<readonly Device[]>([]);
  cameras = $state.raw<readonly Device[]>([]);
  speakers = $state.raw<readonly Device[]>([]);
  chosen = $state.raw<CallView['chosen']>({ microphone: '', camera: '', speaker: '' });
  muted = $state.raw(false);
  pushToTalk = $state.raw(false);
  talking = $state.raw(false);
  camera = $state.raw<MediaStream | undefined>();
  screen = $state.raw<MediaStream | undefined>();
  level = $state.raw(0);
  tiles = $state.raw<readonly CallTile[]>([]);
  refused = $state.raw<CallView['refused']>();
  readonly #ports: CallPorts;
  readonly #me: Pick<Person, 'name' | 'tag'>;
  readonly #people = new Map<PeerId, Person>();
  readonly #others = new Map<PeerId, Other>();
  readonly #tracks: Record<Source, MediaStreamTrack | undefined> = { microphone: undefined, camera: undefined, screen: undefined };
  #call: CallState = { in: false, full: false, others: [] };
  #meter: Meter | undefined;
  #stopMeasuring: (() => void) | undefined;
  #stopWatching: (() => void) | undefined;
  #speaking: ReadonlySet<PeerId | 'me'> = new Set();
  #silenced: ReadonlySet<PeerId> = new Set();
  /** Counts how often everything was let go. */
  #era = 0;
  /** Counts how often each device was asked for or let go: what a browser hands over to an earlier wish is stopped at once. */
  readonly #wishes: Record<Source, number> = { microphone: 0, camera: 0, screen: 0 };

  constructor(me: Pick<Person, 'name' | 'tag'>, ports: CallPorts) {
    this.#me = me;
    this.#ports = ports;
  }

  get sharesScreens(): boolean {
    return this.#ports.devices.screen !== undefined;
  }

  // ---------------------------------------------------------------- devices

  async prepare(): Promise<void> {
    if (this.stage !== 'out') return;
    const era = this.#era;
    this.stage = 'asking';
    this.refused = undefined;
    await this.#take('microphone', () => this.#ports.devices.microphone(this.chosen.microphone));
    if (era !== this.#era) return;
    this.#stopWatching = this.#ports.devices.watch(() => void this.#list());
    await this.#list();
    if (era !== this.#era) return;
    this.stage = 'ready';
    this.#stopMeasuring ??= this.#ports.every(levelMs, () => this.#measure());
  }

  async choose(what: keyof CallView['chosen'], id: string): Promise<void> {
    this.chosen = { ...this.chosen, [what]: id };
    if (what === 'speaker') for (const { player } of this.#others.values()) player?.setSpeaker(id);
    else if (what === 'microphone') await this.#take('microphone', () => this.#ports.devices.microphone(id));
    else if (this.camera !== undefined) await this.#take('camera', () => this.#ports.devices.camera(id));
    this.#show();
  }

  async setMuted(on: boolean): Promise<void> {
    this.muted = on;
    const isWanted = !on && this.stage !== 'out' && this.#tracks.microphone === undefined;
    if (isWanted) await this.#take('microphone', () => this.#ports.devices.microphone(this.chosen.microphone));
    this.#show();
  }

  async setCamera(on: boolean): Promise<void> {
    if (on) await this.#take('camera', () => this.#ports.devices.camera(this.chosen.camera));
    else this.#letGo('camera');
    this.#show();
  }

  async setScreen(on: boolean): Promise<void> {
    const { screen } = this.#ports.devices;
    if (on && screen !== undefined) await this.#take('screen', screen);
    else this.#letGo('screen');
    this.#show();
  }

  setPushToTalk(on: boolean): void {
    this.pushToTalk = on;
    this.talking = false;
    this.#show();
  }

  talk(on: boolean): void {
    if (!this.pushToTalk || this.talking === on) return;
    this.talking = on;
    this.#show();
  }

  async #list(): Promise<void> {
    const { microphones, cameras, speakers } = await this.#ports.devices.list();
    Object.assign(this, { microphones, cameras, speakers });
  }

  /** A device that is refused leaves what there was. */
  async #take(source: Source, ask: () => Promise<MediaStreamTrack>): Promise<void> {
    const wish = ++this.#wishes[source];
    const { [source]: _, ...lacks } = this.lacks;
    this.lacks = lacks;
    try {
      const track = await ask();
      if (wish !== this.#wishes[source]) {
        track.stop();
        return;
      }
      this.#letGo(source);
      this.#tracks[source] = track;
      track.onended = () => {
        if (this.#tracks[source] !== track) return;
        this.#letGo(source); // unplugged, or the browser's own "stop sharing"
        this.#show();
      };
      if (source === 'microphone') this.#meter = this.#ports.meter(track);
      else this[source] = this.#ports.streamOf(track);
    } catch (error) {
      if (wish === this.#wishes[source] && !this.#changedTheirMind(source, error)) this.lacks = { ...this.lacks, [source]: whyNot(error) };
    }
  }

  /** Closing the browser's list of screens is an answer, not a fault. */
  #changedTheirMind(source: Source, error: unknown): boolean {
    return source === 'screen' && whyNot(error) === 'denied';
  }

  #letGo(source: Source): void {
    this.#wishes[source]++;
    this.#tracks[source]?.stop();
    this.#tracks[source] = undefined;
    if (source !== 'microphone') this[source] = undefined;
    else {
      this.#meter?.close();
      this.#meter = undefined;
    }
  }

  #letGoOfAll(): void {
    this.#era++;
    for (const source of ['microphone', 'camera', 'screen'] as const) this.#letGo(source);
    this.#stopWatching?.();
    this.#stopMeasuring?.();
    this.#stopWatching = undefined;
    this.#stopMeasuring = undefined;
    this.talking = false;
    this.level = 0;
    this.stage = 'out';
    for (const peer of this.#others.keys()) this.#hangUp(peer);
    this.tiles = [];
  }

  silence(people: ReadonlySet<PeerId>): void {
    this.#silenced = people;
    for (const [peer, { player }] of this.#others) player?.setSilent(people.has(peer));
  }

  // ---------------------------------------------------------------- being in

  join(): void {
    if (this.stage !== 'ready') return;
    this.stage = 'in';
    this.#show();
  }

  leave(): void {
    if (this.stage === 'in') this.#ports.feed({ name: 'leave' });
    this.#letGoOfAll();
  }

  get #isHeard(): boolean {
    return this.#tracks.microphone !== undefined && (this.pushToTalk ? this.talking : !this.muted);
  }

  /** Brings what is sent, and what is told of it, to what the person has chosen. */
  #show(): void {
    const { microphone } = this.#tracks;
    if (microphone !== undefined) microphone.enabled = this.#isHeard;
    if (this.stage !== 'in') return;
    for (const { leg } of this.#others.values()) leg.send(this.#outgoing());
    this.#ports.feed({ name: 'show', muted: !this.#isHeard, camera: this.camera !== undefined, screen: this.screen !== undefined });
    this.#draw();
  }

  #outgoing(): Tracks {
    const { microphone, camera, screen } = this.#tracks;
    return { voice: microphone ?? null, camera: camera ?? null, screen: screen ?? null };
  }

  // ---------------------------------------------------------------- the others

  hear(event: RoomEvent): void {
    if (event.type === 'person') this.#people.set(event.person.peer, event.person);
    else if (event.type === 'call') this.#heardCall(event.call);
    else if (event.type === 'phase' && event.phase.name === 'ended') this.#letGoOfAll();
    else return;
    this.#draw();
  }

  #heardCall(call: CallState): void {
    this.#call = call;
    if (call.full) this.refused = 'full';
    if (call.full && this.stage === 'in') this.#letGoOfAll();
    for (const { leg } of this.#others.values()) leg.limit(limitsFor(this.#others.size));
  }

  order(peer: PeerId, order: LegOrder): void {
    if (order.name === 'dial') this.#dial(peer, order);
    else if (order.name === 'close') this.#hangUp(peer);
    else if (order.name === 'signal') this.#others.get(peer)?.leg.signal(order.signal);
    else this.#others.get(peer)?.leg.release();
    this.#draw();
  }

  #dial(peer: PeerId, { attempt, offers, iceServers }: LegOrder & { name: 'dial' }): void {
    this.#hangUp(peer);
    const current = () => this.#others.get(peer) === other;
    const leg = this.#ports.openLeg(
      { offers, iceServers },
      {
        signal: (signal) => current() && this.#ports.feed({ name: 'signal', peer, attempt, signal }),
        opened: (fingerprints) => current() && this.#ports.feed({ name: 'opened', peer, attempt, fingerprints }),
        receives: (line, track) => {
          if (!current()) return;
          if (line !== 'voice') other[line] = this.#ports.streamOf(track);
          else {
            other.player = this.#ports.play(track, this.chosen.speaker);
            other.player.setSilent(this.#silenced.has(peer));
          }
        },
        interrupted: (on) => {
          other.interrupted = on;
          this.#draw();
        },
        closed: () => {
          if (!current()) return;
          this.#hangUp(peer);
          this.#ports.feed({ name: 'closed', peer, attempt });
        },
      },
    );
    const other: Other = { leg, player: undefined, camera: undefined, screen: undefined, interrupted: false };
    this.#others.set(peer, other);
    leg.limit(limitsFor(this.#others.size));
    leg.send(this.#outgoing());
  }

  #hangUp(peer: PeerId): void {
    const other = this.#others.get(peer);
    this.#others.delete(peer);
    other?.leg.close();
    other?.player?.close();
  }

  // ---------------------------------------------------------------- what is seen

  #measure(): void {
    this.level = this.#isHeard ? (this.#meter?.level() ?? 0) : 0;
    const speaking = new Set<PeerId | 'me'>();
    if (this.level > speakingFrom) speaking.add('me');
    for (const [peer, { leg }] of this.#others) if (leg.loudness() > speakingFrom) speaking.add(peer);
    if (speaking.size === this.#speaking.size && [...speaking].every((peer) => this.#speaking.has(peer))) return;
    this.#speaking = speaking;
    this.#draw();
  }

  #draw(): void {
    if (this.stage !== 'in') return;
    const me: CallTile = {
      ...{ peer: 'me', ...this.#me, muted: !this.#isHeard, speaking: this.#speaking.has('me') },
      ...{ camera: this.camera, screen: this.screen, leg: 'me' },
    };
    this.tiles = [me, ...this.#call.others.map((person) => this.#tile(person))];
  }

  /** Nothing of a line that its owner says is off: browsers keep the last picture of it. */
  #tile({ peer, muted, camera, screen, leg }: CallPerson): CallTile {
    const { name = '', tag = '' } = this.#people.get(peer) ?? {};
    const other = this.#others.get(peer);
    const shown = leg === 'verified' ? other : undefined;
    return {
      ...{ peer, name, tag, muted, speaking: !muted && this.#speaking.has(peer) },
      camera: camera ? shown?.camera : undefined,
      screen: screen ? shown?.screen : undefined,
      leg: leg === 'verified' && other?.interrupted ? 'reconnecting' : leg,
    };
  }
}

/** Everybody sends to everybody: what one uplink carries is divided. */
function limitsFor(others: number): LineLimits {
  const among = Math.max(1, others);
  return {
    voice: { bits: voiceBits, smaller: 1 },
    camera: { bits: Math.min(1_200_000, cameraBits / among), smaller: among < 2 ? 1 : among < 4 ? 2 : 4 },
    screen: { bits: Math.min(2_500_000, screenBits / among), smaller: 1 },
  };
}

function whyNot(error: unknown): 'denied' | 'missing' | 'busy' {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'missing';
}
