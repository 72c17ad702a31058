/**
 * What components see of the program: values to show and verbs to call. `session/*.svelte.ts` implement these as rune
 * classes; components import only this file's types and receive the objects by Svelte context, so every component can
 * be shown with a plain object in their place.
 */
import type {
  Compare,
  Decision,
  Deed,
  Delivery,
  EndReason,
  Governance,
  Mention,
  Message,
  MessageId,
  PeerId,
  Person,
  Presence,
  Reaction,
  RelayState,
  RoomPhase,
  SayMore,
  Sharing,
} from '../../shared/room/types.ts';
import type { CallState, CallView } from './call-types.ts';
import type { FilesView } from './files-types.ts';

export type * from './call-types.ts';
export type * from './files-types.ts';
export type {
  Compare,
  Decision,
  Deed,
  Delivery,
  EndReason,
  Governance,
  Mention,
  MessageId,
  PeerId,
  Person,
  Presence,
  Reaction,
  RelayState,
  RoomPhase,
  SayMore,
  Sharing,
};

import type { DoorsView, ListedAs, RoomDoorView } from './door-types.ts';

export type * from './door-types.ts';

/** Where the person is in the program. */
export type Screen =
  | { readonly name: 'home' }
  /** An invite was opened: nothing has been sent to its relay about this room yet. */
  | { readonly name: 'preview'; readonly invite: InviteView }
  /** The link cannot be used. */
  | { readonly name: 'bad-invite'; readonly fault: InviteFault }
  /** The rooms that are listed at this relay. */
  | { readonly name: 'listings'; readonly doors: DoorsView }
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
  /** Newcomers are handed what was said before. */
  readonly history: boolean;
  /** Seconds that a message lives; 0: as long as the room. */
  readonly vanishS: number;
  /** Newcomers wait until somebody lets them in. */
  readonly approval: boolean;
  /** Whoever makes the room is its host. */
  readonly hosted: boolean;
  /** Only for people who come over the relay's onion; offered by pages that did. */
  readonly onionOnly?: boolean;
  /** Origins of fellow relays that carry the room as well. */
  readonly fellows?: readonly string[];
}

export interface InviteView {
  /** The whole link, secret included. */
  readonly link: string;
  /** Host of the home relay, as a person would say it. */
  readonly relay: string;
  /** How this page reaches it; absent while that is being found out. */
  readonly way?: WayView;
  /** The link for people outside Tor where `link` is for Tor Browser, and the other way round. */
  readonly otherLink?: string;
  readonly relayOnly: boolean;
  readonly needsPassword: boolean;
  /** Somebody inside has to let one in. */
  readonly approval: boolean;
  readonly hosted: boolean;
  readonly history: boolean;
  readonly vanishS: number;
  /** Milliseconds since 1970; null for a room that ends when everyone has left. */
  readonly expiresAt: number | null;
}

/** How a room's relays are reached. `hosts` are those relays, as a person would say them. */
export type WayView =
  | { readonly name: 'relay' | 'tor'; readonly hosts: readonly string[] }
  /** `gateway` learns that somebody at this address goes to that onion, nothing else. */
  | { readonly name: 'gateway'; readonly hosts: readonly string[]; readonly gateway: string }
  /** Joining loads the page of that relay. */
  | { readonly name: 'visit'; readonly hosts: readonly string[]; readonly page: string }
  /** Not from here: `address` is the link for Tor Browser. */
  | {
      readonly name: 'tor-only';
      readonly hosts: readonly string[];
      readonly address: string;
      readonly why: 'promised' | 'no-gateway' | 'no-key';
    };

/** A message of the room, with times by this page's clock, in milliseconds since 1970. */
export interface ShownMessage extends Omit<Message, 'ageMs' | 'vanishesInMs'> {
  /**
   * The id it was first shown under: stays the same when sealing gives one's own message its final id, so that its line in the log stays
   * the same line.
   */
  readonly key: MessageId;
  /** When the author pressed send. */
  readonly at: number;
  readonly vanishesAt?: number;
}

