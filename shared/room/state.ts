/**
 * Everything a room remembers. A state is a union with one arm per state, and each arm carries only what is valid in it;
 * the maps are bounded by `limits` where they grow by what peers or the relay send.
 *
 * Two machines run per peer, because one goes on while the other stands: `shake` (a handshake under way, if any) and
 * `member` (what a completed handshake gave). What the relay says about a peer's seat is a third thing, a mere hint.
 */
import type { Assembler } from '../group/assemble.ts';
import type { ReceiveChain, SendChain } from '../group/chain.ts';
import type { GroupReceiver } from '../group/receiver.ts';
import type { GroupSender } from '../group/sender.ts';
import type { SignedRecord } from '../group/signed.ts';
import type { Cpace, Initiator, Purpose, Responder, Session } from '../handshake/pairwise.ts';
import type { RoomKeys } from '../handshake/schedule.ts';
import type { Env } from '../ports.ts';
import type { KeyPair } from '../primitives.ts';
import type { Invite } from '../wire/invite.ts';
import type { AckSpan, GovernInner, PairInner } from '../wire/peer.ts';
import type { GovernPart, GovernState } from './govern-part.ts';
import type { LogEntry, MessageLog, OrderKey } from './order.ts';
import type { Side } from './side-part.ts';
import type { DirectPath, EndReason, IceServer, MessageId, PeerId, Person, RoomEvent, RoomOutput, Sharing } from './types.ts';

/** What the driver holds. */
export interface Room {
  state: Living | Ended;
}

/** All keys and messages are wiped; every input is ignored. */
export interface Ended {
  readonly name: 'ended';
  readonly reason: EndReason;
}

export interface Living {
  readonly name: 'living';
  phase: 'idle' | 'joining' | 'active';
  /** While joining: when to call the room active although not everyone has answered. */
  activeAt: number;
  readonly me: Me;
  /** Replaced when the room moves. */
  keys: RoomKeys;
  /** The room that this one moved from: opens what was under way. */
  former: { readonly roomPub: Uint8Array; readonly until: number } | null;
  /** All room ids before the present one, newest first: what was signed there stays signed. */
  pastIds: readonly Uint8Array[];
  /** What the invite promised, without its secret. */
  options: Omit<Invite, 'secret'>;
  readonly govern: Govern;
  /** Just after a move: until then the view is spared what that does to paths and seats. 0: no move. */
  settlingUntil: number;
  /** Both secret; wiped at the end. Null in a room without a password. */
  readonly password: PasswordUse | null;
  /** False: no `link-dial` ever leaves this room. */
  readonly directAllowed: boolean;
  expiresAt: number;
  /** Those that this page dials, best first. */
  readonly relays: readonly Relay[];
  /** What the view was last told of them. */
  relaysTold: string;
  /** When the room ends by the clock of the relay that ends it first, carried over to ours; Infinity for a room without expiry. */
  endsAt: number;
  readonly peers: Map<PeerId, Peer>;
  /** Ephemeral keys of accepted HS1s, oldest first: a replayed HS1 costs nothing. */
  readonly seenEphemerals: Set<string>;
  readonly sender: GroupSender;
  /** A new generation is due before the next send. */
  senderStale: boolean;
  /** When the current generation sent its first message; 0 while it has sent none. */
  generationUsedAt: number;
  /** Frames whose key may still come, oldest first. */
  readonly held: HeldFrame[];
  /** Members, ourselves, and for a while those who have left. */
  readonly authors: Map<PeerId, Author>;
  readonly myself: Author;
  readonly log: MessageLog;
  /** Changes whose message has not come, by its id, oldest first. */
  readonly waiting: Map<string, Change[]>;
  /** How long a message lives; Infinity in a room where they stay. */
  readonly vanishMs: number;
  /** No message vanishes before this. */
  vanishAt: number;
  readonly sync: SyncState;
  /** Own messages that more people have than is told, and when to tell it. */
  readonly progress: { at: number; readonly messages: Set<OwnMessage> };
  readonly side: Side;
  /** Null where newcomers are handed nothing. */
  readonly history: History | null;
  readonly presence: OwnPresence;
  /** This page has sealed a message: from then on its counter is its own. */
  spoken: boolean;
  /** Counts what the person said and did, to order it before it is sealed. */
  unsaid: number;
  /** What is not sealed yet, oldest first. */
  readonly outbox: Unsaid[];
  /** Only the pace holds the outbox back, not a missing path. */
  outboxOpen: boolean;
  /** While joining: until then texts wait for everyone the relay listed. Infinity: they wait for nobody. */
  sayFrom: number;
  /** When the next text may be sealed, so that a burst stays within what receivers take. */
  sayAt: number;
  /** Static keys (hex) that the person has compared. */
  readonly verdicts: Map<string, Person['verification']>;
  /** Roster digest, until membership changes. */
  digest: Uint8Array | null;
  toldUnknown: number;
  /** When to look again at what only its age decides. */
  tidyAt: number;
}

