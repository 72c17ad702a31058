/**
 * The operator's API: every route with the role or scope it needs, the schema of what it takes, and the line it leaves in the audit log. The
 * OpenAPI document is made of the same schemas, so neither can say what the other does not.
 *
 * A request is judged in this order: origin and address, rate, who it is, CSRF, rights, shape. What changes anything is audited, refused or not.
 */
import type { IncomingMessage } from 'node:http';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { streamSSE } from 'hono/streaming';
import type { Account, Accounts, Role } from './accounts.ts';
import { mayAct } from './accounts.ts';
import type { AlertWatch } from './alert-watch.ts';
import { AuditLine, type FaultCode, faultCodes, Samples, Setting, State, schemas } from './api-schemas.ts';
import type { Audit } from './audit.ts';
import { exported, formats, mediaTypes, type Table } from './exports.ts';
import type { Gate } from './gate.ts';
import type { History } from './history.ts';
import type { LiveSettings } from './live-settings.ts';
import type { Operable, TorVerbs } from './operable.ts';
import type { Passkeys } from './passkeys.ts';
import { mostMs, type Sessions } from './sessions.ts';
import type { Scope, Tokens } from './tokens.ts';

export interface ApiParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  readonly tokens: Tokens;
  readonly gate: Gate;
  readonly audit: Audit;
  readonly settings: LiveSettings;
  readonly alerts: AlertWatch;
  readonly history: History;
  readonly relay: Operable;
  /** Under which the console may be opened: anything else is a page that rebinds a name to this address. They may become more. */
  readonly origins: readonly string[];
  addressOf(request: IncomingMessage): string;
  now(): number;
}

/** Who asks: a person with a session, or a program with a token. */
interface Caller {
  readonly name: string;
  readonly account: Account;
  readonly may: (needed: Role | Scope) => boolean;
  readonly cookie: string | null;
  /** The session's second secret; empty for a program. */
  readonly csrf: string;
  /** Whether the session or the token is good still, for who hears for a long time. Asking keeps none alive. */
  isStill(): boolean;
}

type Env = { Bindings: { incoming: IncomingMessage }; Variables: { caller: Caller; address: string } };
type Ask = Context<Env>;

const bodyBytes = 64 * 1024;
const liveMs = 2000;

export class Refusal extends Error {
  readonly code: FaultCode;
  readonly retryS: number | undefined;

  constructor(code: FaultCode, sentence: string, retryS?: number) {
    super(sentence);
    this.code = code;
    this.retryS = retryS;
  }
}

