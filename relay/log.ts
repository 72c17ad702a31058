/**
 * The relay's log: JSON lines, one event each, on standard output or in a file (log-file.ts). An event is a name from the table and counts
 * or settings; there is no free text, so no address, room id, name or request path has a way in. A test searches the log of a busy relay
 * for all four.
 */
import { pino } from 'pino';

/** Every event, and when it is written; `docs/operating.md` has the same list. */
export const logEvents = {
  listening: 'the relay can be reached; `address` is its own',
  console: 'the operator’s console can be opened; `port` is its own',
  'console-trouble':
    'what the console does by itself could not be done (`why`; at most once a minute): mostly a full disk, or a certificate that is being replaced',
  'console-onion': 'a directory of the Tor network has the descriptor of the console’s onion: whoever is listed can find it',
  'work-raised': 'a flood of joins: they must bring proof of work now',
  'work-eased': 'joins are free again',
  'wrong-origin': 'someone reached the relay by a name that is not in `origins` (at most once a minute); set it',
  'foreign-page':
    'a page of another origin, which is neither in `origins` nor in `fellows`, tried to open a socket (at most once a minute)',
  busy: 'connections were refused because a limit was reached (at most once a minute)',
  'cluster-up': 'this process is one of its cluster',
  'cluster-down':
    'the engine of the cluster does not answer (`why`): members of this process go on among themselves, those of others are away; it comes back by itself',
  scaled: 'SIGUSR2: `torDaemons` was read again, and so many tors carry streams to onions from now on',
  'not-scaled': 'SIGUSR2, but the settings cannot be used, or a tor could not be started (`why`)',
  'no-way': 'a page asked for an onion that could not be reached; `destination` is a keyed hash that means nothing elsewhere',
  'isolation-broken':
    'ALARM: a circuit carries streams of two isolation keys; see that no SocksPort has NoIsolateSOCKSAuth, or set `gateway` to no',
  'tor-bootstrap': 'how far tor is with connecting to the Tor network, and what it waits for',
  'tor-ready': 'tor is connected',
  'tor-trouble': 'something is wrong with tor (see "When tor has trouble"); `detail` is what tor said of itself',
  'tor-bridges': 'tor did not get on without, and has been given the bridges of the settings',
  'onion-published': 'a directory of the Tor network has the descriptor of the onion',
  'onion-reachable': 'a visit through the Tor network has come back: people can use the onion at `address`',
  stopping: 'SIGTERM or SIGINT: members are told, sockets drain',
  stopped: 'the end, with exit code 0',
  crashed: 'a bug: the process ends with exit code 1',
} as const;

export type LogEvent = keyof typeof logEvents;
export type LogFields = Readonly<Record<string, string | number | boolean>>;
export type Log = (event: LogEvent, fields?: LogFields) => void;

const levels: Partial<Record<LogEvent, 'warn' | 'fatal'>> = {
  'work-raised': 'warn',
  'wrong-origin': 'warn',
  'foreign-page': 'warn',
  busy: 'warn',
  'tor-trouble': 'warn',
  'tor-bridges': 'warn',
  'not-scaled': 'warn',
  'console-trouble': 'warn',
  'cluster-down': 'warn',
  'isolation-broken': 'fatal',
  crashed: 'fatal',
};

export function jsonLog(level: 'silent' | 'fatal' | 'warn' | 'info', write: (line: string) => void): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    { write },
  );
  return (event, fields = {}) => logger[levels[event] ?? 'info']({ event, ...fields });
}
