/**
 * The last RECVs of one seat, for a page whose socket dies (protocol.md "Relay", "Resume"). It holds what was sent as well
 * as what waits, since what was written to a dead socket never arrived: the page says by `lastRecv` where it stands. A pong
 * lets go of all that was written before its ping, and a ping goes out with every heartbeat and whenever a quarter of the queue is full: a
 * seat in good health holds little, and not for long.
 *
 * Bounded in bytes, for the seat and for all seats together; the oldest goes first. What is dropped is a loss only if
 * the page never got it, which `since` tells.
 */
import type { Parcel } from './forward.ts';

export interface ResumeBudget {
  /** Bytes for one seat. */
  readonly seatBytes: number;
  /** Bytes for all seats together. Messages that members share are counted for each. */
  readonly totalBytes: number;
  /** Bytes held now by all. */
  held: number;
}

const noParcel = undefined as unknown as Parcel;

export class ResumeQueue {
  readonly #budget: ResumeBudget;
  /** `#parcels[#head]` is the oldest one held; what is before it has been let go. */
  #parcels: Parcel[] = [];
  #head = 0;
  #bytes = 0;
  /** How many parcels this seat was ever given. */
  #count = 0;

  constructor(budget: ResumeBudget) {
    this.#budget = budget;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(parcel: Parcel): void {
    this.#count++;
    this.#parcels.push(parcel);
    this.#hold(parcel.length);
    while (this.#bytes > this.#budget.seatBytes || (this.#budget.held > this.#budget.totalBytes && this.#bytes > 0)) this.#dropOldest();
  }

  /** Lets go of every parcel but those after the first `count`. */
  release(count: number): void {
    while (this.#count - (this.#parcels.length - this.#head) < count && this.#head < this.#parcels.length) this.#dropOldest();
  }

  /** What a page lacks that has got `received` parcels: how many of them are lost, and the rest in order, holes included. */
  since(received: number): { readonly lost: number; readonly parcels: readonly Parcel[] } {
    const held = this.#parcels.length - this.#head;
    const oldest = this.#count - held;
    const from = Math.max(this.#head, this.#head + received - oldest);
    return { lost: Math.max(0, oldest - received), parcels: this.#parcels.slice(from) };
  }

  clear(): void {
    this.release(this.#count);
  }

  /** Empty, for a page that was given `count` parcels before. */
  restart(count: number): void {
    this.clear();
    this.#count = count;
  }

  #dropOldest(): void {
    this.#hold(-this.#parcels[this.#head]!.length);
    this.#parcels[this.#head++] = noParcel;
    if (this.#head === this.#parcels.length) {
      this.#parcels = [];
      this.#head = 0;
    } else if (this.#head >= 256 && this.#head * 2 >= this.#parcels.length) {
      this.#parcels = this.#parcels.slice(this.#head);
      this.#head = 0;
    }
  }

  #hold(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.held += bytes;
  }
}
