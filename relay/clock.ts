/** The relay's two clocks, handed in so that tests can turn them. */
export interface Clock {
  /** Milliseconds that never go back: rates, deadlines, grace. */
  now(): number;
  /** Milliseconds since 1970: when a room ends. */
  wall(): number;
}

export const systemClock: Clock = { now: () => performance.now(), wall: () => Date.now() };
