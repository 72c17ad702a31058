/** The operator's verbs for Tor: how many daemons, new circuits, another start. */
import { createRoute } from '@hono/zod-openapi';
import { type Api, type ApiParts, Refusal, type Rights } from './api-request.ts';
import { body, byId, done, faults, json, schemas } from './api-schemas.ts';
import type { TorVerbs } from './operable.ts';

export function torRoutes(api: Api, { relay }: ApiParts, { needs, acted }: Rights): void {
  const tor = (): TorVerbs => {
    if (relay.tor === null) throw new Refusal('no-tor', 'this relay has no Tor');
    return relay.tor;
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
      request: byId,
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
}
