/**
 * One room as components see it. Every value is immutable and is replaced, only here and only in answer to an event of the room
 * machine (`apply`) or of the page; verbs do nothing but hand an input on. Copying the list of messages (10,000 references at most) costs
 * microseconds; what is expensive in a long log is drawing it, and equal objects are not drawn again.
 */
import type { EndReason, Message, RoomEvent, RoomInput } from '../../shared/room/types.ts';
import type { Invite } from '../../shared/wire/invite.ts';
import { fetchPart } from '../fetch-part.ts';
import type { RoomDoor } from './room-door.svelte.ts';
import type {
  CallState,
  CallView,
  Decision,
  Deed,
  FilesView,
  Governance,
  InviteView,
  Keeping,
  ListedAs,
  MessageId,
  PeerId,
  Person,
  Presence,
  RelayState,
  RoomNotice,
  RoomPhase,
  RoomView,
  SayMore,
  Sharing,
  ShownMessage,
  Traffic,
} from './types.ts';

export interface RoomSessionPorts {
  feed(input: RoomInput): void;
  /** Milliseconds since 1970. */
  wallNow(): number;
  /** The page can be seen, so what is read counts as read. */
  visible(): boolean;
  /** What the browser believes about the network. */
  online(): boolean;
  unreadChanged(): void;
  /** The room has moved: how its new invite is shown. */
  viewInvite(invite: Invite): InviteView;
  traffic(): Traffic;
  /** Somebody else said something. */
  heard(message: ShownMessage): void;
  /** Loads what the door of this room needs; `movedTo` where the room has another invite than it began with. */
  openDoor(movedTo: Invite | undefined): Promise<RoomDoor>;
  /** Remembers what the person wants to share, for other rooms too. */
  keepSharing(sharing: Sharing): void;
  keep(what: Keeping): Promise<void>;
  /** Puts a text under a passphrase. */
  sealText(text: string, passphrase: string): Promise<Uint8Array>;
  /** Loads what moves files. It hears every event of the room from then on. */
  openFiles(): Promise<FilesKeeper>;
  /** Loads our end of a call, likewise. */
  openCall(): Promise<CallKeeper>;
}

/** Our end of a call: what components see of it, and an ear for what happens. */
export interface CallKeeper extends CallView {
  hear(event: RoomEvent): void;
}

/** The files of the room: what components see of them, and an ear for what happens. */
export interface FilesKeeper extends FilesView {
  hear(event: RoomEvent): void;
  /** A message that was shown before. */
  meet(message: Pick<ShownMessage, 'id' | 'from' | 'file'>): void;
}

const noticesKept = 100;
/** Who is back so soon has not been away: a reload, a tunnel. */
const backMs = 30_000;

export class RoomSession implements RoomView {
  phase = $state.raw<RoomPhase>({ name: 'joining' });
  relay = $state.raw<RelayState>('connecting');
  relays = $state.raw<readonly RelayState[]>([]);
  people = $state.raw<readonly Person[]>([]);
  messages = $state.raw<readonly ShownMessage[]>([]);
  notices = $state.raw<readonly RoomNotice[]>([]);
  unread = $state.raw(0);
  unknownConnections = $state.raw(0);
  presence = $state.raw<ReadonlyMap<PeerId, Presence>>(new Map());
  governance = $state.raw<Governance | undefined>();
  muted = $state.raw<ReadonlySet<PeerId>>(new Set());
  sharing = $state.raw() as Sharing;
  listed = $state.raw<ListedAs>('no');
  mayPublish = $state.raw(false);
  door = $state.raw<RoomDoor | undefined>();
  invite = $state.raw() as InviteView;
  keeping = $state.raw<Keeping>('nothing');
  files = $state.raw<FilesKeeper | undefined>();
  call = $state.raw<CallState | undefined>();
  ownCall = $state.raw<CallKeeper | undefined>();
  /** Called after everything that may be worth keeping. */
  changed: (() => void) | undefined;
  /** Messages from before a reload, which the machine knows nothing of. They stand before all others. */
  #restored = 0;
  readonly me: RoomView['me'];
  readonly #ports: RoomSessionPorts;
  #notices = 0;
  /** Until it is known who decides in this room, nobody does. */
  #mayLetIn = false;
  #openingDoor: Promise<RoomDoor> | undefined;
  #movedTo: Invite | undefined;
  #readUpTo: MessageId | undefined;
  #opening: Promise<FilesKeeper> | undefined;
  #openingCall: Promise<CallKeeper> | undefined;

  constructor(me: RoomView['me'], invite: InviteView, sharing: Sharing, ports: RoomSessionPorts) {
    this.me = me;
    this.sharing = sharing;
    this.invite = invite;
    this.#ports = ports;
  }

