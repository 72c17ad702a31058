/**
 * The way to an onion through this page's own relay (protocol.md "Gateway"): a WebSocket that the gateway carries to the home relay, and
 * in it a pipe that only who holds the key in the invite can answer. The gateway learns this visitor's address and which onion it goes to;
 * the home relay learns the room and no address. To the room machine it is a socket like any other, open once the pipe stands.
 */
import { ProtocolError } from '../../shared/errors.ts';
import { limits } from '../../shared/limits.ts';
import { callPipe, type Pipe } from '../../shared/noise/pipe.ts';
import type { Random } from '../../shared/ports.ts';
import { pipeSubprotocol, viaPath } from '../../shared/wire/relay.ts';
import { type DialRelay, openSocket } from './relay-socket.ts';

const abnormal = 1006;
const liar = 4000;

/** Dials onions through the relay at `gateway`. `relayKey` is the home relay's, from the invite: there is no way without it. */
export function dialThrough(gateway: string, relayKey: Uint8Array, random: Random, open: typeof openSocket = openSocket): DialRelay {
  return (origin, events) => {
    const call = callPipe(relayKey, random);
    let pipe: Pipe | undefined;
    const end = (code: number): void => {
      pipe?.dispose();
      pipe = undefined;
      events.closed(code);
    };
    const heard = (message: Uint8Array): void => {
      if (pipe !== undefined) {
        events.bytes(pipe.open(message));
        return;
      }
      pipe = call.answered(message);
      events.open();
    };
    const socket = open(`${gateway}${viaPath}${new URL(origin).host}`, pipeSubprotocol, limits.onionDialMs, {
      open: () => socket.send(call.hello),
      bytes(message) {
        try {
          heard(message);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          socket.close(liar); // whoever answers does not hold the key
          end(abnormal);
        }
      },
      closed: end,
    });
    return {
      send: (bytes) => pipe !== undefined && socket.send(pipe.seal(bytes)),
      waitingBytes: () => socket.waitingBytes(),
      close(code) {
        pipe?.dispose();
        pipe = undefined;
        socket.close(code);
      },
    };
  };
}