export interface Me {
  readonly inst: Uint8Array;
  readonly id: PeerId;
  readonly statics: KeyPair;
  readonly name: string;
  readonly tag: string;
}

/** Who decides about the room (govern-part.ts). */
export interface Govern {
  part: GovernPart | null;
  state: GovernState | null;
  /** Records for a part that is not here yet, oldest first. */
  readonly early: { readonly peer: Peer; readonly inner: GovernInner }[];
}

export interface PasswordUse {
  readonly cpace: Cpace;
  /** CPace input, 32 bytes. After a move it is made anew, and until then nobody new comes in. */
  prs: Uint8Array;
  /** Times of failed guesses within the window, oldest first. */
  readonly failures: number[];
}

// ---------------------------------------------------------------- the relay

/** Keys of a room that was left, for a seat there (govern/strays.ts). */
export interface OutpostKeys {
  readonly roomPub: Uint8Array;
  readonly roomSk: Uint8Array;
  readonly expiresAt: number;
}

export interface Relay {
  /** Its place among the room's relays, and in every peer's `listings`. */
  readonly index: number;
  /** As this page dials it: what JOIN signs. */
  readonly origin: string;
  /** Null for the room itself. */
  readonly outpost: OutpostKeys | null;
  seat: Seat;
  /** Since when there is no seat. */
  lostAt: number;
  /** Failed dials in a row. */
  attempts: number;
  /** RECV frames counted since the fresh join (protocol.md "Relay", resume). */
  received: number;
  /** A join succeeded at least once. */
  everSeated: boolean;
  /** This relay sends something now and then even when there is nothing to say. */
  beats: boolean;
  /** When it says that the room ends. */
  endsAt: number;
  /** Its operator's own, where this page may use them. */
  iceServers: readonly IceServer[];
}

export type Seat =
  /** No socket. `dialAt` is Infinity before the person joins. */
  | { readonly name: 'none'; readonly dialAt: number }
  | { readonly name: 'dialing'; readonly giveUpAt: number }
  /** Socket open; the relay speaks first. */
  | { readonly name: 'greeting'; readonly giveUpAt: number }
  /** Looking for a proof of work, a slice a wake. */
  | { readonly name: 'working'; readonly nonce: Uint8Array; readonly bits: number; next: number; readonly sliceAt: number }
  | { readonly name: 'joining'; readonly giveUpAt: number }
  /** `proveBy`: something must be heard by then or the socket is taken for dead; Infinity when nothing is doubted. */
  | { readonly name: 'seated'; proveBy: number }
  /** It does not want us, and is not asked again. */
  | { readonly name: 'refused'; readonly reason: EndReason };

/** What one relay says of one peer: a hint. */
export interface Listing {
  state: 'no' | 'yes' | 'away';
  /** Since when, as far as having a seat at all goes. */
  at: number;
  /** It has had a seat there. */
  seen: boolean;
  /** When something of the peer last came this way that opened. */
  heardAt: number;
  /** An answer is overdue, and nothing came this way: until something does, others are better. */
  doubted: boolean;
}