  get online(): boolean {
    return this.#ports.online();
  }

  // ---------------------------------------------------------------- verbs

  say(text: string, more: SayMore = {}): void {
    this.#ports.feed({ type: 'say', text, more });
  }

  react(id: MessageId, emoji: string, on: boolean): void {
    this.#ports.feed({ type: 'react', id, emoji, on });
  }

  edit(id: MessageId, text: string, mentions: readonly PeerId[] = []): void {
    this.#ports.feed({ type: 'edit', id, text, mentions });
  }

  erase(id: MessageId): void {
    this.#ports.feed({ type: 'erase', id });
  }

  typing(on: boolean): void {
    this.#ports.feed({ type: 'typing', on });
  }

  share(what: keyof Sharing, on: boolean): void {
    this.sharing = { ...this.sharing, [what]: on };
    this.#ports.keepSharing(this.sharing);
    this.#ports.feed({ type: 'share', sharing: this.sharing });
  }

  verify(peer: PeerId, matches: boolean): void {
    this.#ports.feed({ type: 'verified', peer, matches });
  }

  openDoor(): Promise<RoomDoor> {
    if (this.#openingDoor !== undefined) return this.#openingDoor;
    const opening = this.#ports.openDoor(this.#movedTo).then((door) => {
      if (this.#openingDoor === opening) this.door = door;
      else door.close(); // the room has ended or moved meanwhile
      return door;
    });
    opening.catch(() => {
      if (this.#openingDoor === opening) this.#openingDoor = undefined;
    });
    this.#openingDoor = opening;
    return opening;
  }

  govern(deed: Deed): void {
    this.#ports.feed({ type: 'govern', deed });
  }

  mute(peer: PeerId, on: boolean): void {
    const muted = new Set(this.muted);
    if (on) muted.add(peer);
    else muted.delete(peer);
    this.muted = muted;
    this.ownCall?.silence(muted);
  }

  traffic(): Traffic {
    return this.#ports.traffic();
  }

  leave(): void {
    if (this.keeping !== 'nothing') void this.keep('nothing');
    this.#ports.feed({ type: 'leave' });
  }

  keep(what: Keeping): Promise<void> {
    return this.#ports.keep(what);
  }

  async exportPlain(): Promise<Blob> {
    return new Blob([await this.#transcript()], { type: 'text/plain;charset=utf-8' });
  }

  async exportSealed(passphrase: string): Promise<Blob> {
    const sealed = await this.#ports.sealText(await this.#transcript(), passphrase);
    return new Blob([new Uint8Array(sealed)], { type: 'application/octet-stream' });
  }

  async #transcript(): Promise<string> {
    const { transcript } = await fetchPart(() => import('./transcript.ts'));
    return transcript({ relay: this.invite.relay, me: this.me, messages: this.messages }, this.#ports.wallNow());
  }

  /** The page was loaded anew: what was on the screen before is there again. */
  restore(messages: readonly ShownMessage[]): void {
    this.messages = messages;
    this.#restored = messages.length;
  }

  /** Once; what happened before it was there is told to it. A load that failed is tried again when it is wanted again. */
  openFiles(): Promise<FilesKeeper> {
    this.#opening ??= this.#loadFiles();
    return this.#opening;
  }

  async #loadFiles(): Promise<FilesKeeper> {
    try {
      const files = await this.#ports.openFiles();
      for (const person of this.people) files.hear({ type: 'person', person });
      for (const message of this.messages) files.meet(message);
      if (this.phase.name === 'ended') files.hear({ type: 'phase', phase: this.phase });
      this.files = files;
      return files;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** As `openFiles`. */
  openCall(): Promise<CallKeeper> {
    this.#openingCall ??= this.#loadCall();
    return this.#openingCall;
  }

  async #loadCall(): Promise<CallKeeper> {
    try {
      const own = await this.#ports.openCall();
      for (const person of this.people) own.hear({ type: 'person', person });
      if (this.call !== undefined) own.hear({ type: 'call', call: this.call });
      own.hear({ type: 'phase', phase: this.phase });
      own.silence(this.muted);
      this.ownCall = own;
      return own;
    } catch (error) {
      this.#openingCall = undefined;
      throw error;
    }
  }

  /** Nobody reads in a hidden page, wherever the log stands. */
  markRead(upTo: MessageId | undefined = this.messages.at(-1)?.id): void {
    if (upTo === undefined || !this.#ports.visible()) return;
    if (this.unread > 0 && upTo === this.messages.at(-1)?.id) this.#setUnread(0);
    if (upTo === this.#readUpTo) return;
    this.#readUpTo = upTo;
    this.#ports.feed({ type: 'read', id: upTo });
  }

  lastRead(): readonly ShownMessage[] {
    return this.people.flatMap(({ peer }) => {
      const upTo = this.presence.get(peer)?.readUpTo;
      const place = upTo == null ? -1 : this.messages.findLastIndex(({ id }) => id === upTo);
      return this.messages.findLast(({ from }, at) => at <= place && from === 'me') ?? [];
    });
  }

  dismiss(notice: RoomNotice): void {
    this.notices = this.notices.filter(({ id }) => id !== notice.id);
  }

  // ---------------------------------------------------------------- what the machine tells

  apply(event: RoomEvent): void {
    this.#show(event);
    this.changed?.();
    if (event.type === 'message' && event.message.file !== undefined) this.openFiles().catch(() => {}); // its line offers to try again
    this.files?.hear(event);
    this.ownCall?.hear(event);
  }

  #show(event: RoomEvent): void {
    switch (event.type) {
      case 'phase':
        this.phase = event.phase;
        if (event.phase.name === 'ended') this.#wipe(event.phase.reason);
        if (event.phase.name === 'ended' && event.phase.reason === 'expired' && this.keeping !== 'nothing') void this.keep('nothing');
        break;
      case 'relay':
        this.relay = event.relay;
        this.relays = event.each;
        break;
      case 'expiry':
        // The relay's clock decides, whatever the invite says by ours.
        this.invite = { ...this.invite, expiresAt: Number.isFinite(event.remainingMs) ? this.#ports.wallNow() + event.remainingMs : null };
        break;
      case 'person':
        this.#meet(event.person);
        break;
      case 'person-left':
        this.#part(event.peer, event.how);
        break;
      case 'message':
        this.#hear(this.#shown(event.message), event.place);
        break;
      case 'message-changed':
        this.#change(event.was, event.message, event.place);
        break;
      case 'message-forgotten':
        this.messages = this.messages.filter(({ id }) => id !== event.id);
        break;
      case 'presence':
        this.presence = new Map(this.presence).set(event.peer, event.presence);
        break;
      case 'call':
        this.#heardCall(event.call);
        break;
      case 'governance':
        this.governance = event.governance;
        this.mayPublish = event.governance.mayPublish;
        this.#mayLetIn = event.governance.mayLetIn;
        this.#attend();
        break;
      case 'decided':
        this.#decided(event.decision);
        break;
      case 'moved':
        this.invite = { ...this.invite, ...this.#ports.viewInvite(event.invite) };
        this.#movedTo = event.invite;
        this.#closeDoor();
        break;
      case 'unknown-connections':
        this.unknownConnections = event.count;
        break;
      case 'roster-differs':
        this.#withdraw('roster-differs', event.peer);
        if (event.differs) this.#differs(event.peer, event.lacks, event.unknown);
        break;
      case 'notice':
        this.#notify(event.notice, event.peer);
        break;
      case 'listed':
        this.listed = event.listed;
        this.#attend();
        break;
      case 'password-refused':
        if (this.phase.name === 'active') this.#notify('password-refused', undefined); // whoever typed it learns by the room's end
        break;
    }
  }

  /** The first one is said to have begun it. */
  #heardCall(call: CallState): void {
    const [first] = call.others;
    if (first !== undefined && !call.in && !this.call?.others.length) {
      const { name = '', tag = '' } = this.people.find(({ peer }) => peer === first.peer) ?? {};
      this.#decided({ what: 'call', by: null, name, tag });
    }
    this.call = call;
  }

  // ---------------------------------------------------------------- the door

  /** Whoever may open goes to the door of a room that is listed. */
  #attend(): void {
    if (this.listed === 'no' || !this.#mayLetIn) return;
    this.openDoor().then(
      (door) => door.attend(),
      () => {}, // the relay is away; it tells again when we are back
    );
  }

  #closeDoor(): void {
    this.door?.close();
    this.door = undefined;
    this.#openingDoor = undefined;
    this.listed = 'no';
  }

  // ---------------------------------------------------------------- people

  /** Whoever is there before we are in has not "joined". */
  #meet(person: Person): void {
    const at = this.people.findIndex(({ peer }) => peer === person.peer);
    if (at >= 0) {
      this.people = this.people.with(at, person);
      return;
    }
    this.people = [...this.people, person];
    if (this.phase.name === 'active' && !this.#isBack(person)) this.#notify('joined', person.peer);
  }

  /** Takes back the line that said that this person went, if that was a moment ago. */
  #isBack({ name, tag }: Person): boolean {
    const since = this.#ports.wallNow() - backMs;
    const gone = this.notices.findLast(
      (line) => line.tag === tag && line.name === name && (line.type === 'left' || line.type === 'silent'),
    );
    if (gone === undefined || gone.at < since) return false;
    this.dismiss(gone);
    return true;
  }

  #part(peer: PeerId, how: 'left' | 'silent'): void {
    this.#withdraw('roster-differs', peer);
    this.#notify(how, peer);
    this.people = this.people.filter((person) => person.peer !== peer);
    const presence = new Map(this.presence);
    presence.delete(peer);
    this.presence = presence;
  }

  /** `peer` of notices that are withdrawn when their cause goes away; notices themselves carry names, which outlive people. */
  readonly #causes = new Map<number, PeerId>();

  #decided({ what, by, name, tag }: Omit<Decision, 'what'> & { readonly what: Decision['what'] | 'call' }): void {
    const who = by === null ? '' : (this.people.find((known) => known.peer === by)?.name ?? '');
    const notice: RoomNotice = { id: ++this.#notices, type: 'decided', what, by: who, name, tag, at: this.#ports.wallNow() };
    this.notices = [...this.notices, notice].slice(-noticesKept);
  }

  #differs(peer: PeerId, lacks: readonly PeerId[], unknown: number): void {
    const named = (id: PeerId) => this.people.find((known) => known.peer === id);
    const { name = '', tag = '' } = named(peer) ?? {};
    const missing = lacks.map((id) => named(id)?.name ?? '').filter((one) => one !== '');
    const notice: RoomNotice = {
      id: ++this.#notices,
      type: 'roster-differs',
      lacks: missing,
      unknown,
      name,
      tag,
      at: this.#ports.wallNow(),
    };
    this.#causes.set(notice.id, peer);
    this.notices = [...this.notices, notice].slice(-noticesKept);
  }

  #notify(type: Exclude<RoomNotice['type'], 'decided' | 'roster-differs'>, peer: PeerId | undefined): void {
    const person = this.people.find((known) => known.peer === peer);
    const notice: RoomNotice = { id: ++this.#notices, type, name: person?.name ?? '', tag: person?.tag ?? '', at: this.#ports.wallNow() };
    if (peer !== undefined) this.#causes.set(notice.id, peer);
    this.notices = [...this.notices, notice].slice(-noticesKept);
  }

  #withdraw(type: RoomNotice['type'], peer: PeerId): void {
    this.notices = this.notices.filter((notice) => notice.type !== type || this.#causes.get(notice.id) !== peer);
  }

  // ---------------------------------------------------------------- messages

  #shown({ ageMs, vanishesInMs, ...message }: Message): ShownMessage {
    const now = this.#ports.wallNow();
    const shown = { ...message, key: message.id, at: now - ageMs };
    return vanishesInMs === undefined ? shown : { ...shown, vanishesAt: now + vanishesInMs };
  }

