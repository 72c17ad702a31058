/**
 * The words between the room machine and the program around it: what goes into `step` and what comes out.
 * The machine does no I/O; whoever runs it (a page, the simulator) feeds inputs and carries out outputs in order; what is for
 * relays and links may go before the rest of the same step.
 */
import type { ProtocolCode } from '../errors.ts';
import type { FileOffer } from '../wire/file.ts';
import type { Invite } from '../wire/invite.ts';
import type { ListedAs } from '../wire/relay.ts';
import type { GovernPart } from './govern-part.ts';
import type { SidePart } from './side-part.ts';

declare const peerId: unique symbol;
/** A page instance's 16 random bytes (`inst`) in hexadecimal: the name of a peer within one room. */
export type PeerId = string & { readonly [peerId]: true };

declare const messageId: unique symbol;
/**
 * Hexadecimal of the first 16 bytes of the hash a message's signature covers; for one's own message not yet sealed, a local id that
 * `sealed` replaces.
 */
export type MessageId = string & { readonly [messageId]: true };

// ---------------------------------------------------------------- into the machine

export type RoomInput =
  // what the person does
  | { readonly type: 'join' }
  | { readonly type: 'say'; readonly text: string; readonly more?: SayMore }
  | { readonly type: 'offer-file'; readonly offer: FileOffer }
  | { readonly type: 'react'; readonly id: MessageId; readonly emoji: string; readonly on: boolean }
  /** One's own message; another's is the caller's mistake. */
  | { readonly type: 'edit'; readonly id: MessageId; readonly text: string; readonly mentions?: readonly PeerId[] }
  | { readonly type: 'erase'; readonly id: MessageId }
  | SideDeed
  /** What members tell each other beside messages (side/part.ts): most rooms can do without at first. */
  | { readonly type: 'attach-side'; readonly part: SidePart }
  | { readonly type: 'verified'; readonly peer: PeerId; readonly matches: boolean }
  | { readonly type: 'leave' }
  // who decides about the room (govern/); `attach` hands in the part that does it, which most rooms can do without at first
  | { readonly type: 'attach'; readonly part: GovernPart }
  | { readonly type: 'govern'; readonly deed: Deed }
  /** The password's secret for the room that this one has moved to. */
  | { readonly type: 'password-secret'; readonly prs: Uint8Array }
  // the socket to a relay: `relay` is the place of its origin in `RoomOptions.origins`
  | { readonly type: 'relay-open'; readonly relay: number }
  | { readonly type: 'relay-bytes'; readonly relay: number; readonly bytes: Uint8Array }
  | { readonly type: 'relay-closed'; readonly relay: number; readonly code: number }
  // a direct link (data channel) to one peer
  | { readonly type: 'link-signal'; readonly peer: PeerId; readonly signal: string }
  | { readonly type: 'link-open'; readonly peer: PeerId; readonly fingerprints: LinkFingerprints; readonly path: DirectPath }
  | { readonly type: 'link-bytes'; readonly peer: PeerId; readonly bytes: Uint8Array }
  | { readonly type: 'link-closed'; readonly peer: PeerId }
  // what the program does for files (protocol.md "Files"); the machine only carries it
  /** One control record for a member. */
  | { readonly type: 'file-control'; readonly peer: PeerId; readonly control: Uint8Array }
  /** One file frame for a member, by the relay. Frames on a link go past the machine. */
  | { readonly type: 'file-frame'; readonly peer: PeerId; readonly frame: Uint8Array }
  // time
  /** The moment `nextWake` named has come. Early or late is harmless. */
  | { readonly type: 'wake' }
  /** The page was suspended, hidden or offline and is back: doubt every path and try at once. */
  | { readonly type: 'resumed' };

/** What the person lets others know of itself. */
export type SideDeed =
  | { readonly type: 'typing'; readonly on: boolean }
  | { readonly type: 'away'; readonly on: boolean }
  /** The person has seen everything down to this message. */
  | { readonly type: 'read'; readonly id: MessageId }
  | { readonly type: 'share'; readonly sharing: Sharing }
  | { readonly type: 'call'; readonly deed: CallDeed };

/** What a person in a call shows of itself, and what the connections of the call report (protocol.md "Calls"). */
export type CallDeed =
  /** Enters, or changes what is shown. */
  | ({ readonly name: 'show' } & CallShown)
  | { readonly name: 'leave' }
  | { readonly name: 'signal'; readonly peer: PeerId; readonly attempt: number; readonly signal: string }
  /** Media could flow now. The fingerprints are those of our certificate and of the one that the other end showed. */
  | { readonly name: 'opened'; readonly peer: PeerId; readonly attempt: number; readonly fingerprints: LinkFingerprints }
  | { readonly name: 'closed'; readonly peer: PeerId; readonly attempt: number };

