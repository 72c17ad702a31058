/**
 * How many file frames may be on their way over one direct link (protocol.md "Files"). Left to itself a data channel sends ever more at a time
 * until some queue between the two browsers overflows, and then next to nothing comes for seconds. So a sender keeps twice what the path
 * delivers in the shortest round trip that it has shown, which fills it and lets little stand in queues; the estimate is BBR's, the
 * receipts are the receiver's. Whoever gets no receipts (an older page) has no bound but the browser's.
 *
 * Of a round trip only those frames are measured that are answered by a receipt at once: no pause of the sender counts.
 */
import { receiptEvery } from '../wire/file.ts';

/** Frames: 256 KiB, which fills any path within a machine and begins on all others. */
const least = 16;
/** 16 MiB. The browser's own queue is shorter still. */
const most = 1024;
/** Deliveries of which the fastest counts: single ones are slow for reasons of the pages. */
const remembered = 8;
/** A way can become longer: so old, the shortest round trip is measured anew, with nearly nothing under way. */
const floorMs = 10_000;
const leastMs = 1;

export class LinkPace {
  #sent = 0;
  #arrived = 0;
  #bound = Number.POSITIVE_INFINITY;
  #measured: { readonly frame: number; readonly arrivedBefore: number; readonly at: number } | null = null;
  /** Frames a millisecond, latest last. */
  readonly #speeds: number[] = [];
  #shortestMs = Number.POSITIVE_INFINITY;
  #shortestAt = 0;
  #draining = false;

  /** Whether one more may be sent. */
  get hasRoom(): boolean {
    return this.#sent - this.#arrived < (this.#draining ? receiptEvery : this.#bound);
  }

  sent(now: number): void {
    this.#sent++;
    if (this.#measured !== null || this.#sent % receiptEvery !== 0) return;
    this.#measured = { frame: this.#sent, arrivedBefore: this.#arrived, at: now };
  }

  /** The receiver has so many, all in all: none, when it says that it gives receipts. One that cannot be true is let go. */
  receipt(count: number, now: number): void {
    if (count < this.#arrived || count > this.#sent) return;
    this.#arrived = count;
    if (this.#bound === Number.POSITIVE_INFINITY) this.#bound = least;
    const measured = this.#measured;
    if (measured === null || count < measured.frame) return;
    this.#measured = null;
    this.#learn(Math.max(leastMs, now - measured.at), count - measured.arrivedBefore, now);
  }

  #learn(roundTripMs: number, delivered: number, now: number): void {
    this.#speeds.push(delivered / roundTripMs);
    if (this.#speeds.length > remembered) this.#speeds.shift();
    if (this.#draining || roundTripMs <= this.#shortestMs) {
      this.#shortestMs = roundTripMs;
      this.#shortestAt = now;
    }
    this.#draining = now - this.#shortestAt > floorMs;
    this.#bound = Math.min(most, Math.max(least, Math.ceil(2 * Math.max(...this.#speeds) * this.#shortestMs)));
  }
}
