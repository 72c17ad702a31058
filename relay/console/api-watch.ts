/** The relay as it is, as it was, and as it goes on: state, samples, and the stream of both with alerts and audit lines. */
import { createRoute, type z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { Api, ApiParts, Rights } from './api-request.ts';
import { faults, json, Samples, State } from './api-schemas.ts';
import type { Operable } from './operable.ts';

const liveMs = 2000;

export function watchRoutes(api: Api, parts: ApiParts, { needs }: Rights): void {
  const { accounts, audit, alerts, history, relay } = parts;

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
}

function bridgesOf({ tor }: Operable): z.infer<typeof State>['bridges'] {
  const seen = tor?.bridges() ?? null;
  return seen === null ? null : { ...seen, list: [...seen.list], transports: [...seen.transports] };
}
