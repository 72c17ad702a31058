/**
 * Serves the baselines: `node server.ts PORT`. Builds their pages in memory, serves them compressed and cacheable, and is
 * the relay they signal through: a WebSocket that publishes and subscribes, knowing nothing else.
 */
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { type WebSocket, WebSocketServer } from 'ws';

const here = import.meta.dirname;
const files = new Map<string, Buffer>();
const built = (await build({
  root: here,
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [`${here}/trystero.html`, `${here}/raw.html`] },
  },
})) as Rolldown.RolldownOutput;
for (const file of built.output) files.set(`/${file.fileName}`, gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 }));

const types: Record<string, string> = { html: 'text/html', js: 'text/javascript' };
const server = createServer((request, response) => {
  const path = request.url!.split('?')[0]!;
  const body = files.get(path);
  const type = types[path.split('.').pop()!];
  if (!body || !type) {
    response.writeHead(404).end();
    return;
  }
  const cache = type === 'text/html' ? 'no-cache' : 'max-age=31536000, immutable';
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip', 'content-length': body.length, 'cache-control': cache });
  response.end(body);
});

interface Request {
  readonly type: 'subscribe' | 'unsubscribe' | 'publish';
  readonly topic: string;
  readonly payload: unknown;
}

const subscribers = new Map<string, Set<WebSocket>>();
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const { type, topic, payload } = JSON.parse(String(data)) as Request;
    const members = subscribers.get(topic) ?? new Set();
    subscribers.set(topic, members);
    if (type === 'subscribe') members.add(socket);
    else if (type === 'unsubscribe') members.delete(socket);
    else for (const member of members) if (member !== socket) member.send(JSON.stringify({ topic, payload }));
  });
  socket.on('close', () => {
    for (const members of subscribers.values()) members.delete(socket);
  });
});

server.listen(Number(process.argv[2]), '0.0.0.0', () => console.log('listening'));
