/**
 * Reading a relay's list of rooms (protocol.md "Ways in"): all of them, then every change while one looks. Searching is the reader's own
 * business.
 */
import { hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { encodeToDesk, type ListedRoom } from '../wire/desk.ts';
import type { DeskNews, Errand, Line, Refusal } from './desk-call.ts';
import { type ShownRoom, showRoom } from './listing.ts';

export type ListEvent =
  /** All rooms, by people and title. */
  { readonly type: 'rooms'; readonly rooms: readonly ShownRoom[] } | { readonly type: 'refused'; readonly why: Refusal };

/** More than any relay lists; what is beyond is not shown. */
const mostRooms = 2000;

interface Kept {
  readonly shown: ShownRoom;
  readonly room: ListedRoom;
}

export class ReadList implements Errand<ListEvent> {
  readonly inst: Uint8Array;
  readonly redials = 'once-open';
  readonly #rooms = new Map<string, Kept>();
  /** The list is still coming: what was known before is of the last socket. */
  #fresh = true;

  constructor(random: Random) {
    this.inst = random(16);
  }

  ask(_nonce: Uint8Array, pow: number): Uint8Array {
    this.#fresh = true;
    return encodeToDesk({ type: 'list', inst: this.inst, pow });
  }

  heard(news: DeskNews, line: Line<ListEvent>): void {
    if (news.type !== 'listings') throw new ProtocolError('unexpected', news.type);
    if (this.#fresh) this.#rooms.clear();
    this.#fresh = false;
    for (const room of news.rooms) this.#keep(room, line);
    if (!news.more) line.tell({ type: 'rooms', rooms: this.#sorted() });
  }

  refused(why: Refusal, line: Line<ListEvent>): void {
    line.tell({ type: 'refused', why });
  }

  /** The room as the relay told of it, for `checkListing`. */
  room(id: string): ListedRoom | undefined {
    return this.#rooms.get(id)?.room;
  }

  due(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}

  ended(): void {
    this.#rooms.clear();
  }

  /** One bad listing spoils no other. */
  #keep(room: ListedRoom, line: Line<ListEvent>): void {
    const id = hex(room.roomPub);
    this.#rooms.delete(id);
    if (room.listing.length === 0) return;
    try {
      if (this.#rooms.size >= mostRooms) throw new ProtocolError('flood', 'more rooms than any relay lists');
      this.#rooms.set(id, { room, shown: showRoom(room) });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      line.drop(error.code);
    }
  }

  /** The liveliest first; then so that a list that changes does not jump about. */
  #sorted(): ShownRoom[] {
    return [...this.#rooms.values()]
      .map(({ shown }) => shown)
      .sort((a, b) => b.people - a.people || (a.title < b.title ? -1 : a.title > b.title ? 1 : a.id < b.id ? -1 : 1));
  }
}
