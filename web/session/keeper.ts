/**
 * Coming back after a reload, where the person wants it: writes what is worth keeping of a room whenever it changes, and erases it with the
 * room. Loaded when something is kept or shall be.
 */
import type { Random } from '../../shared/ports.ts';
import type { RoomIdentity } from '../net/open-room.ts';
import type { KeptEntry } from '../store/kept.ts';
import { readLink, viewLink } from './invite.ts';
import { decodeKeepsake, encodeKeepsake, type Keepsake } from './keepsake.ts';
import type { RoomSession } from './room.svelte.ts';
import type { Keeping, KeptRoom } from './types.ts';

/** store/kept.ts */
export interface KeptStore {
  keep(id: string, plain: Uint8Array, until: number): Promise<void>;
  readKept(now: number): Promise<KeptEntry[]>;
  drop(id: string): Promise<void>;
  hold(id: string): Promise<void>;
  letGo(id: string): void;
}

export interface KeeperPorts {
  readonly store: KeptStore;
  readonly random: Random;
  /** Milliseconds since 1970. */
  wallNow(): number;
  later(act: () => void, ms: number): void;
}

/** A change is written at once, the next one so long after it at the soonest: who reloads has seen what was kept. */
const writeMs = 250;
/** A room that ends when everyone has left is kept so long after it was last seen. */
const unboundedMs = 24 * 60 * 60_000;

interface Attached {
  readonly id: string;
  readonly identity: () => RoomIdentity | null;
  /** The last write, behind which the next one waits. */
  writing: Promise<void>;
  /** A write was made less than `writeMs` ago. */
  resting: boolean;
  /** Something changed meanwhile. */
  due: boolean;
}

export class Keeper {
  readonly #ports: KeeperPorts;
  readonly #rooms = new Map<RoomSession, Attached>();

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
  }

  async list(origin: string): Promise<KeptRoom[]> {
    const entries = await this.#ports.store.readKept(this.#ports.wallNow());
    return entries.map(({ id, plain }) => this.#view(id, decodeKeepsake(plain), origin)).filter((room) => room !== null);
  }

  #view(id: string, keepsake: Keepsake | null, origin: string): KeptRoom | null {
    const link = keepsake === null ? 'not-an-invite' : readLink(keepsake.link, origin, this.#ports.wallNow());
    if (keepsake === null || typeof link === 'string') return null;
    const { relay, expiresAt } = viewLink(link);
    return { id, name: keepsake.name, relay, expiresAt, messages: keepsake.messages !== null };
  }

  /** What was kept under `id`, held for this page. Rejects where another page has it; null where it is gone. */
  async take(id: string): Promise<Keepsake | null> {
    await this.#ports.store.hold(id);
    const entries = await this.#ports.store.readKept(this.#ports.wallNow());
    const entry = entries.find((one) => one.id === id);
    const keepsake = entry === undefined ? null : decodeKeepsake(entry.plain);
    if (keepsake === null) this.#ports.store.letGo(id);
    return keepsake;
  }

  /** What was taken and is not wanted now. */
  giveBack(id: string): void {
    this.#ports.store.letGo(id);
  }

  /** From now on this room is written under `id`. */
  attach(room: RoomSession, id: string, identity: () => RoomIdentity | null): void {
    this.#rooms.set(room, { id, identity, writing: Promise.resolve(), resting: false, due: false });
    room.changed = () => this.#writeSoon(room);
  }

  /** Rejects where the browser forbids storage. */
  async keep(room: RoomSession, identity: () => RoomIdentity | null, what: Keeping): Promise<void> {
    const attached = this.#rooms.get(room);
    if (what === 'nothing') {
      room.keeping = what;
      if (attached !== undefined) await this.#forget(room, attached);
      return;
    }
    const before = room.keeping;
    room.keeping = what;
    try {
      if (attached === undefined) {
        const id = [...this.#ports.random(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        await this.#ports.store.hold(id);
        this.attach(room, id, identity);
      }
      await this.#write(room);
    } catch (error) {
      room.keeping = before;
      throw error;
    }
  }

  async #forget(room: RoomSession, { id, writing }: Attached): Promise<void> {
    this.#rooms.delete(room);
    room.changed = undefined;
    await writing.catch(() => undefined);
    await this.#ports.store.drop(id);
    this.#ports.store.letGo(id);
  }

  drop(id: string): Promise<void> {
    return this.#ports.store.drop(id);
  }

  #writeSoon(room: RoomSession): void {
    const attached = this.#rooms.get(room);
    if (attached === undefined) return;
    attached.due = true;
    if (attached.resting) return;
    attached.due = false;
    attached.resting = true;
    this.#write(room).catch(() => undefined); // the browser has no more room: the last state stays
    this.#ports.later(() => {
      attached.resting = false;
      if (attached.due && this.#rooms.get(room) === attached) this.#writeSoon(room);
    }, writeMs);
  }

  #write(room: RoomSession): Promise<void> {
    const attached = this.#rooms.get(room);
    const identity = attached?.identity() ?? null;
    if (attached === undefined || identity === null || room.invite.link === '') return Promise.resolve();
    const messages = room.keeping === 'room-and-messages' ? room.messages : null;
    const plain = encodeKeepsake({ ...identity, link: room.invite.link, name: room.me.name, messages });
    const until = room.invite.expiresAt ?? this.#ports.wallNow() + unboundedMs;
    attached.writing = attached.writing.catch(() => undefined).then(() => this.#ports.store.keep(attached.id, plain, until));
    return attached.writing;
  }
}
