/** Settings that change while the relay runs. */
import { createRoute, z } from '@hono/zod-openapi';
import { type Api, type ApiParts, Refusal, type Rights } from './api-request.ts';
import { body, faults, json, Setting, schemas } from './api-schemas.ts';

export function settingRoutes(api: Api, { settings, audit }: ApiParts, { needs }: Rights): void {
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
}
