/** Tokens for programs: made by people alone, seen by who made them and by owners. */
import { createRoute, z } from '@hono/zod-openapi';
import { type Api, type ApiParts, found, judged, Refusal, type Rights } from './api-request.ts';
import { body, done, faults, json, schemas } from './api-schemas.ts';

export function tokenRoutes(api: Api, { tokens, audit }: ApiParts, { person }: Rights): void {
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
}