export interface CallShown {
  readonly muted: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

export interface SayMore {
  /** The message that this one answers. */
  readonly reply?: MessageId;
  /** People whom the text names, in the order of their places in it. */
  readonly mentions?: readonly PeerId[];
  /** The text tells what its author does: "/me". */
  readonly action?: boolean;
}

/** What one shows of oneself; what is off is neither shown nor seen. */
export interface Sharing {
  readonly typing: boolean;
  readonly read: boolean;
  readonly delivered: boolean;
  readonly away: boolean;
}

/** `a=fingerprint` values (upper-case hash and hex, as in SDP) of both descriptions, read by the link from what it really used. */
export interface LinkFingerprints {
  readonly local: string;
  readonly remote: string;
}

/** How a data channel reaches the peer. */
export type DirectPath = 'direct' | 'turn';

// ---------------------------------------------------------------- out of the machine

export type RoomOutput =
  | { readonly type: 'relay-dial'; readonly relay: number }
  | { readonly type: 'relay-send'; readonly relay: number; readonly bytes: Uint8Array }
  /** Close the socket; 1000 gives up the seat, 4000 and above keeps it. */
  | { readonly type: 'relay-close'; readonly relay: number; readonly code: number }
  | { readonly type: 'link-dial'; readonly peer: PeerId; readonly offers: boolean; readonly iceServers: readonly IceServer[] }
  | { readonly type: 'link-signal'; readonly peer: PeerId; readonly signal: string }
  | { readonly type: 'link-send'; readonly peer: PeerId; readonly bytes: Uint8Array }
  | { readonly type: 'link-close'; readonly peer: PeerId }
  /** A control record or a file frame of a member, for whoever runs the transfers. */
  | { readonly type: 'file-control'; readonly peer: PeerId; readonly control: Uint8Array }
  | { readonly type: 'file-frame'; readonly peer: PeerId; readonly frame: Uint8Array }
  /** For whoever runs the connections of a call. */
  | { readonly type: 'call-leg'; readonly peer: PeerId; readonly order: LegOrder }
  | { readonly type: 'event'; readonly event: RoomEvent }
  /** Input that was refused, for counting. Never shown, never fatal. */
  | { readonly type: 'drop'; readonly code: ProtocolCode; readonly where: DropPlace };

export type DropPlace = 'relay' | 'handshake' | 'pair' | 'group' | 'link';

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export type LegOrder =
  | { readonly name: 'dial'; readonly attempt: number; readonly offers: boolean; readonly iceServers: readonly IceServer[] }
  | { readonly name: 'signal'; readonly signal: string }
  /** Both ends have proved their certificates: media may flow. */
  | { readonly name: 'bound' }
  | { readonly name: 'close' };

/** The call in the room, as far as its members tell. */
export interface CallState {
  /** This page is in it. */
  readonly in: boolean;
  /** This page wanted in, or had just come in, and there were eight already. */
  readonly full: boolean;
  /** The others, in the order in which they came. */
  readonly others: readonly CallPerson[];
}

export interface CallPerson extends CallShown {
  readonly peer: PeerId;
  readonly leg: CallLeg;
}

export type CallLeg =
  /** We are not in the call, or there is no place for this one. */
  | 'none'
  | 'connecting'
  | 'verified'
  /** It was there, and is being made again. */
  | 'reconnecting'
  /** It ended at another certificate than the one the member told us of. */
  | 'unauthentic';

/** What the view is told. Every event holds values only: no bytes of the wire, and no keys but the one that opens an offered file. */
export type RoomEvent =
  | { readonly type: 'phase'; readonly phase: RoomPhase }
  /** `relay`: the best of them; `each`: one by one, in the order of `RoomOptions.origins`. */
  | { readonly type: 'relay'; readonly relay: RelayState; readonly each: readonly RelayState[] }
  /** Milliseconds until the room ends, by the relay's clock, counted from now. */
  | { readonly type: 'expiry'; readonly remainingMs: number }
  | { readonly type: 'person'; readonly person: Person }
  | { readonly type: 'person-left'; readonly peer: PeerId; readonly how: 'left' | 'silent' }
  /** A message to show: one's own at once, another's when it has arrived whole. `place` is its index in the common order. */
  | { readonly type: 'message'; readonly message: Message; readonly place: number }
  /** Something about a shown message changed; `was` is the id it is shown under. */
  | { readonly type: 'message-changed'; readonly was: MessageId; readonly message: Message; readonly place: number }
  /** It has vanished, was taken back before anyone had it, or fell off the end of a long log. */
  | { readonly type: 'message-forgotten'; readonly id: MessageId }
  | { readonly type: 'presence'; readonly peer: PeerId; readonly presence: Presence }
  | { readonly type: 'call'; readonly call: CallState }
  /** Connections that the relay lists and that never completed a handshake: "unknown connection". */
  | { readonly type: 'unknown-connections'; readonly count: number }
  /** Someone's list of members differs from ours and stays so. */
  /** `lacks`: whom we see and `peer` does not. `unknown`: how many `peer` names that we do not see. */
  | {
      readonly type: 'roster-differs';
      readonly peer: PeerId;
      readonly differs: boolean;
      readonly lacks: readonly PeerId[];
      readonly unknown: number;
    }
  /** Who may come in, who decides, what waits for a decision. */
  | { readonly type: 'governance'; readonly governance: Governance }
  /** Something that was decided, once. `by` is null for oneself. */
  | { readonly type: 'decided'; readonly decision: Decision }
  /** The room has new keys and a new link; the old one leads nowhere any more. */
  | { readonly type: 'moved'; readonly invite: Invite }
  | { readonly type: 'password-refused'; readonly guessesLeft: number }
  | {
      readonly type: 'notice';
      /** `member-equivocates`: this person told different people different things, and there is proof. */
      readonly notice: 'relay-dropped-frames' | 'member-floods' | 'member-misbehaves' | 'member-equivocates';
      readonly peer?: PeerId;
    }
  /** Whether the relay lists this room for everyone to see. */
  | { readonly type: 'listed'; readonly listed: ListedAs };

export type RoomPhase =
  | { readonly name: 'joining' }
  /** In the room: everyone the relay listed has been reached, or 15 s have passed. */
  | { readonly name: 'active' }
  | { readonly name: 'ended'; readonly reason: EndReason };

export type EndReason =
  | 'left' // by one's own wish
  | 'expired'
  | 'full'
  | 'refused' // the relay refused the proof: wrong origin, unacceptable expiry
  | 'wrong-password'
  | 'replaced' // another page took the seat
  | 'removed' // the host, or those who moved on without us
  | 'closed' // the host closed the room for everyone
  | 'incompatible'; // relay or room speaks another version

// ---------------------------------------------------------------- who decides

/** What a person decides about the room. What it may not decide is ignored. */
export type Deed =
  | { readonly name: 'let-in' | 'decline' | 'remove' | 'hand-over'; readonly peer: PeerId }
  | { readonly name: 'lock' | 'unlock' | 'close' }
  /** New keys and a new link for everyone who is here; `expiresAt` in the unit of the invite, null to leave the end as it is. */
  | { readonly name: 'renew'; readonly expiresAt: number | null }
  /** Whether members may publish the room, too. */
  | { readonly name: 'publishing'; readonly allowed: boolean }
  /** The answer to a proposal to move. */
  | { readonly name: 'answer'; readonly agrees: boolean }
  /** Comparing one string with the whole room. */
  | { readonly name: 'compare' | 'compare-stop' }
  | { readonly name: 'compared'; readonly matches: boolean }
  /** While someone's list of people differs, say nothing more. */
  | { readonly name: 'strict'; readonly on: boolean };

export interface Governance {
  /** Newcomers wait until somebody lets them in. `forced`: because of wrong passwords. */
  readonly approval: 'off' | 'on' | 'forced';
  readonly locked: boolean;
  /** The room was made with a host. */
  readonly hosted: boolean;
  /** This page holds the host's key. */
  readonly host: boolean;
  /** Who holds it, as far as is known. */
  readonly hostPeer: PeerId | null;
  /** This page may decide who comes in. */
  readonly mayLetIn: boolean;
  readonly mayPublish: boolean;
  readonly membersPublish: boolean;
  /** Set while this page waits to be let in. `by`: names of those here who can do it. */
  readonly outside: {
    readonly by: readonly { readonly name: string; readonly tag: string; readonly sas: readonly number[] }[];
    readonly locked: boolean;
    /** Somebody here said no. */
    readonly declined: boolean;
  } | null;
  readonly requests: readonly EntryRequest[];
  /** Somebody proposes to move to new keys, and waits for an answer, or for those of the others. */
  readonly proposal: Proposal | null;
  readonly compare: Compare;
  readonly strict: boolean;
  /** Who has provably told different people different things. */
  readonly equivocates: readonly PeerId[];
  /** `strict`, and someone's list differs: nothing is sent. */
  readonly halted: boolean;
}

/** Someone who wants to come in. */
export interface EntryRequest {
  readonly peer: PeerId;
  readonly name: string;
  readonly tag: string;
  readonly sas: readonly number[];
}

export interface Proposal {
  /** Null: this page proposes. */
  readonly by: PeerId | null;
  /** Who would not come along. */
  readonly without: readonly PeerId[];
  readonly agreed: readonly PeerId[];
  /** This page has answered. */
  readonly answered: boolean;
}

/** One string for the whole room (protocol.md "Room string"). */
export type Compare =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly by: PeerId | null; readonly of: number }
  | { readonly state: 'shown'; readonly sas: readonly number[]; readonly of: number }
  | { readonly state: 'done'; readonly matches: boolean }
  | { readonly state: 'failed'; readonly why: 'people-changed' | 'differs' | 'no-answer' | 'stopped' };

