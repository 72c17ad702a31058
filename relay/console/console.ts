/**
 * The operator's side, joined: database, accounts, API, page and watch, behind a listener of its own that the chat knows nothing of. Loaded
 * only where `console` is on, so that a plain relay carries none of it in memory.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Config } from '../config.ts';
import { RelayError } from '../errors.ts';
import { addressBehind, proxyList } from '../proxies.ts';
import { variantFor, type WebFiles } from '../web-files.ts';
import { Accounts } from './accounts.ts';
import { AlertWatch } from './alert-watch.ts';
import { createApi } from './api.ts';
import { Audit } from './audit.ts';
import { openDatabase } from './database.ts';
import { Gate } from './gate.ts';
import { History } from './history.ts';
import { LiveSettings } from './live-settings.ts';
import type { Operable } from './operable.ts';
import { Passkeys } from './passkeys.ts';
import { consoleKey } from './recover.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';

export interface ConsoleSetup {
  readonly config: Config;
  /** The built console page. */
  readonly files: WebFiles;
  now(): number;
  /** The address that stands for a visitor who came another way than over the listener; undefined for who did not. */
  visitorOf?(socket: Socket): string | undefined;
}

export interface OperatorConsole {
  readonly port: number;
  /** Where to open it. */
  readonly address: string;
  /** To be printed once; null where there is an owner. */
  readonly setupSecret: string | null;
  /** A server of the same page and API that does not listen yet, and answers nothing while `isOpen` is not so. */
  another(isOpen: () => boolean): Server;
  /** Another origin under which it may be opened from now on. */
  accept(origin: string): void;
  close(): Promise<void>;
}

/** `failed` hears of what the console does by itself and could not do: the relay goes on, since rooms need no disk. */
type Start = (relay: Operable, failed: (error: Error) => void) => Promise<OperatorConsole>;

const serverLimits = { maxHeaderSize: 8 * 1024, headersTimeout: 10_000, requestTimeout: 15_000 } as const;
const lookMs = 5000;
const tidyMs = 60 * 60_000;
const auditKeptMs = 400 * 24 * 60 * 60_000;

/** What has to exist before the relay starts: the settings that it reads may have been changed here. Throws `RelayError`. */
export function openConsole(setup: ConsoleSetup): { readonly settings: LiveSettings; start: Start } {
  const { config, now } = setup;
  const folder = config.dataDir === '' ? null : config.dataDir;
  const database = openDatabase(folder);
  const key = consoleKey(folder);
  const settings = new LiveSettings(config, database);
  const start: Start = async (relay, failed) => {
    const accounts = new Accounts(database, now);
    const audit = new Audit(database, key('audit'), now);
    const history = new History();
    const ways = { throughTor: relay.tor?.dial ?? null, telegram: 'https://api.telegram.org' };
    const alerts = new AlertWatch({
      relay,
      database,
      audit,
      ways,
      folder,
      now,
      pause: (ms) => pause(ms, undefined, { ref: false }),
      failed,
    });
    const sessions = new Sessions(database, now);
    const tokens = new Tokens(database, key('tokens'), now);
    const gate = new Gate(database, now);
    const server = createServer(serverLimits);
    const port = await listen(server, config);
    const origins = [...originsOf(config, port)];
    const proxies = proxyList(config.consoleProxies);
    const addressOf = (request: IncomingMessage): string => setup.visitorOf?.(request.socket) ?? addressBehind(proxies, request);
    const api = getRequestListener(
      createApi({
        accounts,
        sessions,
        passkeys: new Passkeys(database, origins, now),
        tokens,
        gate,
        audit,
        settings,
        alerts,
        history,
        relay,
        origins,
        addressOf,
        now,
      }).fetch,
    );
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url?.startsWith('/api/') === true) void api(request, response);
      else servePage(setup.files, request, response);
    };
    server.on('request', answer);
    for (const name of settings.dropped) audit.append('relay', 'settings', 'failed', { name, why: 'it no longer fits and was let go' });
    audit.append('relay', 'start', 'done', { version: relay.version });
    const ticker = setInterval(() => {
      history.read({ counters: relay.counters, gauges: relay.gauges() }, now());
      alerts.lookByItself();
    }, lookMs);
    const tidy = (): void => {
      sessions.sweep();
      audit.prune(auditKeptMs);
    };
    tidy();
    const tidier = setInterval(() => {
      try {
        tidy();
      } catch (error) {
        failed(error as Error);
      }
    }, tidyMs);
    for (const timer of [ticker, tidier]) timer.unref();
    return {
      port,
      address: origins[0] as string,
      another: (isOpen) =>
        createServer(serverLimits, (request, response) => {
          if (isOpen()) answer(request, response);
          else request.socket.destroy();
        }),
      accept: (origin) => void (origins.includes(origin) || origins.push(origin)),
      setupSecret: accounts.isEmpty ? accounts.newSetupSecret() : null,
      close: async () => {
        clearInterval(ticker);
        clearInterval(tidier);
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
        audit.append('relay', 'stop', 'done');
        database.close();
      },
    };
  };
  return { settings, start };
}

/** Where the console may be opened: as the operator says, or this computer by its usual names. */
function originsOf({ consoleOrigins }: Config, port: number): readonly string[] {
  return consoleOrigins.length > 0 ? consoleOrigins : [`http://localhost:${port}`, `http://127.0.0.1:${port}`, `http://[::1]:${port}`];
}

const pageHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

function servePage(files: WebFiles, request: IncomingMessage, response: ServerResponse): void {
  const file = files.get(request.url ?? '');
  if (file === undefined || !(request.method === 'GET' || request.method === 'HEAD')) {
    response.writeHead(file === undefined ? 404 : 405, pageHeaders).end();
    return;
  }
  const { body, headers } = variantFor(file, String(request.headers['accept-encoding'] ?? ''));
  response.writeHead(200, { ...headers, ...pageHeaders });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listen(server: Server, { consoleHost, consolePort }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? `port ${consolePort} is taken; choose another with --console-port`
          : `cannot listen on ${consoleHost}: ${cause.code}`;
      reject(new RelayError(cause.code === 'EADDRINUSE' ? 'port-taken' : 'cannot-listen', `the console's ${why}`, { cause }));
    });
    server.listen(consolePort, consoleHost, () => resolve((server.address() as AddressInfo).port));
  });
}
