/** One way to ask the operator's API. What it answers is in relay/console/api-shapes.ts. */
import type { Fault } from '../../relay/console/api-shapes.ts';

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
    const { code, sentence } = answer as Fault;
    throw new Refused(code, sentence);
  }
  return answer as Answer;
}