export interface Decision {
  readonly what: 'let-in' | 'removed' | 'locked' | 'unlocked' | 'handed-over' | 'moved' | 'approval-forced' | 'declined-move' | 'extended';
  readonly by: PeerId | null;
  /** Whom it is about, by name, since that person may be gone. */
  readonly name: string;
  readonly tag: string;
}

/** A relay as this page reaches it. `refused`: it does not let this page in, and is not asked again. */
export type RelayState = 'connecting' | 'connected' | 'waiting' | 'refused';

/** How a peer is reached now. */
/** `carried`: by another member, since no relay reaches both. */
export type PeerPath = 'direct' | 'relayed' | 'turn' | 'carried' | 'reconnecting';

export interface Person {
  readonly peer: PeerId;
  readonly name: string;
  /** First 8 hexadecimal digits of a hash of the peer's static key: tells two equal names apart. */
  readonly tag: string;
  readonly path: PeerPath;
  /** Six-bit indices of the seven emoji both must see. */
  readonly sas: readonly number[];
  readonly verification: 'unverified' | 'verified' | 'mismatch';
}

export interface Message {
  readonly id: MessageId;
  readonly from: 'me' | PeerId;
  /** Name and tag as they were when the message was shown, so that a list still reads well after its author left. */
  readonly name: string;
  readonly tag: string;
  /** Empty where the message is a file, and once it is deleted. */
  readonly text: string;
  readonly file?: FileOffer;
  /** The message that this one answers; not among the messages where it came before us, vanished, or never was. */
  readonly reply?: MessageId;
  readonly mentions?: readonly Mention[];
  readonly mentionsMe?: true;
  /** The text tells what its author does: "/me". */
  readonly action?: true;
  readonly edited?: true;
  readonly deleted?: true;
  readonly reactions?: readonly Reaction[];
  /** It did not come from its author but from another member. */
  readonly passedOn?: PassedOn;
  /** Milliseconds from this event until it vanishes. */
  readonly vanishesInMs?: number;
  /** Milliseconds before this event at which the author pressed send, as the author's page counted them. */
  readonly ageMs: number;
  /** For one's own messages. */
  readonly delivery?: Delivery;
  /** Set where messages of this author are known to be missing before this one. */
  readonly missingBefore?: number;
}