// ---------------------------------------------------------------- peers

export interface Peer {
  readonly id: PeerId;
  readonly inst: Uint8Array;
  /** One for each relay of the room (reach.ts). */
  listings: readonly Listing[];
  /** Which member named it to us, and which carries frames between us because no relay does (govern/alarms.ts). */
  introducer: { readonly id: PeerId; readonly at: number } | null;
  carrier: PeerId | null;
  /** The relay by which something of this peer last came that opened. */
  lastRelay: number;
  shake: Shake;
  /** Handshakes that failed in a row; sets the wait before the next. */
  failures: number;
  /** In the list of our first JOINED: we are the newcomer to this one. */
  readonly first: boolean;
  /** Frames it may still send now, and when that was counted. */
  allowance: number;
  allowanceAt: number;
  floods: boolean;
  member: Member | null;
  /** The handshake is complete, and one of us does not let the other in (yet). Such a peer is no member in any respect. */
  outside: Outside | null;
}

export interface Outside {
  readonly member: Member;
  /** The other side has us in. */
  lets: boolean;
  /** What it sent as to a member, for when it is one. */
  readonly early: PairInner[];
}

export type Shake =
  /** `startAt`: when to begin one ourselves, Infinity to leave it to the other side. */
  | { readonly name: 'rest'; readonly startAt: number }
  /** HS1 sent. `frame` is what to send again, unchanged. */
  | (ShakeCommon & { readonly name: 'asked'; readonly initiator: Initiator })
  /** HS3 sent; the session proves itself when its CONFIRM opens. */
  | (ShakeCommon & { readonly name: 'proved'; readonly channel: Channel; readonly early: EarlyRecord[] })
  /** HS2 sent. `request` is the HS1 that it answers. */
  | (ShakeCommon & { readonly name: 'answered'; readonly request: Uint8Array; readonly responder: Responder });

/** A record that came before its CONFIRM. */
export interface EarlyRecord {
  readonly seq: number;
  readonly inner: PairInner;
}

export interface ShakeCommon {
  readonly purpose: Purpose;
  readonly frame: Uint8Array;
  readonly startedAt: number;
  readonly giveUpAt: number;
  resendAt: number;
}

/** What a handshake gave, and the two chains that run on it. */
export interface Channel {
  /** The room in which it was made. */
  readonly roomPub: Uint8Array;
  readonly session: Session;
  readonly send: SendChain;
  readonly receive: ReceiveChain;
  /** Numbers of the last records that want no acknowledgement, not even when they come a second time. */
  readonly unanswered: Set<number>;
}

export interface Member {
  readonly staticKey: Uint8Array;
  name: string;
  readonly tag: string;
  direct: boolean;
  channel: Channel;
  /** The room has moved: the `resume` values by which this member is known again there. `due`: not met there yet. */
  moving: { readonly resumes: readonly Uint8Array[]; due: boolean } | null;
  /** The one before the last handshake; still opens what was under way. */
  retiring: { readonly channel: Channel; readonly until: number } | null;
  sas: readonly number[];
  rekeyAt: number;
  /** Not before this may undecryptable frames lead to another handshake. */
  reshakeAt: number;
  readonly faults: number[];
  /** Told once. */
  misbehaves: boolean;
  readonly receiver: GroupReceiver;
  author: Author;
  readonly presence: PeerPresence;
  /** Records handed out to this member since `since`. */
  readonly handedOut: { since: number; count: number };
  readonly outgoing: Outgoing;
  readonly acks: DueAcks;
  readonly pulse: Pulse;
  path: Path;
  readonly links: Links;
  roster: RosterView;
  /** How its list of people differs from ours, as far as the two were compared. */
  difference: RosterDifference;
  /** What the view was last told, to tell changes only. */
  told: string;
}

