import { expect, test } from 'vitest';
import type { RelaySocketEvents } from './relay-socket.ts';
import { counted } from './traffic.ts';

test('bytes are counted both ways, over every socket, and passed on untouched', () => {
  const passed: Uint8Array[] = [];
  const sockets: RelaySocketEvents[] = [];
  const { dial, traffic } = counted((_origin, events) => {
    sockets.push(events);
    return { send: (bytes) => void passed.push(bytes), waitingBytes: () => 0, close: () => {} };
  });
  const heard: Uint8Array[] = [];
  const events = { open: () => {}, bytes: (bytes: Uint8Array) => void heard.push(bytes), closed: () => {} };
  const message = new Uint8Array(256);
  dial('https://room.example', events).send(message);
  dial('https://room.example', events).send(message);
  sockets[1]!.bytes(new Uint8Array(512));
  expect(traffic()).toEqual({ sent: 512, received: 512 });
  expect([passed, heard.length]).toEqual([[message, message], 1]);
});
