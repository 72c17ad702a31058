/** What operators change of themselves: password, second step, passkeys. A password before what would outlast a stolen session. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Account } from './accounts.ts';
import { type Api, type ApiParts, type Caller, faultSentence, Refusal, type Rights } from './api-request.ts';
import { body, done, faults, json, schemas } from './api-schemas.ts';

export function myAccountRoutes(api: Api, { accounts, sessions, passkeys, audit }: ApiParts, rights: Rights): void {
  const { person, signedIn, throttled, originOf } = rights;

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
}