/** Signs of life. */
export interface Pulse {
  heardAt: number;
  /** When to ask for one, and the wait that was drawn for it. */
  pingAt: number;
  gapMs: number;
  /** Asked since last heard, and since when. */
  asked: number;
  askedAt: number;
  /** Our socket was replaced because of this silence already: it is the peer's. */
  excused: boolean;
}

/** Whom of ours it lacks, and how many it names that we have not met. */
export interface RosterDifference {
  readonly lacks: readonly PeerId[];
  readonly unknown: number;
}

/** Does the peer see the same members? `quiet`: as far as we know. */
export type RosterView =
  | { readonly name: 'quiet' }
  /** Its digest was another one; `step` says what was done about it. */
  | {
      readonly name: 'differs';
      readonly since: number;
      readonly step: 'wait' | 'asked' | 'exchanged';
      readonly nextAt: number;
      readonly told: boolean;
    };

// ---------------------------------------------------------------- delivery

/** Frames a peer has not acknowledged, oldest first, by kind, chain and sequence. */
export interface Outgoing {
  readonly unacked: Map<string, Unacked>;
  /** What was sent before this is taken for lost. */
  lostBefore: number;
  resendAt: number;
  /** When frames were last sent again. */
  resentAt: number;
  attempts: number;
}

export interface Unacked {
  /** Null once let go: too many came after it. */
  bytes: Uint8Array | null;
  sentAt: number;
  sends: number;
  /** For a frame of the pairwise channel: what to seal again when the session changes. */
  readonly inner: Uint8Array | null;
  /** For a part of one's own message. */
  readonly message: OwnMessage | null;
}

export interface OwnMessage {
  readonly entry: LogEntry;
  /** Parts not yet acknowledged, by person. */
  readonly waiting: Map<PeerId, number>;
  of: number;
  to: number;
}

/** What to acknowledge, and when. */
export interface DueAcks {
  readonly ranges: OpenSpan[];
  at: number;
}

/** A span of an ACK that still grows. */
export type OpenSpan = { -readonly [Field in keyof AckSpan]: AckSpan[Field] };

// ---------------------------------------------------------------- what was said, and by whom

/** A page whose records we have. */
export interface Author {
  readonly id: PeerId;
  readonly inst: Uint8Array;
  readonly staticKey: Uint8Array;
  /** Of someone who waited to be let in, told only afterwards. */
  name: string;
  readonly tag: string;
  /** Ed25519 keys by generation, as this author itself told us. */
  readonly keys: Map<number, Uint8Array>;
  /** By generation and number, in the order in which they came. */
  readonly records: Map<string, KeptRecord>;
  latest: KeptRecord | null;
  readonly numbers: Numbers;
  /** Texts whose parts have not all come. */
  readonly unfinished: Assembler;
  /** Its changes among those that wait for their message. */
  waiting: number;
  /** Infinity while it is a member. */
  leftAt: number;
  /** When it first became one. */
  readonly metAt: number;
  /** Nobody is asked for what is missing before this; and how often that was done. */
  askAt: number;
  asked: number;
}

export interface KeptRecord extends SignedRecord {
  readonly author: Author;
  readonly spk: Uint8Array;
  /** When the author pressed send, on this page's clock. */
  saidAt: number;
  readonly keptAt: number;
  /** When it was sealed, as far as we know, and not later: who came after that has no claim to it. */
  readonly sealedAt: number;
}

/** Something that a person said or did and that is not sealed yet. */
export type Unsaid = { readonly entry: LogEntry; readonly saidAt: number } & (
  | { readonly what: 'text'; readonly reply: LogEntry | MessageId | null; readonly mentions: readonly Uint8Array[] }
  | { readonly what: 'react'; readonly emoji: string; readonly on: boolean; readonly key: OrderKey }
  | { readonly what: 'edit'; readonly text: string; readonly mentions: readonly Uint8Array[]; readonly key: OrderKey }
  | { readonly what: 'erase' }
);

