import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { relaySubprotocol } from '../../shared/wire/relay.ts';
import { type DialRelay, dialAhead, dialRelay, type RelaySocketEvents, socketUrl } from './relay-socket.ts';

/** Records events, and lets a test wait for the next one. */
function recorder() {
  const told: string[] = [];
  let wake = Promise.withResolvers<void>();
  const tell = (what: string) => {
    told.push(what);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const events: RelaySocketEvents = {
    open: () => tell('open'),
    bytes: (bytes) => tell(`bytes ${bytes.join()}`),
    closed: (code) => tell(`closed ${code}`),
  };
  const until = async (what: string) => {
    while (!told.includes(what)) await wake.promise;
  };
  return { told, events, until };
}

test('a socket has TLS where the page has it', () => {
  expect(socketUrl('https://room.example/relay')).toBe('wss://room.example/relay');
  expect(socketUrl('http://localhost:8080/relay')).toBe('ws://localhost:8080/relay');
});

describe('a dialled socket', () => {
  let server: WebSocketServer;
  let origin: string;
  let arrival: Promise<ServerSocket>;

  beforeEach(async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: (offered) => [...offered][0] ?? false });
    arrival = once(server, 'connection').then(([socket]) => socket);
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
  });

  test('offers the one subprotocol, and carries bytes both ways', async () => {
    const { told, events, until } = recorder();
    const socket = dialRelay(origin, events);
    const other = await arrival;
    expect(other.protocol).toBe(relaySubprotocol);
    other.send(Uint8Array.of(2, 1));
    await until('bytes 2,1');
    socket.send(Uint8Array.of(3));
    const [received] = await once(other, 'message');
    expect([...received]).toEqual([3]);
    expect(told).toEqual(['open', 'bytes 2,1']);
    other.terminate();
    await until('closed 1006');
  });

  test('tells the code with which the relay closed it', async () => {
    const { told, events, until } = recorder();
    dialRelay(origin, events);
    (await arrival).close(4004);
    await until('closed 4004');
    expect(told).toEqual(['open', 'closed 4004']);
  });

  test('closed by this side, it tells the relay the code and reports nothing', async () => {
    const { told, events, until } = recorder();
    const socket = dialRelay(origin, events);
    const other = await arrival;
    await until('open');
    socket.close(1000);
    const [code] = await once(other, 'close');
    expect(code).toBe(1000);
    socket.send(Uint8Array.of(1));
    expect(told).toEqual(['open']);
  });
});

test('a relay that is not there is a closed socket, not an exception', async () => {
  const { told, events, until } = recorder();
  dialRelay('http://127.0.0.1:9', events);
  await until('closed 1006');
  expect(told).toEqual(['closed 1006']);
});

test('an address no socket can have is a closed socket, not an exception', async () => {
  const { told, events, until } = recorder();
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor() {
        throw new DOMException('blocked', 'SecurityError');
      }
    },
  );
  dialRelay('http://127.0.0.1:1', events);
  await until('closed 1006');
  vi.unstubAllGlobals();
  expect(told).toEqual(['closed 1006']);
});

test('a relay that accepts and says nothing is given up after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const mute = createServer(() => {}).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { told, events } = recorder();
  dialRelay(`http://127.0.0.1:${(mute.address() as AddressInfo).port}`, events);
  vi.advanceTimersByTime(4999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['closed 1006']);
  vi.useRealTimers();
  mute.close();
});

describe('dialling ahead', () => {
  const origin = 'https://room.example';
  let dials: { origin: string; events: RelaySocketEvents; did: string[] }[];
  let dial: DialRelay;

  beforeEach(() => {
    dials = [];
    dial = (wanted, events) => {
      const did: string[] = [];
      dials.push({ origin: wanted, events, did });
      return { send: (bytes) => did.push(`send ${bytes.join()}`), waitingBytes: () => 0, close: (code) => did.push(`close ${code}`) };
    };
  });

  test('whoever joins gets the socket that is there, with what the relay said first', async () => {
    const ready = dialAhead(origin, dial);
    dials[0]!.events.open();
    dials[0]!.events.bytes(Uint8Array.of(2));
    const { told, events, until } = recorder();
    const socket = ready(origin, events);
    expect(told).toEqual([]);
    await until('bytes 2');
    socket.send(Uint8Array.of(3));
    dials[0]!.events.closed(1006);
    expect(told).toEqual(['open', 'bytes 2', 'closed 1006']);
    expect(dials).toMatchObject([{ did: ['send 3'] }]);
  });

  test('a socket that has ended, another origin, and a second caller are dialled as usual', () => {
    const ready = dialAhead(origin, dial);
    ready('https://other.example', recorder().events);
    ready(origin, recorder().events);
    ready(origin, recorder().events);
    expect(dials.map((dialled) => dialled.origin)).toEqual([origin, 'https://other.example', origin]);
    const late = dialAhead(origin, dial);
    dials[3]!.events.closed(1001);
    late(origin, recorder().events);
    expect(dials).toHaveLength(5);
  });

  test('one that talks before it is spoken to is cut off', () => {
    const ready = dialAhead(origin, dial);
    for (let i = 0; i < 20; i++) dials[0]!.events.bytes(new Uint8Array(16_000));
    expect(dials[0]!.did[0]).toBe('close 4000');
    ready(origin, recorder().events);
    expect(dials).toHaveLength(2);
  });
});