  #hear(message: ShownMessage, place: number): void {
    this.#insert(message, place);
    if (message.from === 'me' || message.passedOn?.history || this.muted.has(message.from)) return;
    this.#setUnread(this.unread + 1);
    this.#ports.heard(message);
  }

  #insert(message: ShownMessage, among: number): void {
    this.#giveWayTo(message.id);
    const place = among + this.#restored;
    this.messages = place >= this.messages.length ? [...this.messages, message] : this.messages.toSpliced(place, 0, message);
  }

  /** What was restored and comes again, from those who were there, is that once. */
  #giveWayTo(id: MessageId): void {
    if (this.#restored === 0) return;
    const at = this.messages.findIndex((message) => message.id === id);
    if (at < 0 || at >= this.#restored) return;
    this.messages = this.messages.toSpliced(at, 1);
    this.#restored--;
  }

  /** Changes are nearly always about the newest messages, so the search starts there. The first stated time and key stay. */
  #change(was: MessageId, message: Message, among: number): void {
    const place = among + this.#restored;
    const from = this.messages.findLastIndex(({ id }) => id === was);
    if (from < 0) return;
    const { key, at } = this.messages[from]!;
    const changed = { ...this.#shown(message), key, at };
    if (from === place) this.messages = this.messages.with(from, changed);
    else this.messages = this.messages.toSpliced(from, 1).toSpliced(place, 0, changed);
  }

  #setUnread(count: number): void {
    this.unread = count;
    this.#ports.unreadChanged();
  }

  /** Whoever was in and is out keeps nothing, the link neither; whoever never got in may try it again. */
  #wipe(reason: EndReason): void {
    if (reason === 'left' || reason === 'expired' || reason === 'removed' || reason === 'closed')
      this.invite = { ...this.invite, link: '' };
    this.messages = [];
    this.#restored = 0;
    this.people = [];
    this.notices = [];
    this.presence = new Map();
    this.call = undefined;
    this.#causes.clear();
    this.unknownConnections = 0;
    this.#setUnread(0);
    this.#closeDoor();
  }
}
