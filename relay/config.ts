/**
 * Every setting of the relay: one schema, from which come the three ways to set them (flag, environment, JSON file; the first that
 * names a setting wins), their checks, `--help`, and the table of `docs/operating.md`. A name that nobody knows is refused,
 * since a limit with a typing mistake in it is no limit. All mistakes are told at once.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { limits } from '../shared/limits.ts';
import { RelayError } from './errors.ts';
import { isOnionName } from './onion-name.ts';
import { proxyList } from './proxies.ts';
import { controlPlace } from './tor/control.ts';
import { exitCountryShape } from './tor/exits.ts';
import { isolationLevels } from './tor/isolation.ts';
import { mostDaemons } from './tor/pool.ts';

const whole = (least: number, most: number, byDefault: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  const digits = (value: unknown): unknown => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value);
  return z.preprocess(digits, z.int({ error }).min(least, { error }).max(most, { error })).default(byDefault);
};

const yesOrNo = (byDefault: boolean) => {
  const words: Record<string, boolean> = { true: true, yes: true, on: true, '1': true, false: false, no: false, off: false, '0': false };
  const word = (value: unknown): unknown => (typeof value === 'string' ? (words[value.trim().toLowerCase()] ?? value) : value);
  return z.preprocess(word, z.boolean({ error: 'must be yes or no' })).default(byDefault);
};

const line = (byDefault: string) => z.string({ error: 'must be text' }).default(byDefault);

/** A list: an array in the file, words with commas between them elsewhere. */
const list = <Word extends string>(word: z.ZodType<Word>, byDefault: readonly Word[] = [], between: RegExp = /,/) => {
  const split = (value: unknown): unknown =>
    typeof value === 'string'
      ? value
          .split(between)
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value;
  return z.preprocess(split, z.array(word, { error: 'must be a list' })).default([...byDefault]);
};

const origin = z.string({ error: 'must be text' }).transform((value, context) => {
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && !/[?#@]/.test(value)) return url.origin;
  context.addIssue({ code: 'custom', message: `"${value}" is no origin; write it like https://chat.example.org` });
  return z.NEVER;
}) as z.ZodType<string>;

const proxy = z.string({ error: 'must be text' }).superRefine((text, context) => {
  try {
    proxyList([text]);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as RangeError).message });
  }
});

const controlPort = (byDefault: string) =>
  z
    .string({ error: 'must be text' })
    .refine((text) => text === '' || controlPlace(text) !== undefined, { error: 'must be like 127.0.0.1:9051 or unix:/run/tor/control' })
    .default(byDefault);

/** One line each, since each becomes a line of tor's configuration. */
const bridgeLine = z
  .string()
  .transform((text) => text.replace(/^bridge\s+/i, ''))
  .refine((text) => /^(?:[a-z0-9_]+ )?[0-9a-f.:[\]]+:\d+(?: [\x21-\x7e]+)*$/i.test(text), {
    error: 'must be like "obfs4 192.0.2.1:443 FINGERPRINT cert=... iat-mode=0"',
  }) as unknown as z.ZodType<string>;

export const bridgeUses = ['off', 'when-needed', 'always'] as const;

/** Lines of bridges, and the words for their programs, have commas of their own: a list goes on only where another one begins. */
const betweenBridges = /\n|,(?=\s*(?:bridge\s+)?(?:[a-z0-9_]+ )?(?:[\d.]+|\[[0-9a-f:]+\]):\d+(?:[\s,]|$))/i;
const betweenTransports = /\n|,(?=\s*[a-z0-9_]+=\/)/;

