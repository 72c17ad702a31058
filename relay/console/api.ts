/**
 * The operator's API: every route with the role or scope it needs, the schema of what it takes, and the line it leaves in the audit log.
 * The OpenAPI document is made of the same schemas, so neither can say what the other does not. The routes are in a module for each thing
 * an operator does.
 *
 * A request is judged in this order: origin and address, rate, who it is, CSRF, rights, shape. What changes anything is audited, refused or not.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { accountRoutes } from './api-accounts.ts';
import { alertRoutes } from './api-alerts.ts';
import { auditRoutes } from './api-audit.ts';
import { myAccountRoutes } from './api-my-account.ts';
import { type Api, type ApiParts, type Env, Refusal, rightsOf } from './api-request.ts';
import { faultCodes } from './api-schemas.ts';
import { settingRoutes } from './api-settings.ts';
import { signInRoutes } from './api-sign-in.ts';
import { tokenRoutes } from './api-tokens.ts';
import { torRoutes } from './api-tor.ts';
import { watchRoutes } from './api-watch.ts';

const bodyBytes = 64 * 1024;

/** In the order of the document. */
const routes = [signInRoutes, myAccountRoutes, accountRoutes, tokenRoutes, watchRoutes, torRoutes, settingRoutes, alertRoutes, auditRoutes];

export function createApi(parts: ApiParts): Api {
  const api: Api = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success)
        throw new Refusal('bad-request', result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    },
  });

  answerRefusals(api);
  admit(api, parts);
  const rights = rightsOf(parts);
  for (const add of routes) add(api, parts, rights);
  api.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Hushroom relay: operator', version: parts.relay.version } });
  return api;
}

function answerRefusals(api: Api): void {
  api.onError((error, context) => {
    if (!(error instanceof Refusal)) {
      if ('status' in error && (error as { status: number }).status < 500)
        return context.json({ code: 'bad-request', sentence: error.message }, 400);
      throw error;
    }
    const { code, message: sentence, retryS } = error;
    if (retryS !== undefined) context.header('Retry-After', String(retryS));
    return context.json({ code, sentence, ...(retryS === undefined ? {} : { retryS }) }, faultCodes[code]);
  });
  api.notFound((context) => context.json({ code: 'not-found', sentence: 'there is nothing here' }, 404));
}

/** Before every route. */
function admit(api: Api, { origins, gate, addressOf }: ApiParts): void {
  api.use('/api/*', async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (!origins.some((origin) => new URL(origin).host === host))
      throw new Refusal('wrong-origin', 'this console is not reached by that name');
    const origin = context.req.header('origin');
    if (origin !== undefined && !origins.includes(origin)) throw new Refusal('wrong-origin', 'another page sent this');
    const address = addressOf(context.env.incoming);
    if (!gate.admits(address)) throw new Refusal('not-allowed', 'this address is not on the list');
    const waitS = gate.request(address);
    if (waitS > 0) throw new Refusal('too-many', 'too many requests from this address', waitS);
    context.set('address', address);
    context.header('Cache-Control', 'no-store');
    await next();
  });
  api.use(
    '/api/*',
    bodyLimit({
      maxSize: bodyBytes,
      onError: () => {
        throw new Refusal('bad-request', 'that is too much');
      },
    }),
  );
}
