/**
 * What the relay is measured against: `ws` as its documentation shows a broadcast server, no more. The path is the room. Prints its port,
 * and answers /metrics with the two gauges that the bench reads.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const rooms = new Map<string, Set<WebSocket>>();
const server = createServer((_, response) => {
  const { user, system } = process.cpuUsage();
  response.end(`hushroom_cpu_seconds ${(user + system) / 1e6}\nhushroom_resident_bytes ${process.memoryUsage.rss()}\n`);
});
new WebSocketServer({ server }).on('connection', (socket, { url = '' }) => {
  const room = rooms.get(url) ?? new Set();
  rooms.set(url, room.add(socket));
  socket.on('error', () => {});
  socket.on('close', () => room.delete(socket));
  socket.on('message', (data, binary) => {
    for (const other of room) if (other !== socket && other.readyState === WebSocket.OPEN) other.send(data, { binary });
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ event: 'listening', port: (server.address() as AddressInfo).port })));
