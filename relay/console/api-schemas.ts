/** The shapes of the operator's API: they validate what comes, and `GET /api/openapi.json` is made of them. */
import { z } from '@hono/zod-openapi';
import { bridgeUses } from '../config.ts';
import { roles } from './accounts.ts';
import { channelSchema } from './alert-channels.ts';
import { alertNames } from './alert-rules.ts';
import { bridgeReasons } from './operable.ts';
import { scopes } from './tokens.ts';

const accountName = z.string().min(1).max(32);
const password = z.string().min(1).max(256);
const range = z.string().min(1).max(64);

export const schemas = {
  Fault: z.strictObject({
    /** One of `faultCodes`. */
    code: z.string(),
    sentence: z.string(),
    retryS: z.int().optional(),
  }),
  Setup: z.strictObject({ secret: z.string().max(64), name: accountName, password }),
  SignIn: z.strictObject({ name: accountName, password, code: z.string().max(32).optional() }),
  Me: z.strictObject({
    name: z.string(),
    role: z.enum(roles),
    csrf: z.string(),
    hasTotp: z.boolean(),
    recoveryCodes: z.int(),
    passkeys: z.int(),
  }),
  Account: z.strictObject({
    id: z.int(),
    name: z.string(),
    role: z.enum(roles),
    hasTotp: z.boolean(),
    recoveryCodes: z.int(),
    passkeys: z.int(),
  }),
  NewAccount: z.strictObject({ name: accountName, role: z.enum(roles), password }),
  RoleChange: z.strictObject({ role: z.enum(roles) }),
  PasswordChange: z.strictObject({ current: password, next: password }),
  Totp: z.strictObject({ secret: z.string(), uri: z.string() }),
  TotpConfirm: z.strictObject({ secret: z.string().regex(/^[A-Z2-7]{32}$/), code: z.string().regex(/^\d{6}$/), password }),
  Sure: z.strictObject({ password }),
  Codes: z.strictObject({ codes: z.array(z.string()) }),
  Passkey: z.strictObject({ id: z.string(), label: z.string(), created: z.int() }),
  /** What the browser's own WebAuthn gives: judged by the library, not by this schema. */
  PasskeyAnswer: z.looseObject({ id: z.string().max(1024), type: z.literal('public-key') }),
  NewPasskey: z.strictObject({ label: z.string().min(1).max(64), answer: z.looseObject({ id: z.string().max(1024) }) }),
  Session: z.strictObject({ id: z.string(), created: z.int(), seen: z.int(), address: z.string(), mine: z.boolean() }),
  Token: z.strictObject({
    id: z.string(),
    account: z.int(),
    label: z.string(),
    scopes: z.array(z.enum(scopes)),
    source: z.string().nullable(),
    created: z.int(),
    expires: z.int(),
    revoked: z.boolean(),
    uses: z.int(),
    used: z.int().nullable(),
  }),
  NewToken: z.strictObject({
    label: z.string().min(1).max(64),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
    minutes: z
      .int()
      .min(1)
      .max(60 * 24 * 365)
      .default(60),
    source: range.nullable().default(null),
  }),
  MadeToken: z.strictObject({ text: z.string(), id: z.string(), expires: z.int() }),
  Daemons: z.strictObject({ count: z.int().min(0).max(100) }),
  Rotation: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('all') }),
    z.strictObject({ what: z.literal('daemon'), id: z.int().min(0).max(99) }),
    z.strictObject({ what: z.literal('key'), onion: z.string().regex(/^[a-z2-7]{56}\.onion$/) }),
  ]),
  Effect: z.strictObject({ inMs: z.number() }),
  SettingsChange: z.record(
    z.string().max(64),
    z.union([z.string().max(4096), z.array(z.string().max(1024)).max(50), z.number(), z.boolean(), z.null()]),
  ),
  Changed: z.strictObject({ changed: z.array(z.string()) }),
  Allowed: z.strictObject({ ranges: z.array(range).max(100) }),
  Channels: z.strictObject({ channels: z.array(channelSchema).max(10) }),
  AlertName: z.enum(alertNames),
  Verdict: z.strictObject({ intact: z.boolean(), entries: z.int().optional(), number: z.int().optional(), why: z.string().optional() }),
} as const;

