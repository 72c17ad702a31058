/** What owners decide: who has an account and which role, and from which addresses the console answers. */
import { createRoute, z } from '@hono/zod-openapi';
import { type Api, type ApiParts, faultSentence, found, judged, Refusal, type Rights } from './api-request.ts';
import { body, byId, done, faults, json, schemas } from './api-schemas.ts';

export function accountRoutes(api: Api, { accounts, sessions, gate, audit }: ApiParts, { person }: Rights): void {
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

  api.openapi(
    createRoute({
      method: 'patch',
      path: '/api/accounts/{id}',
      summary: 'Change a role; its sessions end',
      middleware: [person('owner')] as const,
      request: { ...byId, ...body(schemas.RoleChange) },
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
      request: byId,
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
}
