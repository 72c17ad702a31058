/**
 * What components see of the program: values to show and verbs to call. `session/*.svelte.ts` implement these as rune
 * classes; components import only this file's types and receive the objects by Svelte context, so every component can
 * be shown with a plain object in their place.
 */
import type { Delivery, EndReason, MessageId, PeerId, Person, RelayState, RoomPhase } from '../../shared/room/types.ts';

export type { Delivery, EndReason, MessageId, PeerId, Person, RelayState, RoomPhase };

/** Where the person is in the program. */
export type Screen =
  | { readonly name: 'home' }
  /** An invite was opened: nothing has been sent to its relay about this room yet. */
  | { readonly name: 'preview'; readonly invite: InviteView }
  /** The link cannot be used. */
  | { readonly name: 'bad-invite'; readonly fault: InviteFault }
  | { readonly name: 'room'; readonly room: RoomView };

export type InviteFault = 'cut' | 'edited' | 'expired' | 'newer-version' | 'not-an-invite';

/** How long a room lives: minutes, or until everyone has left. */
export type Lifetime = 5 | 60 | 1440 | 'until-empty';

export interface RoomChoices {
  readonly name: string;
  readonly rememberName: boolean;
  readonly lifetime: Lifetime;
  readonly relayOnly: boolean;
  /** Empty for none. */
  readonly password: string;
}

export interface InviteView {
  /** The whole link, secret included. */
  readonly link: string;
  /** Host of the relay, as a person would say it. */
  readonly relay: string;
  readonly relayOnly: boolean;
  readonly needsPassword: boolean;
  /** Milliseconds since 1970; null for a room that ends when everyone has left. */
  readonly expiresAt: number | null;
}

export interface ShownMessage {
  readonly id: MessageId;
  /** The id it was first shown under: stays the same when sealing gives one's own message its final id, so that its line in the log stays the same line. */
  readonly key: MessageId;
  readonly from: 'me' | PeerId;
  readonly name: string;
  readonly tag: string;
  readonly text: string;
  /** When the author pressed send, milliseconds since 1970 by this page's clock. */
  readonly at: number;
  readonly delivery?: Delivery;
  readonly missingBefore?: number;
}

/** What this browser lacks, so that the page can say what is off and why. */
export type MissingFeature = 'webrtc' | 'service-worker' | 'storage' | 'share' | 'clipboard';

export interface RoomView {
  readonly phase: RoomPhase;
  readonly relay: RelayState;
  readonly online: boolean;
  readonly me: { readonly name: string; readonly tag: string };
  readonly people: readonly Person[];
  readonly messages: readonly ShownMessage[];
  readonly invite: InviteView;
  readonly unread: number;
  readonly unknownConnections: number;
  readonly notices: readonly RoomNotice[];
  say(text: string): void;
  /** The person compared the seven emoji with `peer`. */
  verify(peer: PeerId, matches: boolean): void;
  /** The reader has seen everything down to the newest message. */
  markRead(): void;
  dismiss(notice: RoomNotice): void;
  leave(): void;
}

/** Lines of the room that are not messages. */
export type RoomNotice =
  | { readonly id: number; readonly type: 'joined' | 'left' | 'silent'; readonly name: string; readonly tag: string; readonly at: number }
  | { readonly id: number; readonly type: 'roster-differs'; readonly name: string; readonly tag: string; readonly at: number }
  | {
      readonly id: number;
      readonly type: 'relay-dropped-frames' | 'member-floods' | 'member-misbehaves' | 'member-equivocates' | 'password-refused';
      readonly name: string;
      readonly tag: string;
      readonly at: number;
    };

export type Language = 'en' | 'de';
export type Theme = 'system' | 'light' | 'dark';

export interface AppView {
  readonly screen: Screen;
  readonly missing: readonly MissingFeature[];
  readonly language: Language;
  readonly theme: Theme;
  /** A name the person asked to be remembered, or ''. */
  readonly rememberedName: string;
  /** A newer version has been fetched and waits; it is never forced. */
  readonly updateWaiting: boolean;
  /** The browser offers to install the page. */
  readonly installable: boolean;
  createRoom(choices: RoomChoices): Promise<void>;
  /** From the preview. Empty password for a room without one. */
  joinRoom(name: string, rememberName: boolean, password: string): Promise<void>;
  /** An invite pasted on the home screen. */
  openInvite(text: string): void;
  goHome(): void;
  setLanguage(language: Language): void;
  setTheme(theme: Theme): void;
  applyUpdate(): void;
  install(): void;
  /** Wipes the page, its storage and caches, and closes. */
  forgetEverything(): void;
}
