/** How long something still has, for as long as it is shown. Looks at the clock only when what `remaining` says of it changes. */
import { remainingHolds } from './times.ts';

export class TimeLeft {
  readonly #endsAt: () => number | undefined;
  #now = $state.raw(Date.now());
  /** Milliseconds; none where nothing ends. */
  readonly ms = $derived.by(() => {
    const endsAt = this.#endsAt();
    return endsAt === undefined ? 0 : endsAt - this.#now;
  });

  constructor(endsAt: () => number | undefined) {
    this.#endsAt = endsAt;
    $effect(() => {
      if (this.ms <= 0) return undefined;
      const timer = setTimeout(() => this.look(), remainingHolds(this.ms));
      return () => clearTimeout(timer);
    });
  }

  look(): void {
    this.#now = Date.now();
  }
}
