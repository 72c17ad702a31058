/** What components see of the ways in: codes, the list of rooms, knocks (`doors.svelte.ts` and `room-door.svelte.ts` implement it). */

/** How one gets into a listed room. */
export type Access = 'open' | 'code' | 'knock';

/** How a room stands in its relay's list. */
export type ListedAs = 'no' | 'yes' | 'knocks';

/** Why something did not work out. Each has its sentence. */
export type DoorFault =
  /** What was typed is no code. */
  | 'not-a-code'
  /** No such code, room or listing, or no longer. */
  | 'gone'
  /** Too much at once. */
  | 'busy'
  /** This relay lists no rooms. */
  | 'off'
  /** Nobody attends the door. */
  | 'nobody'
  | 'incompatible'
  | 'unreachable'
  /** The words were wrong, or whoever made the code has gone. */
  | 'wrong-code'
  /** The room did not sign what the list says of it. */
  | 'forged';

export interface ListedRoomView {
  readonly id: string;
  readonly access: Access;
  readonly title: string;
  readonly topic: string;
  readonly people: number;
  /** Milliseconds since 1970; null for a room that ends when everyone has left. */
  readonly expiresAt: number | null;
}

export interface DoorsView {
  /** Host of the relay, as a person would say it. */
  readonly relay: string;
  /** Words that the last word of what is typed may become. */
  suggest(typed: string): readonly string[];
  /** `typed` with its last word replaced. */
  complete(typed: string, word: string): string;
  /** Takes a code. Null: the invite is on the screen now. */
  claim(typed: string): Promise<DoorFault | null>;
  readonly list: ListView;
}

export interface ListView {
  readonly state: 'reading' | 'here' | DoorFault;
  readonly rooms: readonly ListedRoomView[];
  /** The knock that is waiting or has ended. */
  readonly knock: KnockView | undefined;
  /** Begins to read, and to hear of changes. */
  read(): void;
  /** Stops both, and any knock. */
  close(): void;
  /** Opens the invite of a room that anybody may enter. */
  enter(room: ListedRoomView): DoorFault | null;
  knockAt(room: ListedRoomView, name: string): void;
  stopKnocking(): void;
}

export interface KnockView {
  readonly room: ListedRoomView;
  readonly state: 'knocking' | 'heard' | 'declined' | 'unanswered' | DoorFault;
  /** For each member who heard it, the emoji that member sees. */
  readonly sas: readonly (readonly number[])[];
}

/** A spoken code to one's own room. */
export type CodeView =
  | { readonly state: 'none' | 'making' | 'used' | 'wrong' | 'went-away' | 'over' }
  | { readonly state: 'ready' | 'claimed'; readonly code: string; readonly expiresAt: number }
  | { readonly state: 'refused'; readonly fault: DoorFault };

/** Somebody outside who wants in. */
export interface VisitorView {
  readonly id: string;
  readonly name: string;
  readonly sas: readonly number[];
}

export interface Wording {
  readonly access: Access;
  readonly title: string;
  readonly topic: string;
}

/** The door of the room one is in. */
export interface RoomDoorView {
  readonly code: CodeView;
  /** What the list says; null: nothing; undefined: not asked yet. */
  readonly listing: ListedRoomView | null | undefined;
  readonly fault: DoorFault | undefined;
  readonly visitors: readonly VisitorView[];
  makeCode(): void;
  dropCode(): void;
  /** Comes to the door, to hear knocks and what the list says. */
  attend(): void;
  publish(wording: Wording): void;
  withdraw(): void;
  letIn(visitor: VisitorView): void;
  decline(visitor: VisitorView): void;
  /** The page was away: whatever the door is connected by may be dead. */
  resume(): void;
}
