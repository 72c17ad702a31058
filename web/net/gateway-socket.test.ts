import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerPipe, type Pipe, pipeKey } from '../../shared/noise/pipe.ts';
import { dialThrough } from './gateway-socket.ts';
import type { RelaySocketEvents } from './relay-socket.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const onion = `http://${'a'.repeat(55)}d.onion`;
const home = pipeKey(random(32));

/** A gateway that hands everything to whoever holds `key`. */
function dialled(key = home) {
  const heard: string[] = [];
  const atGateway: Uint8Array[] = [];
  const sockets: { address: string; subprotocol: string; events: RelaySocketEvents; closed: number[] }[] = [];
  const dial = dialThrough('https://gate.example', home.public, random, (address, subprotocol, _, events) => {
    const socket = { address, subprotocol, events, closed: [] as number[] };
    sockets.push(socket);
    return { send: (bytes) => void atGateway.push(bytes.slice()), waitingBytes: () => 0, close: (code) => void socket.closed.push(code) };
  });
  const socket = dial(onion, {
    open: () => heard.push('open'),
    bytes: (bytes) => heard.push(`bytes ${bytes.join()}`),
    closed: (code) => heard.push(`closed ${code}`),
  });
  const way = sockets[0]!;
  const answer = (): Pipe => {
    const { answer, pipe } = answerPipe(key, atGateway.shift()!, random);
    way.events.bytes(answer);
    return pipe;
  };
  return { heard, atGateway, way, socket, answer };
}

test('goes to the onion by the gateway’s own address, and is open once the home relay has answered', () => {
  const { heard, atGateway, way, socket, answer } = dialled();
  expect([way.address, way.subprotocol]).toEqual([`https://gate.example/via/${'a'.repeat(55)}d.onion`, 'hushroom.pipe.1']);
  way.events.open();
  expect(heard).toEqual([]);
  const relay = answer();
  expect(heard).toEqual(['open']);
  socket.send(Uint8Array.of(3, 1, 2));
  expect([...relay.open(atGateway[0]!)]).toEqual([3, 1, 2]);
  way.events.bytes(relay.seal(Uint8Array.of(7, 8)));
  way.events.closed(4006);
  expect(heard).toEqual(['open', 'bytes 7,8', 'closed 4006']);
});

test('the gateway sees nothing of what is said', () => {
  const { atGateway, way, socket, answer } = dialled();
  way.events.open();
  answer();
  const secret = Uint8Array.from({ length: 60 }, (_, i) => i + 1);
  socket.send(secret);
  expect(Buffer.from(atGateway[0]!).includes(Buffer.from(secret.subarray(0, 8)))).toBe(false);
});

test('whoever does not hold the key of the invite is left at once, and heard as a closed socket', () => {
  const { heard, way } = dialled();
  way.events.open();
  way.events.bytes(random(48));
  expect([heard, way.closed]).toEqual([['closed 1006'], [4000]]);
});

test('a gateway that changes a message ends the way', () => {
  const { heard, way, answer } = dialled();
  way.events.open();
  const sealed = answer().seal(Uint8Array.of(7));
  sealed[9]! ^= 1;
  way.events.bytes(sealed);
  expect([heard, way.closed]).toEqual([['open', 'closed 1006'], [4000]]);
});

test('nothing is sent before the pipe stands, nor after the end', () => {
  const { atGateway, way, socket, answer } = dialled();
  socket.send(Uint8Array.of(1));
  expect(atGateway).toEqual([]);
  way.events.open();
  answer();
  socket.close(1000);
  socket.send(Uint8Array.of(1));
  expect([atGateway, way.closed]).toEqual([[], [1000]]);
});
