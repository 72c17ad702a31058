/** The shapes of the operator's API as the page uses them (relay/console/api-schemas.ts; GET /api/openapi.json), and one way to ask. */

export type Role = 'owner' | 'operator' | 'viewer';

export interface Me {
  readonly name: string;
  readonly role: Role;
  readonly csrf: string;
  readonly hasTotp: boolean;
  readonly recoveryCodes: number;
  readonly passkeys: number;
}

export interface Daemon {
  readonly id: number;
  readonly state: 'stopped' | 'starting' | 'bootstrapping' | 'ready' | 'slow' | 'failing' | 'draining';
  readonly latencyMs: number | null;
  readonly streams: number;
  readonly exit: { readonly address: string; readonly country: string } | null;
  readonly restarts: number;
  readonly bootstrapPercent: number;
}

export interface Alert {
  readonly name: string;
  readonly severity: 'warning' | 'critical';
  readonly change: 'raised' | 'cleared';
  readonly at: number;
  readonly text: string;
}

export interface RelayState {
  readonly at: number;
  readonly version: string;
  readonly startedAt: number;
  readonly origins: readonly string[];
  readonly gauges: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly onion: {
    readonly address: string | null;
    readonly reachable: boolean;
    readonly bootstrapPercent: number;
    readonly waitsFor: string;
  } | null;
  readonly gateway: { readonly open: number; readonly most: number } | null;
  readonly hasTor: boolean;
  readonly daemons: readonly Daemon[];
  readonly alerts: readonly Alert[];
}

export interface Sample {
  readonly at: number;
  readonly rooms: number;
  readonly members: number;
  readonly messagesPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly refusedPerSecond: number;
  readonly overOnion: number;
  readonly overClearnet: number;
}

export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly description: string;
  readonly isSecret: boolean;
  readonly isChanged: boolean;
}

export interface AuditLine {
  readonly number: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly detail: string;
  readonly hash: string;
}

export interface Token {
  readonly id: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly source: string | null;
  readonly expires: number;
  readonly revoked: boolean;
  readonly uses: number;
}

export interface Account {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly hasTotp: boolean;
}

/** A refusal in the relay's own words. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** Throws `Refused`; code `offline` where the relay did not answer. */
export async function ask<Answer>(method: string, path: string, csrf: string, body?: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    headers: { 'X-CSRF': csrf, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Refused('offline', '');
  });
  if (response.status === 204) return undefined as Answer;
  const answer: unknown = await response.json();
  if (!response.ok) {
    const { code, sentence } = answer as { code: string; sentence: string };
    throw new Refused(code, sentence);
  }
  return answer as Answer;
}
