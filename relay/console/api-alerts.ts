/** How operators are told that something is wrong, and how they put it away. */
import { createRoute, z } from '@hono/zod-openapi';
import { type Api, type ApiParts, Refusal, type Rights } from './api-request.ts';
import { body, byId, done, faults, json, schemas } from './api-schemas.ts';

export function alertRoutes(api: Api, { alerts, audit }: ApiParts, { needs, person, acted }: Rights): void {
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
      request: byId,
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
}