export function createApi(parts: ApiParts): OpenAPIHono<Env> {
  const { accounts, sessions, passkeys, tokens, gate, audit, settings, alerts, history, relay } = parts;
  const api = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success)
        throw new Refusal('bad-request', result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    },
  });

  // ---------------------------------------------------------------- before every route

  api.onError((error, context) => {
    if (!(error instanceof Refusal)) {
      if ('status' in error && (error as { status: number }).status < 500)
        return context.json({ code: 'bad-request', sentence: error.message }, 400);
      throw error;
    }
    const { code, message: sentence, retryS } = error;
    if (retryS !== undefined) context.header('Retry-After', String(retryS));
    return context.json({ code, sentence, ...(retryS === undefined ? {} : { retryS }) }, faultCodes[code]);
  });
  api.notFound((context) => context.json({ code: 'not-found', sentence: 'there is nothing here' }, 404));

  api.use('/api/*', async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (!parts.origins.some((origin) => new URL(origin).host === host))
      throw new Refusal('wrong-origin', 'this console is not reached by that name');
    const origin = context.req.header('origin');
    if (origin !== undefined && !parts.origins.includes(origin)) throw new Refusal('wrong-origin', 'another page sent this');
    const address = parts.addressOf(context.env.incoming);
    if (!gate.admits(address)) throw new Refusal('not-allowed', 'this address is not on the list');
    const waitS = gate.request(address);
    if (waitS > 0) throw new Refusal('too-many', 'too many requests from this address', waitS);
    context.set('address', address);
    context.header('Cache-Control', 'no-store');
    await next();
  });
  api.use(
    '/api/*',
    bodyLimit({
      maxSize: bodyBytes,
      onError: () => {
        throw new Refusal('bad-request', 'that is too much');
      },
    }),
  );

  /** Under a name with a certificate the browser keeps the cookie for that name and TLS alone; an onion is its own certificate. */
  const isSecure = (context: Ask): boolean =>
    parts.origins.some((origin) => origin.startsWith('https:') && new URL(origin).host === context.req.header('host'));
  const cookieName = (context: Ask): string => (isSecure(context) ? '__Host-operator' : 'operator');

  const callerOf = (context: Ask): Caller => {
    const bearer = /^Bearer (\S+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    if (bearer !== undefined) return byToken(bearer, context.var.address);
    const cookie = getCookie(context, cookieName(context));
    const session = sessions.use(cookie, context.var.address);
    const account = session && accounts.get(session.account);
    if (session === undefined || account === undefined) throw new Refusal('signed-out', 'sign in first');
    const changes = !['GET', 'HEAD'].includes(context.req.method);
    if (changes && !sessions.isCsrf(session, context.req.header('x-csrf')))
      throw new Refusal('wrong-csrf', 'the page that sent this is not signed in');
    const may = (needed: Role | Scope): boolean =>
      needed === 'read'
        ? true
        : needed === 'operate' || needed === 'audit'
          ? mayAct(account.role, 'operator')
          : mayAct(account.role, needed);
    const isStill = (): boolean => sessions.isThere(cookie as string);
    return { name: account.name, account, may, cookie: cookie as string, csrf: session.csrf, isStill };
  };

  const byToken = (text: string, address: string): Caller => {
    const token = tokens.use(text, address);
    if (typeof token === 'string') {
      audit.append('token', 'token.use', 'refused', { why: token });
      throw new Refusal('signed-out', `the token is refused: ${token}`);
    }
    const account = accounts.get(token.account);
    if (account === undefined) throw new Refusal('signed-out', 'the account of this token is gone');
    const may = (needed: Role | Scope): boolean => {
      const scope: Scope | null = needed === 'owner' ? null : needed === 'operator' ? 'operate' : needed === 'viewer' ? 'read' : needed;
      if (scope === null || !token.scopes.includes(scope)) return false;
      return scope === 'read' || mayAct(account.role, 'operator');
    };
    return { name: `${account.name}/${token.id}`, account, may, cookie: null, csrf: '', isStill: () => tokens.isGood(token.id) };
  };

  /** A route for who may `needed`. */
  const needs =
    (needed: Role | Scope) =>
    async (context: Ask, next: () => Promise<void>): Promise<void> => {
      const caller = callerOf(context);
      if (!caller.may(needed)) {
        audit.append(caller.name, `${context.req.method} ${context.req.routePath}`, 'refused', { needed });
        throw new Refusal('not-allowed', `this needs the right of: ${needed}`);
      }
      context.set('caller', caller);
      await next();
    };
  /** For people alone: a token cannot make tokens, accounts or sessions. */
  const person =
    (needed: Role) =>
    async (context: Ask, next: () => Promise<void>): Promise<void> => {
      await needs(needed)(context, async () => {
        if (context.var.caller.cookie === null) throw new Refusal('not-allowed', 'this is for people; a token cannot do it');
        await next();
      });
    };

  const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
    description,
    content: { 'application/json': { schema } },
  });
  const body = <Schema extends z.ZodType>(schema: Schema) => ({ body: { required: true, content: { 'application/json': { schema } } } });
  const done = { 204: { description: 'Done' } } as const;
  const faults = {
    400: json(schemas.Fault, 'Malformed'),
    401: json(schemas.Fault, 'Not signed in'),
    403: json(schemas.Fault, 'Not allowed'),
    422: json(schemas.Fault, 'Refused'),
    429: json(schemas.Fault, 'Too many'),
  };

  // ---------------------------------------------------------------- signing in

  const signedIn = (context: Ask, account: Account) => {
    const cookie = sessions.open(account.id, context.var.address);
    const kept = { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure(context), maxAge: mostMs / 1000 } as const;
    setCookie(context, cookieName(context), cookie, kept);
    const session = sessions.use(cookie, context.var.address) as { csrf: string };
    return { ...meOf(account), csrf: session.csrf };
  };
  const meOf = ({ name, role, hasTotp, recoveryCodes, passkeys }: Account) => ({ name, role, hasTotp, recoveryCodes, passkeys });
  const throttled = (context: Ask): void => {
    const waitS = gate.signIn(context.var.address);
    if (waitS > 0) throw new Refusal('too-many', 'too many tries from this address', waitS);
  };

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/door',
      summary: 'What a visitor may know: whether this relay waits for its first owner',
      responses: { 200: json(z.strictObject({ setup: z.boolean() }), 'The door'), ...faults },
    }),
    (context) => context.json({ setup: accounts.isEmpty }, 200),
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/setup',
      summary: 'The first owner, by the secret that the relay printed',
      request: body(schemas.Setup),
      responses: { 200: json(schemas.Me, 'Signed in'), ...faults },
    }),
    async (context) => {
      throttled(context);
      const { secret, name, password } = context.req.valid('json');
      if (!accounts.isEmpty) throw new Refusal('refused', 'there is an owner already');
      if (!accounts.takeSetup(secret)) {
        audit.append('setup', 'setup', 'refused');
        throw new Refusal('refused', 'the setup secret is wrong or older than 15 minutes; restart the relay for another');
      }
      const made = await accounts.add(name, 'owner', password);
      if (typeof made === 'string') {
        const again = accounts.newSetupSecret();
        throw new Refusal('refused', `${faultSentence(made)} Take this secret for the next try: ${again}`);
      }
      audit.append(name, 'setup', 'done');
      return context.json(signedIn(context, made), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/session',
      summary: 'Sign in',
      request: body(schemas.SignIn),
      responses: { 200: json(schemas.Me, 'Signed in'), 423: json(schemas.Fault, 'Locked'), ...faults },
    }),
    async (context) => {
      throttled(context);
      const { name, password, code } = context.req.valid('json');
      const { address } = context.var;
      const old = getCookie(context, cookieName(context));
      if (old !== undefined) sessions.end(old);
      const outcome = await accounts.signIn(name, password, code);
      switch (outcome.result) {
        case 'in':
          audit.append(outcome.account.name, 'sign-in', 'done', { address });
          return context.json(signedIn(context, outcome.account), 200);
        case 'code-wanted':
          throw new Refusal('signed-out', 'code-wanted');
        case 'refused':
          audit.append('sign-in', 'sign-in', 'refused', { address });
          throw new Refusal('signed-out', 'the name, the password or the code is wrong');
        case 'locked':
          audit.append('sign-in', 'sign-in', 'refused', { address, locked: true });
          if (outcome.justNow) alerts.accountLocked();
          throw new Refusal('locked', 'this account is locked after five failures', outcome.retryS);
      }
    },
  );

  api.openapi(
    createRoute({ method: 'get', path: '/api/session', summary: 'Who I am', responses: { 200: json(schemas.Me, 'Me'), ...faults } }),
    (context) => {
      const { account, csrf } = callerOf(context);
      return context.json({ ...meOf(account), csrf }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/session',
      summary: 'Sign out',
      middleware: [person('viewer')] as const,
      responses: { ...done, ...faults },
    }),
    (context) => {
      sessions.end(context.var.caller.cookie as string);
      deleteCookie(context, cookieName(context), { path: '/', secure: isSecure(context) });
      audit.append(context.var.caller.name, 'sign-out', 'done');
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/sessions',
      summary: 'Sign out everywhere else',
      middleware: [person('viewer')] as const,
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { caller } = context.var;
      sessions.endAll(caller.account.id, caller.cookie as string);
      audit.append(caller.name, 'sign-out.everywhere', 'done');
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/sessions',
      summary: 'Where I am signed in',
      middleware: [person('viewer')] as const,
      responses: { 200: json(z.array(schemas.Session), 'Sessions'), ...faults },
    }),
    (context) => context.json(sessions.of(context.var.caller.account.id, context.var.caller.cookie as string), 200),
  );

  // ---------------------------------------------------------------- my account

  const sure = async ({ account }: Caller, password: string): Promise<void> => {
    if (!(await accounts.isPassword(account.id, password))) throw new Refusal('refused', 'the password is wrong');
  };

  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/password',
      summary: 'Change my password; other sessions end',
      middleware: [person('viewer')] as const,
      request: body(schemas.PasswordChange),
      responses: { 200: json(schemas.Me, 'Signed in anew'), ...faults },
    }),
    async (context) => {
      throttled(context);
      const { caller } = context.var;
      const { current, next } = context.req.valid('json');
      await sure(caller, current);
      const outcome = await accounts.setPassword(caller.account.id, next);
      if (outcome !== 'done') throw new Refusal('refused', faultSentence(outcome));
      sessions.endAll(caller.account.id);
      audit.append(caller.name, 'password', 'done');
      return context.json(signedIn(context, accounts.get(caller.account.id) as Account), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/totp',
      summary: 'A new secret for an app',
      middleware: [person('viewer')] as const,
      responses: { 200: json(schemas.Totp, 'To be confirmed'), ...faults },
    }),
    (context) => context.json(accounts.newTotp(context.var.caller.account.id), 200),
  );

  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/totp',
      summary: 'Confirm the app by a code; recovery codes, shown once',
      middleware: [person('viewer')] as const,
      request: body(schemas.TotpConfirm),
      responses: { 200: json(schemas.Codes, 'Recovery codes'), ...faults },
    }),
    async (context) => {
      throttled(context);
      const { caller } = context.var;
      const { secret, code, password } = context.req.valid('json');
      await sure(caller, password);
      const codes = accounts.confirmTotp(caller.account.id, secret, code);
      if (codes === undefined) throw new Refusal('refused', 'that is not the code of this moment; look at the clocks');
      sessions.endAll(caller.account.id, caller.cookie as string);
      audit.append(caller.name, 'totp', 'done');
      return context.json({ codes: [...codes] }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/totp',
      summary: 'No second step any more',
      middleware: [person('viewer')] as const,
      request: body(schemas.Sure),
      responses: { ...done, ...faults },
    }),
    async (context) => {
      throttled(context);
      const { caller } = context.var;
      await sure(caller, context.req.valid('json').password);
      accounts.removeTotp(caller.account.id);
      audit.append(caller.name, 'totp.remove', 'done');
      return context.body(null, 204);
    },
  );

  const originOf = (context: Ask): string => context.req.header('origin') ?? (parts.origins[0] as string);

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/passkeys',
      summary: 'My passkeys',
      middleware: [person('viewer')] as const,
      responses: { 200: json(z.array(schemas.Passkey), 'Passkeys'), ...faults },
    }),
    (context) => context.json(passkeys.of(context.var.caller.account.id), 200),
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/passkeys/options',
      summary: 'What the browser needs to make a passkey',
      middleware: [person('viewer')] as const,
      request: body(schemas.Sure),
      responses: { 200: json(z.looseObject({}), 'Options of WebAuthn'), ...faults },
    }),
    async (context) => {
      throttled(context);
      const { caller } = context.var;
      await sure(caller, context.req.valid('json').password);
      const options = await passkeys.askForNew(caller.account, originOf(context));
      return context.json({ ...options } as Record<string, unknown> as never, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/passkeys',
      summary: 'Add a passkey',
      middleware: [person('viewer')] as const,
      request: body(schemas.NewPasskey),
      responses: { ...done, ...faults },
    }),
    async (context) => {
      const { caller } = context.var;
      const { label, answer } = context.req.valid('json');
      if (!(await passkeys.add(caller.account.id, label, answer as never, originOf(context)))) {
        audit.append(caller.name, 'passkey.add', 'refused');
        throw new Refusal('refused', 'this is not the answer of a passkey to this console');
      }
      audit.append(caller.name, 'passkey.add', 'done', { label });
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/passkeys/{passkey}',
      summary: 'Remove a passkey',
      middleware: [person('viewer')] as const,
      request: { params: z.strictObject({ passkey: z.string().max(1024) }) },
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { caller } = context.var;
      if (!passkeys.remove(caller.account.id, context.req.valid('param').passkey))
        throw new Refusal('not-found', 'there is no such passkey');
      audit.append(caller.name, 'passkey.remove', 'done');
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/session/passkey/options',
      summary: 'What the browser needs to sign in by a passkey',
      responses: { 200: json(z.looseObject({}), 'Options of WebAuthn'), ...faults },
    }),
    async (context) => {
      const options = await passkeys.askForSignIn(originOf(context));
      return context.json({ ...options } as Record<string, unknown> as never, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/session/passkey',
      summary: 'Sign in by a passkey',
      request: body(schemas.PasskeyAnswer),
      responses: { 200: json(schemas.Me, 'Signed in'), 423: json(schemas.Fault, 'Locked'), ...faults },
    }),
    async (context) => {
      throttled(context);
      const { address } = context.var;
      const account = await passkeys.signIn(context.req.valid('json') as never, originOf(context));
      const outcome = account === undefined ? { result: 'refused' as const } : accounts.signInByPasskey(account);
      if (outcome.result === 'locked') throw new Refusal('locked', 'this account is locked after five failures', outcome.retryS);
      if (outcome.result !== 'in') {
        audit.append('sign-in', 'sign-in.passkey', 'refused', { address });
        throw new Refusal('signed-out', 'no account has this passkey');
      }
      const old = getCookie(context, cookieName(context));
      if (old !== undefined) sessions.end(old);
      audit.append(outcome.account.name, 'sign-in.passkey', 'done', { address });
      return context.json(signedIn(context, outcome.account), 200);
    },
  );

  // ---------------------------------------------------------------- accounts, addresses, tokens

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/accounts',
      summary: 'All accounts',
      middleware: [person('owner')] as const,
      responses: { 200: json(z.array(schemas.Account), 'Accounts'), ...faults },
    }),
    (context) => context.json(accounts.all(), 200),
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/accounts',
      summary: 'Add an account',
      middleware: [person('owner')] as const,
      request: body(schemas.NewAccount),
      responses: { 200: json(schemas.Account, 'Added'), ...faults },
    }),
    async (context) => {
      const { name, role, password } = context.req.valid('json');
      const made = await accounts.add(name, role, password);
      if (typeof made === 'string') throw new Refusal('refused', faultSentence(made));
      audit.append(context.var.caller.name, 'account.add', 'done', { name, role });
      return context.json(made, 200);
    },
  );

  const id = {
    params: z.strictObject({
      id: z.coerce
        .number()
        .int()
        .min(0)
        .openapi({ param: { name: 'id', in: 'path' } }),
    }),
  };

  api.openapi(
    createRoute({
      method: 'patch',
      path: '/api/accounts/{id}',
      summary: 'Change a role; its sessions end',
      middleware: [person('owner')] as const,
      request: { ...id, ...body(schemas.RoleChange) },
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { id: which } = context.req.valid('param');
      const { role } = context.req.valid('json');
      const account = found(accounts.get(which));
      if (accounts.setRole(which, role) !== 'done') throw new Refusal('refused', faultSentence('last-owner'));
      sessions.endAll(which, which === context.var.caller.account.id ? (context.var.caller.cookie as string) : undefined);
      audit.append(context.var.caller.name, 'account.role', 'done', { name: account.name, role });
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/accounts/{id}',
      summary: 'Remove an account with its sessions and tokens',
      middleware: [person('owner')] as const,
      request: id,
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { id: which } = context.req.valid('param');
      const account = found(accounts.get(which));
      if (accounts.remove(which) !== 'done') throw new Refusal('refused', faultSentence('last-owner'));
      audit.append(context.var.caller.name, 'account.remove', 'done', { name: account.name });
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/allowed',
      summary: 'Addresses from which the console answers',
      middleware: [person('owner')] as const,
      responses: { 200: json(schemas.Allowed, 'Ranges; none: everywhere'), ...faults },
    }),
    (context) => context.json({ ranges: gate.allowed() }, 200),
  );

  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/allowed',
      summary: 'Set them; refuses to lock out who sets it',
      middleware: [person('owner')] as const,
      request: body(schemas.Allowed),
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { ranges } = context.req.valid('json');
      const outcome = judged(() => gate.allow(ranges, context.var.address));
      if (outcome === 'locks-you-out') throw new Refusal('refused', `your own address, ${context.var.address}, is in none of them`);
      audit.append(context.var.caller.name, 'allowed', 'done', { ranges });
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/tokens',
      summary: 'All tokens, without their text',
      middleware: [person('operator')] as const,
      responses: { 200: json(z.array(schemas.Token), 'Tokens'), ...faults },
    }),
    (context) => {
      const { account, may } = context.var.caller;
      return context.json(
        tokens
          .all()
          .filter((token) => may('owner') || token.account === account.id)
          .map((token) => ({ ...token, scopes: [...token.scopes] })),
        200,
      );
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/tokens',
      summary: 'Make a token; its text is shown once',
      middleware: [person('operator')] as const,
      request: body(schemas.NewToken),
      responses: { 200: json(schemas.MadeToken, 'The token'), ...faults },
    }),
    (context) => {
      const { caller } = context.var;
      const wish = context.req.valid('json');
      const { text, token } = judged(() => tokens.make(caller.account.id, { ...wish, scopes: [...new Set(wish.scopes)] }));
      audit.append(caller.name, 'token.make', 'done', { id: token.id, label: wish.label, scopes: wish.scopes, minutes: wish.minutes });
      return context.json({ text, id: token.id, expires: token.expires }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/api/tokens/{token}',
      summary: 'Revoke a token',
      middleware: [person('operator')] as const,
      request: { params: z.strictObject({ token: z.string().max(32) }) },
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { caller } = context.var;
      const { token: which } = context.req.valid('param');
      const token = found(tokens.all().find((one) => one.id === which));
      if (!caller.may('owner') && token.account !== caller.account.id) throw new Refusal('not-allowed', 'this is another account’s token');
      tokens.revoke(which);
      audit.append(caller.name, 'token.revoke', 'done', { id: which });
      return context.body(null, 204);
    },
  );

  // ---------------------------------------------------------------- the relay

  const state = (): z.infer<typeof State> => {
    const onion = relay.onion();
    return {
      at: parts.now(),
      version: relay.version,
      startedAt: relay.startedAt,
      origins: [...relay.origins],
      gauges: relay.gauges(),
      drops: { ...relay.counters.drops },
      refusals: { ...relay.counters.refusals },
      onion,
      gateway: relay.gateway(),
      daemons: [...(relay.tor?.daemons() ?? [])],
      hasTor: relay.tor !== null,
      bridges: bridgesOf(relay),
      alerts: [...alerts.raised],
    };
  };
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/state',
      summary: 'The relay as it is now',
      middleware: [needs('read')] as const,
      responses: { 200: json(State, 'State'), ...faults },
    }),
    (context) => context.json(state(), 200),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/history',
      summary: 'Samples of the last hour and day',
      middleware: [needs('read')] as const,
      responses: { 200: json(Samples, 'Samples'), ...faults },
    }),
    (context) => context.json({ hour: [...history.hour()], day: [...history.day()] }, 200),
  );

  // Not in the document: an event stream has no JSON shape.
  api.get('/api/live', needs('read'), (context) =>
    streamSSE(context, async (stream) => {
      const news: { event: string; data: string }[] = [];
      let told = history.hour().at(-1);
      const { caller } = context.var;
      const stops = [
        audit.heard((entry) => caller.may('audit') && news.push({ event: 'audit', data: JSON.stringify(entry) })),
        alerts.heard((alert) => news.push({ event: 'alert', data: JSON.stringify(alert) })),
      ];
      const stop = (): void => {
        for (const end of stops) end();
      };
      stream.onAbort(stop);
      while (!stream.aborted) {
        // Who has other rights by now is to ask again; who has none hears no more.
        const role = accounts.get(caller.account.id)?.role;
        if (role === undefined || !caller.isStill()) {
          await stream.writeSSE({ event: 'signed-out', data: '' });
          break;
        }
        if (role !== caller.account.role) break;
        for (const one of news.splice(0)) await stream.writeSSE(one);
        const sample = history.hour().at(-1);
        if (sample !== undefined && sample !== told) await stream.writeSSE({ event: 'sample', data: JSON.stringify(sample) });
        told = sample;
        await stream.writeSSE({ event: 'state', data: JSON.stringify(state()) });
        await stream.sleep(liveMs);
      }
      stop();
    }),
  );

  const tor = (): TorVerbs => {
    if (relay.tor === null) throw new Refusal('no-tor', 'this relay has no Tor');
    return relay.tor;
  };
  const acted = async <Result>(
    context: Ask,
    action: string,
    values: Record<string, unknown>,
    act: () => Promise<Result>,
  ): Promise<Result> => {
    try {
      const result = await act();
      audit.append(context.var.caller.name, action, 'done', values);
      return result;
    } catch (error) {
      audit.append(context.var.caller.name, action, 'failed', values);
      throw error instanceof Refusal ? error : new Refusal('refused', (error as Error).message);
    }
  };

  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/daemons',
      summary: 'Scale the Tor daemons',
      middleware: [needs('operate')] as const,
      request: body(schemas.Daemons),
      responses: { ...done, 409: json(schemas.Fault, 'No Tor'), ...faults },
    }),
    async (context) => {
      const { count } = context.req.valid('json');
      await acted(context, 'tor.scale', { count }, () => tor().scale(count));
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/daemons/{id}/restart',
      summary: 'Restart one daemon',
      middleware: [needs('operate')] as const,
      request: id,
      responses: { ...done, 409: json(schemas.Fault, 'No Tor'), ...faults },
    }),
    async (context) => {
      const { id: which } = context.req.valid('param');
      await acted(context, 'tor.restart', { id: which }, async () => tor().restart(which));
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/rotation',
      summary: 'New circuits for all, one daemon, or one key',
      middleware: [needs('operate')] as const,
      request: body(schemas.Rotation),
      responses: { 200: json(schemas.Effect, 'When it takes effect'), 409: json(schemas.Fault, 'No Tor'), ...faults },
    }),
    async (context) => {
      const wish = context.req.valid('json');
      const inMs = await acted(context, 'tor.rotate', wish, () => {
        switch (wish.what) {
          case 'all':
            return tor().rotateAll();
          case 'daemon':
            return tor().rotateDaemon(wish.id);
          case 'key':
            if (!tor().rotateKey(wish.onion)) throw new Refusal('not-found', 'there is no stream to this onion');
            return Promise.resolve(0);
        }
      });
      return context.json({ inMs }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/settings',
      summary: 'Settings that can change while the relay runs',
      middleware: [needs('read')] as const,
      responses: { 200: json(z.array(Setting), 'Settings'), ...faults },
    }),
    (context) => context.json(settings.views(), 200),
  );

  api.openapi(
    createRoute({
      method: 'patch',
      path: '/api/settings',
      summary: 'Change settings, all or none; null resets',
      middleware: [needs('operator')] as const,
      request: body(schemas.SettingsChange),
      responses: { 200: json(schemas.Changed, 'Changed'), ...faults },
    }),
    async (context) => {
      const wishes = context.req.valid('json');
      const outcome = await settings.change(wishes);
      const names = Object.keys(wishes);
      if ('refused' in outcome) {
        audit.append(context.var.caller.name, 'settings', 'refused', { names, why: outcome.refused });
        throw new Refusal('refused', outcome.refused);
      }
      const shown = settings.views().filter(({ name }) => names.includes(name));
      audit.append(context.var.caller.name, 'settings', 'done', Object.fromEntries(shown.map(({ name, value }) => [name, value])));
      return context.json({ changed: [...outcome.changed] }, 200);
    },
  );

  // ---------------------------------------------------------------- alerts

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/channels',
      summary: 'How alerts are told, without secrets',
      middleware: [needs('operator')] as const,
      responses: { 200: json(schemas.Channels, 'Channels'), ...faults },
    }),
    (context) => context.json({ channels: alerts.channelViews() }, 200),
  );

  api.openapi(
    createRoute({
      method: 'put',
      path: '/api/channels',
      summary: 'Set them; a secret of "(set)" stays',
      middleware: [person('owner')] as const,
      request: body(schemas.Channels),
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { channels } = context.req.valid('json');
      alerts.setChannels(channels);
      audit.append(context.var.caller.name, 'channels', 'done', { kinds: channels.map(({ kind }) => kind) });
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/channels/{id}/test',
      summary: 'Tell a test by one channel',
      middleware: [needs('operator')] as const,
      request: id,
      responses: { ...done, ...faults },
    }),
    async (context) => {
      const { id: which } = context.req.valid('param');
      await acted(context, 'channels.test', { channel: which }, () => alerts.test(which));
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/alerts/{name}/dismiss',
      summary: 'Put an alert away',
      middleware: [needs('operator')] as const,
      request: { params: z.strictObject({ name: schemas.AlertName }) },
      responses: { ...done, ...faults },
    }),
    (context) => {
      const { name } = context.req.valid('param');
      if (!alerts.dismiss(name)) throw new Refusal('not-found', 'no such alert is raised');
      audit.append(context.var.caller.name, 'alert.dismiss', 'done', { name });
      return context.body(null, 204);
    },
  );

  // ---------------------------------------------------------------- audit and exports

  const page = {
    query: z.strictObject({
      before: z.coerce.number().int().min(1).optional(),
      most: z.coerce.number().int().min(1).max(500).default(100),
    }),
  };
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/audit',
      summary: 'The audit log, newest first',
      middleware: [needs('audit')] as const,
      request: page,
      responses: { 200: json(z.array(AuditLine), 'Entries'), ...faults },
    }),
    (context) => {
      const { before, most } = context.req.valid('query');
      return context.json(audit.entries(before ?? Number.MAX_SAFE_INTEGER, most), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/audit/verdict',
      summary: 'Is the chain whole',
      middleware: [needs('audit')] as const,
      responses: { 200: json(schemas.Verdict, 'Verdict'), ...faults },
    }),
    (context) => context.json(audit.verify(), 200),
  );

  const tables: Readonly<Record<'daemons' | 'metrics' | 'audit', { readonly needed: Scope; readonly rows: () => Table }>> = {
    daemons: {
      needed: 'read',
      rows: () =>
        (relay.tor?.daemons() ?? []).map(({ exit, ...rest }) => ({
          ...rest,
          exitAddress: exit?.address ?? '',
          exitCountry: exit?.country ?? '',
        })),
    },
    metrics: {
      needed: 'read',
      rows: () =>
        history
          .day()
          .concat(history.hour())
          .map((sample) => ({ ...sample })),
    },
    audit: { needed: 'audit', rows: () => audit.entries(Number.MAX_SAFE_INTEGER, 100_000).map((entry) => ({ ...entry })) },
  };
  const File = { params: z.strictObject({ table: z.enum(['daemons', 'metrics', 'audit']), format: z.enum(formats) }) };
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/exports/{table}/{format}',
      summary: 'A table as a file',
      middleware: [needs('read')] as const,
      request: File,
      responses: { 200: { description: 'The file' }, ...faults },
    }),
    (context) => {
      const { table, format } = context.req.valid('param');
      if (!context.var.caller.may(tables[table].needed))
        throw new Refusal('not-allowed', `this needs the right of: ${tables[table].needed}`);
      audit.append(context.var.caller.name, 'export', 'done', { table, format });
      context.header('Content-Type', mediaTypes[format]);
      context.header('Content-Disposition', `attachment; filename="hushroom-${table}.${format}"`);
      return context.body(exported(tables[table].rows(), format), 200);
    },
  );

  api.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Hushroom relay: operator', version: relay.version } });
  return api;
}

function bridgesOf({ tor }: Operable): z.infer<typeof State>['bridges'] {
  const seen = tor?.bridges() ?? null;
  return seen === null ? null : { ...seen, list: [...seen.list], transports: [...seen.transports] };
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Refusal('not-found', 'there is no such thing');
  return value;
}

function judged<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal('bad-request', error.message);
    throw error;
  }
}

export function faultSentence(fault: string): string {
  const sentences: Readonly<Record<string, string>> = {
    'too-short': 'The password needs 12 characters or more.',
    'too-long': 'The password is longer than 256 characters.',
    common: 'The password is one that guessers try early. Take several words that do not belong together.',
    'name-taken': 'This name is taken.',
    'bad-name': 'A name has letters, digits, dots, dashes and underscores, at most 32.',
    'last-owner': 'This is the last owner; make another one first.',
  };
  return sentences[fault] ?? fault;
}
