/** A browser's clocks, randomness, timers and network, in the shape a driver wants them. */
import type { Random } from '../../shared/ports.ts';
import type { DriverPorts } from './driver.ts';
import { lazyLinks } from './lazy-link.ts';
import { dialRelay } from './relay-socket.ts';

/** The operating system's generator, and nothing else ever. */
export const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

export const visible = (): boolean => document.visibilityState === 'visible';

const turns: (() => void)[] = [];
const turn = new MessageChannel();
turn.port1.onmessage = () => turns.shift()?.();

export const browserPorts: DriverPorts = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  random,
  visible,
  /** Browsers cut a delay down to whole milliseconds, and whoever comes early must be woken once more, or twice. */
  after(ms, callback) {
    const timer = setTimeout(callback, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
  /** A message to oneself: hidden pages get their timers once a second, their messages at once. */
  yieldTo(callback) {
    turns.push(callback);
    turn.port2.postMessage(null);
  },
  dialRelay,
  openLink: lazyLinks(async () => (await import('./rtc.ts')).openRtcLink),
};
