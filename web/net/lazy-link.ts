/**
 * A link whose code is fetched when the first one is dialled, which is after the room already talks through the relay: WebRTC
 * weighs as much as half of the rest of the page. Signals that come meanwhile wait.
 */
import type { Link, LinkEvents, LinkSetup, OpenLink } from './link.ts';

/** An `OpenLink` that `load`s the real one first. A load that fails (offline and never cached) closes the link. */
export function lazyLinks(load: () => Promise<OpenLink>): OpenLink {
  return (setup, events) => new LazyLink(load, setup, events);
}

/** More than any honest peer sends before it has had an answer. */
const earlySignals = 128;

class LazyLink implements Link {
  readonly #early: string[] = [];
  #link: Link | undefined;
  #closed = false;

  constructor(load: () => Promise<OpenLink>, setup: LinkSetup, events: LinkEvents) {
    load().then(
      (open) => this.#start(open(setup, events)),
      () => this.#closed || events.closed(),
    );
  }

  #start(link: Link): void {
    this.#link = link;
    if (this.#closed) link.close();
    for (const signal of this.#early.splice(0)) link.signal(signal);
  }

  signal(text: string): void {
    if (this.#link !== undefined) this.#link.signal(text);
    else if (this.#early.length < earlySignals) this.#early.push(text);
  }

  send(bytes: Uint8Array): void {
    this.#link?.send(bytes);
  }

  waitingBytes(): number {
    return this.#link?.waitingBytes() ?? 0;
  }

  sendFile(frame: Uint8Array): boolean {
    return this.#link?.sendFile(frame) ?? false;
  }

  async path() {
    return this.#link?.path() ?? 'direct';
  }

  close(): void {
    this.#closed = true;
    this.#link?.close();
  }
}
