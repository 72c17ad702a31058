/**
 * How often one member is asked for pieces (protocol.md "Files"): for all its files together, 40 times at once and then 36 times a second.
 * It takes 50 frames a second of another, 200 in a burst, looks at no more and tells its person of a flood; while a link is new every
 * frame comes twice. What is asked leaves room for what is said; whoever has to wait asks for more at a time.
 */
const asksAtOnce = 40;
const askEveryMs = 28;

export class AskPace {
  #left = asksAtOnce;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** From when on one more may be sent. */
  get nextAt(): number {
    return this.#at + (1 - this.#left) * askEveryMs;
  }

  spend(now: number): void {
    this.#left = Math.min(asksAtOnce, this.#left + (now - this.#at) / askEveryMs) - 1;
    this.#at = now;
  }
}
