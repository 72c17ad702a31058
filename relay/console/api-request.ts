/**
 * Who asks the operator's API, and what they may: a person by the cookie of a session, a program by a token. Every route has one of these
 * rights before it, and whatever is refused or done is audited where it is judged.
 */
import type { IncomingMessage } from 'node:http';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Account, Accounts, Role } from './accounts.ts';
import { mayAct } from './accounts.ts';
import type { AlertWatch } from './alert-watch.ts';
import type { FaultCode } from './api-schemas.ts';
import type { Audit } from './audit.ts';
import type { Gate } from './gate.ts';
import type { History } from './history.ts';
import type { LiveSettings } from './live-settings.ts';
import type { Operable } from './operable.ts';
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
export interface Caller {
  readonly name: string;
  readonly account: Account;
  readonly may: (needed: Role | Scope) => boolean;
  readonly cookie: string | null;
  /** The session's second secret; empty for a program. */
  readonly csrf: string;
  /** Whether the session or the token is good still, for who hears for a long time. Asking keeps none alive. */
  isStill(): boolean;
}

export type Env = { Bindings: { incoming: IncomingMessage }; Variables: { caller: Caller; address: string } };
type Ask = Context<Env>;
export type Api = OpenAPIHono<Env>;

export class Refusal extends Error {
  readonly code: FaultCode;
  readonly retryS: number | undefined;

  constructor(code: FaultCode, sentence: string, retryS?: number) {
    super(sentence);
    this.code = code;
    this.retryS = retryS;
  }
}

export type Rights = ReturnType<typeof rightsOf>;

export function rightsOf(parts: ApiParts) {
  const { accounts, sessions, tokens, gate, audit } = parts;

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

  const meOf = ({ name, role, hasTotp, recoveryCodes, passkeys }: Account) => ({ name, role, hasTotp, recoveryCodes, passkeys });
  /** Opens a session for them, in a cookie. */
  const signedIn = (context: Ask, account: Account) => {
    const cookie = sessions.open(account.id, context.var.address);
    const kept = { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure(context), maxAge: mostMs / 1000 } as const;
    setCookie(context, cookieName(context), cookie, kept);
    const session = sessions.use(cookie, context.var.address) as { csrf: string };
    return { ...meOf(account), csrf: session.csrf };
  };

  /** For what a guesser would try again and again. */
  const throttled = (context: Ask): void => {
    const waitS = gate.signIn(context.var.address);
    if (waitS > 0) throw new Refusal('too-many', 'too many tries from this address', waitS);
  };

  /** The origin that the browser says it is at, for passkeys. */
  const originOf = (context: Ask): string => context.req.header('origin') ?? (parts.origins[0] as string);

  /** Does it, and says in the audit log whether it went. */
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

  return { isSecure, cookieName, callerOf, needs, person, meOf, signedIn, throttled, originOf, acted };
}

export function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Refusal('not-found', 'there is no such thing');
  return value;
}

export function judged<Value>(act: () => Value): Value {
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
