/**
 * Browsers hold back whoever keeps dialling sockets in vain, and go on with it when the relay is long back: Chromium for up to 5 s a dial,
 * Firefox for up to a minute. So after a dial that came to nothing, the next one asks the relay by HTTP first, which no
 * browser holds back, and dials once it answers.
 *
 * Only for the relay that serves the page: another one would have to allow that its answers are read here.
 */
import type { DialRelay, RelaySocket, RelaySocketEvents } from './relay-socket.ts';

const abnormal = 1006;

/** True when the relay answers; false or rejected when it does not. */
export type IsUp = (signal: AbortSignal) => Promise<boolean>;

export const ownRelayIsUp: IsUp = async (signal) => (await fetch('/healthz', { signal, cache: 'no-store', credentials: 'omit' })).ok;

/** `own`: the origin whose relay `isUp` asks about. */
export function askFirst(own: string, dial: DialRelay, isUp: IsUp): DialRelay {
  let inVain = false;
  const dialNow = (origin: string, events: RelaySocketEvents): RelaySocket => {
    let opened = false;
    return dial(origin, {
      ...events,
      open() {
        opened = true;
        inVain = false;
        events.open();
      },
      closed(code) {
        inVain ||= origin === own && !opened;
        events.closed(code);
      },
    });
  };
  return (origin, events) => {
    if (origin !== own || !inVain) return dialNow(origin, events);
    const asking = new AbortController();
    let socket: RelaySocket | undefined;
    const answered = (isThere: boolean): void => {
      if (asking.signal.aborted) return;
      if (isThere) socket = dialNow(origin, events);
      else events.closed(abnormal);
    };
    isUp(asking.signal).then(answered, () => answered(false));
    return {
      send: (bytes) => socket?.send(bytes),
      waitingBytes: () => socket?.waitingBytes() ?? 0,
      close(code) {
        asking.abort();
        socket?.close(code);
      },
    };
  };
}