/** What stays in this browser for coming back after a reload. */
export type Keeping = 'nothing' | 'room' | 'room-and-messages';

/** A room that was kept and is not open here. */
export interface KeptRoom {
  readonly id: string;
  /** The name one had there. */
  readonly name: string;
  /** Host of the relay, as a person would say it. */
  readonly relay: string;
  /** Milliseconds since 1970; null for a room that ends when everyone has left. */
  readonly expiresAt: number | null;
  readonly messages: boolean;
}

/** What this browser lacks, so that the page can say what is off and why. */
export type MissingFeature = 'webrtc' | 'service-worker' | 'storage' | 'share' | 'clipboard';

export interface RoomView {
  readonly phase: RoomPhase;
  /** The best of them. */
  readonly relay: RelayState;
  /** One by one, in the order of `invite.way`'s hosts. */
  readonly relays: readonly RelayState[];
  readonly online: boolean;
  readonly me: { readonly name: string; readonly tag: string };
  readonly people: readonly Person[];
  readonly messages: readonly ShownMessage[];
  readonly invite: InviteView;
  readonly unread: number;
  readonly unknownConnections: number;
  readonly notices: readonly RoomNotice[];
  /** What each person lets others know of itself; whoever is not in it has said nothing yet. */
  readonly presence: ReadonlyMap<PeerId, Presence>;
  /** What one shows of oneself, and so sees of others. */
  readonly sharing: Sharing;
  /** Whether the relay shows this room to everyone. */
  readonly listed: ListedAs;
  /** Whether this page may list the room, and let people in at its door. */
  readonly mayPublish: boolean;
  /** Once somebody wanted it. */
  readonly door: RoomDoorView | undefined;
  /** Loads what a door needs. */
  openDoor(): Promise<RoomDoorView>;
  say(text: string, more?: SayMore): void;
  react(id: MessageId, emoji: string, on: boolean): void;
  /** One's own message. */
  edit(id: MessageId, text: string, mentions?: readonly PeerId[]): void;
  /** One's own message: its text goes everywhere. */
  erase(id: MessageId): void;
  /** The person types, or has emptied the field. May be called at every key. */
  typing(on: boolean): void;
  share(what: keyof Sharing, on: boolean): void;
  readonly keeping: Keeping;
  /** Keeps the room in this browser until it ends or is left, or no more. Rejects where the browser forbids storage. */
  keep(what: Keeping): Promise<void>;
  /** What is on the screen, as text. */
  exportPlain(): Promise<Blob>;
  /** The same under a passphrase; takes a second or more on purpose. */
  exportSealed(passphrase: string): Promise<Blob>;
  /** Of each of the others who tells, the last message of one's own that they have read: they have read those before it too. */
  lastRead(): readonly ShownMessage[];
  /** Undefined until the first file. */
  readonly files: FilesView | undefined;
  /** Loads the part of the program that moves files. */
  openFiles(): Promise<FilesView>;
  /** Who is in the call; undefined until somebody was. */
  readonly call: CallState | undefined;
  /** Our end of it. Undefined until it was wanted. */
  readonly ownCall: CallView | undefined;
  /** Loads the part of the program that makes calls. */
  openCall(): Promise<CallView>;
  /** Who may come in and who decides; undefined until that part of the program is here. */
  readonly governance: Governance | undefined;
  govern(deed: Deed): void;
  /** Whose messages one does not want to see. */
  readonly muted: ReadonlySet<PeerId>;
  mute(peer: PeerId, on: boolean): void;
  /** The person compared the seven emoji with `peer`. */
  verify(peer: PeerId, matches: boolean): void;
  /** The reader has seen everything down to `upTo`, or to the newest message. */
  markRead(upTo?: MessageId): void;
  dismiss(notice: RoomNotice): void;
  /** What the relay has carried for this page so far; it grows while nobody looks. */
  traffic(): Traffic;
  leave(): void;
}