const transport = z.string().regex(/^[a-z0-9_]+=\/[^\r\n"]+$/, { error: 'must be like obfs4=/usr/bin/obfs4proxy' });

const iceUrl = z.string().regex(/^(?:turns?|stun):[^\s,]+$/, { error: 'must be like turn:turn.example.org:3478?transport=udp' });

const engineUrl = z
  .string({ error: 'must be text' })
  .refine((text) => text === '' || /^rediss?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'must be like redis://127.0.0.1:6379, or rediss:// over TLS',
  })
  .default('');

const exitCountry = z.string().regex(exitCountryShape, { error: 'must be like nl, or 1:nl for one tor' });

const mebibyte = 1024 * 1024;

export const settings = z.strictObject({
  host: line('localhost').describe(
    'Address to listen on. `localhost` is this computer alone, `0.0.0.0` and `::` are every network it is in',
  ),
  port: whole(0, 65535, 8080).describe('Port to listen on; 0 takes a free one'),
  origins: list(origin).describe(
    'Origins under which people reach this relay, like https://chat.example.org. By default localhost and, where `host` is not `localhost`, the addresses of this computer. A page can join only under one of them',
  ),
  fellows: list(origin).describe(
    'Origins of other relays, like https://chat.example.net, that may carry the same rooms: pages of this relay may talk to them, and theirs to this one. Name only those whose operators you trust as much as yourself, and have them name you',
  ),
  webRoot: line('').describe('Folder of the built page; empty: the one beside the program; `none`: serve no page'),
  tlsCert: line('').describe('PEM file of the certificate chain, to serve https without a proxy'),
  tlsKey: line('').describe('PEM file of its private key'),
  dataDir: line('').describe(
    'Folder for the keys that give this relay its name (an onion, the end of pipes) and for the state of its Tor; empty: nothing is kept',
  ),
  onion: yesOrNo(false).describe(
    'Be reachable as an onion service: the relay starts a tor of its own (or uses `torControl`), and shows the address when it can be reached. Its key stays in `dataDir`; where that is empty, in ~/.local/state/hushroom',
  ),
  onionEphemeral: yesOrNo(false).describe('Be an onion service under an address that is nowhere stored and ends with the relay'),
  onionPow: yesOrNo(true).describe(
    'Ask visitors of the onion for proof of work while there are too many of them, where tor can; their Tor does it by itself',
  ),
  onionStreams: whole(1, 65_535, 64).describe('Connections at a time that one visitor of the onion may open over one circuit'),
  torPath: line('tor').describe('The program tor, 0.4.8 or newer'),
  torControl: controlPort('').describe(
    "Use a tor that runs already: its control port or socket, like 127.0.0.1:9051 or unix:/run/tor/control. Empty: start one, with the relay's own folder",
  ),
  onionName: line('')
    .refine((text) => text === '' || isOnionName(text), { error: 'must be like NAME.onion, of 56 letters and digits' })
    .describe('The onion that the configuration of that tor leads to `onionDoor`; empty: the relay adds one to it'),
  onionDoor: controlPort('').describe(
    'Where the relay takes the visitors that it brings, as HiddenServicePort 80 names it: unix:/run/hushroom/onion or 127.0.0.1:8082. Nothing but that tor may get there',
  ),
  torCookie: line('').describe('Where the cookie file of that tor is; empty: where tor says'),
  torPassword: line('').describe('The password of its control port, where it wants one rather than the cookie'),
  torExtra: line('').describe("File of further lines for the configuration of the relay's own tor (torrc)"),
  bridges: list(bridgeLine, [], betweenBridges).describe(
    'Bridges into the Tor network, as bridges.torproject.org gives them, with or without the word Bridge',
  ),
  bridgeUse: z
    .enum(bridgeUses, { error: 'must be off, when-needed or always' })
    .default('when-needed')
    .describe(
      'Whether bridges are used from the start (`always`), when tor does not get on without them for `bootstrapSeconds`, or not at all (`off`)',
    ),
  transports: list(transport, [], betweenTransports).describe(
    'Programs that bridges need, like obfs4=/usr/bin/obfs4proxy, snowflake=/usr/bin/snowflake-client or webtunnel=/usr/bin/webtunnel-client',
  ),
  bootstrapSeconds: whole(5, 3600, 60).describe(
    'How long tor may make no progress with connecting before that is told, and bridges are tried',
  ),
  proxies: list(proxy).describe(
    'Proxies in front of the relay: `loopback` for one on this computer, addresses, ranges, or `private` for all private networks. What they pass on counts as coming from the last X-Forwarded-For entry. Without it all that comes through a proxy shares the limits of one address',
  ),

  roomMembers: whole(2, limits.members, limits.members).describe('Seats in a room'),
  roomHours: whole(1, 24 * 366, 25).describe(
    'How far ahead a room may expire. Pages offer up to 24 hours; the hour more is for clocks that are ahead',
  ),
  rooms: whole(1, 10_000_000, 20_000).describe('Rooms at a time'),
  connections: whole(1, 1_000_000, 20_000).describe('Sockets at a time'),
  connectionsPerAddress: whole(1, 1_000_000, 200).describe('Sockets at a time from one address (IPv6: one /64)'),
  connectsPerSecondPerAddress: whole(1, 100_000, 20).describe('Sockets that one address may open a second; 20 seconds of it at once'),
  framesPerSecond: whole(1, 1_000_000, 200).describe('Messages a second that a socket may send before it is slowed down'),
  bytesPerSecond: whole(limits.relayMessageBytes, 10_000 * mebibyte, 8 * mebibyte).describe(
    'Bytes a second that a socket may send before it is slowed down',
  ),
  burst: whole(1, 60, 4).describe('Seconds of both rates that may come at once'),
  slowReaderBytes: whole(64 * 1024, 256 * mebibyte, 4 * mebibyte).describe('Unread bytes at which a socket is given up and loses its seat'),
  graceSeconds: whole(0, 900, 120).describe('How long the seat of a lost socket is kept'),
  resumeBytes: whole(0, 64 * mebibyte, 256 * 1024).describe(
    'Bytes of the last messages that are kept for a seat, for when its socket is lost',
  ),
  resumeTotalBytes: whole(0, 64 * 1024 * mebibyte, 256 * mebibyte).describe('The same for all seats together'),
  heartbeatSeconds: whole(1, 600, 20).describe('Interval of pings; a socket that leaves one unanswered until the next is given up'),
  joinSeconds: whole(1, 600, 60).describe('How long a socket may take to join'),
  joinsPerSecond: whole(1, 1_000_000, 100).describe('Joins a second above which they must bring proof of work'),
  workBits: whole(0, 22, 0).describe('Proof of work that is always asked for, in bits'),
  workBitsMax: whole(0, 22, 20).describe('The most work ever asked for; 20 bits are some seconds on a phone'),
  listing: yesOrNo(true).describe('Whether rooms may be listed here for everyone to see, and visitors knock at them'),
  listings: whole(1, 10_000, 1000).describe('Rooms in the list'),
  knocksPerMinute: whole(1, 600, 12).describe('Knocks a minute at one room'),
  codes: whole(1, 20_000, 1000).describe('Spoken codes at a time'),
  errandsPerMinutePerAddress: whole(1, 100_000, 60).describe(
    'Codes made or tried, looks at the list and knocks that one address may have a minute',
  ),
  drainSeconds: whole(0, 600, 5).describe('How long sockets may take to close when the relay is stopped'),

  cluster: engineUrl.describe(
    'Address of a Redis, like redis://10.0.0.5:6379 or rediss://user:password@redis.example.org:6379/0, through which several relay processes are one relay. Empty: this process is the whole relay',
  ),
  clusterSecret: line('').describe(
    'At least 16 characters, the same for all processes of a cluster and unknown to who looks after the engine: names of rooms and addresses are blinded with it',
  ),

  turnUrls: list(iceUrl).describe(
    'Addresses of your own TURN or STUN server, handed to every page that joins; it is used only in rooms that allow direct connections',
  ),
  turnSecret: line('').describe("coturn's `static-auth-secret`"),
  turnSeconds: whole(60, 7 * 86_400, 86_400).describe('How long TURN credentials are good'),

  gateway: yesOrNo(false).describe(
    'Take pages that cannot reach onions themselves to the relays behind them, through this relay and its Tor',
  ),
  gatewayStreams: whole(1, 100_000, 200).describe('Pages that it takes to onions at a time'),
  gatewayStreamsPerVisitor: whole(1, 100_000, 8).describe('The same for one address (IPv6: one /64)'),
  gatewayBytesPerSecond: whole(limits.pipeMessageBytes, 1000 * mebibyte, mebibyte / 2).describe(
    'Bytes a second that it copies for a page, both ways together, before it slows down',
  ),
  torDaemons: whole(0, mostDaemons, 1).describe(
    'How many tors carry the streams to other relays; more than one is for their CPU, and each brings guards of its own',
  ),
  torIsolation: list(z.enum(isolationLevels, { error: 'must be of destination, credential and session' }), isolationLevels).describe(
    'What keeps two streams from sharing a circuit: another `destination`, another visitor (`credential`), another stream (`session`)',
  ),
  torIdleSlots: whole(0, 100_000, 200).describe('Streams to other relays that are held ready in all'),
  torRotateSeconds: whole(0, 7 * 86_400, 600).describe(
    'How old a stream that is held ready may get, 20 % more or less, before a new one on a new circuit takes its place; 0: as old as it likes. Guards are never rotated',
  ),

  console: yesOrNo(false).describe('The operator’s console: a page of its own on `consolePort`. Needs `dataDir`'),
  consoleHost: line('127.0.0.1').describe('Address on which the console listens'),
  consolePort: whole(0, 65535, 8081).describe('Port of the console; 0 takes a free one'),
  consoleOrigins: list(origin).describe('Origins under which operators open the console; by default this computer alone'),
  consoleProxies: list(proxy).describe('Proxies in front of the console, named as in `proxies`'),
  consoleOnion: yesOrNo(false).describe(
    'The console also as an onion service of its own, which only the clients find that `hushroom-relay console-clients add NAME` lists; while nobody is listed, nobody does',
  ),
  torExits: yesOrNo(false).describe(
    'Let this relay reach clearnet servers through Tor where it tells its operator something; otherwise its tors go to onions alone',
  ),
  torExitCountries: list(exitCountry).describe(
    'Countries that exits must be in, as two letters: nl, or 1:nl for the second tor alone. With countries that have no exits a tor does not get ready',
  ),

  metrics: z
    .enum(['loopback', 'all', 'off'], { error: 'must be loopback, all or off' })
    .default('loopback')
    .describe('Who may read /metrics: this computer alone, everybody, or nobody'),
  logLevel: z.enum(['info', 'warn', 'silent'], { error: 'must be info, warn or silent' }).default('info').describe('What is logged'),
  logFile: line('').describe('File for the log; empty: standard output. Full, it becomes `FILE.1`, and that one `FILE.2`'),
  logFileMegabytes: whole(1, 1000, 10).describe('How long a file of the log may get'),
  logFiles: whole(1, 100, 10).describe('How many files of the log are kept, the one that is written included'),
});

export type Config = Readonly<z.infer<typeof settings>>;
export type SettingName = keyof Config;

export const settingNames = Object.keys(settings.shape) as SettingName[];

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const flagOf = (name: string): string => `--${kebab(name)}`;
export const variableOf = (name: string): string => `HUSHROOM_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

/** What a person would write for the default. */
export function defaultOf(name: SettingName): string {
  const value: unknown = settings.shape[name].parse(undefined);
  return Array.isArray(value) ? value.join(',') : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** The settings with nothing said about them, and `some` put over them. Throws what `readConfig` throws. */
export function configOf(some: Readonly<Record<string, unknown>> = {}): Config {
  return check(Object.fromEntries(Object.entries(some).map(([name, value]) => [name, { value, said: name }])), []);
}

/** Such a flag needs no value: naming it is a yes. */
function isYesOrNo(name: string): boolean {
  return name !== 'config' && typeof settings.shape[name as SettingName].parse(undefined) === 'boolean';
}

interface Said {
  readonly value: unknown;
  /** How the person wrote the name. */
  readonly said: string;
}

/** Reads all three sources. Throws `RelayError` `bad-settings` with one sentence for each mistake. */
export function readConfig(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const flags = fromFlags(argv, problems);
  const variables = fromEnvironment(env, problems);
  const path = flags['config'] ?? variables['config'];
  const file = path === undefined ? {} : fromFile(String(path.value), problems);
  const { config: _, ...said } = { ...file, ...variables, ...flags };
  return check(said, problems);
}

export function help(): string {
  const rows = settingNames.map((name) => {
    const byDefault = defaultOf(name);
    const { description } = settings.shape[name];
    return `  ${flagOf(name)}, ${variableOf(name)}${byDefault === '' ? '' : ` (${byDefault})`}\n      ${description}.`;
  });
  return [
    'Hushroom: a relay for private rooms, and the page that uses it.',
    '',
    'Settings are flags (--port 9000), environment variables (HUSHROOM_PORT=9000), or keys of a JSON file',
    `({ "port": 9000 }) named by --config FILE or HUSHROOM_CONFIG. A flag wins over a variable, a variable over the file.`,
    'Lists have commas between their entries.',
    '',
    ...rows,
    '',
  ].join('\n');
}

// ---------------------------------------------------------------- the three sources

function fromFlags(argv: readonly string[], problems: string[]): Record<string, Said> {
  const said: Record<string, Said> = {};
  for (let i = 0; i < argv.length; i++) {
    const [flag, ...rest] = (argv[i] as string).split('=');
    const name = nameOf((known) => flagOf(known) === flag);
    if (flag === undefined || name === undefined) {
      // Not what follows the name, nor a word without one: either may be a bridge or a password that was quoted wrongly.
      const said = flag?.startsWith('--') ? flag : `word ${i + 1} of the command`;
      problems.push(unknownName(said, 'flag', (former) => flagOf(former) === flag));
      continue;
    }
    const bare = rest.length === 0;
    const next = argv[i + 1];
    if (!bare) said[name] = { value: rest.join('='), said: flag };
    else if (next !== undefined && !next.startsWith('--')) said[name] = { value: argv[++i], said: flag };
    else if (isYesOrNo(name)) said[name] = { value: true, said: flag };
    else problems.push(`${flag} needs a value`);
  }
  return said;
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>, problems: string[]): Record<string, Said> {
  const said: Record<string, Said> = {};
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('HUSHROOM_') || value === undefined) continue;
    const name = nameOf((known) => variableOf(known) === variable);
    if (name === undefined) problems.push(unknownName(variable, 'setting', (former) => variableOf(former) === variable));
    else said[name] = { value, said: variable };
  }
  return said;
}

function fromFile(path: string, problems: string[]): Record<string, Said> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (content === null || typeof content !== 'object' || Array.isArray(content)) throw new TypeError('it holds no object');
    return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, { value, said: `${name} in ${path}` }]));
  } catch (error) {
    problems.push(`the file ${path} cannot be read: ${error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message}`);
    return {};
  }
}

/** What to do about a name that was a setting once. */
const gone: Readonly<Record<string, string>> = {
  trustProxy: 'say in proxies which ones are in front, for one on this computer: loopback',
};

function unknownName(said: string, kind: 'flag' | 'setting', matches: (name: string) => boolean): string {
  const instead = Object.keys(gone).find(matches);
  return instead === undefined ? `${said} is no ${kind}; --help lists them all` : `${said} is no ${kind} any more: ${gone[instead]}`;
}

function nameOf(matches: (name: string) => boolean): string | undefined {
  return [...settingNames, 'config'].find(matches);
}

// ---------------------------------------------------------------- checks

function check(said: Readonly<Record<string, Said>>, problems: string[]): Config {
  const parsed = settings.safeParse(Object.fromEntries(Object.entries(said).map(([name, { value }]) => [name, value])));
  if (!parsed.success) for (const issue of parsed.error.issues) problems.push(...sentencesFor(issue, said));
  else problems.push(...contradictions(parsed.data));
  if (!parsed.success || problems.length > 0)
    throw new RelayError(
      'bad-settings',
      problems.length === 1 ? (problems[0] as string) : ['these settings cannot be used:', ...problems].join('\n  '),
    );
  const { data } = parsed;
  return Object.freeze(data.onion && !data.onionEphemeral && data.dataDir === '' ? { ...data, dataDir: stateFolder() } : data);
}

function sentencesFor(issue: z.core.$ZodIssue, said: Readonly<Record<string, Said>>): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownName(said[key]?.said ?? key, 'setting', (former) => former === key));
  const [name, entry] = [String(issue.path[0]), issue.path[1]];
  const place = `${said[name]?.said ?? name}${typeof entry === 'number' ? ` ${entry + 1}` : ''}`;
  return [`${place} ${issue.message.startsWith('"') ? `is wrong: ${issue.message}` : issue.message}`];
}

export function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if ((config.tlsCert === '') !== (config.tlsKey === '')) problems.push('tlsCert and tlsKey must be given together');
  if (config.turnUrls.some((url) => url.startsWith('turn')) && config.turnSecret === '') problems.push('turnUrls needs turnSecret');
  if (config.torExitCountries.length > 0 && !config.torExits) problems.push('torExitCountries needs torExits');
  if ((config.onionName === '') !== (config.onionDoor === '')) problems.push('onionName and onionDoor must be given together');
  if (config.onionName !== '' && (config.torControl === '' || !config.onion))
    problems.push('onionName needs onion and torControl: it is an onion of a tor that runs already');
  if (config.torExitCountries.length > 0 && config.torControl !== '')
    problems.push('torExitCountries needs a tor of the relay’s own: the configuration of another is left alone');
  if (config.torIsolation.length === 0)
    problems.push('torIsolation must name at least one level: without isolation all streams share circuits');
  if (config.cluster !== '' && config.clusterSecret.length < 16) problems.push('cluster needs clusterSecret, of at least 16 characters');
  if (config.cluster !== '' && config.listing)
    problems.push('cluster needs listing: no, because each process would have a list of its own');
  if (config.console && config.dataDir === '') problems.push('console needs dataDir, where its accounts are kept');
  if (config.consoleOnion && !config.console) problems.push('consoleOnion needs console');
  if (config.consoleOnion && config.torControl !== '')
    problems.push("consoleOnion needs the relay's own tor: in another's, who may find the console is in that one's hands");
  if (config.onion && config.onionEphemeral)
    problems.push('onion and onionEphemeral exclude each other: one keeps its address, the other does not');
  const named = config.transports.map((text) => text.split('=', 1)[0]);
  for (const [i, bridge] of config.bridges.entries()) {
    const [first = ''] = bridge.split(' ', 1);
    // By its place: a line that was pasted wrongly may begin with what is nobody's business.
    if (/^[a-z]\w*$/i.test(first) && !named.includes(first)) problems.push(`transports must say where the program for bridge ${i + 1} is`);
  }
  if (config.workBits > config.workBitsMax) problems.push('workBits must not be above workBitsMax');
  return problems;
}

// ---------------------------------------------------------------- places

/** Where a program keeps what is its own and nobody else's (XDG Base Directory). */
function stateFolder(): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'hushroom');
}

/** Where the built page is: beside the bundle (dist/relay/main.js, dist/web), or in dist/ where the sources run as they are. */
export function webFolder(config: Config): string {
  if (config.webRoot !== '') return resolve(config.webRoot);
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), here.endsWith('.ts') ? '../dist/web' : '../web');
}
