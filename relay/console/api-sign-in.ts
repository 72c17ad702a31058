/** How operators come in: the first owner by the printed secret, then by name and password or by a passkey; and how they go. */
import { createRoute, z } from '@hono/zod-openapi';
import { deleteCookie, getCookie } from 'hono/cookie';
import { type Api, type ApiParts, faultSentence, Refusal, type Rights } from './api-request.ts';
import { body, done, faults, json, schemas } from './api-schemas.ts';

export function signInRoutes(api: Api, { accounts, sessions, passkeys, audit, alerts }: ApiParts, rights: Rights): void {
  const { isSecure, cookieName, callerOf, person, meOf, signedIn, throttled, originOf } = rights;

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
}
