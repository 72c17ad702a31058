/** Counts what goes over a relay's socket, so that a person can be told what the relay had to do with their talk. */
import type { DialRelay } from './relay-socket.ts';

/** Bytes of messages, both ways; what the network adds to them is not known here. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

export interface CountedDial {
  readonly dial: DialRelay;
  traffic(): Traffic;
}

export function counted(dial: DialRelay): CountedDial {
  let sent = 0;
  let received = 0;
  return {
    traffic: () => ({ sent, received }),
    dial(origin, events) {
      const socket = dial(origin, {
        ...events,
        bytes(bytes) {
          received += bytes.length;
          events.bytes(bytes);
        },
      });
      return {
        ...socket,
        send(bytes) {
          sent += bytes.length;
          socket.send(bytes);
        },
      };
    },
  };
}
