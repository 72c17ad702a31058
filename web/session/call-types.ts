/** What components see of a call: values to show and verbs to call. The part of the program behind them is loaded with the first call. */
import type { CallLeg, CallState, PeerId } from '../../shared/room/types.ts';

export type { CallLeg, CallState };

export interface CallView {
  /** `asking`: the browser is asking the person for the microphone. */
  readonly stage: 'out' | 'asking' | 'ready' | 'in';
  /** Why one is not in it. */
  readonly refused: 'full' | undefined;
  /** What could not be had, and why. */
  readonly lacks: Readonly<Partial<Record<Source, 'denied' | 'missing' | 'busy'>>>;
  readonly microphones: readonly Device[];
  readonly cameras: readonly Device[];
  /** Empty where the browser always uses the system's. */
  readonly speakers: readonly Device[];
  /** Ids of what is chosen; '' for what the browser takes by itself. */
  readonly chosen: Readonly<Record<'microphone' | 'camera' | 'speaker', string>>;
  /** As the person set it; with push to talk, nothing is sent between presses either. */
  readonly muted: boolean;
  readonly pushToTalk: boolean;
  /** The person presses to talk. */
  readonly talking: boolean;
  readonly camera: MediaStream | undefined;
  readonly screen: MediaStream | undefined;
  /** The browser can share a screen. */
  readonly sharesScreens: boolean;
  /** How loud one is, 0 to 1. */
  readonly level: number;
  /** Everybody in the call, oneself first. */
  readonly tiles: readonly CallTile[];
  /** Asks for the microphone, and learns which devices there are. Because the person pressed something, never else. */
  prepare(): Promise<void>;
  choose(what: 'microphone' | 'camera' | 'speaker', id: string): Promise<void>;
  setMuted(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setScreen(on: boolean): Promise<void>;
  setPushToTalk(on: boolean): void;
  talk(on: boolean): void;
  /** Whom one does not want to hear. */
  silence(people: ReadonlySet<PeerId>): void;
  /** Comes in with what has been chosen. */
  join(): void;
  /** Goes, or never came: every device is let go. */
  leave(): void;
}

export type Source = 'microphone' | 'camera' | 'screen';

export interface Device {
  readonly id: string;
  /** Empty where the browser does not say. */
  readonly label: string;
}

export interface CallTile {
  readonly peer: PeerId | 'me';
  readonly name: string;
  readonly tag: string;
  readonly muted: boolean;
  readonly speaking: boolean;
  readonly camera: MediaStream | undefined;
  readonly screen: MediaStream | undefined;
  readonly leg: CallLeg | 'me';
}
