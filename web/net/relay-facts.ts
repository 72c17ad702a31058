/**
 * What the relay that serves this page says of itself: `/relay.json` (protocol.md "Gateway"). It is asked for nothing that it does not know
 * already. What is malformed counts as not said: a room then stands at this relay alone.
 */
import { unbase64url } from '../../shared/bytes.ts';

/** What the relay that serves this page says of itself (`/relay.json`). */
export interface RelayFacts {
  /** Its address outside Tor. */
  readonly origin: string | null;
  readonly onion: string | null;
  /** Its key for the far end of gateways. */
  readonly relayKey: Uint8Array | null;
  /** It takes pages to onions. */
  readonly gateway: boolean;
  /** Other relays that its pages may dial. */
  readonly fellows: readonly string[];
}

/** A relay that says nothing. */
export const noFacts: RelayFacts = { origin: null, onion: null, relayKey: null, gateway: false, fellows: [] };

export function isOnion(origin: string): boolean {
  return origin.endsWith('.onion');
}

const patienceMs = 4000;
const keyBytes = 32;

/** Null where it does not answer. Never rejects. */
export async function askRelay(fetchIt: typeof fetch = fetch): Promise<RelayFacts | null> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), patienceMs);
  try {
    const answer = await fetchIt('/relay.json', { signal: silence.signal, credentials: 'omit', cache: 'no-store' });
    return answer.ok ? factsIn(await answer.json()) : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Throws where it is no object of this kind. */
export function factsIn(said: Readonly<Record<string, unknown>>): RelayFacts {
  const { origin, onion, relayKey, gateway, fellows } = said;
  const key = typeof relayKey === 'string' ? unbase64url(relayKey) : null;
  return {
    origin: isOrigin(origin) ? origin : null,
    onion: isOrigin(onion) ? onion : null,
    relayKey: key?.length === keyBytes ? key : null,
    gateway: gateway === true,
    fellows: Array.isArray(fellows) ? fellows.filter(isOrigin) : [],
  };
}

function isOrigin(text: unknown): text is string {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text;
}
