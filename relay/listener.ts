/**
 * The relay's doors: HTTP for the page, health and metrics; the upgrade for sockets. A request's path may hold a room's secret (a chat program
 * that wrote %23 for #), so it is compared and forgotten: it is in no log, no metric, no answer. Such a request gets the page,
 * which repairs the link.
 *
 * Slow and broken clients are ended by Node's own header and request time-outs; whatever TCP sends before a whole request
 * costs one of `connections`.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, BlockList } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { limits } from '../shared/limits.ts';
import { pipePath, pipeSubprotocol, relayPath, relaySubprotocol, viaPath } from '../shared/wire/relay.ts';
import type { Config } from './config.ts';
import { RelayError } from './errors.ts';
import type { Counters } from './metrics.ts';
import { onionVisitor } from './onion-door.ts';
import { addressBehind, proxyList } from './proxies.ts';
import { type Headers, securityHeaders } from './security-headers.ts';
import { RelaySocket } from './socket.ts';
import { variantFor, type WebFile, type WebFiles } from './web-files.ts';

export interface Doors {
  readonly config: Config;
  readonly files: WebFiles;
  readonly counters: Counters;
  /** The origins that a client may have dialled who sent this Host header. */
  originsFor(host: string | undefined): readonly string[];
  /** Whether pages of this origin may open sockets here. Programs that are no page name none. */
  welcomes(pageOrigin: string | undefined): boolean;
  /** False from SIGTERM on. */
  isReady(): boolean;
  /** What it says of itself while it is. */
  readiness(): string;
  metrics(): Promise<string>;
  /** The origin of this relay's onion, while there is one to show. */
  onion(): string | null;
  /** `/relay.json`: what invites made here carry, and what pages may ask for. */
  about(): string;
  /** An upgraded socket, and the address it came from. */
  onSocket(ws: RelaySocket, socket: Duplex, address: string, origins: readonly string[]): void;
  /** The same of a pipe, which nothing has come through yet. */
  onPipe(ws: RelaySocket, socket: Duplex, address: string, origins: readonly string[]): void;
  /** An upgrade that asks for the way to an onion. False where it is nothing that a page sends. */
  onVia(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): boolean;
}

const second = 1000;
const answerMs = 30 * second;

/** A server for `doors`, not yet listening. Throws `RelayError` `bad-tls` where the certificate cannot be used. */
export function createListener(doors: Doors, hasTls = doors.config.tlsCert !== ''): Server {
  const options = {
    maxHeaderSize: 8 * 1024,
    headersTimeout: 10 * second,
    requestTimeout: 15 * second,
    keepAliveTimeout: 15 * second,
    connectionsCheckingInterval: second,
  };
  const server = hasTls ? tlsServer(doors.config, options) : createServer(options);
  // Some room above the sockets, so that the page, health and metrics answer even when the relay is full.
  server.maxConnections = doors.config.connections + 256;
  // Whoever asks must also take the answer. Of the requests only: a server's own time-out would leave each member a timer that is never used.
  server.on('request', (request, response) => {
    request.socket.setTimeout(answerMs);
    answer(doors, request, response);
  });
  server.on('clientError', (_, socket) => {
    doors.counters.drops.badRequest++;
    if (!socket.writable) socket.destroy();
    else socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy());
  });
  server.on('upgrade', upgrader(doors));
  return server;
}

