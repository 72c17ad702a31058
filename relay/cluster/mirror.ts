/** A room as one process of a cluster has it, and how it gives what it hears to those who are here. */
import { bulkBytes, give, hole, parcelOf } from '../forward.ts';
import type { Room, Seat } from '../rooms.ts';
import { type Entry, toEveryone } from './records.ts';

export interface Mirror {
  /** What the engine calls it. */
  readonly name: string;
  readonly room: Room;
  /** Seats that this process serves, or served last. */
  readonly home: Set<Seat>;
  /** How far the room has been heard. */
  last: number;
  /** It has been announced, and what the engine says until the answer is in the answer too. */
  isSyncing: boolean;
}

export function deliver(mirror: Mirror, { recv, dst, src }: Entry): void {
  const parcel = recv === null ? null : parcelOf(recv);
  for (const seat of mirror.home) {
    if (dst === toEveryone ? seat.id === src : seat.id !== dst) continue;
    if (parcel === null) lose(seat);
    else give(seat, parcel);
  }
}

/** Fills the queue of a seat that comes from another process, which has been given so many RECVs, with what its page lacks. */
export function refill(seat: Seat, given: number, entries: readonly Entry[]): void {
  seat.kept.restart(given - entries.length);
  for (const { recv } of entries) seat.kept.push(recv === null ? hole : parcelOf(Buffer.from(recv)));
}

/** Bulk is kept only for who is away, as without a cluster. */
export function isKeptFor(to: Seat | 'all', messageBytes: number): boolean {
  return to === 'all' || to.outlet === null || messageBytes < bulkBytes;
}

function lose(seat: Seat): void {
  seat.kept.push(hole);
  seat.outlet?.tell({ type: 'gap', lost: 1 });
}