/** What one record does to a message, once that is here. */
export interface Change {
  readonly target: string;
  readonly author: Author;
  readonly key: OrderKey;
  readonly records: readonly KeptRecord[];
  readonly since: number;
  readonly does:
    | { readonly type: 'react'; readonly emoji: string; readonly on: boolean }
    | { readonly type: 'edit'; readonly text: string; readonly mentions: readonly Uint8Array[] }
    | { readonly type: 'erase' };
}

export interface SyncState {
  /** Records since the room last agreed on what was said. */
  count: number;
  /** When to tell what we have. */
  dueAt: number;
  /** Authors with the newest number that each member named, to know whom to ask. */
  readonly holders: Map<string, PeerId>;
}

export interface History {
  /** As a newcomer: whom we asked, and until when we wait. */
  asking: { readonly peer: PeerId; readonly until: number } | null;
  /** Those who have been asked, with how many records they gave. */
  readonly asked: Map<PeerId, number>;
  done: boolean;
  /** Who handed us the past, until it has told us for long enough what still changes in it. */
  source: { readonly peer: PeerId; readonly until: number; heardAt: number } | null;
  /** Newcomers we handed the past to, and until when they are told what still changes in it. */
  readonly served: Map<PeerId, number>;
}

export interface OwnPresence {
  sharing: Sharing;
  away: boolean;
  /** As the others were told. */
  typing: boolean;
  /** When they are to be told that we type; Infinity where that is not so, or told. */
  typingAt: number;
  /** When they may be told again. */
  typingFrom: number;
  readUpTo: LogEntry | null;
  /** The newest message read of each author that it has not been told of, and when it may be. */
  readonly toTell: Map<PeerId, LogEntry>;
  readFrom: number;
  /** Members who have read more than is shown, and when that is shown. */
  readonly readers: Set<Peer>;
  readersAt: number;
}

export interface PeerPresence {
  sharing: Sharing;
  away: boolean;
  /** 0 while it does not type. */
  typingUntil: number;
  /** The newest message of ours that it has read. */
  readUpTo: MessageId | null;
  /** The newest message of its own that it knows we have read. */
  toldRead: LogEntry | null;
  /** What the view was last told. */
  told: string;
}

/** Which of an author's numbers have come. */
export interface Numbers {
  /** Above the highest received, by generation. */
  readonly next: Map<number, number>;
  /** Below it and not received. */
  readonly gaps: Map<string, { readonly gen: number; readonly seq: number; readonly since: number }>;
  /** Some message is shown with a gap before it. */
  marked: boolean;
}

export interface HeldFrame {
  readonly from: PeerId;
  readonly bytes: Uint8Array;
  readonly until: number;
  readonly overLink: boolean;
}

// ---------------------------------------------------------------- paths

export type Path =
  /** Through the relay. `dialAt`: when to try a direct link, Infinity for not by us. */
  | { readonly name: 'relay'; readonly dialAt: number }
  /** A link is being made; both hashes of its fingerprints must meet before it carries anything but BIND. */
  | { readonly name: 'dialing'; readonly giveUpAt: number; kind: DirectPath; ours: Uint8Array | null; theirs: Uint8Array | null }
  /** Bound; everything goes both ways until `until`. */
  | { readonly name: 'both'; readonly kind: DirectPath; readonly until: number }
  | { readonly name: 'direct'; readonly kind: DirectPath };

/** Signals of the current attempt at a link. A new attempt replaces all that belongs to older ones. */
export interface Links {
  attempt: number;
  failures: number;
  sent: number;
  /** Index of the next signal to hand over, and those that came before their turn. */
  next: number;
  readonly early: Map<number, string>;
}

// ---------------------------------------------------------------- one step

/** What one step works with. */
export interface Turn {
  readonly room: Living;
  readonly env: Env;
  readonly out: RoomOutput[];
  /** Set by what ends the room once this step is over. */
  ends: EndReason | null;
  /** The relay that the input came from. */
  via: Relay | null;
}

export function tell(turn: Turn, event: RoomEvent): void {
  turn.out.push({ type: 'event', event });
}
