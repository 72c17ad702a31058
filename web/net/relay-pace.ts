/**
 * How many bytes of files may wait in the socket to a relay (protocol.md "Files"): what people say there waits behind them. Looked at every few
 * milliseconds: while all of it has gone by then, twice as much may wait next time; while most of it is still there, half as much. So a file
 * never holds up a message for much longer than the time between two looks, on a road of any width, and a wide one is filled.
 *
 * A fixed bound was the alternative. Small enough for a telephone it keeps a file to its size in every look, 10 MB/s on any road.
 */
const leastBytes = 64 * 1024;
const mostBytes = 1024 * 1024;
const lookAfterMs = 6;

export class RelayPace {
  readonly lookAfterMs = lookAfterMs;
  #bytes = leastBytes;

  get bytes(): number {
    return this.#bytes;
  }

  /** The time is over: so much of what was to wait waits still. */
  looked(waiting: number): void {
    if (waiting === 0) this.#bytes = Math.min(mostBytes, this.#bytes * 2);
    else if (waiting > this.#bytes / 2) this.#bytes = Math.max(leastBytes, this.#bytes / 2);
  }
}