/** Someone whom a text names; `peer` is null for whoever is not known here. */
export interface Mention {
  readonly peer: 'me' | PeerId | null;
  readonly name: string;
  readonly tag: string;
}

/** One emoji on one message. */
export interface Reaction {
  readonly emoji: string;
  readonly mine: boolean;
  /** In the order in which they put it there. */
  readonly by: readonly { readonly peer: 'me' | PeerId; readonly name: string; readonly tag: string }[];
}

export interface PassedOn {
  /** Name of the member who passed it on. */
  readonly by: string;
  /** The author's own key signed it, and the author itself told us that key. Otherwise that is the word of `by`. */
  readonly verified: boolean;
  /** From before we came. */
  readonly history: boolean;
}

/** What a member lets others know of itself. */
export interface Presence {
  readonly typing: boolean;
  readonly away: boolean;
  /** The newest of our own messages that this person has read. */
  readonly readUpTo: MessageId | null;
}

export type Delivery =
  /** Not on any path yet. `nobody-here` waits for the first person to come. */
  | { readonly state: 'sending'; readonly why: 'no-path' | 'nobody-here' | 'handing-over' }
  /** On its way to `of` people, `to` of whom have it. */
  | { readonly state: 'sent'; readonly to: number; readonly of: number }
  | { readonly state: 'delivered'; readonly of: number }
  /** These people left without it. */
  | { readonly state: 'undelivered'; readonly to: number; readonly of: number };
