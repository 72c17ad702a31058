/** What was done, by whom, whether the log of it is whole; and tables as files. */
import { createRoute, z } from '@hono/zod-openapi';
import { type Api, type ApiParts, Refusal, type Rights } from './api-request.ts';
import { AuditLine, faults, json, schemas } from './api-schemas.ts';
import { exported, formats, mediaTypes, type Table } from './exports.ts';
import type { Scope } from './tokens.ts';

export function auditRoutes(api: Api, { audit, history, relay }: ApiParts, { needs }: Rights): void {
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
}
