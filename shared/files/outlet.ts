/**
 * What one receiver has asked for and not been sent (protocol.md "Files"): spans of positions for each file, served in turns, so that a
 * picture does not wait for the film before it. Bounded in what may wait, and in what is sent in all: a receiver that
 * asks for ever is told that there is no more.
 */
import type { GoneReason, PieceSpan } from '../wire/file.ts';
import { type Layout, placeOf } from './layout.ts';

export interface Due<File> {
  readonly file: File;
  readonly tag: number;
  readonly position: number;
  readonly chunk: number;
  readonly piece: number;
}

interface Queue {
  readonly layout: Layout;
  tag: number;
  spans: PieceSpan[];
  waiting: number;
  sent: number;
}

const waitingPieces = 1024;
/** Times the whole file that one receiver is sent, and some for small files. */
const sentTimes = 4;
const sentFree = 256;

export class Outlet<File> {
  readonly #queues = new Map<File, Queue>();

  get waiting(): boolean {
    for (const { waiting } of this.#queues.values()) if (waiting > 0) return true;
    return false;
  }

  /** Takes a WANT. `too-much` ends the file for this receiver; positions that the file does not have are passed over. */
  want(file: File, layout: Layout, tag: number, again: boolean, spans: readonly PieceSpan[]): 'queued' | GoneReason {
    const queue = this.#queues.get(file) ?? { layout, tag, spans: [], waiting: 0, sent: 0 };
    this.#queues.set(file, queue);
    if (again || queue.tag !== tag) Object.assign(queue, { tag, spans: [], waiting: 0 });
    for (const { from, count } of spans) {
      const fits = Math.min(count, waitingPieces - queue.waiting);
      if (fits <= 0) break;
      queue.spans.push({ from, count: fits });
      queue.waiting += fits;
    }
    if (queue.sent + queue.waiting <= sentTimes * layout.pieces + sentFree) return 'queued';
    this.stop(file);
    return 'too-much';
  }

  stop(file: File): void {
    const queue = this.#queues.get(file);
    if (queue !== undefined) Object.assign(queue, { spans: [], waiting: 0 });
  }

  /** Pieces of a file that this receiver was sent, repetitions included. */
  sent(file: File): number {
    return this.#queues.get(file)?.sent ?? 0;
  }

  /** The next piece to send; it stays the next until `advance`. */
  next(): Due<File> | null {
    for (const [file, queue] of this.#queues) {
      for (let span = queue.spans[0]; span !== undefined; span = queue.spans[0]) {
        const place = placeOf(queue.layout, span.from);
        if (place !== null) return { file, tag: queue.tag, position: span.from, ...place };
        this.#shorten(queue, span);
      }
    }
    return null;
  }

  /** The next piece was sent: it is another file's turn. */
  advance({ file }: Due<File>): void {
    const queue = this.#queues.get(file);
    const span = queue?.spans[0];
    if (queue === undefined || span === undefined) return;
    this.#shorten(queue, span);
    queue.sent++;
    this.#queues.delete(file);
    this.#queues.set(file, queue);
  }

  #shorten(queue: Queue, { from, count }: PieceSpan): void {
    queue.waiting--;
    if (count > 1) queue.spans[0] = { from: from + 1, count: count - 1 };
    else queue.spans.shift();
  }
}