/** Bytes of messages that went through the relay. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

/** Lines of the room that are not messages. */
export type RoomNotice =
  /** Something was decided about the room. `by` is empty for oneself. */
  | {
      readonly id: number;
      readonly type: 'decided';
      /** `call`: somebody has started one. */
      readonly what: Decision['what'] | 'call';
      readonly by: string;
      readonly name: string;
      readonly tag: string;
      readonly at: number;
    }
  | { readonly id: number; readonly type: 'joined' | 'left' | 'silent'; readonly name: string; readonly tag: string; readonly at: number }
  /** `lacks`: whom that person does not see, by name. `unknown`: how many it sees that we do not. */
  | {
      readonly id: number;
      readonly type: 'roster-differs';
      readonly lacks: readonly string[];
      readonly unknown: number;
      readonly name: string;
      readonly tag: string;
      readonly at: number;
    }
  | {
      readonly id: number;
      readonly type: 'relay-dropped-frames' | 'member-floods' | 'member-misbehaves' | 'member-equivocates' | 'password-refused';
      readonly name: string;
      readonly tag: string;
      readonly at: number;
    };

/** How one wants to be told of what is said while one is not looking. */
export interface BellChoices {
  readonly notify: boolean;
  /** Names and words in notifications, which the system may keep and show on a locked screen. */
  readonly content: boolean;
  readonly sound: boolean;
  /** "22:00" and "07:00", local time: between them nothing rings. Empty for always. */
  readonly quietFrom: string;
  readonly quietTo: string;
}

export interface Reach {
  /** This page came over Tor. */
  readonly overTor: boolean;
  /** Rooms made here are reached over Tor and without it. */
  readonly bothSides: boolean;
  /** Origins of relays that can carry a room as well. */
  readonly fellows: readonly string[];
}

export type Language = 'en' | 'de' | 'es' | 'fr' | 'ar';
export type Theme = 'system' | 'light' | 'dark' | 'contrast';

export interface AppView {
  readonly screen: Screen;
  /** Rooms that this page is in, oldest first; the one on the screen is among them. */
  readonly rooms: readonly RoomView[];
  readonly bell: BellChoices;
  readonly missing: readonly MissingFeature[];
  readonly language: Language;
  readonly theme: Theme;
  /** A name the person asked to be remembered, or ''. */
  readonly rememberedName: string;
  /** What a room made here can have beyond this relay's own address; absent until the relay has said so. */
  readonly reach: Reach | undefined;
  /** A newer version has been fetched and waits; it is never forced. */
  readonly updateWaiting: boolean;
  /** The browser offers to install the page. */
  readonly installable: boolean;
  createRoom(choices: RoomChoices): Promise<void>;
  /** From the preview. Empty password for a room without one. */
  joinRoom(name: string, rememberName: boolean, password: string): Promise<void>;
  /** Asks the relay what `reach` shows. */
  learnReach(): Promise<void>;
  /** An invite pasted on the home screen. */
  openInvite(text: string): void;
  /** Loads what codes, the list and knocks need. */
  doors(): Promise<DoorsView>;
  /** Puts the list of rooms on the screen. Rejects where that part cannot be loaded. */
  showListings(): Promise<void>;
  /** To the start page; leaves the room on the screen and no other. */
  goHome(): void;
  /** To the start page, to open another room beside those that are open. */
  lookForAnother(): void;
  /** Puts an open room on the screen. */
  show(room: RoomView): void;
  /** Asks the browser's permission where it is needed; what it refuses stays off. */
  setBell(change: Partial<BellChoices>): Promise<void>;
  setLanguage(language: Language): void;
  setTheme(theme: Theme): void;
  applyUpdate(): void;
  install(): void;
  /** Rooms kept in this browser. */
  readonly kept: readonly KeptRoom[];
  /** Enters a kept room as the same person. Rejects where another page of this browser is in it. */
  comeBack(id: string): Promise<void>;
  forgetKept(id: string): Promise<void>;
  /** Wipes the page, its storage and caches, and closes. */
  forgetEverything(): void;
}
