/**
 * What one side of a direct link tells the other (protocol.md "Paths"): a description or a candidate, as JSON. It comes from
 * an authenticated member, who may still be hostile; simple-peer destroys itself on a signal it does not like and obeys
 * requests that this program never makes, so only these two shapes pass.
 */

export type Signal =
  | { readonly type: 'offer' | 'answer'; readonly sdp: string }
  | {
      readonly type: 'candidate';
      readonly candidate: { readonly candidate: string; readonly sdpMid: string | null; readonly sdpMLineIndex: number | null };
    };

const maxChars = 12_000;

/** The signal in `text`, made anew from its known fields; undefined where it is none. Never throws. */
export function parseSignal(text: string): Signal | undefined {
  if (text.length > maxChars) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { type, sdp, candidate } = value;
  if ((type === 'offer' || type === 'answer') && typeof sdp === 'string' && sdp.startsWith('v=0')) return { type, sdp };
  if (type === 'candidate' && isRecord(candidate)) return parseCandidate(candidate);
  return undefined;
}

function parseCandidate({ candidate, sdpMid, sdpMLineIndex }: Record<string, unknown>): Signal | undefined {
  if (typeof candidate !== 'string' || (candidate !== '' && !candidate.startsWith('candidate:'))) return undefined;
  const mid = typeof sdpMid === 'string' && sdpMid.length <= 16 ? sdpMid : null;
  const line = typeof sdpMLineIndex === 'number' && Number.isInteger(sdpMLineIndex) && sdpMLineIndex >= 0 ? sdpMLineIndex : null;
  if (mid === null && line === null) return undefined;
  return { type: 'candidate', candidate: { candidate, sdpMid: mid, sdpMLineIndex: line } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The certificate fingerprint a description commits to, in upper case ("SHA-256 AB:CD..."). Undefined where it names none
 * or several: with several, either certificate would do, and the proof to the peer would cover only one.
 */
export function fingerprintOf(sdp: string): string | undefined {
  const found = new Set<string>();
  for (const [, hash, value] of sdp.matchAll(/^a=fingerprint:(\S+) (\S+)\s*$/gm)) found.add(`${hash} ${value}`.toUpperCase());
  return found.size === 1 ? [...found][0] : undefined;
}
