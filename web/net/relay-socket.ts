/**
 * The WebSocket to a relay (protocol.md "Relay"): binary frames, one subprotocol, a deadline for opening, and one `closed`
 * however the end came. It knows nothing of what the bytes mean and never dials again by itself: the room machine decides
 * that. A suspended phone leaves sockets that stay CONNECTING for ever, hence the deadline.
 */
import { dialMs } from '../../shared/limits.ts';
import { relayPath, relaySubprotocol } from '../../shared/wire/relay.ts';

export interface RelaySocketEvents {
  open(): void;
  bytes(bytes: Uint8Array): void;
  /** Once, at the end, unless `close` was called before it. 1006 where there was no close frame. */
  closed(code: number): void;
}

export interface RelaySocket {
  /** Hands one message over. Without an open socket it is lost, as on any broken path: whoever sent it re-sends. */
  send(bytes: Uint8Array): void;
  /** Bytes handed over that have not left this page. */
  waitingBytes(): number;
  /** Ends the socket without an event. 1000 gives up the seat in the room, 3000 to 4999 keep it. */
  close(code: number): void;
}

export type DialRelay = (origin: string, events: RelaySocketEvents) => RelaySocket;

const abnormal = 1006;
const goneQuiet = 4000;
/** A socket that takes no more than this is dead, whatever the browser says. */
const unsentBytes = 8 * 1024 * 1024;

/** An http address as that of a socket. */
export function socketUrl(address: string): string {
  const url = new URL(address);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Dials the relay at `origin` (http or https). Reports a failure as `closed`, never as an exception. */
export const dialRelay: DialRelay = (origin, events) => openSocket(`${origin}${relayPath}`, relaySubprotocol, dialMs(origin), events);

/** A socket at an http address. Reports a failure as `closed`, never as an exception. */
export function openSocket(address: string, subprotocol: string, withinMs: number, events: RelaySocketEvents): RelaySocket {
  let ended = false;
  const socket = tryDial(address, subprotocol);
  const end = (code: number): void => {
    if (ended) return;
    ended = true;
    clearTimeout(deadline);
    events.closed(code);
  };
  const giveUp = (): void => {
    socket?.close(goneQuiet);
    end(abnormal);
  };
  const deadline = setTimeout(giveUp, socket === undefined ? 0 : withinMs);
  if (socket !== undefined) {
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (ended) return;
      clearTimeout(deadline);
      events.open();
    };
    socket.onmessage = ({ data }) => {
      if (!ended && data instanceof ArrayBuffer) events.bytes(new Uint8Array(data));
    };
    socket.onclose = ({ code }) => end(code);
  }
  return {
    send(bytes) {
      if (ended || socket?.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > unsentBytes) giveUp();
      else socket.send(bytes as Uint8Array<ArrayBuffer>);
    },
    waitingBytes: () => socket?.bufferedAmount ?? 0,
    close(code) {
      ended = true;
      clearTimeout(deadline);
      socket?.close(code);
    },
  };
}

/** The constructor throws on a blocked port or a mixed-content address, where later failures come as an event. */
function tryDial(address: string, subprotocol: string): WebSocket | undefined {
  try {
    return new WebSocket(socketUrl(address), subprotocol);
  } catch {
    return undefined;
  }
}

/** A relay says one thing before it is spoken to; whatever says more is no relay. */
const greetings = 8;

/**
 * Dials before anyone joins, so that joining costs no connection setup (three round trips with TLS). It says nothing about
 * a room: the relay speaks first, and that first message waits here. Returns a `DialRelay` that hands this socket to the
 * first caller for the same origin while it still lives, and dials as usual otherwise. Unused, it ends when the relay has
 * waited long enough.
 */
export function dialAhead(origin: string, dial: DialRelay = dialRelay): DialRelay {
  const held: ((events: RelaySocketEvents) => void)[] = [];
  let taker: RelaySocketEvents | undefined;
  let usable = true;
  const report = (tell: (events: RelaySocketEvents) => void): void => {
    if (taker !== undefined) tell(taker);
    else if (held.push(tell) > greetings) {
      usable = false;
      socket.close(goneQuiet);
    }
  };
  const socket = dial(origin, {
    open: () => report((events) => events.open()),
    bytes: (bytes) => report((events) => events.bytes(bytes)),
    closed(code) {
      usable = false;
      taker?.closed(code);
    },
  });
  return (wanted, events) => {
    if (!usable || wanted !== origin) return dial(wanted, events);
    usable = false;
    let ended = false;
    queueMicrotask(() => {
      taker = events;
      for (const tell of held.splice(0)) if (!ended) tell(events);
    });
    return {
      send: (bytes) => socket.send(bytes),
      waitingBytes: () => socket.waitingBytes(),
      close(code) {
        ended = true;
        socket.close(code);
      },
    };
  };
}