const counts = z.record(z.string(), z.number());

export const Alert = z.strictObject({
  name: z.enum(alertNames),
  severity: z.enum(['warning', 'critical']),
  change: z.enum(['raised', 'cleared']),
  at: z.int(),
  text: z.string(),
});

/** The relay as it is now: counts and states, nothing of any room. */
export const State = z.strictObject({
  at: z.int(),
  version: z.string(),
  startedAt: z.int(),
  origins: z.array(z.string()),
  gauges: counts,
  drops: counts,
  refusals: counts,
  onion: z
    .strictObject({ address: z.string().nullable(), reachable: z.boolean(), bootstrapPercent: z.number(), waitsFor: z.string() })
    .nullable(),
  gateway: z.strictObject({ open: z.int(), most: z.int() }).nullable(),
  hasTor: z.boolean(),
  /** Null where the relay has no tor of its own. Changed as settings: `bridgeUse`, `bridges`. */
  bridges: z
    .strictObject({
      use: z.enum(bridgeUses),
      areUsed: z.boolean(),
      why: z.enum(bridgeReasons),
      list: z.array(z.strictObject({ transport: z.string(), fingerprintEnd: z.string().nullable() })),
      transports: z.array(z.string()),
    })
    .nullable(),
  daemons: z.array(
    z.strictObject({
      id: z.int(),
      state: z.enum(['stopped', 'starting', 'bootstrapping', 'ready', 'slow', 'failing', 'draining']),
      latencyMs: z.number().nullable(),
      streams: z.int(),
      restarts: z.int(),
      bootstrapPercent: z.number(),
      exit: z.strictObject({ address: z.string(), country: z.string() }).nullable(),
    }),
  ),
  alerts: z.array(Alert),
});

const Sample = z.strictObject({
  at: z.int(),
  rooms: z.number(),
  members: z.number(),
  messagesPerSecond: z.number(),
  bytesInPerSecond: z.number(),
  bytesOutPerSecond: z.number(),
  refusedPerSecond: z.number(),
  /** Sockets by the way on which they came: the path mix. */
  overOnion: z.number(),
  overClearnet: z.number(),
  /** Through another relay that is a gateway. */
  overGateways: z.number(),
  /** Pages that this relay, as a gateway, takes to others. */
  takenOnward: z.number(),
});
export const Samples = z.strictObject({ hour: z.array(Sample), day: z.array(Sample) });

export const Setting = z.strictObject({
  name: z.string(),
  value: z.string(),
  description: z.string(),
  isSecret: z.boolean(),
  isChanged: z.boolean(),
});

export const AuditLine = z.strictObject({
  number: z.int(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  detail: z.string(),
  previous: z.string(),
  hash: z.string(),
});

/** Why a request was refused, for programs; the sentence beside it is for people. */
export const faultCodes = {
  'bad-request': 400,
  'signed-out': 401,
  'wrong-csrf': 403,
  'not-allowed': 403,
  'wrong-origin': 403,
  'not-found': 404,
  conflict: 409,
  refused: 422,
  locked: 423,
  'too-many': 429,
  'no-tor': 409,
} as const;

export type FaultCode = keyof typeof faultCodes;

// ---------------------------------------------------------------- how a route says what it takes and gives

export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});
export const done = { 204: { description: 'Done' } } as const;
export const faults = {
  400: json(schemas.Fault, 'Malformed'),
  401: json(schemas.Fault, 'Not signed in'),
  403: json(schemas.Fault, 'Not allowed'),
  422: json(schemas.Fault, 'Refused'),
  429: json(schemas.Fault, 'Too many'),
};

export const byId = {
  params: z.strictObject({
    id: z.coerce
      .number()
      .int()
      .min(0)
      .openapi({ param: { name: 'id', in: 'path' } }),
  }),
};