function tlsServer(config: Config, options: object): Server {
  try {
    return createTlsServer({ ...options, cert: readFileSync(config.tlsCert), key: readFileSync(config.tlsKey), minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new RelayError('bad-tls', `the certificate or key cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** Listens where the settings say; resolves to the port. Throws `RelayError`. */
export async function listen(servers: readonly Server[], config: Config): Promise<number> {
  const [first, second] = servers as [Server, Server | undefined];
  if (config.host !== 'localhost') return await listenAt(first, config.host, config.port);
  const port = await listenAt(first, '127.0.0.1', config.port);
  // Browsers try both addresses of localhost; a machine without IPv6 has one.
  if (second !== undefined)
    await listenAt(second, '::1', port).catch((error: RelayError) =>
      error.kind === 'port-taken' && config.port !== 0 ? Promise.reject(error) : port,
    );
  return port;
}

function listenAt(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): RelayError {
  if (cause.code === 'EADDRINUSE')
    return new RelayError('port-taken', `port ${port} is taken; stop the program that has it, or choose another with --port`, { cause });
  if (cause.code === 'EACCES')
    return new RelayError('cannot-listen', `port ${port} may only be opened by an administrator; choose one above 1023 with --port`, {
      cause,
    });
  return new RelayError('cannot-listen', `cannot listen on ${host}: ${cause.code ?? cause.message}; choose another address with --host`, {
    cause,
  });
}

// ---------------------------------------------------------------- requests

function answer(doors: Doors, request: IncomingMessage, response: ServerResponse): void {
  doors.counters.requests++;
  const headers = securityHeaders(doors.originsFor(request.headers.host), doors.config.fellows);
  const { method = '', url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    say(request, response, 405, headers, 'Only GET is answered here.\n');
    return;
  }
  const path = url.split('?', 1)[0] as string;
  switch (path) {
    case '/healthz':
      say(request, response, 200, headers, 'ok\n');
      return;
    case '/readyz':
      say(request, response, doors.isReady() ? 200 : 503, headers, doors.isReady() ? `${doors.readiness()}\n` : 'stopping\n');
      return;
    case '/relay.json':
      say(request, response, 200, headers, doors.about(), 'application/json');
      return;
    case '/metrics':
      answerMetrics(doors, request, response, headers);
      return;
  }
  const file = doors.files.get(isPage(path) ? '/' : path);
  if (file === undefined) {
    say(request, response, 404, headers, notFound, 'text/html; charset=utf-8');
    return;
  }
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, { ...headers, ETag: file.etag, Vary: 'Accept-Encoding' }).end();
    return;
  }
  const variant = variantFor(file, String(request.headers['accept-encoding'] ?? ''));
  response.writeHead(200, { ...headers, ...onionLocation(doors, request, file), ...variant.headers });
  response.end(method === 'HEAD' ? undefined : variant.body);
}

/** Tor Browser offers the onion to who reads the page elsewhere. The path is not told on: it may be an invite. */
function onionLocation(doors: Doors, request: IncomingMessage, file: WebFile): Headers {
  const onion = doors.onion();
  const isPage = file === doors.files.get('/');
  return onion !== null && isPage && onionVisitor(request.socket) === undefined ? { 'Onion-Location': `${onion}/` } : {};
}

/** An invite whose `#` was turned into a part of the path, or one that another program shares (the manifest's `share_target`). */
function isPage(path: string): boolean {
  return path.startsWith('/%23') || path.startsWith('/#') || path === '/share';
}

const notFound = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not found - Hushroom</title>
<h1>There is nothing at this address</h1>
<p>If you followed an invite, the link was cut or changed on its way: ask for it again, and copy all of it, with everything after the #.</p>
<p><a href="/">Open Hushroom</a></p></html>
`;

function say(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Headers,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { ...headers, 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function answerMetrics(doors: Doors, request: IncomingMessage, response: ServerResponse, headers: Headers): void {
  if (!mayReadMetrics(doors.config, request)) {
    say(request, response, 404, headers, 'Metrics are not shown here.\n');
    return;
  }
  doors.metrics().then(
    (text) => say(request, response, 200, headers, text, 'text/plain; version=0.0.4; charset=utf-8'),
    () => say(request, response, 500, headers, 'Metrics could not be read.\n'),
  );
}

/** Behind a proxy everybody seems to come from this computer: a request that was passed on is not from here. */
function mayReadMetrics(config: Config, request: IncomingMessage): boolean {
  if (config.metrics !== 'loopback') return config.metrics === 'all';
  if (onionVisitor(request.socket) !== undefined) return false;
  const isPassedOn = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some((name) => request.headers[name] !== undefined);
  return !isPassedOn && /^(?:127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '');
}

// ---------------------------------------------------------------- upgrades

type Take = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

function upgrader(doors: Doors): Take {
  const proxies = proxyList(doors.config.proxies);
  const paths: Readonly<Record<string, Take>> = {
    [relayPath]: webSockets(doors, proxies, limits.relayMessageBytes, anyVersion, ourVersion, doors.onSocket),
    [pipePath]: webSockets(doors, proxies, limits.pipeMessageBytes, pipeOffered, () => pipeSubprotocol, doors.onPipe),
  };
  return (request, socket, head) => {
    socket.on('error', ignore); // a socket that breaks before `ws` listens
    if (!doors.welcomes(request.headers.origin)) {
      refuse(doors, socket, 403);
      return;
    }
    if (request.url?.startsWith(viaPath)) {
      if (!doors.onVia(request, socket, head, visitorAddress(proxies, request))) refuse(doors, socket, 404);
      return;
    }
    const take = Object.hasOwn(paths, request.url ?? '') ? paths[request.url as string] : undefined;
    if (take === undefined) refuse(doors, socket, 404);
    else take(request, socket, head);
  };
}

/** Upgrades what offers a subprotocol that `speaks`, and hands it on. */
function webSockets(
  doors: Doors,
  proxies: BlockList,
  maxPayload: number,
  speaks: RegExp,
  handleProtocols: (offered: Set<string>) => string | false,
  onSocket: Doors['onSocket'],
): Take {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // compression shows through encryption, and costs more than it saves here
    maxPayload,
    maxFragments: 16,
    maxBufferedChunks: 1024,
    maxPendingAutoPongs: 8,
    closeTimeout: 2 * second,
    WebSocket: RelaySocket,
    handleProtocols,
  };
  const server = new WebSocketServer(options);
  server.on('wsClientError', (_, socket) => refuse(doors, socket, 400));
  return (request, socket, head) => {
    if (!speaks.test(request.headers['sec-websocket-protocol'] ?? '')) {
      refuse(doors, socket, 400);
      return;
    }
    const address = visitorAddress(proxies, request);
    const origins = doors.originsFor(request.headers.host);
    server.handleUpgrade(request, socket, head, (ws) => {
      socket.off('error', ignore);
      onSocket(ws, socket, address, origins);
    });
  };
}

const ignore = (): void => {};

/** Another version gets its socket as well, so that it can be told `unsupported`: a refused handshake looks like a dead relay. */
const anyVersion = /(?:^|,)\s*hushroom\.room\./;

/** A gateway and a home relay of different versions have nothing to tell each other. */
const pipeOffered = /(?:^|,)\s*hushroom\.pipe\.1\s*(?:,|$)/;

function ourVersion(offered: ReadonlySet<string>): string | false {
  return offered.has(relaySubprotocol) ? relaySubprotocol : ([...offered].find((name) => anyVersion.test(name)) ?? false);
}

const reasons = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found' } as const;

function refuse(doors: Doors, socket: Duplex, status: keyof typeof reasons): void {
  doors.counters.drops.badUpgrade++;
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The visitor's address, to be hashed at once. */
function visitorAddress(proxies: BlockList, request: IncomingMessage): string {
  return onionVisitor(request.socket) ?? addressBehind(proxies, request);
}
